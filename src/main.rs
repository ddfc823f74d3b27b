//! Arguments in, exit code out.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

fn main() -> ExitCode {
    match call() {
        Ok(code) => code,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "jobctl: {error:#}");
            ExitCode::from(jobctl::error::ExitCode::Internal.code())
        }
    }
}

fn call() -> anyhow::Result<ExitCode> {
    let arguments: Vec<_> = std::env::args_os().collect();
    let exit = jobctl::cli::run(&arguments).context("the results are not complete")?;
    Ok(ExitCode::from(exit.code()))
}
