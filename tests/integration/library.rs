//! jobctl as a library, from outside: only what its front page shows.

use std::sync::Mutex;
use std::time::Duration;

use jobctl::sandbox::{Options, Sandbox};
use jobctl::{
    Answer, Budget, Canceller, Capabilities, ErrorKind, Filter, Job, JobId, JobRef, JobState, ListQuery, Outcome, Page,
    ReadFailure, Run, Secret, Settled, Subject, Transport, Vendor, Verdict,
};

use crate::support::ALL;

#[expect(dead_code, reason = "its `main` is for people")]
#[path = "../../examples/cancel_stale.rs"]
mod cancel_stale;

/// Jobs end as soon as they are told to.
async fn sandbox() -> Sandbox {
    Sandbox::start(Options { cancel_delay: Duration::ZERO, ..Options::default() }).await.unwrap()
}

fn at(sandbox: &Sandbox, provider: &str) -> Vendor {
    Vendor::from_variables(provider, sandbox.variables(), &Transport::shared()).unwrap()
}

fn told(settled: &Settled) -> (String, Outcome) {
    (settled.subject.to_string(), settled.outcome)
}

#[tokio::test]
async fn the_example_cancels_what_is_stale_and_says_what_became_of_it() {
    let sandbox = sandbox().await;
    let variables = || sandbox.variables().into_iter().map(|(name, value)| (name.into(), value.into()));
    let words = ["datafold", "running", "2"].map(str::to_owned);
    let mut out = Vec::new();
    let well = cancel_stale::cancel_stale(&words, variables(), &mut out).await.unwrap();
    let out = String::from_utf8(out).unwrap();
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    assert!(!well && lines.len() == 2, "{out}");
    assert!(lines[0].starts_with("datafold:109 is unauthorized: datafold does not allow"), "{out}");
    assert_eq!(lines[1], "datafold:123 is cancelled");
    for (words, why) in [
        (["nobody", "running", "2"], "there is no provider"),
        (["datafold", "resting", "2"], "there is no such state"),
        (["datafold", "running", "soon"], "invalid digit"),
    ] {
        let error = cancel_stale::cancel_stale(&words.map(str::to_owned), variables(), &mut Vec::new()).await;
        assert!(error.as_ref().is_err_and(|error| error.to_string().contains(why)), "{error:?}");
    }
}

#[tokio::test]
async fn every_vendor_cancels_reads_and_lists_one_job() {
    // Longer than any read-back, however busy the machine is.
    let options = Options { cancel_delay: Duration::from_secs(600), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    for (provider, id, destination, outcome) in [
        ("datafold", "123", None, Outcome::Cancelled),
        ("prequel", "warehouse-eu/nightly-0142", Some("warehouse-eu"), Outcome::Requested),
        ("unstructured", "9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10", None, Outcome::Requested),
        ("veeva", "1046892", None, Outcome::Requested),
    ] {
        let vendor = at(&sandbox, provider);
        let listed = vendor.list(&Filter::default().not_ended(), destination).await.unwrap();
        assert!(listed.iter().any(|job| job.id.as_str() == id), "{provider}: {listed:?}");
        assert!(listed.iter().all(|job| !job.is_terminal()), "{provider}: {listed:?}");
        let all = vendor.list(&Filter::default(), destination).await.unwrap();
        assert!(all.len() > listed.len(), "{provider}: {all:?}");
        let settled = vendor.cancel(id).await.unwrap();
        assert_eq!((settled.subject.to_string(), settled.outcome), (format!("{provider}:{id}"), outcome));
        assert!(settled.ok && settled.error.is_none() && settled.attempts == 1, "{settled:?}");
    }
    let datafold = at(&sandbox, "datafold");
    assert_eq!(datafold.read("123").await.unwrap().state, JobState::Cancelled);
    assert_eq!(datafold.read("999").await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(datafold.read("12x").await.unwrap_err().kind, ErrorKind::InvalidId);
    assert_eq!(datafold.cancel("veeva:1").await.unwrap_err().kind, ErrorKind::InvalidId);
}

#[tokio::test]
async fn a_run_goes_over_many_vendors_and_waits_until_their_jobs_have_ended() {
    let sandbox = sandbox().await;
    let vendors = ["datafold", "unstructured"].map(|name| at(&sandbox, name));
    let jobs = [
        vendors[0].job("123").unwrap(),
        vendors[0].job("123").unwrap(),
        vendors[1].job("9F6C2D1E-58B3-4C0E-8A77-0D4E2B9C1A10").unwrap(),
        // Of a vendor that the run was not given.
        JobRef { provider: "veeva", id: JobId::from_canonical("1046892") },
    ];
    let mut run = Run::over(vendors);
    run.wait = Some(Duration::from_secs(30));
    run.timeout = Some(Duration::from_secs(60));
    let mut rows = Vec::new();
    let ending = run.cancel(jobs.clone(), |settled| rows.push(settled)).await;
    rows.sort_by_key(|row| row.index);
    let outcomes: Vec<_> = rows.iter().map(told).collect();
    let unstructured = "unstructured:9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10".to_owned();
    assert_eq!(outcomes[..2], [("datafold:123".to_owned(), Outcome::Cancelled), (unstructured, Outcome::Cancelled)]);
    assert_eq!(outcomes[2], ("veeva:1046892".to_owned(), Outcome::Invalid));
    assert_eq!((ending.duplicates, ending.sent, ending.broken), (1, 2, None));
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().received, 0);

    let mut seen = Vec::new();
    run.status(jobs, |row| seen.push((row.subject.to_string(), row.job.map(|job| job.state)))).await;
    assert!(seen.contains(&("datafold:123".to_owned(), Some(JobState::Cancelled))), "{seen:?}");
    assert!(seen.contains(&("veeva:1046892".to_owned(), None)), "{seen:?}");

    let mut plan = Run::over([at(&sandbox, "datafold")]);
    plan.dry_run = true;
    let mut planned = Vec::new();
    plan.cancel([plan.vendors[0].job("124").unwrap()], |settled| planned.push(told(&settled))).await;
    assert_eq!(planned, [("datafold:124".to_owned(), Outcome::Planned)]);
    assert_eq!(sandbox.job("datafold", "124").unwrap().received, 0);
}

#[tokio::test]
async fn a_host_and_a_secret_are_enough_and_wrong_ones_are_told() {
    let sandbox = sandbox().await;
    let key = |name: &str| sandbox.variables().into_iter().find(|(known, _)| *known == name).unwrap().1;
    let transport = Transport::shared();
    for (vendor, variable, id) in [("datafold", "DATAFOLD_API_KEY", "123"), ("veeva", "VEEVA_SESSION_ID", "1046892")] {
        let secret = Secret::new(&key(variable)).unwrap();
        let open = |secret| Vendor::connect(vendor, Some(&sandbox.url()), secret, &transport).unwrap();
        assert!(open(secret).read(id).await.unwrap().state.is_live(), "{vendor}");
        let wrong = open(Secret::new("wrong").unwrap()).cancel(id).await.unwrap();
        assert_eq!((wrong.outcome, wrong.ok), (Outcome::Unauthorized, false), "{wrong:?}");
    }
    let refused = |provider: &str, host: Option<&str>| {
        Vendor::connect(provider, host, Secret::new("key").unwrap(), &transport).unwrap_err().kind
    };
    assert_eq!(refused("nobody", None), ErrorKind::Usage);
    assert_eq!(refused("datafold", Some("http://example.com")), ErrorKind::Configuration);
    assert_eq!(refused("veeva", None), ErrorKind::Configuration);
    let nothing = Vendor::from_variables("datafold", [("DATAFOLD_HOST", "localhost")], &transport);
    assert_eq!(nothing.unwrap_err().kind, ErrorKind::CredentialsMissing);
    for vendor in ALL {
        // The default hosts are whole; no call is made.
        let host = (vendor.name == "veeva").then_some("myvault.veevavault.com");
        Vendor::connect(vendor.name, host, Secret::new("key").unwrap(), &transport).unwrap();
    }
}

/// A vendor that takes five jobs a call, stops the even ones and has never heard of others.
struct Own(Mutex<Vec<usize>>);

impl Canceller for Own {
    async fn cancel(&self, jobs: &[JobId], _: &mut Budget) -> Vec<Answer> {
        self.0.lock().unwrap().push(jobs.len());
        let verdict = |id: &JobId| match id.as_str().parse::<u64>() {
            Ok(number) if number % 2 == 0 => Verdict::Said(Job::new(id.clone(), Some("STOPPED".to_owned()))),
            _ => Verdict::Declined(jobctl::Error::new(ErrorKind::Refused, "no such number")),
        };
        jobs.iter().map(|id| Answer::without_reply(verdict(id))).collect()
    }

    async fn read(&self, _: &JobId, _: &mut Budget) -> Result<Job, ReadFailure> {
        Err(ReadFailure::Absent(jobctl::Error::new(ErrorKind::NotFound, "no such number")))
    }

    async fn list(&self, _: &ListQuery, _: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
        let job = |id: &str| Job::new(JobId::from_canonical(id), Some("running".to_owned()));
        Ok(Page { jobs: vec![job("2"), job("4")], ..Page::default() })
    }

    async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_vendor_of_ones_own_is_driven_like_the_others() {
    let own = Vendor::new("own", Capabilities { batch: 5, ..Capabilities::PLAIN }, Own(Mutex::default()));
    assert_eq!(own.list(&Filter::default(), None).await.unwrap().len(), 2);
    assert_eq!(own.cancel("4").await.unwrap().outcome, Outcome::Cancelled);
    let jobs: Vec<_> = (0..20).map(|number| own.job(&number.to_string()).unwrap()).collect();
    let mut rows = Vec::new();
    Run::over([own]).cancel(jobs, |settled| rows.push(settled)).await;
    assert_eq!(rows.len(), 20);
    for row in rows {
        let Subject::Job(job) = &row.subject else { panic!("{row:?}") };
        let even = job.id.as_str().parse::<u64>().unwrap() % 2 == 0;
        assert_eq!((row.outcome, row.ok), if even { (Outcome::Cancelled, true) } else { (Outcome::NotFound, false) });
    }
}
