//! Cancels the jobs of one vendor that have been in a state for too long, and prints what
//! became of each. The vendor's host and key come from the variables that jobctl reads.
//!
//! ```console
//! $ jobctl sandbox run -- cargo run --example cancel_stale -- datafold running 2
//! ```

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use jobctl::{Filter, JobRef, JobState, Run, Transport, Vendor};

/// Lists, cancels, prints. Whether every job is well.
pub(crate) async fn cancel_stale(
    words: &[String],
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    out: &mut impl Write,
) -> Result<bool, Box<dyn Error>> {
    let [provider, state, hours] = words else { return Err("say PROVIDER STATE HOURS".into()) };
    let state = JobState::ALL.into_iter().find(|known| known.as_str() == state).ok_or("there is no such state")?;
    let age = Duration::from_secs(60 * 60 * hours.parse::<u64>()?);
    let vendor = Vendor::from_variables(provider, variables, &Transport::shared())?;

    let filter = Filter::new(vec![state], Some(age), None, None, jiff::Timestamp::now())?;
    let found = vendor.list(&filter, None).await?;
    let jobs: Vec<_> = found.into_iter().map(|job| JobRef { provider: vendor.name, id: job.id }).collect();

    let mut run = Run::over([vendor]);
    // A job may have gone on since it was listed: it is looked at again before it is sent.
    run.guard = Some(filter);
    let (mut printed, mut all_well) = (Ok(()), true);
    run.cancel(jobs, |settled| {
        all_well &= settled.ok;
        let why = settled.error.as_ref().map(|error| format!(": {}", error.message)).unwrap_or_default();
        let line = writeln!(out, "{} is {}{why}", settled.subject, settled.outcome);
        printed = std::mem::replace(&mut printed, Ok(())).and(line);
    })
    .await;
    printed?;
    Ok(all_well)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match cancel_stale(&words, std::env::vars_os(), &mut std::io::stdout()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("cancel_stale: {error}");
            ExitCode::FAILURE
        }
    }
}
