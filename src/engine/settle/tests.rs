//! The laws of a chunk: read before sending again, and what reaches the record first.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::engine::stage::{Stage, given, job, left};
use crate::engine::{Input, Source};
use crate::error::ExitCode;
use crate::job::JobState;

fn outcomes(rows: &[Settled]) -> Vec<(Outcome, u32)> {
    rows.iter().map(|row| (row.outcome, row.attempts)).collect()
}

fn filter(states: &[JobState], name: Option<&str>) -> Filter {
    Filter::new(states.to_vec(), None, None, name, Timestamp::UNIX_EPOCH).unwrap()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_before_its_state_was_read() {
    use Outcome::{Cancelled, Finished, Refused, Requested, Unauthorized, Unavailable, Unknown};
    for (answers, states, outcome, attempts, asked) in [
        ("lost cancelled", "running", Cancelled, 2, "cancel read cancel"),
        ("trouble cancelled", "queued", Cancelled, 2, "cancel read cancel"),
        ("lost", "cancelled", Cancelled, 1, "cancel read"),
        ("lost", "done", Finished, 1, "cancel read"),
        ("lost", "trouble", Unknown, 1, "cancel read"),
        ("lost", "running", Unknown, 2, "cancel read cancel read"),
        ("trouble", "running", Unavailable, 2, "cancel read cancel read"),
        ("lost trouble", "running", Unknown, 2, "cancel read cancel read"),
        ("lost connect", "running", Unknown, 2, "cancel read cancel"),
        ("trouble connect", "running", Unavailable, 2, "cancel read cancel"),
        ("connect", "running", Unavailable, 1, "cancel"),
        ("401", "running", Unauthorized, 1, "cancel"),
        ("no", "running", Refused, 1, "cancel read"),
        ("no", "cancelling", Requested, 1, "cancel read"),
        ("accepted", "odd", Unknown, 1, "cancel read"),
        ("odd", "running", Requested, 1, "cancel read"),
        ("taken", "running", Requested, 1, "cancel"),
    ] {
        let mut stage = Stage::new().cancels(&[("1", answers)]).reads(&[("1", states)]);
        stage.options.policy.retries = 1;
        let (rows, ending) = stage.cancel(given(&["a:1"])).await;
        assert_eq!(outcomes(&rows), [(outcome, attempts)], "{answers}, {states}");
        let calls = stage.told(&["cancel", "read"]);
        let calls: Vec<_> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
        assert_eq!(calls.join(" "), asked, "{answers}, {states}");
        assert_eq!(stage.told(&["sending"]), ["sending 0"], "{answers}, {states}");
        assert_eq!(ending.sent, 1);
        assert_eq!(rows[0].error.is_none(), rows[0].ok, "{answers}, {states}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_pauses_before_another_send_end_with_the_time_for_repeats() {
    for _ in 0..50 {
        let mut stage = Stage::new().cancels(&[("1", "trouble")]);
        stage.options.policy.retries = 100;
        stage.options.policy.retry_max_time = Duration::from_secs(3);
        let (rows, _) = stage.cancel(given(&["a:1"])).await;
        assert_eq!(rows[0].outcome, Outcome::Unavailable);
        assert!(rows[0].attempts > 3 && stage.elapsed() <= Duration::from_millis(3100), "{:?}", stage.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_chunk_only_what_is_still_live_is_sent_again() {
    let mut stage = Stage::new().cancels(&[("1", "lost cancelled"), ("3", "lost"), ("4", "lost cancelled")]);
    stage = stage.reads(&[("3", "cancelled")]);
    stage.capabilities.batch = 4;
    let (rows, _) = stage.cancel(given(&["a:1", "a:2", "a:3", "a:4"])).await;
    assert_eq!(stage.told(&["cancel"]), ["cancel a 1 2 3 4", "cancel a 1 4"]);
    assert_eq!(rows.iter().map(|row| row.attempts).collect::<Vec<_>>(), [2, 1, 1, 2]);
    assert!(rows.iter().all(|row| row.outcome == Outcome::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_two_sends_leaves_the_job_as_it_was_last_seen() {
    let stage = Stage::new().cancels(&[("1", "lost"), ("2", "trouble")]);
    let (sender, signals) = tokio::sync::mpsc::unbounded_channel();
    // As soon as both were read, within the pause before they are sent again.
    let stop = async {
        while stage.told(&["read"]).len() < 2 {
            tokio::task::yield_now().await;
        }
        sender.send(2).unwrap();
    };
    let ((rows, _), ()) = tokio::join!(stage.cancel_until(given(&["a:1", "a:2"]), signals), stop);
    assert_eq!(outcomes(&rows), [(Outcome::Unknown, 1), (Outcome::Unavailable, 1)]);
    assert!(rows.iter().all(|row| row.state == Some(JobState::Running)));
    assert!(stage.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_part_left_is_read_before_it_is_sent() {
    let mut stage = Stage::new().reads(&[("1", "cancelled"), ("3", "done"), ("4", "queued"), ("5", "trouble")]);
    stage.capabilities.batch = 5;
    let inputs = [(0, "a:1", true), (1, "a:2", true), (2, "a:3", false), (3, "a:4", false), (4, "a:5", true)];
    let inputs = inputs.into_iter().map(|(index, text, sent)| left(index, text, sent));
    let (rows, _) = stage.cancel(Source::given(inputs.collect())).await;
    let told = stage.told(&["read", "sending", "cancel"]);
    assert_eq!(told[..5], ["read a 1", "read a 2", "read a 3", "read a 4", "read a 5"]);
    assert_eq!(told[5..], ["sending 1 3", "cancel a 2 4"], "once on record, and only what is sent");
    assert_eq!(
        outcomes(&rows),
        [
            (Outcome::Cancelled, 1),
            (Outcome::Cancelled, 2),
            (Outcome::Finished, 0),
            (Outcome::Cancelled, 1),
            (Outcome::Unknown, 1),
        ]
    );
    assert_eq!((rows[1].state_before, rows[3].state_before), (Some(JobState::Running), Some(JobState::Queued)));
}

#[tokio::test(start_paused = true)]
async fn what_was_left_and_is_not_looked_at_is_unknown_where_it_was_sent() {
    let (sender, signals) = tokio::sync::mpsc::unbounded_channel();
    sender.send(2).unwrap();
    let inputs = || Source::given(vec![left(0, "closed:1", true), left(1, "closed:2", false)]);
    let (rows, _) = Stage::new().cancel_until(inputs(), signals).await;
    assert_eq!(outcomes(&rows), [(Outcome::Unknown, 1), (Outcome::NotSent, 0)]);
    let (rows, _) = Stage::new().cancel(inputs()).await;
    assert_eq!(outcomes(&rows), [(Outcome::Unknown, 1), (Outcome::Unauthorized, 0)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_turned_away_before_is_not_called_lost() {
    let turned_away = |text| Input::Left { index: 0, line: None, job: job(text), earlier: Earlier::TurnedAway };
    for (job, reads, outcome, attempts) in [
        ("a:1", "running", Outcome::Cancelled, 2),
        ("a:1", "cancelled", Outcome::Cancelled, 1),
        ("a:1", "trouble", Outcome::Unavailable, 1),
        ("a:1", "401", Outcome::Unauthorized, 1),
        ("closed:1", "running", Outcome::Unauthorized, 1),
    ] {
        let stage = Stage::new().reads(&[("1", reads)]);
        let (rows, _) = stage.cancel(Source::given(vec![turned_away(job)])).await;
        assert_eq!(outcomes(&rows), [(outcome, attempts)], "{job} {reads}");
    }
    let (sender, signals) = tokio::sync::mpsc::unbounded_channel();
    sender.send(2).unwrap();
    let (rows, _) = Stage::new().cancel_until(Source::given(vec![turned_away("a:1")]), signals).await;
    assert_eq!(outcomes(&rows), [(Outcome::Unavailable, 1)], "it was sent once, and nothing came of that");
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_before_is_never_sent_again() {
    let accepted = |text| Input::Left { index: 0, line: None, job: job(text), earlier: Earlier::Accepted };
    for (job, reads, outcome) in [
        ("a:1", "running", Outcome::Requested),
        ("a:1", "odd", Outcome::Requested),
        ("a:1", "cancelled", Outcome::Cancelled),
        ("a:1", "done", Outcome::Finished),
        ("a:1", "trouble", Outcome::Pending),
        ("a:1", "401", Outcome::Pending),
        ("a:1", "absent", Outcome::Unknown),
        ("closed:1", "running", Outcome::Pending),
    ] {
        let stage = Stage::new().reads(&[("1", reads)]);
        let (rows, _) = stage.cancel(Source::given(vec![accepted(job)])).await;
        assert_eq!(outcomes(&rows), [(outcome, 1)], "{job} {reads}");
        assert_eq!(rows[0].error.is_none(), rows[0].ok);
        assert_eq!(stage.told(&["sending", "cancel"]), nothing());
    }
    let (sender, signals) = tokio::sync::mpsc::unbounded_channel();
    sender.send(2).unwrap();
    let (rows, _) = Stage::new().cancel_until(Source::given(vec![accepted("a:1")]), signals).await;
    assert_eq!(outcomes(&rows), [(Outcome::Requested, 1)], "a signal only detaches");
    let mut stage = Stage::new();
    stage.options.deadline = Some(Instant::now());
    let (rows, _) = stage.cancel(Source::given(vec![accepted("a:1")])).await;
    assert_eq!(outcomes(&rows), [(Outcome::Pending, 1)]);
    let message = rows[0].error.as_ref().map(|error| error.message.as_str());
    assert_eq!(message, Some("accepted, but its end cannot be seen: the deadline passed"));
    let held = vec![Input::Refused(Error::new(ErrorKind::NotConfirmed, "no")), accepted("a:1")];
    let (rows, _) = Stage::new().cancel(Source::given(held)).await;
    assert_eq!(outcomes(&rows), [(Outcome::Requested, 1)], "it is not sent anyway");
}

#[tokio::test(start_paused = true)]
async fn a_guard_reads_first_and_leaves_alone_what_does_not_match() {
    use Outcome::{Cancelled, NotFound, Skipped};

    let mut stage = Stage::new().reads(&[("2", "queued"), ("3", "absent"), ("4", "running")]);
    stage.rules.guard = Some(filter(&[JobState::Running], None));
    stage.capabilities.batch = 4;
    let (rows, _) = stage.cancel(given(&["a:1", "a:2", "a:3", "a:4"])).await;
    let told = stage.told(&["read", "list", "sending", "cancel"]);
    assert_eq!(told[4..], ["sending 0 3", "cancel a 1 4"]);
    assert_eq!(outcomes(&rows), [(Cancelled, 1), (Skipped, 0), (NotFound, 0), (Cancelled, 1)]);
    assert_eq!((rows[0].state_before, rows[1].state_before), (Some(JobState::Running), Some(JobState::Queued)));
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_is_read_as_what_it_became_and_no_guard_stands_before_it() {
    for (sent, word, asked, attempts) in [
        (true, "cancelled", ["read a 1"].as_slice(), 1),
        (true, "running", &["read a 1", "sending 0", "cancel a 1"], 2),
        (false, "running", &["read a 1", "sending 0", "cancel a 1"], 1),
    ] {
        let mut stage = Stage::new().reads(&[("1", word)]);
        stage.rules.guard = Some(filter(&[JobState::Running], None));
        let (rows, _) = stage.cancel(Source::given(vec![left(0, "a:1", sent)])).await;
        assert_eq!(stage.told(&["read", "sending", "cancel"]), asked);
        assert_eq!(outcomes(&rows), [(Outcome::Cancelled, attempts)]);
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_asked_of_lists_where_only_they_can_tell() {
    let scene = |names: bool, name: Option<&str>| {
        let mut stage = Stage::new().reads(&[("3", "queued")]);
        stage.rules.guard = Some(filter(&[JobState::Running], name));
        (stage.capabilities.names, stage.capabilities.batch) = (names, 3);
        stage.capabilities.poll_floor = Some(Duration::from_secs(10));
        stage
    };
    let all = || given(&["a:1", "a:2", "a:3"]);
    let stage = scene(true, Some("job-1"));
    let (rows, _) = stage.cancel(all()).await;
    assert_eq!(stage.told(&["list", "cancel"]), ["list a 1", "cancel a 1"], "3 does not match by its state");
    assert_eq!(outcomes(&rows), [(Outcome::Cancelled, 1), (Outcome::Skipped, 0), (Outcome::Skipped, 0)]);
    for names in [true, false] {
        let stage = scene(names, None);
        stage.cancel(all()).await;
        assert_eq!(stage.told(&["list", "cancel"]), ["cancel a 1 2"], "no name is asked for");
    }
    let stage = scene(false, Some("job-1"));
    let (rows, _) = stage.cancel(all()).await;
    assert_eq!(outcomes(&rows), [(Outcome::Invalid, 0); 3], "where there are none");
    assert_eq!(stage.told(&["read", "list", "cancel", "sending"]), nothing());
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_name_cannot_be_learned_is_not_called_another() {
    let scene = |list: &'static str| {
        let mut stage = Stage::new().reads(&[("list", list)]);
        stage.rules.guard = Some(filter(&[], Some("job-*")));
        (stage.capabilities.names, stage.capabilities.batch) = (true, 3);
        stage.capabilities.poll_floor = Some(Duration::from_secs(10));
        stage
    };
    for (list, jobs, expected) in [
        ("whole", ["a:1", "a:8", "a:77"], [Outcome::Cancelled, Outcome::Cancelled, Outcome::Unavailable]),
        ("trouble", ["a:1", "a:2", "a:3"], [Outcome::Unavailable; 3]),
        ("401", ["a:1", "a:2", "a:3"], [Outcome::Unauthorized; 3]),
        ("whole trouble", ["a:1", "a:2", "a:8"], [Outcome::Cancelled, Outcome::Cancelled, Outcome::Unavailable]),
    ] {
        let (rows, ending) = scene(list).cancel(given(&jobs)).await;
        assert_eq!(rows.iter().map(|row| row.outcome).collect::<Vec<_>>(), expected, "{list}");
        assert_eq!(ending.sent, expected.iter().filter(|outcome| **outcome == Outcome::Cancelled).count() as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn a_guarded_dry_run_reads_and_sends_nothing() {
    let mut stage = Stage::new().reads(&[("2", "queued"), ("3", "cancelling")]);
    stage.rules.guard = Some(filter(&[JobState::Running, JobState::Cancelling], None));
    stage.rules.dry_run = true;
    let (rows, _) = stage.cancel(given(&["a:1", "a:2", "a:3"])).await;
    assert_eq!(outcomes(&rows), [(Outcome::Planned, 0), (Outcome::Skipped, 0), (Outcome::Planned, 0)]);
    assert_eq!(stage.told(&["cancel", "sending"]), nothing());
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_stops_its_vendor_wherever_it_shows() {
    let of_earlier = (Outcome::Unauthorized, 0);
    let inputs = || given(&["a:1", "a:2", "b:3"]);
    let lefts = || Source::given(vec![left(0, "a:1", true), left(1, "a:2", false), left(2, "b:3", false)]);
    for (answers, guard, source, first, read) in [
        ("401", None, inputs(), (Outcome::Unauthorized, 1), 0),
        ("lost", None, inputs(), (Outcome::Unknown, 1), 1),
        ("cancelled", Some(filter(&[JobState::Running], None)), inputs(), (Outcome::Unauthorized, 0), 2),
        ("cancelled", None, lefts(), (Outcome::Unknown, 1), 2),
    ] {
        let mut stage = Stage::new().cancels(&[("1", answers)]).reads(&[("1", "401")]);
        (stage.options.concurrency, stage.rules.guard) = (1, guard);
        let (rows, _) = stage.cancel(source).await;
        assert_eq!(outcomes(&rows), [first, of_earlier, (Outcome::Cancelled, 1)], "{answers}");
        assert_eq!(stage.told(&["read"]).len(), read, "{answers}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_ended_by_itself_is_an_error_only_where_strictness_says_so() {
    for strict in [false, true] {
        let mut stage = Stage::new().cancels(&[("1", "done")]);
        stage.rules.strict = strict;
        let (rows, _) = stage.cancel(given(&["a:1"])).await;
        let exit = if strict { ExitCode::Refused } else { ExitCode::Ok };
        assert_eq!((rows[0].outcome, rows[0].ok, rows[0].exit), (Outcome::Finished, !strict, exit));
        assert_eq!(rows[0].error.as_ref().map(|error| error.kind), strict.then_some(ErrorKind::Finished));
    }
}
