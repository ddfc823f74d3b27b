//! Walking a vendor's list page by page, and knowing when something is wrong with it.
//!
//! Owns the guards against lists that repeat, loop or never end. What the server was
//! asked to filter is filtered again here.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::Filter;
use crate::canceller::{DynCanceller, ListQuery, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, Policy};
use crate::job::Job;

/// More pages than any vendor can need (at 100 jobs a page, a hundred million).
const MOST_PAGES: u32 = 1_000_000;

/// So many pages in a row without a single new job mean that the list repeats itself.
const MOST_STALE: u32 = 3;

/// One walk through a list.
pub struct Listing<'a> {
    /// The vendor.
    pub canceller: &'a dyn DynCanceller,
    /// What the server is asked for.
    pub query: ListQuery,
    /// What is kept of what it sends.
    pub filter: Filter,
    /// How hard to try each page.
    pub policy: &'a Policy,
    /// When to stop.
    pub control: &'a Control,
    /// How many matching jobs are enough.
    pub limit: Option<u64>,
}

/// Gives every matching job to `found` once, in the vendor's order, until `found`
/// says no or the limit is reached. Rows are given as pages arrive.
///
/// # Errors
/// Why the list could not be walked to its end.
pub async fn walk(listing: &Listing<'_>, found: &mut dyn FnMut(Job) -> bool) -> Result<(), Error> {
    let mut cursor: Option<String> = None;
    let mut cursors = HashSet::new();
    let mut seen = Seen::default();
    let (mut matched, mut stale) = (0, 0);
    if listing.limit == Some(0) {
        return Ok(());
    }
    for _ in 0..MOST_PAGES {
        let mut budget = Budget::new(listing.policy, listing.control.clone());
        let page = listing.canceller.list_dyn(&listing.query, cursor.as_deref(), &mut budget).await.map_err(failed)?;
        let (rows, mut fresh) = (page.jobs.len(), 0);
        for job in page.jobs {
            if !seen.insert(&job) {
                continue;
            }
            fresh += 1;
            if !listing.filter.matches(&job) {
                continue;
            }
            matched += 1;
            if !found(job) || listing.limit == Some(matched) {
                return Ok(());
            }
        }
        stale = if rows > 0 && fresh == 0 { stale + 1 } else { 0 };
        match page.next {
            None => return Ok(()),
            Some(_) if stale >= MOST_STALE => return Err(endless("it repeats the same jobs page after page")),
            Some(next) if !cursors.insert(seen.fingerprint(&next)) => {
                return Err(endless("its next-page cursor comes round again"));
            }
            next => cursor = next,
        }
    }
    Err(endless("it does not end"))
}

fn endless(what: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, format!("the list cannot be read to its end: {what}"))
        .with_hint("name the jobs by id, or report this to the vendor")
}

fn failed(failure: ReadFailure) -> Error {
    match failure {
        ReadFailure::Absent(error) | ReadFailure::Unreadable { error, .. } => error,
        ReadFailure::Stopped(cause) => super::judge::stop_error(cause),
    }
}

/// The jobs that were given already, as fingerprints.
#[derive(Default)]
struct Seen {
    keys: RandomState,
    ids: HashSet<u64>,
}

impl Seen {
    fn insert(&mut self, job: &Job) -> bool {
        self.ids.insert(self.keys.hash_one(job.id.as_str()))
    }

    fn fingerprint(&self, text: &str) -> u64 {
        self.keys.hash_one(text)
    }
}
