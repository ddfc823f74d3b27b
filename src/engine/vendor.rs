//! Whom a run may talk to: [`Vendor`], and how one is opened.
//!
//! Must not know which vendors there are, except that the registry's can be opened.

use std::fmt;
use std::sync::Arc;

use crate::canceller::{Canceller, Capabilities, DynCanceller};
use crate::error::{Error, ErrorKind};
use crate::providers::{Entry, known};

/// A vendor that is ready to be used. Cloning gives another handle to it.
#[derive(Clone)]
pub struct Vendor {
    /// The name that stands before the `:` in refs.
    pub name: &'static str,
    /// What it can do and how it behaves.
    pub capabilities: Capabilities,
    /// What does it.
    pub canceller: Arc<dyn DynCanceller>,
}

impl Vendor {
    /// A vendor of your own: a name, how it behaves, and what does it.
    ///
    /// ```
    /// use jobctl::{Answer, Budget, Canceller, Capabilities, Job, JobId, JobRef};
    /// use jobctl::{ListQuery, Outcome, Page, ReadFailure, Run, Vendor, Verdict};
    ///
    /// /// Stops whatever it is asked to stop, and says so.
    /// struct Obliging;
    ///
    /// impl Canceller for Obliging {
    ///     async fn cancel(&self, jobs: &[JobId], _: &mut Budget) -> Vec<Answer> {
    ///         let stopped = |id: &JobId| Job::new(id.clone(), Some("cancelled".to_owned()));
    ///         jobs.iter().map(|id| Answer::without_reply(Verdict::Said(stopped(id)))).collect()
    ///     }
    ///
    ///     async fn read(&self, job: &JobId, _: &mut Budget) -> Result<Job, ReadFailure> {
    ///         Ok(Job::new(job.clone(), Some("running".to_owned())))
    ///     }
    ///
    ///     async fn list(&self, _: &ListQuery, _: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
    ///         Ok(Page::default())
    ///     }
    ///
    ///     async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
    ///         Ok(None)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let vendor = Vendor::new("obliging", Capabilities::PLAIN, Obliging);
    /// let jobs = ["a", "b"].map(|id| JobRef { provider: vendor.name, id: JobId::from_canonical(id) });
    /// let mut outcomes = Vec::new();
    /// Run::over([vendor]).cancel(jobs, |settled| outcomes.push(settled.outcome)).await;
    /// assert_eq!(outcomes, [Outcome::Cancelled; 2]);
    /// # }
    /// ```
    pub fn new(name: &'static str, capabilities: Capabilities, canceller: impl Canceller) -> Self {
        Self { name, capabilities, canceller: Arc::new(canceller) }
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, capabilities, .. } = self;
        f.debug_struct("Vendor").field("name", name).field("capabilities", capabilities).finish_non_exhaustive()
    }
}

/// Opens a vendor at its first job.
///
/// A function from a row of the registry to what does its work is one, and so are
/// vendors that are open already.
pub trait Opener {
    /// The vendor called `name`.
    ///
    /// # Errors
    /// Why it cannot be used, or that there is none.
    fn open(&self, name: &'static str) -> Result<Vendor, Error>;
}

impl<F: Fn(&'static Entry) -> Result<Arc<dyn DynCanceller>, Error>> Opener for F {
    fn open(&self, name: &'static str) -> Result<Vendor, Error> {
        let entry = known(name)?;
        Ok(Vendor { name, capabilities: entry.capabilities, canceller: self(entry)? })
    }
}

impl Opener for Vec<Vendor> {
    fn open(&self, name: &'static str) -> Result<Vendor, Error> {
        let found = self.iter().find(|vendor| vendor.name == name).cloned();
        found.ok_or_else(|| Error::new(ErrorKind::Usage, format!("no vendor of this run is called {name:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stage::Stage;

    #[test]
    fn of_open_vendors_each_is_found_by_its_name() {
        let all = ["a", "b"].map(|name| Stage::new().open(name).unwrap()).to_vec();
        for name in ["a", "b"] {
            let found = all.open(name).unwrap();
            assert_eq!(found.name, name);
            assert!(format!("{found:?}").starts_with(&format!("Vendor {{ name: {name:?}, capabilities: ")));
        }
        assert_eq!(all.open("c").unwrap_err().kind, ErrorKind::Usage);
    }
}
