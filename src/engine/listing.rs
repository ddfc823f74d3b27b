//! Walking a vendor's list page by page, and knowing when something is wrong with it.
//!
//! Owns the guards against lists that repeat, loop or never end. What the server was
//! asked to filter is filtered again here.

use super::Filter;
use super::intake::Fingerprints;
use crate::canceller::{DynCanceller, ListQuery, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, Policy};
use crate::job::Job;

/// More pages than a list can need that is of any use (at 100 jobs a page, a million).
const MOST_PAGES: u32 = 10_000;

/// So many pages in a row without a single new job mean that the list repeats itself.
const MOST_STALE: u32 = 3;

/// So many empty pages in a row mean that it leads nowhere. (Some are in order: a list
/// may be read one state after the other.)
const MOST_EMPTY: u32 = 20;

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
/// says no or the limit is reached. Rows are given as pages arrive; what is wrong with a
/// page otherwise is told in the end.
///
/// # Errors
/// Why the list could not be walked to its end.
pub async fn walk(listing: &Listing<'_>, found: &mut dyn FnMut(Job) -> bool) -> Result<(), Error> {
    let mut cursor: Option<String> = None;
    let (mut cursors, mut seen) = (Fingerprints::default(), Fingerprints::default());
    let (mut matched, mut stale, mut empty) = (0, 0, 0);
    let mut flaw = None;
    if listing.limit == Some(0) {
        return Ok(());
    }
    for _ in 0..MOST_PAGES {
        let mut budget = Budget::new(listing.policy, listing.control.clone());
        let page = listing.canceller.list_dyn(&listing.query, cursor.as_deref(), &mut budget).await.map_err(failed)?;
        let (rows, mut news) = (page.jobs.len(), false);
        for job in page.jobs {
            if !seen.insert(&job.id) {
                continue;
            }
            news = true;
            if !listing.filter.matches(&job) {
                continue;
            }
            matched += 1;
            if !found(job) || listing.limit == Some(matched) {
                return Ok(());
            }
        }
        stale = if rows > 0 && !news { stale + 1 } else { 0 };
        empty = if rows == 0 { empty + 1 } else { 0 };
        flaw = flaw.or(page.flaw);
        match page.next {
            None => return flaw.map_or(Ok(()), Err),
            Some(_) if stale >= MOST_STALE => return Err(endless("it repeats the same jobs page after page")),
            Some(_) if empty >= MOST_EMPTY => return Err(endless("page after page is empty")),
            Some(next) if !cursors.insert(&next) => {
                return Err(endless("its next-page cursor comes round again"));
            }
            next => cursor = next,
        }
    }
    Err(endless(&format!("it has not ended after {MOST_PAGES} pages"))
        .with_hint("ask for fewer with --state, or name the jobs by id"))
}

/// The error that a failure to read is, for those who need not tell the cases apart.
pub(crate) fn failed(failure: ReadFailure) -> Error {
    match failure {
        ReadFailure::Absent(error) | ReadFailure::Unreadable { error, .. } => error,
        ReadFailure::Stopped(cause) => super::judge::stop_error(cause),
    }
}

fn endless(what: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, format!("the list cannot be read to its end: {what}"))
        .with_hint("name the jobs by id, or report this to the vendor")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::canceller::{Answer, Canceller, Page};
    use crate::job::JobId;

    /// A vendor that answers the page of a cursor as a function says.
    struct Book<F> {
        page: F,
        asked: AtomicUsize,
    }

    impl<F: Fn(usize) -> Result<Page, ReadFailure> + Send + Sync + 'static> Canceller for Book<F> {
        async fn cancel(&self, _: &[JobId], _: &mut Budget) -> Vec<Answer> {
            Vec::new()
        }

        async fn read(&self, _: &JobId, _: &mut Budget) -> Result<Job, ReadFailure> {
            unreachable!()
        }

        async fn list(&self, _: &ListQuery, cursor: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            (self.page)(cursor.map_or(0, |cursor| cursor.parse().unwrap()))
        }

        async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
            Ok(None)
        }
    }

    /// A page of jobs, the last one.
    fn rows(ids: std::ops::Range<usize>) -> Page {
        let job = |id: usize| Job::new(JobId::from_canonical(id.to_string()), Some("running".into()));
        Page { jobs: ids.map(job).collect(), ..Page::default() }
    }

    /// The ids that came, how it ended, and how many pages were asked for.
    async fn walked(
        limit: Option<u64>,
        page: impl Fn(usize) -> Result<Page, ReadFailure> + Send + Sync + 'static,
    ) -> (Vec<String>, Result<(), Error>, usize) {
        let book = Book { page, asked: AtomicUsize::new(0) };
        let second = Duration::from_secs(1);
        let policy = Policy { retries: 0, retry_max_time: second, request_timeout: second, connect_timeout: second };
        let listing = Listing {
            canceller: &book,
            query: ListQuery::default(),
            filter: Filter::default(),
            policy: &policy,
            control: &Control::new(None),
            limit,
        };
        let mut found = Vec::new();
        let ended = walk(&listing, &mut |job| {
            found.push(job.id.to_string());
            true
        })
        .await;
        (found, ended, book.asked.load(Ordering::Relaxed))
    }

    fn next(page: usize) -> String {
        page.to_string()
    }

    #[tokio::test]
    async fn pages_follow_each_other_and_a_job_seen_twice_is_given_once() {
        let (found, ended, _) =
            walked(None, |page| Ok(Page { next: (page < 2).then(|| next(page + 1)), ..rows(2 * page..2 * page + 3) }))
                .await;
        assert_eq!((found.len(), ended), (7, Ok(())));
    }

    #[tokio::test]
    async fn a_page_with_a_flaw_gives_its_jobs_and_the_list_is_not_whole() {
        let flawed = |page: usize| {
            let flaw = (page < 2).then(|| Error::new(ErrorKind::BadAnswer, format!("flaw {page}")));
            Ok(Page { next: (page < 2).then(|| next(page + 1)), flaw, ..rows(3 * page..3 * page + 3) })
        };
        let (found, ended, _) = walked(None, flawed).await;
        assert_eq!((found.len(), ended.unwrap_err().message.as_str()), (9, "flaw 0"));
        let (found, ended, _) = walked(Some(3), flawed).await;
        assert_eq!((found.len(), ended), (3, Ok(())), "no more was wanted");
    }

    #[tokio::test]
    async fn a_limit_stops_asking() {
        for (limit, pages) in [(0, 0), (1, 1), (3, 1), (4, 2)] {
            let (found, ended, asked) =
                walked(Some(limit), |page| Ok(Page { next: Some(next(page + 1)), ..rows(3 * page..3 * page + 3) }))
                    .await;
            assert_eq!((found.len() as u64, ended, asked), (limit, Ok(()), pages));
        }
    }

    #[tokio::test]
    async fn lists_that_go_nowhere_are_errors_and_what_came_is_kept() {
        let same = |page: usize| Ok(Page { next: Some(next(page + 1)), ..rows(0..3) });
        let round = |page: usize| Ok(Page { next: Some(next((page + 1) % 3)), ..rows(3 * page..3 * page + 3) });
        let hollow = |page: usize| Ok(Page { next: Some(next(page + 1)), ..Page::default() });
        let endless = |page: usize| Ok(Page { next: Some(next(page + 1)), ..rows(page..page + 1) });
        let told = |ended: Result<(), Error>| ended.unwrap_err().message;
        let (found, ended, _) = walked(None, same).await;
        assert!(found.len() == 3 && told(ended).contains("repeats"));
        let (found, ended, _) = walked(None, round).await;
        assert!(found.len() == 9 && told(ended).contains("comes round"));
        assert!(told(walked(None, hollow).await.1).contains("empty"));
        let (found, ended, asked) = walked(None, endless).await;
        assert!((found.len(), asked) == (10_000, 10_000) && told(ended).contains("10000 pages"));
    }
}
