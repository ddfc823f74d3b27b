use super::*;
use crate::job::JobId;

const SURE: Capabilities = Capabilities {
    batch: 1,
    accepts_on_2xx: true,
    asynchronous: true,
    list: false,
    names: false,
    needs_destination: false,
    poll_floor: None,
    repeat: "",
    semantics: "",
};
const UNSURE: Capabilities = Capabilities { accepts_on_2xx: false, ..SURE };

fn job(word: &str) -> Job {
    Job::new(JobId::from_canonical("1"), Some(word.into()))
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "x")
}

fn unreadable() -> ReadFailure {
    ReadFailure::Unreadable { error: error(ErrorKind::ServerError), status: Some(500) }
}

fn absent() -> ReadFailure {
    ReadFailure::Absent(error(ErrorKind::NotFound))
}

#[test]
fn where_no_answer_makes_sense_the_host_is_doubted() {
    let page = |call: &str| Error::new(ErrorKind::BadAnswer, format!("{call}: a web page, not JSON"));
    let failure = |error| ReadFailure::Unreadable { error, status: Some(200) };
    let twice = could_not_read(&page("x cancel"), failure(page("x status")));
    assert!(twice.message.ends_with("did not settle it: the same happened again"), "{twice}");
    assert_eq!(twice.hint(), ErrorKind::BadAnswer.hint());
    let once = could_not_read(&page("x cancel"), failure(error(ErrorKind::Timeout)));
    assert!(once.message.ends_with("did not settle it: x"), "{once}");
    assert_eq!(once.hint(), ErrorKind::Unreadable.hint());
}

fn said(word: &str, verify: bool) -> Option<Outcome> {
    match judge(&Verdict::Said(job(word)), &UNSURE, verify) {
        Step::Done(finding) => Some(finding.outcome),
        Step::Look => None,
    }
}

#[test]
fn a_2xx_with_a_word() {
    assert_eq!(said("cancelled", true), Some(Outcome::Cancelled));
    assert_eq!(said("STOPPED", true), Some(Outcome::Cancelled));
    assert_eq!(said("done", true), Some(Outcome::Finished));
    assert_eq!(said("failed", true), Some(Outcome::Finished));
    assert_eq!(said("running", true), Some(Outcome::Requested));
    assert_eq!(said("cancelling", true), Some(Outcome::Requested));
    assert_eq!(said("needs_confirmation", true), Some(Outcome::Requested));
    assert_eq!(said("odd", true), None);
    assert_eq!(said("odd", false), Some(Outcome::Unknown));
}

fn looked(verdict: &Verdict, look: Result<Job, ReadFailure>, capabilities: &Capabilities) -> Option<Outcome> {
    match judge_look(verdict, look, capabilities) {
        Ruling::Done(finding) => Some(finding.outcome),
        Ruling::SendAgain(_) => None,
    }
}

#[test]
fn a_2xx_without_a_word_and_then_a_read() {
    let verdict = Verdict::Accepted;
    assert_eq!(judge(&verdict, &SURE, true), Step::Look);
    for (look, sure, unsure) in [
        (Ok(job("cancelled")), Outcome::Cancelled, Outcome::Cancelled),
        (Ok(job("done")), Outcome::Finished, Outcome::Finished),
        (Ok(job("running")), Outcome::Requested, Outcome::Requested),
        (Ok(job("odd")), Outcome::Requested, Outcome::Unknown),
        (Err(unreadable()), Outcome::Requested, Outcome::Unknown),
        (Err(absent()), Outcome::Requested, Outcome::Unknown),
        (Err(ReadFailure::Stopped(StopCause::Deadline)), Outcome::Pending, Outcome::Unknown),
        (Err(ReadFailure::Stopped(StopCause::Signal(2))), Outcome::Requested, Outcome::Unknown),
    ] {
        assert_eq!(looked(&verdict, look.clone(), &SURE), Some(sure), "{look:?}");
        assert_eq!(looked(&verdict, look.clone(), &UNSURE), Some(unsure), "{look:?}");
    }
}

#[test]
fn a_no_and_then_a_read() {
    let verdict = Verdict::Declined(error(ErrorKind::Refused));
    assert_eq!(judge(&verdict, &SURE, false), Step::Look, "--no-verify does not change this");
    for (look, expected) in [
        (Ok(job("cancelled")), Outcome::Cancelled),
        (Ok(job("cancelling")), Outcome::Requested),
        (Ok(job("done")), Outcome::Finished),
        (Ok(job("running")), Outcome::Refused),
        (Ok(job("needs_confirmation")), Outcome::Refused),
        (Ok(job("odd")), Outcome::Unknown),
        (Err(absent()), Outcome::NotFound),
        (Err(unreadable()), Outcome::Unknown),
        (Err(ReadFailure::Stopped(StopCause::Signal(2))), Outcome::Unknown),
    ] {
        assert_eq!(looked(&verdict, look.clone(), &SURE), Some(expected), "{look:?}");
    }
}

#[test]
fn a_lost_answer_and_then_a_read() {
    let verdict = Verdict::PerhapsSent(error(ErrorKind::Lost));
    assert_eq!(judge(&verdict, &SURE, false), Step::Look, "--no-verify does not change this");
    for (look, expected) in [
        (Ok(job("cancelled")), Some(Outcome::Cancelled)),
        (Ok(job("cancelling")), Some(Outcome::Requested)),
        (Ok(job("done")), Some(Outcome::Finished)),
        (Ok(job("running")), None),
        (Ok(job("odd")), Some(Outcome::Unknown)),
        (Err(absent()), Some(Outcome::NotFound)),
        (Err(unreadable()), Some(Outcome::Unknown)),
    ] {
        assert_eq!(looked(&verdict, look.clone(), &SURE), expected, "{look:?}");
    }
}

#[test]
fn the_last_send_without_effect() {
    assert_eq!(exhausted(&open(ErrorKind::ServerError)).outcome, Outcome::Unavailable);
    for doubtful in [ErrorKind::Lost, ErrorKind::Timeout, ErrorKind::BadAnswer] {
        assert_eq!(exhausted(&open(doubtful)).outcome, Outcome::Unknown);
    }
}

fn open(kind: ErrorKind) -> Open {
    Open { error: error(kind), job: job("running") }
}

#[test]
fn a_later_send_that_came_to_nothing_does_not_undo_an_earlier_one() {
    let blank = |outcome| Finding::blank(outcome, Some(error(ErrorKind::Connect)));
    let verdict = Verdict::Failed(error(ErrorKind::Connect));
    let after = |outcome, kind| not_undone(&verdict, blank(outcome), Some(&open(kind))).outcome;
    let stopped = Verdict::Stopped(StopCause::Unauthorized);
    let stopped = not_undone(&stopped, blank(Outcome::Unauthorized), Some(&open(ErrorKind::Lost)));
    assert_eq!(stopped.outcome, Outcome::Unknown, "another job's 401 says nothing of what was sent");
    assert_eq!(after(Outcome::NotSent, ErrorKind::Lost), Outcome::Unknown);
    assert_eq!(after(Outcome::NotSent, ErrorKind::ServerError), Outcome::Unavailable);
    assert_eq!(after(Outcome::Unavailable, ErrorKind::Timeout), Outcome::Unknown);
    assert_eq!(after(Outcome::Unavailable, ErrorKind::ServerError), Outcome::Unavailable);
    assert_eq!(after(Outcome::Unauthorized, ErrorKind::Timeout), Outcome::Unauthorized);
    assert_eq!(not_undone(&verdict, blank(Outcome::NotSent), None).outcome, Outcome::NotSent);
    let twice = open(ErrorKind::ServerError).after(Some(&open(ErrorKind::Lost)));
    assert_eq!(exhausted(&twice).outcome, Outcome::Unknown);
    let twice = open(ErrorKind::Timeout).after(Some(&open(ErrorKind::ServerError)));
    assert_eq!(exhausted(&twice).outcome, Outcome::Unknown);
}

#[test]
fn an_acceptance_is_not_verified_and_a_state_from_the_vendor_is() {
    let Step::Done(finding) = judge(&Verdict::Cancelling, &UNSURE, true) else { panic!() };
    assert_eq!((finding.outcome, finding.state), (Outcome::Requested, Some(JobState::Cancelling)));
    assert!(!finding.verified && finding.provider_state.is_none());
    let Step::Done(finding) = judge(&Verdict::Said(job("cancelled")), &UNSURE, true) else { panic!() };
    assert!(finding.verified);
}

#[test]
fn strictness_and_leniency() {
    assert_eq!(weigh(Outcome::Finished, false, false), (true, ExitCode::Ok));
    assert_eq!(weigh(Outcome::Finished, true, false), (false, ExitCode::Refused));
    assert_eq!(weigh(Outcome::NotFound, false, false), (false, ExitCode::NotFound));
    assert_eq!(weigh(Outcome::NotFound, false, true), (true, ExitCode::Ok));
    assert_eq!(weigh(Outcome::Unknown, true, true), (false, ExitCode::Unavailable));
}

#[test]
fn a_lost_answer_is_remembered_behind_an_answered_one_and_no_other_is() {
    let open = |kind, word| Open { error: error(kind), job: job(word) };
    let (lost, trouble) = (ErrorKind::Lost, ErrorKind::ServerError);
    for (earlier, later, kept) in [
        (lost, trouble, lost),
        (trouble, ErrorKind::Timeout, ErrorKind::Timeout),
        (lost, ErrorKind::Timeout, ErrorKind::Timeout),
        (ErrorKind::RateLimited, trouble, trouble),
    ] {
        let after = open(later, "running").after(Some(&open(earlier, "queued")));
        assert_eq!((after.error.kind, after.job.state), (kept, JobState::Running), "{earlier:?} {later:?}");
    }
    assert_eq!(open(trouble, "queued").after(None), open(trouble, "queued"));
}

#[test]
fn without_the_confirming_read_acceptance_is_all_there_is() {
    let outcome = |capabilities| match judge(&Verdict::Accepted, capabilities, false) {
        Step::Done(finding) => Some((finding.outcome, finding.verified)),
        Step::Look => None,
    };
    assert_eq!(outcome(&SURE), Some((Outcome::Requested, false)));
    assert_eq!(outcome(&UNSURE), Some((Outcome::Unknown, false)));
}

#[test]
fn a_word_that_nobody_knows_is_kept_where_the_read_fails_too() {
    let Ruling::Done(finding) = judge_look(&Verdict::Said(job("odd")), Err(unreadable()), &SURE) else {
        panic!("an accepted cancel is not sent again")
    };
    assert_eq!((finding.outcome, finding.provider_state.as_deref()), (Outcome::Requested, Some("odd")));
}

#[test]
fn what_is_used_up_says_how_the_job_was_last_seen() {
    for (kind, outcome) in [(ErrorKind::Lost, Outcome::Unknown), (ErrorKind::ServerError, Outcome::Unavailable)] {
        let finding = exhausted(&Open { error: error(kind), job: job("queued") });
        assert_eq!((finding.outcome, finding.state), (outcome, Some(JobState::Queued)));
        assert_eq!(finding.error.map(|error| error.message).as_deref(), Some("x; the job was last seen queued"));
    }
}

#[test]
fn a_dry_run_names_the_state_that_settles_it() {
    for (before, outcome, state) in [
        (None, Outcome::Planned, None),
        (Some(JobState::Running), Outcome::Planned, None),
        (Some(JobState::Unknown), Outcome::Planned, None),
        (Some(JobState::Cancelling), Outcome::Planned, None),
        (Some(JobState::Cancelled), Outcome::Cancelled, Some(JobState::Cancelled)),
        (Some(JobState::Failed), Outcome::Finished, Some(JobState::Failed)),
    ] {
        let finding = planned(before);
        assert_eq!((finding.outcome, finding.state), (outcome, state), "{before:?}");
    }
}

#[test]
fn why_a_job_could_not_be_read_stands_beside_what_was_answered_first() {
    let first = |kind| Error::new(kind, "x cancel: no").with_provider_message(Some("said first".into()));
    let failed = |said: Option<&str>| {
        let error = error(ErrorKind::ServerError).with_provider_message(said.map(str::to_owned));
        ReadFailure::Unreadable { error, status: None }
    };
    for (kind, then) in [
        (ErrorKind::Refused, ErrorKind::Unreadable),
        (ErrorKind::Lost, ErrorKind::Lost),
        (ErrorKind::BadAnswer, ErrorKind::BadAnswer),
    ] {
        let told = could_not_read(&first(kind), failed(Some("said last")));
        assert_eq!((told.kind, told.provider_message.as_deref()), (then, Some("said last")));
        assert_eq!(told.hint(), ErrorKind::Unreadable.hint(), "{kind:?}");
        assert_eq!(could_not_read(&first(kind), failed(None)).provider_message.as_deref(), Some("said first"));
    }
    for (cause, why) in [
        (StopCause::Signal(2), "interrupted"),
        (StopCause::Deadline, "the deadline passed"),
        (StopCause::GaveUp, "stopped"),
    ] {
        let told = could_not_read(&first(ErrorKind::Lost), ReadFailure::Stopped(cause));
        assert!(told.message.ends_with(&format!("did not settle it: {why}")), "{told}");
    }
}

#[test]
fn where_acceptance_does_not_count_the_failed_read_says_why() {
    for (look, kind) in [
        (Err(unreadable()), ErrorKind::ServerError),
        (Err(absent()), ErrorKind::NotFound),
        (Err(ReadFailure::Stopped(StopCause::Signal(2))), ErrorKind::Unreadable),
        (Ok(job("odd")), ErrorKind::Unreadable),
    ] {
        let Ruling::Done(finding) = judge_look(&Verdict::Accepted, look, &UNSURE) else { panic!() };
        assert_eq!(finding.error.map(|error| error.kind), Some(kind));
    }
}

#[test]
fn an_answered_send_stands_as_it_was_answered() {
    let newer = Finding::blank(Outcome::Unavailable, Some(Error::new(ErrorKind::Connect, "the newer one")));
    let verdict = Verdict::Failed(error(ErrorKind::Connect));
    assert_eq!(not_undone(&verdict, newer.clone(), Some(&open(ErrorKind::ServerError))), newer);
}

#[test]
fn every_failure_has_its_outcome() {
    // No job's: the input's and the record's.
    for kind in ErrorKind::ALL.into_iter().filter(|kind| *kind != ErrorKind::Io) {
        let expected = match kind.exit() {
            ExitCode::Auth => Outcome::Unauthorized,
            ExitCode::Usage => Outcome::Invalid,
            ExitCode::NotFound => Outcome::NotFound,
            _ => Outcome::Unavailable,
        };
        assert_eq!(outcome_of(kind), expected, "{kind:?}");
    }
}
