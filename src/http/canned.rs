//! Answers in place of a network: [`Canned`]. For tests and fuzzing only.
//!
//! Everything around the exchange stays as it is: retries, limits, redaction.

#[cfg(test)]
use std::pin::Pin;

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
    /// It is on its way until then.
    #[cfg(test)]
    Later(Pin<Box<dyn Future<Output = Said> + Send>>),
}

/// Says what becomes of each request.
pub(crate) struct Canned(Box<dyn Fn(&reqwest::Request) -> Said + Send + Sync>);

impl Canned {
    pub(super) fn say(&self, request: &reqwest::Request) -> Said {
        self.0(request)
    }
}

impl Said {
    pub(super) async fn heard(self, about: About<'_>) -> Result<Reply, Miss> {
        match self {
            Self::Reply(reply) => Ok(reply),
            Self::NotSent => Err(Miss::NotSent(about.error(ErrorKind::Connect, "nobody is there"))),
            Self::Lost => Err(Miss::Lost(about.error(ErrorKind::Lost, "the connection broke"))),
            #[cfg(test)]
            Self::Later(coming) => Box::pin(coming.await.heard(about)).await,
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
