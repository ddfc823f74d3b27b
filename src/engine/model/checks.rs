//! What must hold when a part of a run is over: each job came out once, nothing that is
//! said of one is untrue, the end came in time, the code is that of the rows, and the
//! record says the same.

use std::time::Duration;

use super::course::{Course, Meant, SLOW};
use super::guard::{GRACE, TICK};
use super::life::{Fact, Life, Nature};
use super::play::Part;
use super::world::{Shared, World, lock};
use crate::canceller::Outcome;
use crate::engine::journal::{Journal, Overview, Record, Row};
use crate::engine::{Earlier, Ending, Input, Settled, Subject};
use crate::error::{ErrorKind, ExitCode};
use crate::job::JobState;
use crate::report::tally::Tally;

/// How long a second signal leaves.
const MOMENT: Duration = Duration::from_millis(200);

/// Holds a part of a run to the rules, and ends its record.
pub(super) fn part(course: &Course, world: &Shared, part: &Part, journal: Option<&Journal>) {
    let here = &mut *lock(world);
    complete(course, here, part);
    for row in &part.rows {
        let Subject::Job(job) = &row.subject else { continue };
        let at = here.lives.iter().position(|life| life.job == *job).unwrap();
        for why in untrue(course, here, part, row, &here.lives[at]) {
            here.accuse(Some(at), why);
        }
    }
    let Some(ending) = &part.ending else { return };
    for why in late(course, here, part) {
        here.accuse(None, why);
    }
    let exit = exit(course, here, part, ending);
    if let Some(journal) = journal {
        journal.finish(exit.code(), ending.signal);
    }
}

/// Each job that came in comes out once, under its number and line.
fn complete(course: &Course, here: &mut World, part: &Part) {
    let wanted = (1..).zip(&course.lines).filter(|(_, (_, meant))| matches!(meant, Meant::Job(_) | Meant::Bad));
    let wanted: Vec<(u64, Meant)> = wanted.map(|(line, (_, meant))| (line, *meant)).collect();
    for row in part.all() {
        let same = match (&row.subject, usize::try_from(row.index).ok().and_then(|index| wanted.get(index))) {
            (Subject::Job(job), Some((line, Meant::Job(at)))) => *job == course.jobs[*at] && row.line == Some(*line),
            (Subject::Text { .. }, Some((line, Meant::Bad))) => {
                row.outcome == Outcome::Invalid && row.line == Some(*line)
            }
            _ => false,
        };
        if !same {
            here.accuse(None, format!("nothing of the kind came in: {row:?}"));
        }
    }
    let sorted = |rows: &mut dyn Iterator<Item = u64>| {
        let mut numbers: Vec<u64> = rows.collect();
        numbers.sort_unstable();
        numbers
    };
    let out = sorted(&mut part.rows.iter().map(|row| row.index));
    if out.windows(2).any(|pair| pair[0] == pair[1]) {
        here.accuse(None, format!("one came out twice: {out:?}"));
    }
    if part.ending.is_none() || part.stops.signals.len() > 2 {
        return;
    }
    let all = wanted.len() as u64;
    let whole = match &part.left {
        Some(left) => sorted(&mut left.iter().map(|input| match input {
            Input::Left { index, .. } => *index,
            other => panic!("{other:?}"),
        })),
        // Of a stream that is given up, what was read until then.
        None if course.way.is_stream() && (part.stops.any(part.ended) || broken(part).is_some()) => {
            (0..all.min(part.rows.len() as u64)).collect()
        }
        None => (0..all).collect(),
    };
    if out != whole {
        here.accuse(None, format!("{out:?} came out, and not {whole:?}"));
    }
    let duplicates = part.ending.as_ref().map_or(0, |ending| ending.duplicates);
    if part.rows.len() as u64 + duplicates < part.fed as u64 {
        here.accuse(None, format!("{} inputs were there, and {} rows came out", part.fed, part.rows.len()));
    }
}

fn broken(part: &Part) -> Option<ErrorKind> {
    part.ending.as_ref()?.broken.as_ref().map(|error| error.kind)
}

/// What is untrue of a row about a job.
fn untrue(course: &Course, here: &World, part: &Part, row: &Settled, life: &Life) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, why: &str| {
        if !holds {
            wrong.push(format!("reported {}: {why}", row.outcome));
        }
    };
    let side = here.sides.iter().find(|side| side.entry.name == life.job.provider).unwrap();
    let heard = |fact: &Fact| life.facts.contains(fact);
    let accepted = heard(&Fact::Accepted) || life.told(|word| word.state == JobState::Cancelling);
    let (state, _) = life.state(part.ended);
    let signalled = !part.stops.signals.is_empty();
    let late = part.stops.deadline.is_some_and(|deadline| deadline <= part.ended);
    let left = part.left.iter().flatten().find_map(|input| match input {
        Input::Left { job, earlier, .. } if *job == life.job => Some(*earlier),
        _ => None,
    });
    let sent_before = left.is_some_and(|earlier| earlier != Earlier::Unsent);
    match row.outcome {
        Outcome::Cancelled => {
            must(life.told(|word| word.state == JobState::Cancelled), "the vendor never said so");
            must(state == JobState::Cancelled, "it is not");
        }
        Outcome::Requested => {
            must(accepted, "the vendor never accepted");
            must(!part.waits || signalled, "it was to be waited for");
        }
        Outcome::Pending => {
            must(accepted, "the vendor never accepted");
            // What was accepted before is asked for once more, and may not be seen.
            must(part.waits || late || left == Some(Earlier::Accepted), "nobody waited");
        }
        Outcome::Finished => {
            must(life.told(|word| word.ended && word.state != JobState::Cancelled), "the vendor never said so");
            must(state != JobState::Cancelled && life.state(part.ended).1, "it did not end by itself");
        }
        Outcome::Planned => must(course.dry_run && life.tries == 0, "it is no dry run"),
        Outcome::Skipped => {
            must(life.told(|word| !course.states.contains(&word.state)), "it matches");
            must(life.taken == 0, "it was not left alone");
        }
        Outcome::Refused => {
            must(heard(&Fact::Declined), "the vendor never declined");
            must(life.told(|word| word.state.is_live()) && life.stop.is_none(), "it does not live");
        }
        Outcome::NotFound => must(life.nature == Nature::Missing && heard(&Fact::Absent), "it is there"),
        Outcome::Unauthorized => {
            let denied = heard(&Fact::Forbidden) || side.guard.rejected.is_some();
            must(denied || course.unknown == Some(life.job.provider), "nobody denied it");
        }
        Outcome::Invalid => must(heard(&Fact::Malformed), "the vendor never said so"),
        Outcome::Unavailable => {
            must(life.stop.is_none_or(|stop| life.taken == 0 && stop == here.began), "it was applied");
            must(life.troubled, "nothing was wrong");
        }
        Outcome::Unknown => must(row.attempts > 0, "it was never sent"),
        Outcome::NotSent => {
            must(life.taken == 0, "the vendor has it");
            must(!sent_before, "it may have been sent before");
            must(row.attempts == 0, "it was sent");
            must(
                match row.error.as_ref().map(|error| error.kind) {
                    Some(ErrorKind::Interrupted) => signalled,
                    Some(ErrorKind::Deadline) => late,
                    Some(ErrorKind::FailFast) => part.stops.failed.is_some(),
                    Some(ErrorKind::NotConfirmed) => broken(part).is_some() || part.ending.is_none(),
                    Some(ErrorKind::GaveUp) => here.lives.iter().filter(|life| life.troubled).count() >= 32,
                    _ => false,
                },
                "nothing of that kind stopped it",
            );
        }
        Outcome::Met | Outcome::Unmet => must(false, "nobody asked"),
    }
    let ok = match row.outcome {
        Outcome::Finished => !course.strict,
        Outcome::NotFound => course.ignore_not_found,
        outcome => outcome.exit() == ExitCode::Ok,
    };
    must(row.ok == ok && row.error.is_none() == ok, "that is weighed wrongly");
    must(row.attempts == life.tries + u32::from(sent_before), &format!("{} were sent", life.tries));
    must(row.verified == row.provider_state.is_some(), "verified is wrong");
    if let Some(text) = &row.provider_state {
        must(life.told(|word| word.text == *text && Some(word.state) == row.state), "the vendor did not use that word");
    }
    must(row.state_before.is_none_or(|state| life.told(|word| word.state == state)), "that was not seen before");
    // Where nothing goes wrong, nothing stays open. (What was about to be sent when the
    // process was killed may have been.)
    let quiet = !life.troubled && !sent_before && !part.stops.any(part.ended);
    let undisturbed = quiet && (course.verify || life.job.provider != "datafold");
    let open = matches!(row.outcome, Outcome::Unknown | Outcome::Unavailable | Outcome::NotSent);
    let held =
        row.error.as_ref().is_some_and(|error| matches!(error.kind, ErrorKind::NotConfirmed | ErrorKind::GaveUp));
    must(!(undisturbed && open && !held), "nothing was wrong, and it is open");
    wrong
}

/// What is wrong with the time of the end.
fn late(course: &Course, here: &World, part: &Part) -> Vec<String> {
    let mut bounds = Vec::new();
    // A session of its own is ended, which may take a moment.
    let close = if course.password { GRACE } else { Duration::ZERO };
    let (signals, deadline) = (&part.stops.signals, part.stops.deadline);
    bounds.extend(signals.first().map(|at| ("the first signal", *at + GRACE + close)));
    // Where all answers come, and soon, nothing has to be given up.
    let brisk = here.lives.iter().all(|life| !life.troubled && life.job.provider != "veeva") && course.rate.is_none();
    bounds.extend(signals.first().filter(|_| brisk).map(|at| ("quick answers", *at + 3 * SLOW)));
    bounds.extend(signals.get(1).map(|at| ("the second signal", *at + MOMENT)));
    bounds.extend(signals.get(2).map(|at| ("the third signal", *at)));
    bounds.extend(deadline.map(|at| ("the deadline", at + close)));
    let over = bounds.into_iter().filter(|(_, bound)| part.ended > *bound + TICK);
    over.map(|(what, bound)| format!("it ended {:?} after what {what} leaves", part.ended - bound)).collect()
}

/// Compares the code and the counts with the rows; the code.
fn exit(course: &Course, here: &mut World, part: &Part, ending: &Ending) -> ExitCode {
    let mut tally = Tally::default();
    part.all().for_each(|row| tally.add(Some(row.outcome), row.ok, row.exit));
    tally.add_duplicates(ending.duplicates);
    let causes = part.all().filter(|row| !row.ok && row.outcome != Outcome::Pending);
    let first = part.rows.iter().find(|row| !row.ok).map(|row| row.exit);
    let mut codes: Vec<ExitCode> = causes
        .map(|row| match (row.outcome, row.error.as_ref().map(|error| error.kind)) {
            (Outcome::Finished, _) => ExitCode::Refused,
            (Outcome::NotSent, Some(ErrorKind::FailFast)) => first.unwrap_or(ExitCode::Internal),
            (Outcome::NotSent, Some(ErrorKind::NotConfirmed)) => {
                broken(part).map_or(ExitCode::NotConfirmed, ErrorKind::exit)
            }
            (outcome, _) => outcome.exit(),
        })
        .collect();
    if let Some(broken) = &ending.broken {
        tally.add_cause(broken.kind.exit());
        codes.push(broken.kind.exit());
    }
    codes.sort();
    codes.dedup();
    let good = part.all().any(|row| row.ok && row.outcome != Outcome::Skipped);
    let pending = part.all().any(|row| row.outcome == Outcome::Pending);
    let by_table = match (good, pending, codes.as_slice()) {
        (_, false, []) => ExitCode::Ok,
        (_, true, []) => ExitCode::Pending,
        (false, false, [one]) => *one,
        (false, false, _) => ExitCode::Failed,
        _ => ExitCode::Partial,
    };
    if tally.exit() != by_table {
        here.accuse(None, format!("the code is {:?}, and should be {by_table:?}", tally.exit()));
    }
    let given = &part.stops.signals;
    if ending.signal.is_some() == given.is_empty() && given.first() != Some(&part.ended) {
        here.accuse(None, format!("the signal is {:?}, and {} were given", ending.signal, given.len()));
    }
    let sent = part.rows.iter().filter(|row| row.attempts > 0).count();
    if ending.sent != sent as u64 {
        here.accuse(None, format!("{} are said to be sent, and {sent} rows say so", ending.sent));
    }
    let again = course.lines.iter().filter(|(_, meant)| matches!(meant, Meant::Again(_))).count() as u64;
    if ending.duplicates > again
        || (part.left.is_none() && !part.stops.any(part.ended) && ending.broken.is_none() && ending.duplicates != again)
    {
        here.accuse(None, format!("{} are said to be duplicates, and {again} are", ending.duplicates));
    }
    if let Some(number) = ending.signal {
        tally.set_signal(number);
    }
    tally.exit()
}

/// The record says what the report says.
pub(super) fn record(world: &Shared, record: &Record, part: &Part) {
    let here = &mut *lock(world);
    let (overview, mut marks) = Overview::scan(record.open().unwrap(), record).unwrap();
    let mut kept = Vec::new();
    record.results(&overview, &mut marks, true, &mut |row, _| kept.push(row)).unwrap();
    let whole = |row: &Settled| Settled { elapsed: Duration::ZERO, ..row.clone() };
    if part.ending.is_some() {
        for row in part.all() {
            let found = kept.iter().find(|kept| kept.index == row.index).map(whole);
            if found.as_ref() != Some(&whole(row)) {
                here.accuse(None, format!("the record has {found:?}, and not {row:?}"));
            }
        }
        let listed = Row::read(record).unwrap().overview;
        if listed.counts != overview.counts || listed.is_done() != (overview.counts.open() == 0) {
            here.accuse(None, format!("the record ends with {:?}, and has {:?}", listed.counts, overview.counts));
        }
    }
    for at in 0..here.lives.len() {
        let life = &here.lives[at];
        let found = kept.iter().find(|row| row.subject == Subject::Job(life.job.clone()));
        let sent = found.is_some_and(|row| row.outcome != Outcome::NotSent || row.attempts > 0);
        if life.taken > 0 && !sent {
            here.accuse(Some(at), format!("it was sent, and the record has {found:?}"));
        }
    }
}
