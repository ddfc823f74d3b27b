//! jobctl cancels jobs at SaaS vendors and reports truly what became of them.
//!
//! The program is most of what there is to know: `jobctl help`. As a library, it gives
//! the same to other programs: a [`Vendor`] is one that is ready to be used, and a [`Run`]
//! cancels many jobs and says of each what became of it, in an [`Outcome`].
//!
//! ```
//! use jobctl::sandbox::{Options, Sandbox};
//! use jobctl::{JobState, Outcome, Run, Transport, Vendor};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Vendors on loopback, with jobs. In earnest: `std::env::vars_os()` below.
//! let sandbox = Sandbox::start(Options::default()).await?;
//! let datafold = Vendor::from_variables("datafold", sandbox.variables(), &Transport::shared())?;
//!
//! // One job.
//! assert_eq!(datafold.read("123").await?.state, JobState::Running);
//! let settled = datafold.cancel("123").await?;
//! assert_eq!(settled.outcome, Outcome::Cancelled);
//! assert!(settled.verified, "the vendor has said so of this job");
//!
//! // Many.
//! let jobs = [datafold.job("101")?, datafold.job("124")?, datafold.job("999")?];
//! let mut run = Run::over([datafold]);
//! run.ignore_not_found = true;
//! let mut outcomes = Vec::new();
//! run.cancel(jobs, |settled| outcomes.push((settled.subject.to_string(), settled.outcome))).await;
//! outcomes.sort();
//! assert_eq!(outcomes, [
//!     ("datafold:101".to_owned(), Outcome::Finished), // it had ended by itself
//!     ("datafold:124".to_owned(), Outcome::Cancelled),
//!     ("datafold:999".to_owned(), Outcome::NotFound),
//! ]);
//! # Ok(())
//! # }
//! ```
//!
//! | what | where |
//! | --- | --- |
//! | a vendor that jobctl knows | [`Vendor::connect`], [`Vendor::from_variables`]; [`providers`] has them all |
//! | a vendor of your own | implement [`Canceller`], then [`Vendor::new`] |
//! | one job | [`Vendor::cancel`], [`Vendor::read`], [`Vendor::list`] |
//! | many jobs | [`Run`], which gives a [`Settled`] for each |
//! | what went wrong | [`Error`], whose [`ErrorKind`] says which code the program exits with |
//! | trying it without an account | [`sandbox`] |
//!
//! Only what is shown here keeps to [Semantic Versioning](https://semver.org). The other
//! modules are the program's rooms, and open to its own tests alone.

// In reading order: cli → settings → engine → providers → http, with report and sandbox
// beside; CONTRIBUTING.md has what is in each room.
mod client;

#[doc(hidden)]
pub mod base_url;
#[doc(hidden)]
pub mod canceller;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod http;
#[doc(hidden)]
pub mod job;
pub mod providers;
#[doc(hidden)]
pub mod report;
pub mod sandbox;
#[doc(hidden)]
pub mod secret;
#[doc(hidden)]
pub mod settings;
mod text;

#[doc(inline)]
pub use canceller::{
    Answer, Canceller, Capabilities, DynCanceller, ListQuery, Outcome, Page, Pending, ReadFailure, Verdict,
};
pub use client::Run;
#[doc(inline)]
pub use engine::{Ending, Filter, Seen, Settled, Subject, Vendor};
#[doc(inline)]
pub use error::{Error, ErrorKind, ExitCode};
#[doc(inline)]
pub use http::{Budget, Policy, StopCause, Transport, TransportOptions};
#[doc(inline)]
pub use job::{Job, JobId, JobRef, JobState};
#[doc(inline)]
pub use secret::Secret;

/// The page about the library, run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
