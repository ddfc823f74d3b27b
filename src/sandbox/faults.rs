//! Faults that a rehearsal asks for: parsing, and the dice.
//!
//! Owns [`Faults`] (what was asked for), [`Fault`] (what befalls one request) and
//! [`Dice`] (which request it befalls; the same for the same seed and sequence of
//! requests). Must not know the vendors' answers: `server` carries a fault out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;

use super::seeds::Vendor;

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
}

const KINDS: [(&str, Fault); 11] = [
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
///   `applied-stall`, `garbage`, `html`, `half`, `empty`, `huge`, `redirect` and
///   `wrong-job` likewise. The value is a probability per request from 0 to 1, or
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
    #[error("`{0}` is no fault; they are a status from 400 to 599, applied-STATUS, {names}, slow, rate, retry-after", names = names())]
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

fn names() -> String {
    KINDS.map(|(name, _)| name).join(", ")
}

impl Faults {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.slow.is_empty() && self.rates.is_empty()
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

/// What befalls one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Luck {
    pub(super) fault: Option<Fault>,
    pub(super) delay: Duration,
}

/// Decides which request meets which fault.
#[derive(Debug)]
pub(super) struct Dice {
    faults: Faults,
    random: fastrand::Rng,
    /// How many requests each rule has befallen; for the `3x` form.
    met: Vec<u32>,
    buckets: Vec<(f64, Instant)>,
}

impl Dice {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        let buckets = faults.rates.iter().map(|(_, rate)| (rate.burst, Instant::now())).collect();
        Self { met: vec![0; faults.rules.len()], buckets, random: fastrand::Rng::with_seed(seed), faults }
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The next request's luck. Every rule that covers it rolls exactly once, so
    /// that the sequence of requests alone decides.
    pub(super) fn roll(&mut self, vendor: Option<Vendor>, operation: Operation) -> Luck {
        let covers = |scope: Scope| scope.covers(vendor, operation);
        let mut luck = Luck::default();
        for ((scope, fault, often), met) in self.faults.rules.iter().zip(&mut self.met) {
            if !covers(*scope) {
                continue;
            }
            let hit = match often {
                Often::Share(share) => self.random.f64() < *share,
                Often::First(count) => *met < *count,
            };
            if hit && luck.fault.is_none() {
                luck.fault = Some(*fault);
                *met += 1;
            }
        }
        if luck.fault.is_none() && self.over_rate(vendor, operation) {
            luck.fault = Some(Fault::Status(429));
        }
        luck.delay = self.faults.slow.iter().filter(|(scope, _)| covers(*scope)).map(|(_, delay)| *delay).sum();
        luck
    }

    fn over_rate(&mut self, vendor: Option<Vendor>, operation: Operation) -> bool {
        let now = Instant::now();
        let mut over = false;
        for ((scope, rate), (tokens, filled)) in self.faults.rates.iter().zip(&mut self.buckets) {
            if !scope.covers(vendor, operation) {
                continue;
            }
            let earned = now.duration_since(*filled).as_secs_f64() * rate.per_second;
            *tokens = (*tokens + earned).min(rate.burst);
            *filled = now;
            if *tokens < 1.0 {
                over = true;
            } else {
                *tokens -= 1.0;
            }
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice(text: &str, seed: u64) -> Dice {
        Dice::new(text.parse().unwrap(), seed)
    }

    fn sequence(text: &str, seed: u64) -> Vec<Option<Fault>> {
        let mut dice = dice(text, seed);
        (0..1000).map(|_| dice.roll(Some(Vendor::Datafold), Operation::Cancel).fault).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_one_others() {
        let text = "500=0.1,429=0.05,reset=0.02,drop=0.02,stall=0.01,garbage=0.01,html=0.01";
        assert_eq!(sequence(text, 7), sequence(text, 7));
        assert_ne!(sequence(text, 7), sequence(text, 8));
        let hits = sequence(text, 7).iter().filter(|fault| **fault == Some(Fault::Status(500))).count();
        assert!((60..140).contains(&hits), "{hits}");
    }

    #[test]
    fn scopes_narrow_and_counts_end() {
        let mut dice = dice("datafold:500=2x,veeva/cancel:drop=1,read:404=1", 0);
        let mut roll = |vendor, operation| dice.roll(Some(vendor), operation).fault;
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), Some(Fault::Status(500)));
        assert_eq!(roll(Vendor::Veeva, Operation::Cancel), Some(Fault::Drop));
        assert_eq!(roll(Vendor::Veeva, Operation::List), None);
        assert_eq!(roll(Vendor::Prequel, Operation::Read), Some(Fault::Status(404)));
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), Some(Fault::Status(500)));
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_a_bucket_that_fills_again() {
        let mut dice = dice("rate=10/2,slow=50ms,retry-after=3", 0);
        let mut roll = || dice.roll(None, Operation::Read);
        assert_eq!(roll(), Luck { fault: None, delay: Duration::from_millis(50) });
        assert_eq!(roll().fault, None);
        assert_eq!(roll().fault, Some(Fault::Status(429)));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(roll().fault, None);
        assert_eq!(roll().fault, Some(Fault::Status(429)));
        assert_eq!(dice.faults().retry_after(), Some(3));
    }

    #[test]
    fn every_name_parses_and_prints_back() {
        for name in KINDS.map(|(name, _)| name).iter().chain(&["401", "503", "applied-500"]) {
            let faults: Faults = format!("{name}=1").parse().unwrap();
            assert_eq!(faults.rules[0].1.to_string(), **name);
        }
        assert!("".parse::<Faults>().unwrap().is_empty());
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
