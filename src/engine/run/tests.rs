//! The laws of a run: what is on record before what, when chunks go, and what stops it.

mod stops;

use tokio::sync::mpsc::{Receiver, Sender, UnboundedSender};

use super::*;
use crate::canceller::Outcome;
use crate::engine::Input;
use crate::engine::stage::{Stage, given, input, seconds};
use crate::job::JobState;

type Line = Result<Input, Error>;

fn stream(texts: &[&str]) -> (Sender<Line>, Source) {
    let (sender, receiver): (_, Receiver<Line>) = mpsc::channel(256);
    for text in texts {
        sender.try_send(Ok(input(text))).unwrap();
    }
    (sender, Source::Stream(receiver))
}

fn signals(numbers: &[u8]) -> (UnboundedSender<u8>, Signals) {
    let (sender, signals) = mpsc::unbounded_channel();
    for number in numbers {
        sender.send(*number).unwrap();
    }
    (sender, signals)
}

fn outcomes(rows: &[Settled]) -> Vec<Outcome> {
    rows.iter().map(|row| row.outcome).collect()
}

/// `wanted`, or a tick of the timer later.
fn is_about(moment: Duration, wanted: f64) -> bool {
    moment >= seconds(wanted) && moment <= seconds(wanted + 0.005)
}

#[tokio::test(start_paused = true)]
async fn what_is_given_whole_is_on_record_whole_before_anything_is_sent() {
    let stage = Stage::new();
    let (rows, ending) = stage.cancel(given(&["a:1", "a:2", "a:1", "bad", "b:3"])).await;
    let told = stage.told(&["intend", "input", "open", "sending", "cancel", "settled", "close"]);
    let before = ["intend 0 a:1", "intend 1 a:2", "settled 2 invalid line", "intend 3 b:3", "input 4 1"];
    assert_eq!(told[..5], before);
    assert_eq!(told[5..8], ["open a", "open b", "sending 0 1 3"], "one line for all that can be sent at once");
    assert_eq!(told[8..11], ["cancel a 1", "cancel a 2", "cancel b 3"]);
    assert_eq!(told[11..14], ["settled 0 cancelled", "settled 1 cancelled", "settled 3 cancelled"]);
    assert_eq!(told[14..], ["close a", "close b"]);
    assert_eq!(rows.iter().map(|row| row.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(ending, Ending { duplicates: 1, sent: 3, ..Ending::default() });
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_on_record_as_it_comes() {
    let stage = Stage::new();
    let (end, source) = stream(&["a:1", "a:2", "a:1", "bad", "b:3"]);
    drop(end);
    let (rows, ending) = stage.cancel(source).await;
    assert_eq!(stage.told(&["intend"]), ["intend 0 a:1", "intend 1 a:2", "intend 3 b:3"]);
    assert_eq!(stage.told(&["input"]), ["input 4 1"]);
    let mut settled = stage.told(&["settled"]);
    settled.sort();
    assert_eq!(
        settled,
        ["settled 0 cancelled", "settled 1 cancelled", "settled 2 invalid line", "settled 3 cancelled"]
    );
    assert_eq!((rows.len(), ending.duplicates, ending.sent), (4, 1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_opens_records_and_asks_nothing() {
    let mut stage = Stage::new();
    stage.rules.dry_run = true;
    let states = [None, Some(JobState::Running), Some(JobState::Failed)];
    let inputs = states.into_iter().zip(["a:1", "a:2", "a:3"]).map(|(state, text)| {
        let Input::Job { line, job, .. } = input(text) else { panic!() };
        Input::Job { line, job, state }
    });
    let (rows, ending) = stage.cancel(Source::given(inputs.collect())).await;
    assert_eq!(stage.told(&["open", "intend", "sending", "cancel", "read"]), Vec::<String>::new());
    assert_eq!(outcomes(&rows), [Outcome::Planned, Outcome::Planned, Outcome::Finished]);
    assert_eq!(rows.iter().map(|row| row.state_before).collect::<Vec<_>>(), states);
    assert_eq!(ending.sent, 0);
}

#[tokio::test(start_paused = true)]
async fn chunks_are_full_as_long_as_there_is_more() {
    let mut stage = Stage::new();
    (stage.capabilities.batch, stage.options.concurrency) = (3, 1);
    stage.cancel(given(&["a:1", "a:2", "a:3", "a:4", "a:5", "a:6", "a:7"])).await;
    assert_eq!(stage.told(&["cancel"]), ["cancel a 1 2 3", "cancel a 4 5 6", "cancel a 7"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_holds_nothing_back() {
    let mut stage = Stage::new();
    stage.capabilities.batch = 2;
    let (sender, source) = stream(&["a:1", "a:2", "a:3"]);
    let feed = async {
        tokio::time::sleep(seconds(10.0)).await;
        sender.send(Ok(input("a:4"))).await.unwrap();
        drop(sender);
    };
    let ((rows, _), ()) = tokio::join!(stage.cancel(source), feed);
    assert!(is_about(stage.at("cancel a 1 2"), 0.0), "a full chunk goes at once");
    assert!(is_about(stage.at("cancel a 3"), 0.25), "{:?}", stage.at("cancel a 3"));
    assert!(is_about(stage.at("cancel a 4"), 10.0), "nothing comes after the end");
    assert_eq!(outcomes(&rows), [Outcome::Cancelled; 4]);
    let diary = stage.diary();
    let settled = diary.iter().position(|entry| entry == "settled 2 cancelled").unwrap();
    assert_eq!(diary[settled + 1], "pause", "what is buffered does not wait for the next job");
}

#[tokio::test(start_paused = true)]
async fn in_a_stream_that_goes_on_no_job_waits_long_for_others() {
    let mut stage = Stage::new();
    stage.capabilities.batch = 100;
    let (sender, source) = stream(&[]);
    let feed = async {
        for id in 0..16 {
            sender.send(Ok(input(&format!("a:{id}")))).await.unwrap();
            tokio::time::sleep(seconds(0.2)).await;
        }
        drop(sender);
    };
    let ((rows, _), ()) = tokio::join!(stage.cancel(source), feed);
    assert!(is_about(stage.at("cancel"), 2.0), "{:?}", stage.at("cancel"));
    assert_eq!((stage.told(&["cancel"]).len(), rows.len()), (2, 16));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_long_enough_goes_when_its_lane_is_free() {
    let mut stage = Stage::new();
    (stage.capabilities.batch, stage.options.concurrency) = (2, 1);
    stage.takes = seconds(10.0);
    let (sender, source) = stream(&["a:1", "a:2", "a:3"]);
    let feed = async {
        tokio::time::sleep(seconds(60.0)).await;
        drop(sender);
    };
    tokio::join!(stage.cancel(source), feed);
    assert!(is_about(stage.at("cancel a 3"), 10.0), "{:?}", stage.at("cancel a 3"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_read_no_faster_than_it_is_used() {
    let mut stage = Stage::new();
    stage.options.concurrency = 2;
    stage.takes = seconds(10.0);
    let (sender, receiver) = mpsc::channel(1);
    let feed = async {
        for id in 0..7 {
            sender.send(Ok(input(&format!("a:{id}")))).await.unwrap();
            // Two are on their way, two in the queue, one in the pipe.
            assert_eq!(id < 5, stage.elapsed() < seconds(10.0), "{id} at {:?}", stage.elapsed());
        }
        drop(sender);
    };
    let ((rows, _), ()) = tokio::join!(stage.cancel(Source::Stream(receiver)), feed);
    assert_eq!(rows.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_on_their_way_than_allowed() {
    let mut stage = Stage::new();
    stage.options.concurrency = 3;
    stage.takes = seconds(1.0);
    let texts: Vec<_> = (0..10).map(|id| format!("a:{id}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    stage.cancel(given(&texts)).await;
    assert_eq!(stage.most.load(std::sync::atomic::Ordering::Relaxed), 3);
    assert!(is_about(stage.elapsed(), 4.0), "{:?}", stage.elapsed());
}

#[tokio::test(start_paused = true)]
async fn only_fail_fast_stops_at_a_failure() {
    for fail_fast in [false, true] {
        let mut stage = Stage::new().cancels(&[("2", "no")]);
        (stage.options.fail_fast, stage.options.concurrency) = (fail_fast, 1);
        let (rows, ending) = stage.cancel(given(&["a:1", "a:2", "a:3"])).await;
        let last = if fail_fast { Outcome::NotSent } else { Outcome::Cancelled };
        assert_eq!(outcomes(&rows), [Outcome::Cancelled, Outcome::Refused, last]);
        assert_eq!(ending.sent, if fail_fast { 2 } else { 3 });
        assert_eq!(rows[2].exit, if fail_fast { ExitCode::Refused } else { ExitCode::Ok }, "as what stopped it");
    }
}

#[tokio::test(start_paused = true)]
async fn an_input_that_is_not_whole_or_not_wanted_sends_nothing_more() {
    for word in ["broken", "refused"] {
        for streamed in [false, true] {
            let stage = Stage::new();
            let texts = ["a:1", word, "a:2"];
            // It stays open: whoever writes to it may never end.
            let (_open, open) = stream(&texts);
            let (rows, ending) = stage.cancel(if streamed { open } else { given(&texts) }).await;
            assert_eq!(outcomes(&rows), [Outcome::NotSent; 2], "{word}");
            assert!(rows.iter().all(|row| row.exit == ExitCode::NotConfirmed));
            assert_eq!(stage.told(&["cancel", "sending", "input"]), Vec::<String>::new());
            assert_eq!(stage.told(&["intend"]), ["intend 0 a:1", "intend 1 a:2"], "all that came in is on record");
            assert_eq!(ending.broken.map(|error| error.kind), Some(ErrorKind::NotConfirmed));
            assert!(is_about(stage.elapsed(), 0.0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_cannot_be_read_on_ends_the_run() {
    let mut stage = Stage::new();
    stage.capabilities.batch = 100;
    let (sender, source) = stream(&["a:1"]);
    sender.try_send(Err(Error::new(ErrorKind::Io, "a bad sector"))).unwrap();
    let (rows, ending) = stage.cancel(source).await;
    assert_eq!(outcomes(&rows), [Outcome::NotSent]);
    assert_eq!(ending.broken.map(|error| error.kind), Some(ErrorKind::Io));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_nobody_waits_for_a_stream() {
    let mut stage = Stage::new();
    stage.options.deadline = Some(Instant::now() + seconds(5.0));
    let (_open, source) = stream(&[]);
    let (rows, ending) = stage.cancel(source).await;
    assert_eq!((rows.len(), ending.broken.map(|error| error.kind)), (0, Some(ErrorKind::Deadline)));
    assert!(is_about(stage.elapsed(), 5.0));
}

#[tokio::test(start_paused = true)]
async fn a_signal_lets_calls_in_flight_end_for_five_seconds() {
    for (takes, first, ends) in [(4.0, Outcome::Cancelled, 4.0), (60.0, Outcome::Unknown, 6.0)] {
        for streamed in [false, true] {
            let mut stage = Stage::new();
            (stage.takes, stage.options.concurrency) = (seconds(takes), 1);
            let (signal, signals) = signals(&[]);
            let interrupt = async {
                tokio::time::sleep(seconds(1.0)).await;
                signal.send(15).unwrap();
            };
            let (_open, open) = stream(&["a:1", "a:2"]);
            let source = if streamed { open } else { given(&["a:1", "a:2"]) };
            let ((rows, ending), ()) = tokio::join!(stage.cancel_until(source, signals), interrupt);
            assert_eq!(outcomes(&rows), [first, Outcome::NotSent]);
            assert_eq!(ending.signal, Some(15));
            assert!(is_about(stage.elapsed(), ends), "{:?}", stage.elapsed());
            assert_eq!(stage.told(&["close"]), ["close a"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_cuts_everything_off_and_a_third_ends_it() {
    let mut stage = Stage::new();
    stage.takes = seconds(60.0);
    let (signal, signals) = signals(&[]);
    let interrupt = async {
        for number in [2, 15] {
            tokio::time::sleep(seconds(1.0)).await;
            signal.send(number).unwrap();
        }
    };
    let ((rows, ending), ()) = tokio::join!(stage.cancel_until(given(&["a:1"]), signals), interrupt);
    assert_eq!(outcomes(&rows), [Outcome::Unknown]);
    assert_eq!(ending.signal, Some(15));
    assert!(is_about(stage.elapsed(), 2.0), "{:?}", stage.elapsed());
    assert_eq!(stage.told(&["close"]), Vec::<String>::new(), "nobody wants to wait");
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_is_there_already_lets_nothing_begin() {
    let stage = Stage::new();
    let (_sender, signals) = signals(&[2]);
    let (rows, ending) = stage.cancel_until(given(&["a:1", "bad", "a:2"]), signals).await;
    assert_eq!(outcomes(&rows), [Outcome::NotSent, Outcome::Invalid, Outcome::NotSent]);
    assert_eq!(stage.told(&["open", "cancel", "sending"]), Vec::<String>::new());
    assert_eq!((ending.signal, ending.sent), (Some(2), 0));
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_cannot_be_used_keeps_no_other_from_its_jobs() {
    let stage = Stage::new();
    let (rows, _) = stage.cancel(given(&["closed:1", "a:2", "closed:3"])).await;
    assert_eq!(outcomes(&rows), [Outcome::Unauthorized, Outcome::Cancelled, Outcome::Unauthorized]);
    assert_eq!(rows[0].error.as_ref().map(|error| error.kind), Some(ErrorKind::CredentialsMissing));
    assert_eq!(stage.told(&["open", "close"]), ["open closed", "open a", "close a"]);
}

fn patient(patience: f64) -> WaitRules {
    WaitRules { interval: None, patience: seconds(patience), changes: None }
}

#[tokio::test(start_paused = true)]
async fn patience_counts_from_the_end_of_the_last_send() {
    let mut stage = Stage::new().cancels(&[("1", "taken")]).reads(&[("1", "cancelling")]);
    (stage.takes, stage.options.wait) = (seconds(100.0), Some(patient(10.0)));
    let (rows, _) = stage.cancel(given(&["a:1"])).await;
    assert_eq!(outcomes(&rows), [Outcome::Pending]);
    assert!(is_about(stage.elapsed(), 110.0), "{:?}", stage.elapsed());
}

#[tokio::test(start_paused = true)]
async fn only_what_was_accepted_is_waited_for() {
    let mut stage = Stage::new().cancels(&[("2", "taken"), ("3", "done"), ("4", "no")]);
    stage = stage.reads(&[("2", "cancelling cancelled"), ("4", "running")]);
    stage.options.wait = Some(patient(600.0));
    let (rows, _) = stage.cancel(given(&["a:1", "a:2", "a:3", "a:4"])).await;
    assert_eq!(outcomes(&rows), [Outcome::Cancelled, Outcome::Cancelled, Outcome::Finished, Outcome::Refused]);
    assert_eq!(stage.told(&["read"]), ["read a 4", "read a 2", "read a 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_status_is_one_read_of_each_job_and_nothing_else() {
    let stage = Stage::new().reads(&[("2", "absent"), ("3", "trouble")]);
    let (mut rows, ending) = stage.status(given(&["a:1", "a:2", "a:3", "bad", "closed:4", "a:1"])).await;
    rows.sort_by_key(|row| row.index);
    let told: Vec<_> = rows.iter().map(|row| (row.outcome, row.ok, row.exit)).collect();
    assert_eq!(
        told,
        [
            (None, true, ExitCode::Ok),
            (Some(Outcome::NotFound), false, ExitCode::NotFound),
            (Some(Outcome::Unavailable), false, ExitCode::Unavailable),
            (Some(Outcome::Invalid), false, ExitCode::Usage),
            (Some(Outcome::Unauthorized), false, ExitCode::Auth),
        ]
    );
    assert_eq!(rows[0].job.as_ref().map(|job| job.state), Some(JobState::Running));
    assert_eq!(stage.told(&["read", "cancel", "sending"]), ["read a 1", "read a 2", "read a 3"]);
    assert_eq!((ending.duplicates, ending.sent), (1, 0));
}
