//! jobctl cancels jobs at SaaS vendors and reports truly what became of them.
//!
//! The house, in reading order: [`cli`] (what can be typed) → [`settings`] (whose
//! host, whose secret) → [`engine`] (refs in, results out) → [`providers`] (what a
//! vendor does) → [`http`] (what happens on the wire), with [`report`] (what is
//! printed) and [`sandbox`] (the vendors on loopback) beside. [`job`],
//! [`canceller`] and [`error`] hold the words that everyone shares.

pub mod canceller;
pub mod cli;
pub mod engine;
pub mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
pub mod job;
pub mod providers;
pub mod report;
pub mod sandbox;
pub mod settings;
