//! Names of jobs whose status tells none, taken from the vendor's list of all jobs.
//!
//! A job whose name cannot be learned is as good as unread: it may be the one that is
//! meant or the one that is not.

use std::collections::HashMap;

use super::Filter;
use super::listing::{Listing, walk};
use crate::canceller::{DynCanceller, ListQuery, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::{Control, Policy};
use crate::job::{Job, JobId};

/// What was read of one job.
pub type Look = Result<Job, ReadFailure>;

/// Adds their names to jobs that were read, by walking the list until all of them have
/// been seen. Those that were not become unread, with the reason. Returns that reason.
pub async fn learn_names<'a>(
    canceller: &dyn DynCanceller,
    nameless: impl IntoIterator<Item = (JobId, &'a mut Look)>,
    policy: &Policy,
    control: &Control,
) -> Option<Error> {
    let mut looks: HashMap<_, _> = nameless.into_iter().collect();
    if looks.is_empty() {
        return None;
    }
    // Live jobs are listed first, and one may end meanwhile.
    let query = ListQuery { ended: true, ..ListQuery::default() };
    let listing = Listing { canceller, query, filter: Filter::default(), policy, control, limit: None };
    let walked = walk(&listing, &mut |listed| {
        if let Some(Ok(job)) = looks.remove(&listed.id) {
            job.name = listed.name;
        }
        !looks.is_empty()
    })
    .await;
    if looks.is_empty() {
        return None;
    }
    let error = walked.err().unwrap_or_else(|| {
        Error::new(ErrorKind::Unreadable, "the vendor's lists do not show the job, and only they tell its name")
    });
    for look in looks.into_values() {
        *look = Err(match control.stopped() {
            Some(cause) => ReadFailure::Stopped(cause),
            None => ReadFailure::Unreadable { error: error.clone(), status: None },
        });
    }
    Some(error)
}
