//! What programs call, as `cli` is what people type: a [`Vendor`] made ready, one job at
//! a time, and a [`Run`] over many.
//!
//! Must not know the terminal, and decides nothing about jobs: that is the engine's.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::canceller::ListQuery;
use crate::engine::listing::{self, Listing};
use crate::engine::{self, Ending, Filter, Input, NoRecord, RunOptions, Seen, Settled, Source, Vendor, WaitRules};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, Policy, Transport};
use crate::job::{Job, JobId, JobRef};
use crate::providers;
use crate::secret::Secret;
use crate::settings::environment::{Environment, vendor_variables};
use crate::settings::{Given, Overrides, Settings, Token};

impl Vendor {
    /// A vendor of the registry (`datafold`, `prequel`, `unstructured`, `veeva`) at `host`,
    /// or where its customers usually are, with one secret. Nothing is sent yet.
    ///
    /// ```
    /// use jobctl::{Secret, Transport, Vendor};
    ///
    /// let key = Secret::new("a key").ok_or("no key")?;
    /// let vendor = Vendor::connect("datafold", Some("eu.datafold.com"), key, &Transport::shared())?;
    /// assert_eq!(vendor.name, "datafold");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a vendor that is not known;
    /// [`ErrorKind::Configuration`] for a host or secret
    /// that cannot be one.
    pub fn connect(
        provider: &str,
        host: Option<&str>,
        secret: Secret,
        transport: &Arc<Transport>,
    ) -> Result<Self, Error> {
        let token = Token { secret: Ok(secret), source: "the secret that was given".to_owned() };
        let given = Given::flags(providers::known(provider)?.name, host.map(str::to_owned), Some(token));
        open(provider, Some(given), Environment::of::<String, OsString>([]), transport)
    }

    /// A vendor of the registry with host and secret from the variables that the program
    /// reads (`DATAFOLD_HOST`, `DATAFOLD_API_KEY`, …), such as [`std::env::vars_os`].
    ///
    /// # Errors
    /// As [`Vendor::connect`], and
    /// [`ErrorKind::CredentialsMissing`].
    pub fn from_variables<N: Into<OsString>, V: Into<OsString>>(
        provider: &str,
        variables: impl IntoIterator<Item = (N, V)>,
        transport: &Arc<Transport>,
    ) -> Result<Self, Error> {
        let own: Vec<String> =
            vendor_variables(providers::known(provider)?).into_iter().map(|(name, _)| name).collect();
        let variables =
            variables.into_iter().filter_map(|(name, value)| Some((name.into().into_string().ok()?, value)));
        let environment = Environment::of(variables.filter(|(name, _)| own.contains(name)));
        open(provider, None, environment, transport)
    }

    /// The job of that id, in the form in which this vendor writes it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidId`].
    pub fn job(&self, id: &str) -> Result<JobRef, Error> {
        match providers::find(self.name) {
            Some(_) => engine::RefReader::new(Some(self.name), engine::Destination::None).parse(id),
            None => Ok(JobRef { provider: self.name, id: JobId::from_canonical(id) }),
        }
    }

    /// Asks for the cancellation of one job and finds out what became of it, as
    /// [`Run::cancel`] does.
    ///
    /// # Errors
    /// None about the job: whatever became of it is its [`Settled::outcome`]. As
    /// [`Vendor::job`].
    pub async fn cancel(&self, id: &str) -> Result<Settled, Error> {
        let mut settled = None;
        Run::over([self.clone()]).cancel([self.job(id)?], |row| settled = Some(row)).await;
        settled.ok_or_else(|| Error::new(ErrorKind::Internal, "a job came to no result"))
    }

    /// Reads one job.
    ///
    /// # Errors
    /// Why it could not be read: [`ErrorKind::NotFound`] where
    /// there is no such job. As [`Vendor::job`].
    pub async fn read(&self, id: &str) -> Result<Job, Error> {
        let job = self.job(id)?;
        let mut budget = Budget::new(&Policy::default(), Control::new(None));
        self.canceller.read_dyn(&job.id, &mut budget).await.map_err(listing::failed)
    }

    /// Lists the jobs that `filter` matches, in the vendor's order. Prequel lists the jobs
    /// of one `destination`.
    ///
    /// # Errors
    /// Why the list could not be read to its end.
    pub async fn list(&self, filter: &Filter, destination: Option<&str>) -> Result<Vec<Job>, Error> {
        let listing = Listing {
            canceller: &*self.canceller,
            query: ListQuery {
                states: filter.states().to_vec(),
                ended: filter.includes_ended(),
                destination: destination.map(str::to_owned),
            },
            filter: filter.clone(),
            policy: &Policy::default(),
            control: &Control::new(None),
            limit: None,
        };
        let mut jobs = Vec::new();
        listing::walk(&listing, &mut |job| {
            jobs.push(job);
            true
        })
        .await?;
        Ok(jobs)
    }
}

/// Without a home in the environment there is no configuration file either.
fn open(
    provider: &str,
    given: Option<Given>,
    environment: Environment,
    transport: &Arc<Transport>,
) -> Result<Vendor, Error> {
    let entry = providers::known(provider)?;
    let overrides = Overrides { given, ..Overrides::default() };
    let resolved = Settings::load(overrides, environment)?.resolve(entry)?;
    let canceller = (entry.open)(&resolved.settings, Arc::clone(transport))?;
    Ok(Vendor { name: entry.name, capabilities: entry.capabilities, canceller: Arc::from(canceller) })
}

/// A run over many jobs of some vendors: each job is sent once, looked at again where an
/// answer leaves doubt, and comes out exactly once with what became of it.
///
/// Its futures are not `Send`: await them on the task that made them, or on a
/// [`tokio::task::LocalSet`]. Dropping one gives up the calls in flight, and then nobody
/// knows what became of those.
///
/// ```
/// use std::time::Duration;
///
/// use jobctl::sandbox::{Options, Sandbox};
/// use jobctl::{Outcome, Run, Transport, Vendor};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start(Options { cancel_delay: Duration::ZERO, ..Options::default() }).await?;
/// let transport = Transport::shared();
/// let open = |name| Vendor::from_variables(name, sandbox.variables(), &transport);
/// let (datafold, veeva) = (open("datafold")?, open("veeva")?);
/// let jobs = [datafold.job("123")?, veeva.job("1043341")?];
///
/// let mut run = Run::over([datafold, veeva]);
/// run.timeout = Some(Duration::from_secs(60));
/// let (mut stopped, mut left) = (0, Vec::new());
/// run.cancel(jobs, |settled| match settled.outcome {
///     Outcome::Cancelled | Outcome::Requested => stopped += 1,
///     _ => left.push(format!("{}: {}", settled.subject, settled.outcome)),
/// })
/// .await;
/// // Veeva does not cancel what runs already.
/// assert_eq!((stopped, left), (1, vec!["veeva:1043341: refused".to_owned()]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// Whom it may talk to; jobs of anybody else come out as invalid.
    pub vendors: Vec<Vendor>,
    /// How hard to try.
    pub policy: Policy,
    /// Calls in flight at once, per vendor.
    pub concurrency: usize,
    /// When everything ends; what is not settled by then comes out as not sent, unknown
    /// or pending.
    pub timeout: Option<Duration>,
    /// So long to wait, after the last send, until cancelled jobs have really ended.
    pub wait: Option<Duration>,
    /// Stop after the first job that is not well.
    pub fail_fast: bool,
    /// Send nothing; say what would be cancelled.
    pub dry_run: bool,
    /// A job that ended by itself is not well.
    pub strict: bool,
    /// A job that is not there is well.
    pub ignore_not_found: bool,
    /// Leave jobs alone that do not match.
    pub guard: Option<Filter>,
}

impl Run {
    /// A run as the program does it where no flag says otherwise.
    pub fn over(vendors: impl IntoIterator<Item = Vendor>) -> Self {
        Self {
            vendors: vendors.into_iter().collect(),
            policy: Policy::default(),
            concurrency: 8,
            timeout: None,
            wait: None,
            fail_fast: false,
            dry_run: false,
            strict: false,
            ignore_not_found: false,
            guard: None,
        }
    }

    /// Cancels `jobs`. Each goes to `settled` the moment it is known; one that is named
    /// twice goes there once.
    pub async fn cancel(&self, jobs: impl IntoIterator<Item = JobRef>, mut settled: impl FnMut(Settled)) -> Ending {
        let rules = engine::Rules {
            verify: true,
            strict: self.strict,
            ignore_not_found: self.ignore_not_found,
            dry_run: self.dry_run,
            guard: self.guard.clone(),
            sights: engine::Sights::new(),
        };
        engine::cancel(source(jobs), self.options(), rules, &self.vendors, nobody(), &mut settled).await
    }

    /// Reads each of `jobs` once.
    pub async fn status(&self, jobs: impl IntoIterator<Item = JobRef>, mut seen: impl FnMut(Seen)) -> Ending {
        engine::status(source(jobs), self.options(), &self.vendors, nobody(), &mut seen).await
    }

    fn options(&self) -> RunOptions {
        RunOptions {
            policy: self.policy.clone(),
            concurrency: self.concurrency,
            deadline: self.timeout.map(|timeout| Instant::now() + timeout),
            fail_fast: self.fail_fast,
            wait: self.wait.map(|patience| WaitRules { interval: None, patience, changes: None }),
            recorder: Arc::new(NoRecord),
        }
    }
}

fn source(jobs: impl IntoIterator<Item = JobRef>) -> Source {
    Source::given(jobs.into_iter().map(|job| Input::Job { line: None, job, state: None }).collect())
}

/// Signals that never come: they are the program's, not a library's.
fn nobody() -> engine::Signals {
    mpsc::unbounded_channel().1
}
