//! Vault's two lists: *monitors* holds jobs that have not ended, *histories* those
//! that have. Pure functions; no I/O.
//!
//! Source: <https://general.veevavault.dev/vault-api/api-reference/26.2/jobs>.

use std::collections::HashSet;

use serde::Deserialize;

use super::super::decode::{Object, Text};
use super::super::ids;
use super::super::wire::{self, Sight, bad_answer};
use super::NAME;
use super::answer::{self, Status};
use crate::canceller::{ListQuery, Page, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::{Call, Operation, Reply};
use crate::job::{Job, JobId};

/// The documented maximum of a page.
const LIMIT: u32 = 200;

/// Which of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Book {
    /// Jobs that have not ended.
    Monitors,
    /// Jobs that have.
    Histories,
}

impl Book {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Monitors => "monitors",
            Self::Histories => "histories",
        }
    }
}

/// The lists that `query` needs. Live jobs are read first, so that a job that
/// ends in between is seen twice rather than never.
fn books(query: &ListQuery) -> Vec<Book> {
    let live = query.states.is_empty() || query.states.iter().any(|state| !state.is_terminal());
    let mut books = Vec::with_capacity(2);
    if live {
        books.push(Book::Monitors);
    }
    if query.ended {
        books.push(Book::Histories);
    }
    books
}

/// The call for the page at `cursor`, which is `BOOK:OFFSET`.
pub(super) fn call(version: &str, query: &ListQuery, cursor: Option<&str>) -> Result<(Book, Call), ReadFailure> {
    let (book, offset) = match cursor.and_then(|text| text.split_once(':')) {
        Some(("histories", offset)) => (Book::Histories, offset),
        Some((_, offset)) => (Book::Monitors, offset),
        None => (books(query).first().copied().unwrap_or(Book::Monitors), "0"),
    };
    let Ok(offset) = offset.parse::<u64>() else {
        let error = Error::new(ErrorKind::Internal, "a list cursor of jobctl's own makes no sense");
        return Err(ReadFailure::Unreadable { error, status: None });
    };
    Ok((book, sheet_call(version, book, offset)))
}

fn sheet_call(version: &str, book: Book, offset: u64) -> Call {
    let path = format!("/api/{version}/services/jobs/{}?limit={LIMIT}&offset={offset}", book.as_str());
    Call::get(Operation::List, path)
}

#[derive(Deserialize)]
struct Listing {
    /// Not there in a refusal.
    jobs: Option<Vec<Object<Status>>>,
    #[serde(rename = "responseDetails")]
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    next_page: Text,
    #[serde(default)]
    total: Text,
}

/// Reads a page; after the last of one list comes the first of the next.
pub(super) fn read(book: Book, query: &ListQuery, reply: &Reply, version: &str) -> Result<Sight<Page>, Error> {
    let listing = match answer::open::<Listing>(reply, version)? {
        Sight::Blind(failure) => return Ok(Sight::Blind(failure)),
        Sight::Seen(listing) => listing,
    };
    let next_page = listing.details.and_then(|details| details.next_page.filled());
    let jobs = listing.jobs.ok_or_else(|| bad_answer(NAME, "lists no jobs"))?;
    let next = match next_page {
        Some(link) => Some(format!("{}:{}", book.as_str(), offset_of(&link)?)),
        None => following(book, query).map(|book| format!("{}:0", book.as_str())),
    };
    Ok(Sight::Seen(wire::page(jobs, row, next)))
}

/// One page by itself: its jobs, and how many the whole list has.
struct Sheet {
    jobs: Vec<Job>,
    total: u64,
}

/// Looks for `wanted` from both ends of a list, because its order is not documented:
/// on from each end as long as every page shows one of them. `None` where the list
/// cannot be read.
pub(super) async fn find<F: Future<Output = Option<Reply>>>(
    book: Book,
    version: &str,
    wanted: &HashSet<JobId>,
    mut ask: impl FnMut(Call) -> F,
) -> Option<Vec<Job>> {
    let mut found = Vec::new();
    let mut pages = 2 * (wanted.len() as u64).div_ceil(LIMIT.into()) + 2;
    let (mut front, mut back): (u64, Option<u64>) = (0, None);
    let (mut ahead, mut behind) = (true, true);
    while pages > 0 && (ahead || behind) && back.is_none_or(|back| front < back) {
        // The first page says how long the list is; then the ends take turns.
        let from_front = ahead && (back.is_none() || !behind || pages.is_multiple_of(2));
        let offset = match (from_front, back) {
            (false, Some(back)) => back.saturating_sub(LIMIT.into()).max(front),
            _ => front,
        };
        pages -= 1;
        let Some(reply) = ask(sheet_call(version, book, offset)).await else { break };
        let Some(sheet) = sheet(&reply, version) else { break };
        let before = found.len();
        found.extend(sheet.jobs.into_iter().filter(|job| wanted.contains(&job.id)));
        let hit = found.len() > before;
        if from_front {
            front += u64::from(LIMIT);
            ahead = hit;
        } else {
            back = Some(offset);
            behind = hit;
        }
        back = back.or(Some(sheet.total));
    }
    back.map(|_| found)
}

fn sheet(reply: &Reply, version: &str) -> Option<Sheet> {
    let Ok(Sight::Seen(listing)) = answer::open::<Listing>(reply, version) else { return None };
    let total = listing.details.and_then(|details| details.total.0?.parse().ok()).unwrap_or(0);
    let jobs = listing.jobs?.into_iter().filter_map(|status| row(status).ok()).collect();
    Some(Sheet { jobs, total })
}

fn following(book: Book, query: &ListQuery) -> Option<Book> {
    books(query).into_iter().skip_while(|other| *other != book).nth(1)
}

/// Only the offset is taken from a link: the call goes to the configured Vault.
fn offset_of(link: &str) -> Result<u64, Error> {
    let query = link.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("offset=")?.parse().ok())
        .ok_or_else(|| bad_answer(NAME, "links to a next page without an offset"))
}

fn row(Object(status): Object<Status>) -> Result<Job, Error> {
    match status.id.0.as_deref().map(ids::positive_integer) {
        Some(Ok(id)) => Ok(status.into_job(id)),
        _ => Err(bad_answer(NAME, "lists a job without a usable id")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::reply;
    use super::*;
    use crate::job::JobState;

    fn query(states: &[JobState], ended: bool) -> ListQuery {
        ListQuery { states: states.to_vec(), ended, ..ListQuery::default() }
    }

    #[test]
    fn each_query_opens_the_books_it_needs() {
        assert_eq!(books(&query(&[], false)), [Book::Monitors]);
        assert_eq!(books(&query(&[], true)), [Book::Monitors, Book::Histories]);
        assert_eq!(books(&query(&[JobState::Failed], true)), [Book::Histories]);
        assert_eq!(books(&query(&[JobState::Queued, JobState::Failed], true)).len(), 2);
    }

    #[test]
    fn a_refused_listing_is_not_taken_for_a_broken_answer() {
        let live = query(&[], false);
        let refused = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_SESSION_ID","message":"x"}]}"#;
        let Ok(Sight::Blind(ReadFailure::Unreadable { error, .. })) =
            read(Book::Monitors, &live, &reply(200, refused), "v25.3")
        else {
            panic!()
        };
        assert_eq!(error.kind, crate::error::ErrorKind::CredentialsRejected);
        assert!(read(Book::Monitors, &live, &reply(200, r#"{"responseStatus":"SUCCESS"}"#), "v25.3").is_err());
    }

    #[test]
    fn pages_follow_each_other_through_both_books() {
        let both = query(&[], true);
        let body = r#"{"responseStatus":"SUCCESS","responseDetails":{"total":3,"next_page":"/api/v26.2/services/jobs/monitors?limit=200&offset=200"},
            "jobs":[{"job_id":5,"title":"Nightly","status":"QUEUED","created_by":1},{"job_id":null}]}"#;
        let Ok(Sight::Seen(page)) = read(Book::Monitors, &both, &reply(200, body), "v25.3") else { panic!() };
        assert_eq!(page.next.as_deref(), Some("monitors:200"));
        assert_eq!((page.jobs.len(), page.jobs[0].name.as_deref()), (1, Some("Nightly")));
        assert!(page.flaw.is_some(), "a row without an id takes no other with it");
        let last = r#"{"responseStatus":"SUCCESS","jobs":[]}"#;
        let Ok(Sight::Seen(page)) = read(Book::Monitors, &both, &reply(200, last), "v25.3") else { panic!() };
        assert_eq!(page.next.as_deref(), Some("histories:0"));
        let Ok(Sight::Seen(page)) = read(Book::Histories, &both, &reply(200, last), "v25.3") else { panic!() };
        assert_eq!(page.next, None);
        let (book, call) = call("v25.3", &both, Some("histories:0")).map_err(|_| ()).unwrap();
        assert_eq!(
            (book, call.path.as_str()),
            (Book::Histories, "/api/v25.3/services/jobs/histories?limit=200&offset=0")
        );
    }

    /// Looks for some of the jobs 1 to `total`, which are listed in that order: what was
    /// found, and the offsets that were asked for.
    async fn look(total: u64, wanted: impl IntoIterator<Item = u64>) -> (usize, Vec<u64>) {
        let wanted: HashSet<_> = wanted.into_iter().map(|id| JobId::from_canonical(id.to_string())).collect();
        let mut asked = Vec::new();
        let found = find(Book::Histories, "v25.3", &wanted, |call| {
            let offset = offset_of(&call.path).unwrap();
            asked.push(offset);
            let rows = (offset + 1..=total.min(offset + 200)).map(|id| format!(r#"{{"job_id":{id}}}"#));
            let rows = rows.collect::<Vec<_>>().join(",");
            let details = format!(r#""responseDetails":{{"total":{total}}}"#);
            let body = format!(r#"{{"responseStatus":"SUCCESS",{details},"jobs":[{rows}]}}"#);
            std::future::ready(Some(reply(200, &body)))
        });
        let found: HashSet<_> = found.await.unwrap().into_iter().map(|job| job.id).collect();
        assert!(found.is_subset(&wanted));
        (found.len(), asked)
    }

    #[tokio::test]
    async fn a_list_is_searched_from_both_ends_as_long_as_there_are_hits() {
        // In the middle: neither end shows one.
        assert_eq!(look(1000, [500]).await, (0, vec![0, 800]));
        assert_eq!(look(1000, 1..=300).await, (300, vec![0, 800, 200, 400]));
        assert_eq!(look(1000, 701..=1000).await, (300, vec![0, 800, 600, 400]));
        assert_eq!(look(1000, [1, 201, 799, 1000]).await, (4, vec![0, 800, 200, 600]));
        // The ends meet.
        assert_eq!(look(0, [1]).await, (0, vec![0]));
        assert_eq!(look(200, 1..=200).await, (200, vec![0]));
        assert_eq!(look(201, 1..=201).await, (201, vec![0, 200]));
        assert_eq!(look(500, 1..=500).await, (500, vec![0, 300, 200]));
    }

    #[tokio::test]
    async fn a_search_asks_for_so_many_pages_and_no_more() {
        for (wanted, pages) in [(20, 4), (200, 4), (220, 6), (400, 6), (600, 8)] {
            // Every page has some of them.
            let (found, asked) = look(4000, (1..=wanted).map(|n| n * 4000 / wanted)).await;
            assert_eq!(asked.len(), pages, "{wanted}");
            assert_eq!(asked[..4], [0, 3800, 200, 3600], "{wanted}");
            assert_eq!(u64::try_from(found), Ok(wanted * pages as u64 / 20), "{wanted}");
        }
    }
}
