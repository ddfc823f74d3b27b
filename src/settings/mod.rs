//! Typed words + environment + files → settings, each value with its origin.
//!
//! Owns configuration, hosts and secrets. Must not know the terminal or HTTP.
//!
//! In reading order: [`environment`] and `file` (what is there) → `resolve` (which
//! file and profile) → `scope` (host and options of one provider) → `plan` (which
//! secret) → `obtain`, `credential`, `command`, [`keychain`] (reading it), with `missing` and
//! `explain` (saying what and why), `show` and `login` (for `config` and `auth`) beside.

mod command;
mod credential;
pub mod environment;
mod explain;
mod file;
pub mod keychain;
mod login;
mod missing;
mod obtain;
pub mod place;
mod plan;
mod resolve;
mod scope;
mod show;

#[cfg(test)]
mod tests;

pub use credential::{Token, may_be_secret};
pub use environment::Environment;
pub use explain::{Explained, mode};
pub use file::Location;
pub use login::Login;
pub use resolve::{Given, Overrides, Resolved, Settings};
