//! Everything that can go wrong, in one table: [`ErrorKind`] gives the exit code,
//! the JSON code, whether a repeat may help, and the hint.
//!
//! Must not know any vendor, HTTP library or the terminal.

/// The exit codes of the program, frozen by the interface contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExitCode {
    /// Every job is ok, or there was nothing to do.
    Ok,
    /// A bug in jobctl.
    Internal,
    /// Bad flags, ids or configuration.
    Usage,
    /// At least one job is ok and at least one failed.
    Partial,
    /// Credentials missing, rejected or without the right.
    Auth,
    /// The vendor knows no such job.
    NotFound,
    /// The vendor will not cancel it.
    Refused,
    /// Could not be asked, or could not be known.
    Unavailable,
    /// Accepted, and the deadline passed before it ended.
    Pending,
    /// Declined, could not ask, or a guard said no.
    NotConfirmed,
    /// Nothing matched, and `--error-on-empty`.
    Empty,
    /// `wait --for cancelled`, and the job ended otherwise.
    Unmet,
    /// All failed, for different causes.
    Failed,
    /// Stopped by a signal; the number is the signal's.
    Signal(u8),
    /// `sandbox run`: the code of the command that was run.
    Child(u8),
}

impl ExitCode {
    /// Every fixed code, in numeric order.
    pub const ALL: [Self; 13] = [
        Self::Ok,
        Self::Internal,
        Self::Usage,
        Self::Partial,
        Self::Auth,
        Self::NotFound,
        Self::Refused,
        Self::Unavailable,
        Self::Pending,
        Self::NotConfirmed,
        Self::Empty,
        Self::Unmet,
        Self::Failed,
    ];

    /// Number, name and meaning.
    const fn row(self) -> (u8, &'static str, &'static str) {
        match self {
            Self::Ok => (0, "ok", "every job is ok, or there was nothing to do"),
            Self::Internal => (1, "internal", "a bug in jobctl"),
            Self::Usage => (2, "usage", "bad flags, ids or configuration"),
            Self::Partial => (3, "partial", "at least one job is ok (or pending) and at least one failed"),
            Self::Auth => (4, "auth", "credentials missing, rejected or without the right to do this"),
            Self::NotFound => (5, "not_found", "the vendor knows no such job"),
            Self::Refused => (6, "refused", "the vendor will not cancel it (or it had finished, with --strict)"),
            Self::Unavailable => {
                (7, "unavailable", "could not be asked, or the answer was lost; a list that could not be completed")
            }
            Self::Pending => (8, "pending", "accepted, and the deadline passed before it ended"),
            Self::NotConfirmed => (9, "not_confirmed", "declined, could not ask, or a guard said no"),
            Self::Empty => (10, "empty", "nothing matched or nothing came in, and --error-on-empty"),
            Self::Unmet => (11, "unmet", "wait --for cancelled, and the job ended otherwise"),
            Self::Failed => (12, "failed", "all failed, for different causes"),
            Self::Signal(number) => (
                128 + number,
                "signal",
                "stopped by SIGHUP (129), SIGINT (130) or SIGTERM (143), after reporting what is known",
            ),
            Self::Child(code) => (code, "child", "sandbox run: the command's own code"),
        }
    }

    /// The number that the process exits with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.row().0
    }

    /// The name printed as `exit_name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// One line that says what the code means, for help and docs.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row().2
    }
}

/// What went wrong, as far as a caller has to tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Flags or arguments that make no sense.
    Usage,
    /// A setting that is missing, malformed or contradictory.
    Configuration,
    /// An id or an input line that is malformed.
    InvalidId,
    /// The vendor rejected the request as malformed (422).
    Rejected,
    /// No credential for the provider.
    CredentialsMissing,
    /// The vendor did not accept the credential (401).
    CredentialsRejected,
    /// The credential may not do this (403).
    Forbidden,
    /// The vendor knows no such job.
    NotFound,
    /// The vendor will not cancel the job.
    Refused,
    /// The job had ended by itself, and `--strict` asked for more.
    Finished,
    /// Still answered 429, 408 or 425 after all retries.
    RateLimited,
    /// Still answered 5xx after all retries, and the job is still live.
    ServerError,
    /// The host name could not be resolved.
    Dns,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// The proxy refused or failed.
    Proxy,
    /// The server answered with a redirect, which is never followed.
    Redirected,
    /// The answer did not come in time.
    Timeout,
    /// The connection broke before the whole answer was read.
    Lost,
    /// The answer makes no sense or is about another job.
    BadAnswer,
    /// The job's state could not be read back.
    Unreadable,
    /// Stopped by a signal.
    Interrupted,
    /// The deadline passed.
    Deadline,
    /// Another job failed, and `--fail-fast` stopped the rest.
    FailFast,
    /// The provider did not answer for many jobs in a row.
    GaveUp,
    /// A guard, a missing confirmation or read-only mode.
    NotConfirmed,
    /// Nothing matched or came in.
    Empty,
    /// The job ended otherwise than was waited for.
    Unmet,
    /// A file or stream could not be read or written.
    Io,
    /// The results could not be written, so that nothing said so far may be relied on.
    Output,
    /// A bug in jobctl.
    Internal,
}

/// One row of the table that every [`ErrorKind`] looks itself up in.
struct Row {
    code: &'static str,
    exit: ExitCode,
    retryable: bool,
    hint: Option<&'static str>,
}

/// What the same call meets again, with advice where there is any for all of a kind.
const fn lasting(code: &'static str, exit: ExitCode, hint: Option<&'static str>) -> Row {
    Row { code, exit, retryable: false, hint }
}

/// What may be over when it is tried again.
const fn passing(code: &'static str, hint: &'static str) -> Row {
    Row { code, exit: ExitCode::Unavailable, retryable: true, hint: Some(hint) }
}

impl ErrorKind {
    /// Every kind, for docs and for tests that walk the table.
    pub const ALL: [Self; 31] = [
        Self::Usage,
        Self::Configuration,
        Self::InvalidId,
        Self::Rejected,
        Self::CredentialsMissing,
        Self::CredentialsRejected,
        Self::Forbidden,
        Self::NotFound,
        Self::Refused,
        Self::Finished,
        Self::RateLimited,
        Self::ServerError,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Proxy,
        Self::Redirected,
        Self::Timeout,
        Self::Lost,
        Self::BadAnswer,
        Self::Unreadable,
        Self::Interrupted,
        Self::Deadline,
        Self::FailFast,
        Self::GaveUp,
        Self::NotConfirmed,
        Self::Empty,
        Self::Unmet,
        Self::Io,
        Self::Output,
        Self::Internal,
    ];

    const fn row(self) -> Row {
        use ExitCode as Exit;
        match self {
            Self::Usage => lasting("usage", Exit::Usage, Some("see `jobctl --help`")),
            Self::Configuration => {
                lasting("configuration", Exit::Usage, Some("see `jobctl config explain` and `jobctl help environment`"))
            }
            Self::InvalidId => lasting("invalid_id", Exit::Usage, Some("check the id and its provider")),
            Self::Rejected => {
                lasting("rejected", Exit::Usage, Some("check the id; the vendor calls the request malformed"))
            }
            Self::CredentialsMissing => lasting("credentials_missing", Exit::Auth, None),
            Self::CredentialsRejected => lasting(
                "credentials_rejected",
                Exit::Auth,
                Some("check that the key is current and belongs to this host (wrong region or environment?)"),
            ),
            Self::Forbidden => lasting(
                "forbidden",
                Exit::Auth,
                Some("the credential is known but may not do this; ask for the right to cancel"),
            ),
            Self::NotFound => {
                lasting("not_found", Exit::NotFound, Some("check the id, and that host and profile are the job's own"))
            }
            Self::Refused => lasting("refused", Exit::Refused, Some("the job is still live; see the vendor's message")),
            Self::Finished => lasting("finished", Exit::Refused, Some("it ended by itself; nothing was stopped")),
            Self::RateLimited => passing("rate_limited", "try again later, or lower --concurrency or --rate"),
            Self::ServerError => passing("server_error", "the vendor has trouble; run the same command again"),
            Self::Dns => passing("dns", "check the host's spelling and your name resolution"),
            Self::Connect => passing("connect", "check the network, the host and the port"),
            Self::Tls => passing("tls", "check the certificate; --ca-cert adds a private authority"),
            Self::Proxy => passing("proxy", "check --proxy, HTTPS_PROXY and NO_PROXY"),
            Self::Redirected => lasting(
                "redirected",
                Exit::Unavailable,
                Some("the host answers from elsewhere; set the vendor's real API host"),
            ),
            Self::Timeout => passing("timeout", "look at the job's state: jobctl status"),
            Self::Lost => passing("connection_lost", "look at the job's state: jobctl status"),
            Self::BadAnswer => {
                passing("bad_answer", "is the host really the vendor's API? A proxy or a sign-in page may be answering")
            }
            Self::Unreadable => passing("unreadable", "look at the job's state: jobctl status"),
            Self::Interrupted => passing("interrupted", "run the same command again for the rest"),
            Self::Deadline => passing("deadline", "allow more time with --timeout"),
            Self::FailFast => passing("fail_fast", "an earlier job failed and --fail-fast stopped the rest"),
            Self::GaveUp => passing("gave_up", "the provider did not answer for many jobs; try again later"),
            Self::NotConfirmed => lasting("not_confirmed", Exit::NotConfirmed, None),
            Self::Empty => lasting("empty", Exit::Empty, None),
            Self::Unmet => lasting("unmet", Exit::Unmet, Some("it ended by itself before it could be cancelled")),
            Self::Io => lasting("io", Exit::Usage, None),
            Self::Output => lasting("output", Exit::Internal, None),
            Self::Internal => lasting("internal", Exit::Internal, Some("this is a bug in jobctl; please report it")),
        }
    }

    /// The stable word in machine output (`error.code`).
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// The exit code that this kind leads to when it is the only failure.
    #[must_use]
    pub const fn exit(self) -> ExitCode {
        self.row().exit
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        self.row().retryable
    }

    /// The general advice for this kind.
    #[must_use]
    pub const fn hint(self) -> Option<&'static str> {
        self.row().hint
    }
}

/// One failure: of a job, of a provider or of the whole call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What happened, to whom; one sentence without a full stop.
    pub message: String,
    /// Advice better than the kind's own.
    pub hint: Option<String>,
    /// What the vendor said, redacted.
    pub provider_message: Option<String>,
}

impl Error {
    /// An error with the kind's own hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, provider_message: None }
    }

    /// Replaces the kind's hint by a better one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what the vendor said.
    #[must_use]
    pub fn with_provider_message(mut self, message: Option<String>) -> Self {
        self.provider_message = message;
        self
    }

    /// The hint to show: this error's own, else its kind's.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref().or(self.kind.hint())
    }
}

#[cfg(test)]
mod tests;
