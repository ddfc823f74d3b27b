//! Faults that a rehearsal asks for.
//!
//! Owns [`Faults`] (what was asked for) and [`Fault`] (what befalls one request);
//! [`Dice`] decides which one. Must not know the vendors' answers: `server` carries
//! a fault out.

mod dice;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::seeds::Vendor;

pub(super) use dice::{Dice, Luck};

/// What kind of request it is, for faults that befall only some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Cancel,
    Read,
    List,
    Session,
}

const OPERATIONS: [(&str, Operation); 4] = [
    ("cancel", Operation::Cancel),
    ("read", Operation::Read),
    ("list", Operation::List),
    ("session", Operation::Session),
];

/// What befalls a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// This status, nothing applied.
    Status(u16),
    /// The request is served, and the answer replaced by this status.
    Applied(u16),
    /// The connection is reset before anything is done.
    Reset,
    /// The request is served, and the connection closed without an answer.
    Drop,
    /// No answer ever, nothing applied.
    Stall,
    /// The request is served, and no answer ever comes.
    AppliedStall,
    /// The request is served; 200 with bytes that mean nothing.
    Garbage,
    /// 200 with a proxy's page, nothing applied.
    Html,
    /// The request is served; half of the body comes, then the connection ends.
    Half,
    /// The request is served; 200 with nothing in it.
    Empty,
    /// The request is served; the answer is larger than anybody should read.
    Huge,
    /// A redirect to another host, nothing applied.
    Redirect,
    /// The request is served; the answer names another job.
    WrongJob,
    /// The request is served; a list in the answer lacks its last item.
    Short,
    /// The vendor refuses the credential in its own way, nothing applied.
    Expired,
    /// The vendor fails in its own way, nothing applied.
    Exception,
}

const KINDS: [(&str, Fault); 14] = [
    ("reset", Fault::Reset),
    ("drop", Fault::Drop),
    ("stall", Fault::Stall),
    ("applied-stall", Fault::AppliedStall),
    ("garbage", Fault::Garbage),
    ("html", Fault::Html),
    ("half", Fault::Half),
    ("empty", Fault::Empty),
    ("huge", Fault::Huge),
    ("redirect", Fault::Redirect),
    ("wrong-job", Fault::WrongJob),
    ("short", Fault::Short),
    ("expired", Fault::Expired),
    ("exception", Fault::Exception),
];

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Often {
    /// To this share of the requests.
    Share(f64),
    /// To the first so many of them.
    First(u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Scope {
    vendor: Option<Vendor>,
    operation: Option<Operation>,
}

impl Scope {
    fn covers(self, vendor: Option<Vendor>, operation: Operation) -> bool {
        self.vendor.is_none_or(|wanted| Some(wanted) == vendor)
            && self.operation.is_none_or(|wanted| wanted == operation)
    }
}

/// The faults a sandbox is asked to have; none by default.
///
/// As text: parts separated by commas, each `[SCOPE:]NAME=VALUE`.
///
/// - `500=0.1` (any status from 400 to 599): that status, nothing applied;
///   `applied-500=0.1`: served, then that status. `reset`, `drop`, `stall`,
///   `applied-stall`, `garbage`, `html`, `half`, `empty`, `huge`, `redirect`,
///   `wrong-job`, `short` (a list lacks its last item), `expired` (the credential is
///   refused: Veeva's `INVALID_SESSION_ID`, elsewhere 401) and `exception` (Veeva's
///   `EXCEPTION`, elsewhere 500) likewise. The value is a probability per request from 0 to 1, or
///   `3x` for the first three requests.
/// - `slow=50ms` delays every answer; `rate=100/10` serves 100 requests a second
///   with a burst of 10 and answers 429 beyond; `retry-after=2` puts that header
///   on every 429 and 503 (`none`, the default, leaves it out).
/// - SCOPE is a provider, `cancel`, `read`, `list` or `session`, or
///   `PROVIDER/OPERATION`: `datafold/cancel:drop=0.5`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    rules: Vec<(Scope, Fault, Often)>,
    slow: Vec<(Scope, Duration)>,
    rates: Vec<(Scope, Rate)>,
    retry_after: Option<u32>,
}

/// Requests a second, and how many may come at once.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    per_second: f64,
    burst: f64,
}

/// A text that asks for no fault the sandbox knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Not `name=value`.
    #[error("`{0}` is not [SCOPE:]NAME=VALUE")]
    Shape(String),
    /// No such scope.
    #[error("`{0}` is neither a provider nor cancel, read, list or session")]
    Scope(String),
    /// No such fault.
    #[error("`{0}` is no fault; they are {names}", names = Faults::names())]
    Name(String),
    /// The fault exists, the value makes no sense.
    #[error("`{name}={value}`: {expected}")]
    Value {
        /// The fault.
        name: String,
        /// What was given.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
}

impl Faults {
    /// What a fault can be named.
    pub(crate) fn names() -> String {
        let kinds = KINDS.map(|(name, _)| name).join(", ");
        format!("a status from 400 to 599, applied-STATUS, {kinds}, slow, rate, retry-after")
    }

    /// Seconds for the Retry-After of 429 and 503, if it is to be sent.
    pub(super) fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    fn add(&mut self, part: &str) -> Result<(), FaultError> {
        let (name, value) = part.split_once('=').ok_or_else(|| FaultError::Shape(part.into()))?;
        let (scope, name) = name.rsplit_once(':').unwrap_or(("", name));
        let (scope, name, value) = (parse_scope(scope.trim())?, name.trim(), value.trim());
        let wrong = |expected| FaultError::Value { name: name.into(), value: value.into(), expected };
        match name {
            "slow" => {
                let delay = humantime::parse_duration(value).map_err(|_| wrong("a duration such as 50ms"))?;
                self.slow.push((scope, delay));
            }
            "rate" => {
                let rate = parse_rate(value).ok_or_else(|| wrong("REQUESTS-PER-SECOND/BURST such as 100/10"))?;
                self.rates.push((scope, rate));
            }
            "retry-after" if value == "none" => self.retry_after = None,
            "retry-after" => {
                self.retry_after = Some(value.parse().map_err(|_| wrong("whole seconds, or none"))?);
            }
            _ => {
                let fault = parse_fault(name).ok_or_else(|| FaultError::Name(name.into()))?;
                let often = parse_often(value).ok_or_else(|| wrong("a probability from 0 to 1, or a count like 3x"))?;
                self.rules.push((scope, fault, often));
            }
        }
        Ok(())
    }
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            faults.add(part)?;
        }
        Ok(faults)
    }
}

fn parse_scope(text: &str) -> Result<Scope, FaultError> {
    let mut scope = Scope::default();
    for word in text.split('/').filter(|_| !text.is_empty()) {
        let operation = OPERATIONS.iter().find(|(name, _)| *name == word).map(|(_, operation)| *operation);
        match (Vendor::named(word), operation) {
            (Some(vendor), _) if scope.vendor.is_none() => scope.vendor = Some(vendor),
            (None, Some(operation)) if scope.operation.is_none() => scope.operation = Some(operation),
            _ => return Err(FaultError::Scope(text.into())),
        }
    }
    Ok(scope)
}

fn parse_fault(name: &str) -> Option<Fault> {
    let status = |text: &str| text.parse().ok().filter(|status| (400..600).contains(status));
    let named = KINDS.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault);
    named
        .or_else(|| status(name).map(Fault::Status))
        .or_else(|| name.strip_prefix("applied-").and_then(status).map(Fault::Applied))
}

fn parse_often(value: &str) -> Option<Often> {
    if let Some(count) = value.strip_suffix('x') {
        return count.parse().ok().map(Often::First);
    }
    value.parse().ok().filter(|share| (0.0..=1.0).contains(share)).map(Often::Share)
}

fn parse_rate(value: &str) -> Option<Rate> {
    let (per_second, burst) = value.split_once('/')?;
    let positive = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    Some(Rate { per_second: positive(per_second)?, burst: positive(burst)?.max(1.0) })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, KINDS.iter().find(|(_, fault)| fault == self)) {
            (Self::Status(status), _) => write!(f, "{status}"),
            (Self::Applied(status), _) => write!(f, "applied-{status}"),
            (_, Some((name, _))) => f.write_str(name),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_and_prints_back() {
        for name in KINDS.map(|(name, _)| name).iter().chain(&["401", "503", "applied-500"]) {
            let faults: Faults = format!("{name}=1").parse().unwrap();
            assert_eq!(faults.rules[0].1.to_string(), **name);
        }
        assert_eq!("".parse(), Ok(Faults::default()));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let error = |text: &str| text.parse::<Faults>().unwrap_err().to_string();
        assert_eq!(error("500"), "`500` is not [SCOPE:]NAME=VALUE");
        assert_eq!(error("github:500=1"), "`github` is neither a provider nor cancel, read, list or session");
        assert!(error("200=1").starts_with("`200` is no fault; they are"));
        assert_eq!(error("500=2"), "`500=2`: a probability from 0 to 1, or a count like 3x");
        assert_eq!(error("slow=fast"), "`slow=fast`: a duration such as 50ms");
        assert_eq!(error("rate=5"), "`rate=5`: REQUESTS-PER-SECOND/BURST such as 100/10");
    }
}
