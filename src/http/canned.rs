//! Answers in place of a network: [`Canned`]. For tests and fuzzing only.
//!
//! Everything around the exchange stays as it is: retries, limits, redaction.

use super::cause::About;
use super::{Miss, Reply, Transport, TransportOptions};
use crate::error::ErrorKind;

/// What becomes of one request.
pub(crate) enum Said {
    /// It is answered.
    Reply(Reply),
    /// It does not leave.
    NotSent,
    /// The connection breaks before the answer is there.
    Lost,
}

/// Says what becomes of each request.
pub(crate) struct Canned(Box<dyn Fn(&reqwest::Request) -> Said + Send + Sync>);

impl Canned {
    pub(super) fn answer(&self, about: About<'_>, request: &reqwest::Request) -> Result<Reply, Miss> {
        match self.0(request) {
            Said::Reply(reply) => Ok(reply),
            Said::NotSent => Err(Miss::NotSent(about.error(ErrorKind::Connect, "nobody is there"))),
            Said::Lost => Err(Miss::Lost(about.error(ErrorKind::Lost, "the connection broke"))),
        }
    }
}

impl Transport {
    /// A transport that no request leaves: `answer` says what becomes of each.
    pub(crate) fn canned(
        options: TransportOptions,
        answer: impl Fn(&reqwest::Request) -> Said + Send + Sync + 'static,
    ) -> Self {
        Self { canned: Some(Canned(Box::new(answer))), ..Self::new(options) }
    }
}
