//! The arithmetic of exit codes: many results in, one code and the counts out.
//!
//! Pure. Must not know how results are printed or come about.

use crate::canceller::Outcome;
use crate::error::ExitCode;

/// Counts results and says what the program has to exit with.
///
/// Good results, pending ones and failures with their causes are told apart;
/// `skipped` counts neither way. A signal beats everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    total: u64,
    ok: u64,
    good: u64,
    pending: u64,
    duplicates: u64,
    outcomes: [u64; Outcome::ALL.len()],
    causes: Vec<ExitCode>,
    signal: Option<u8>,
}

impl Tally {
    /// Adds one result. `exit` is the code that it calls for by itself.
    pub fn add(&mut self, outcome: Option<Outcome>, ok: bool, exit: ExitCode) {
        self.total += 1;
        self.ok += u64::from(ok);
        if let Some(outcome) = outcome {
            self.outcomes[outcome as usize] += 1;
        }
        match outcome {
            Some(Outcome::Skipped) if ok => {}
            _ if ok => self.good += 1,
            Some(Outcome::Pending) => self.pending += 1,
            // A failure that claims success is a bug; it must not look well done.
            _ if exit == ExitCode::Ok => self.add_cause(ExitCode::Internal),
            _ => self.add_cause(exit),
        }
    }

    /// Adds a failure of the whole call: a listing that broke off, an input that
    /// cannot be trusted. It weighs like a failed job with that code.
    pub fn add_cause(&mut self, cause: ExitCode) {
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }

    /// Adds jobs that were named again and not treated again.
    pub fn add_duplicates(&mut self, count: u64) {
        self.duplicates += count;
    }

    /// Remembers the first signal that stopped the call.
    pub fn set_signal(&mut self, number: u8) {
        self.signal.get_or_insert(number);
    }

    /// The code that all of it together calls for.
    #[must_use]
    pub fn exit(&self) -> ExitCode {
        if let Some(number) = self.signal {
            return ExitCode::Signal(number);
        }
        match (self.good + self.pending, self.causes.as_slice()) {
            (_, []) if self.pending > 0 => ExitCode::Pending,
            (_, []) => ExitCode::Ok,
            (0, [only]) => *only,
            (0, _) => ExitCode::Failed,
            _ => ExitCode::Partial,
        }
    }

    /// How many results there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many of them are ok; `skipped` is.
    #[must_use]
    pub const fn ok(&self) -> u64 {
        self.ok
    }

    /// How many of them are not ok; `pending` is not.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.total - self.ok
    }

    /// How many jobs were named again.
    #[must_use]
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// How many results have this outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    /// The outcomes that occurred and how often, in the order of [`Outcome::ALL`].
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.into_iter().map(|outcome| (outcome, self.count(outcome))).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds each outcome with its usual meaning.
    fn tally(outcomes: &[Outcome]) -> Tally {
        let mut tally = Tally::default();
        for outcome in outcomes {
            let exit = outcome.exit();
            tally.add(Some(*outcome), exit == ExitCode::Ok, exit);
        }
        tally
    }

    #[test]
    fn every_row_of_the_table() {
        use Outcome as O;
        let rows: &[(&[O], ExitCode)] = &[
            (&[], ExitCode::Ok),
            (&[O::Cancelled, O::Requested, O::Finished, O::Planned, O::Met], ExitCode::Ok),
            (&[O::Skipped], ExitCode::Ok),
            (&[O::Pending], ExitCode::Pending),
            (&[O::Pending, O::Skipped], ExitCode::Pending),
            (&[O::Cancelled, O::Pending], ExitCode::Pending),
            (&[O::NotFound], ExitCode::NotFound),
            (&[O::NotFound, O::NotFound], ExitCode::NotFound),
            (&[O::Refused], ExitCode::Refused),
            (&[O::Unauthorized], ExitCode::Auth),
            (&[O::Invalid], ExitCode::Usage),
            (&[O::Unavailable, O::Unknown, O::NotSent], ExitCode::Unavailable),
            (&[O::Unmet], ExitCode::Unmet),
            (&[O::NotFound, O::Refused], ExitCode::Failed),
            (&[O::Cancelled, O::NotFound], ExitCode::Partial),
            (&[O::Cancelled, O::NotFound, O::Refused], ExitCode::Partial),
            (&[O::Cancelled, O::Pending, O::NotFound], ExitCode::Partial),
            (&[O::Pending, O::NotFound], ExitCode::Partial),
            (&[O::Pending, O::NotFound, O::Refused], ExitCode::Partial),
        ];
        for (outcomes, exit) in rows {
            assert_eq!(tally(outcomes).exit(), *exit, "{outcomes:?}");
        }
    }

    #[test]
    fn skipped_counts_neither_way() {
        assert_eq!(tally(&[Outcome::Skipped, Outcome::NotFound]).exit(), ExitCode::NotFound);
        assert_eq!(tally(&[Outcome::Skipped, Outcome::NotFound, Outcome::Refused]).exit(), ExitCode::Failed);
    }

    #[test]
    fn options_can_turn_an_outcome_over() {
        let mut strict = Tally::default();
        strict.add(Some(Outcome::Finished), false, ExitCode::Refused);
        assert_eq!(strict.exit(), ExitCode::Refused);
        let mut lenient = Tally::default();
        lenient.add(Some(Outcome::NotFound), true, ExitCode::Ok);
        assert_eq!(lenient.exit(), ExitCode::Ok);
    }

    #[test]
    fn a_cause_of_the_whole_call_weighs_like_a_failed_job() {
        let mut nothing_sent = Tally::default();
        nothing_sent.add_cause(ExitCode::NotConfirmed);
        assert_eq!(nothing_sent.exit(), ExitCode::NotConfirmed);
        let mut some_sent = tally(&[Outcome::Cancelled]);
        some_sent.add_cause(ExitCode::NotConfirmed);
        assert_eq!(some_sent.exit(), ExitCode::Partial);
        let mut others_failed = tally(&[Outcome::NotFound]);
        others_failed.add_cause(ExitCode::NotConfirmed);
        assert_eq!(others_failed.exit(), ExitCode::Failed);
    }

    #[test]
    fn the_first_signal_beats_the_table() {
        let mut tally = tally(&[Outcome::Cancelled, Outcome::NotFound]);
        tally.set_signal(2);
        tally.set_signal(15);
        assert_eq!(tally.exit(), ExitCode::Signal(2));
    }

    #[test]
    fn a_failure_never_looks_well_done() {
        let mut tally = Tally::default();
        tally.add(None, false, ExitCode::Ok);
        assert_eq!(tally.exit(), ExitCode::Internal);
    }

    #[test]
    fn counts_add_up_and_come_in_a_fixed_order() {
        let mut tally = tally(&[Outcome::NotFound, Outcome::Pending, Outcome::Cancelled, Outcome::NotFound]);
        tally.add(None, true, ExitCode::Ok);
        tally.add_duplicates(3);
        assert_eq!((tally.total(), tally.ok(), tally.failed(), tally.duplicates()), (5, 2, 3, 3));
        let outcomes: Vec<_> = tally.outcomes().collect();
        assert_eq!(outcomes, [(Outcome::Cancelled, 1), (Outcome::Pending, 1), (Outcome::NotFound, 2)]);
    }

    #[test]
    fn outcomes_are_numbered_in_their_order() {
        for (number, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, number);
        }
    }
}
