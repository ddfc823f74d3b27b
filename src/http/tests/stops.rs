//! What a stop cuts off: waiting at once, a cancel in flight only by an abort.

use super::*;

fn stoppable() -> (Control, Budget) {
    let control = Control::new(None);
    (control.clone(), Budget::new(&policy(), control))
}

async fn once_asked(server: &Server, then: impl FnOnce()) {
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    then();
}

#[tokio::test]
async fn after_a_drain_no_cancel_leaves_but_reads_do() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let (endpoint, transport) = (server.endpoint(), transport());
    let (control, mut budget) = stoppable();
    control.drain(StopCause::Signal(2));
    let result = transport.send(&endpoint, &cancel(), &mut budget).await;
    assert_eq!(result.unwrap_err(), Failure::Stopped(StopCause::Signal(2)));
    assert_eq!((server.count(), budget.attempts), (0, 0));
    assert!(transport.send(&endpoint, &status(), &mut budget).await.is_ok());
    control.abort(StopCause::Signal(2));
    let result = transport.send(&endpoint, &status(), &mut budget).await;
    assert_eq!(result.unwrap_err(), Failure::Stopped(StopCause::Signal(2)));
}

#[tokio::test]
async fn a_drain_ends_a_wait_for_the_next_attempt_at_once() {
    let server = Server::start(|_, _| Act::Say(say(429, "retry-after: 30\r\n", ""))).await;
    let (endpoint, transport, call) = (server.endpoint(), transport(), cancel());
    let (control, mut budget) = stoppable();
    let sending = transport.send(&endpoint, &call, &mut budget);
    let stopping = async {
        once_asked(&server, || ()).await;
        // By now the answer is there, too.
        tokio::time::sleep(Duration::from_millis(200)).await;
        control.drain(StopCause::FailFast);
    };
    let (result, ()) = tokio::join!(sending, stopping);
    assert_eq!(result.unwrap().status, 429, "it was turned away: that is not as if it had never been sent");
}

#[tokio::test]
async fn a_drain_ends_a_wait_for_the_limiter_at_once() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let (endpoint, transport, call) = (server.endpoint(), transport(), cancel());
    endpoint.limiter.pause_until(tokio::time::Instant::now() + Duration::from_secs(30));
    let (control, mut budget) = stoppable();
    let stopping = async {
        tokio::task::yield_now().await;
        control.drain(StopCause::GaveUp);
    };
    let (result, ()) = tokio::join!(transport.send(&endpoint, &call, &mut budget), stopping);
    assert_eq!(result.unwrap_err(), Failure::Stopped(StopCause::GaveUp));
    assert_eq!((server.count(), budget.attempts), (0, 0));
}

#[tokio::test]
async fn a_drain_lets_a_cancel_in_flight_finish() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let (endpoint, transport, call) = (server.endpoint(), transport(), cancel());
    let (control, mut budget) = stoppable();
    let stopping = once_asked(&server, || control.drain(StopCause::Signal(15)));
    let (result, ()) = tokio::join!(transport.send(&endpoint, &call, &mut budget), stopping);
    assert_eq!(result.unwrap().status, 200);
}

#[tokio::test]
async fn an_abort_gives_up_what_is_in_flight() {
    let server = Server::start(|_, _| Act::Stall).await;
    let (endpoint, transport) = (server.endpoint(), transport());
    for (call, expected) in [(cancel(), None), (status(), Some(Failure::Stopped(StopCause::Signal(2))))] {
        server.asked.lock().unwrap().clear();
        let (control, mut budget) = stoppable();
        let stopping = once_asked(&server, || control.abort(StopCause::Signal(2)));
        let (result, ()) = tokio::join!(transport.send(&endpoint, &call, &mut budget), stopping);
        match (result.unwrap_err(), expected) {
            (Failure::PerhapsSent(error), None) => assert_eq!(error.kind, ErrorKind::Interrupted),
            (failure, expected) => assert_eq!(Some(failure), expected),
        }
    }
}

#[tokio::test]
async fn a_deadline_is_an_abort() {
    let server = Server::start(|_, _| Act::Stall).await;
    let control = Control::new(Some(tokio::time::Instant::now() + Duration::from_secs(2)));
    let mut budget = Budget::new(&policy(), control);
    let result = transport().send(&server.endpoint(), &cancel(), &mut budget).await;
    assert!(matches!(result, Err(Failure::PerhapsSent(error)) if error.kind == ErrorKind::Deadline));
    let result = transport().send(&server.endpoint(), &cancel(), &mut budget).await;
    assert_eq!(result.unwrap_err(), Failure::Stopped(StopCause::Deadline));
    assert_eq!(server.count(), 1);
}
