//! The retry loop: stop check → permit → budget → attempt → what next.
//!
//! Owns what is repeated and what is not: a request that did not leave may always
//! be repeated, one that may have arrived only if it reads. Must not know any
//! vendor or reqwest.

use std::future::Future;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::cause::About;
use super::pace::Burst;
use super::trace::Exchange;
use super::{
    Budget, CAP, Call, Control, Endpoint, Failure, LIST_CAP, Level, Miss, Operation, Permit, Reply, StopCause,
    Transport, request, retry,
};
use crate::error::{Error, ErrorKind};

/// What a read brought.
#[derive(Clone, Debug)]
pub enum Read<T> {
    /// A 2xx that was believed, and what it says.
    Value(Reply, T),
    /// A 2xx that makes no sense, however often it was asked for.
    Unbelievable(Reply, Error),
    /// Any other status, after the repeats that it allows.
    Answered(Reply),
}

/// Asks whether a 2xx can be believed.
type Believe<'a> = dyn FnMut(&Reply) -> Result<(), Error> + Send + 'a;

/// What [`Believe`] says of an answer.
enum Belief {
    Believed,
    Doubted(Error),
    /// It was not asked: the answer is no 2xx.
    Unasked,
}

/// What follows an attempt.
enum Next {
    Done(Result<(Reply, Belief), Failure>),
    /// Another, after a wait; what this one came to.
    Again(Duration, Result<(Reply, Belief), Failure>),
}

impl Transport {
    /// Sends `call` to `endpoint` and reads the whole answer, whatever its status.
    ///
    /// What did not leave, and what was answered by 408, 425 or 429, is repeated
    /// within `budget`; a read also when it may have arrived or was answered by
    /// a 5xx.
    ///
    /// # Errors
    /// [`Failure`], which says whether the request may have reached the vendor.
    pub async fn send(&self, endpoint: &Endpoint, call: &Call, budget: &mut Budget) -> Result<Reply, Failure> {
        self.repeat(endpoint, call, budget, &mut |_| Ok(())).await.map(|(reply, _)| reply)
    }

    /// Like [`Transport::send`], and asks `believe` what a 2xx says. If that is
    /// an error and `call` reads, the call is repeated within the same budget.
    ///
    /// # Errors
    /// [`Failure`], which says whether the request may have reached the vendor.
    pub async fn read<T: Send>(
        &self,
        endpoint: &Endpoint,
        call: &Call,
        budget: &mut Budget,
        mut believe: impl FnMut(&Reply) -> Result<T, Error> + Send,
    ) -> Result<Read<T>, Failure> {
        let mut value = None;
        let mut keep = |reply: &Reply| believe(reply).map(|said| value = Some(said));
        let (reply, belief) = self.repeat(endpoint, call, budget, &mut keep).await?;
        Ok(match (belief, value) {
            (Belief::Believed, Some(value)) => Read::Value(reply, value),
            (Belief::Doubted(error), _) => Read::Unbelievable(reply, error),
            _ => Read::Answered(reply),
        })
    }

    /// The loop of [`Transport::read`]: the same code whatever a vendor reads.
    async fn repeat(
        &self,
        endpoint: &Endpoint,
        call: &Call,
        budget: &mut Budget,
        believe: &mut Believe<'_>,
    ) -> Result<(Reply, Belief), Failure> {
        // How long to wait before the next attempt, and what the last one came to.
        let mut last = None;
        loop {
            let control = budget.control.clone();
            let mut queued = Instant::now();
            let turn = async {
                if let Some((wait, _)) = &last {
                    tokio::time::sleep(*wait).await;
                    queued = Instant::now();
                }
                endpoint.limiter.acquire().await
            };
            let permit = match (unless_stopped(call, &control, turn).await, last) {
                (Ok(permit), _) => permit,
                // A cancel that was turned away stays so where it may not be repeated:
                // it is not as if it had never been sent.
                (Err(_), Some((_, result))) if call.operation == Operation::Cancel => return result,
                (Err(failure), _) => return Err(failure),
            };
            budget.begin(queued.elapsed());
            let next = match self.attempt(endpoint, call, budget).await {
                Ok(reply) => self.answered(endpoint, call, budget, &permit, reply, believe),
                Err(miss) => missed(call, budget, miss),
            };
            drop(permit);
            match next {
                Next::Done(result) => return result,
                Next::Again(wait, result) => last = Some((wait, result)),
            }
        }
    }

    /// One request and its answer, without secrets.
    async fn attempt(&self, endpoint: &Endpoint, call: &Call, budget: &Budget) -> Result<Reply, Miss> {
        let request = request(endpoint, call).map_err(Miss::Impossible)?;
        let exchange = Exchange::begin(self.options.trace.as_ref(), endpoint, call, budget.attempts, request.headers());
        let about =
            About { provider: endpoint.provider, operation: call.operation.as_str(), host: endpoint.base.host() };
        let cap = if call.operation == Operation::List { LIST_CAP } else { CAP };
        let limit = self.options.policy.request_timeout;
        let result = tokio::select! {
            biased;
            result = tokio::time::timeout(limit, self.exchange(about, request, cap)) => result.unwrap_or_else(|_| {
                let limit = humantime::format_duration(limit);
                Err(Miss::Lost(about.error(ErrorKind::Timeout, format_args!("no answer from {} within {limit}", about.host))))
            }),
            cause = budget.control.aborted() => Err(Miss::Aborted(cause)),
        };
        let result = result.map(|mut reply| {
            let redactor = endpoint.redactor();
            redactor.headers(&mut reply.headers);
            reply.body = redactor.body(reply.body);
            reply
        });
        exchange.end(&result);
        result
    }

    /// Tells the limiter, and decides whether an answer is the last.
    fn answered(
        &self,
        endpoint: &Endpoint,
        call: &Call,
        budget: &mut Budget,
        permit: &Permit<'_>,
        reply: Reply,
        believe: &mut Believe<'_>,
    ) -> Next {
        let status = reply.status;
        let asked = retry_after(&reply);
        let burst = burst(endpoint, &reply);
        match asked {
            // Everyone would wait for nothing: whoever is told so fails at once, and
            // a slower pace would only put off that the next one is told so too.
            Some(wait) if wait > self.options.policy.retry_max_time => {
                endpoint.limiter.on_burst(burst);
                budget.put_off(wait);
            }
            _ => endpoint.limiter.on_reply(permit, status, asked, burst),
        }
        let reads = call.operation.is_read();
        let (repeat, belief) = match status {
            200..=299 => match believe(&reply) {
                Ok(()) => (false, Belief::Believed),
                Err(error) => (reads, Belief::Doubted(error)),
            },
            408 | 425 | 429 => (true, Belief::Unasked),
            500..=599 => (reads && status != 501, Belief::Unasked),
            _ => (false, Belief::Unasked),
        };
        match repeat.then(|| wait(budget, asked, call.spacing)).flatten() {
            Some(wait) => Next::Again(wait, Ok((reply, belief))),
            None => Next::Done(Ok((reply, belief))),
        }
    }
}

/// Decides whether a request without an answer is sent again.
fn missed(call: &Call, budget: &mut Budget, miss: Miss) -> Next {
    let reads = call.operation.is_read();
    if matches!(miss, Miss::Impossible(_) | Miss::NotSent(_)) {
        budget.never_left();
    }
    // What never left takes no room in the vendor's count.
    let spacing = if matches!(miss, Miss::NotSent(_)) { Duration::ZERO } else { call.spacing };
    let (repeat, failure) = match miss {
        Miss::Impossible(error) => (false, Failure::NotSent(error)),
        Miss::NotSent(error) => (true, Failure::NotSent(error)),
        Miss::Lost(error) => (reads, Failure::PerhapsSent(error)),
        Miss::Aborted(cause) if reads => (false, Failure::Stopped(cause)),
        Miss::Aborted(cause) => (false, Failure::PerhapsSent(aborted(cause))),
    };
    match repeat.then(|| wait(budget, None, spacing)).flatten() {
        Some(wait) => Next::Again(wait, Err(failure)),
        None => Next::Done(Err(failure)),
    }
}

/// What is said of a request that was given up in flight.
fn aborted(cause: StopCause) -> Error {
    match cause {
        StopCause::Deadline => Error::new(ErrorKind::Deadline, "the deadline passed before the answer came"),
        _ => Error::new(ErrorKind::Interrupted, "interrupted before the answer came"),
    }
}

/// How long to wait before the next attempt, at least for `spacing`; nothing if there
/// is to be none.
fn wait(budget: &Budget, asked: Option<Duration>, spacing: Duration) -> Option<Duration> {
    let left = budget.left().filter(|_| spacing.is_zero() || !budget.polls)?;
    // At least half of what is left is for the attempt itself.
    let backoff = || retry::backoff(budget.attempts.saturating_sub(1)).min(left / 2);
    let wait = asked.unwrap_or_else(backoff).max(spacing);
    (wait <= left).then_some(wait)
}

/// The pause that an answer asks for, where its status lets it.
fn retry_after(reply: &Reply) -> Option<Duration> {
    if !matches!(reply.status, 408 | 425 | 429 | 503) {
        return None;
    }
    let value = reply.header("retry-after")?;
    let date = reply.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    retry::parse_retry_after(value, date.unwrap_or_else(SystemTime::now))
}

/// What an answer says about the vendor's burst limit.
fn burst(endpoint: &Endpoint, reply: &Reply) -> Option<Burst> {
    let names = endpoint.burst?;
    let number = |name| reply.header(name)?.trim().parse::<u32>().ok();
    let delayed = number(names.delay).is_some_and(|delay| delay > 0);
    match (number(names.limit), number(names.remaining)) {
        (Some(limit), Some(remaining)) => Some(Burst { limit: limit.into(), remaining: remaining.into(), delayed }),
        // Delayed, and the limit unknown: the slowest pace that makes sense.
        _ if delayed => Some(Burst { limit: 0.0, remaining: 0.0, delayed }),
        _ => None,
    }
}

/// Waits for `future`, unless `call` may not go on.
async fn unless_stopped<F: Future>(call: &Call, control: &Control, future: F) -> Result<F::Output, Failure> {
    // What reads, and what cleans up, goes on while sending is over.
    let stops = matches!(call.operation, Operation::Cancel | Operation::SignIn);
    let stop = async { if stops { control.drained().await } else { control.aborted().await } };
    // Most often there is nothing to wait for, and then the switch need not be watched.
    let output = tokio::select! {
        biased;
        output = future => output,
        cause = stop => return Err(Failure::Stopped(cause)),
    };
    match control.level() {
        Level::Drain(cause) if stops => Err(Failure::Stopped(cause)),
        Level::Abort(cause) => Err(Failure::Stopped(cause)),
        _ => Ok(output),
    }
}

#[cfg(test)]
mod tests;
