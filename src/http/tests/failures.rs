//! Requests that bring no answer: which may have arrived and which did not.

use super::*;

async fn lost(operation: Operation, answer: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Error {
    let server = Server::start(answer).await;
    let mut call = cancel();
    call.operation = operation;
    match transport().send(&server.endpoint(), &call, &mut budget()).await {
        Err(Failure::PerhapsSent(error)) => {
            assert_eq!(server.count(), 1, "sent once");
            error
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cancel_without_a_whole_answer_is_perhaps_sent_and_not_repeated() {
    let half = || Act::Last("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"sta".into());
    assert_eq!(lost(Operation::Cancel, move |_, _| half()).await.kind, ErrorKind::Lost);
    assert_eq!(lost(Operation::SignIn, move |_, _| half()).await.kind, ErrorKind::Lost);
    let error = lost(Operation::SignOut, |_, _| Act::Last(String::new())).await;
    assert_eq!(error.kind, ErrorKind::Lost);
    assert!(error.message.starts_with("vendor sign-out: the connection to 127.0.0.1 broke"), "{error}");
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"sta";
    assert_eq!(lost(Operation::Cancel, move |_, _| Act::Last(chunked.into())).await.kind, ErrorKind::Lost);
    let error = lost(Operation::Cancel, |_, _| Act::Last("220 smtp.example ESMTP\r\n".into())).await;
    assert_eq!(error.kind, ErrorKind::BadAnswer, "{error}");
}

#[tokio::test]
async fn a_body_over_the_cap_is_given_up() {
    let error = lost(Operation::Cancel, |_, _| Act::Endless).await;
    assert_eq!(error.kind, ErrorKind::BadAnswer);
    assert!(error.message.ends_with("is larger than 8 MiB"), "{error}");
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 8388609\r\n\r\n";
    let error = lost(Operation::Cancel, move |_, _| Act::Say(announced.into())).await;
    assert_eq!(error.kind, ErrorKind::BadAnswer, "refused before it is read");
    let most = say(200, "", &"x".repeat(CAP));
    let server = Server::start(move |_, _| Act::Say(most.clone())).await;
    let reply = transport().send(&server.endpoint(), &cancel(), &mut budget()).await.unwrap();
    assert_eq!(reply.body.len(), CAP, "and so much is read");
}

#[tokio::test]
async fn headers_without_end_are_given_up() {
    for header in ["x-a: y\r\n".repeat(1000), format!("x-a: {}", "y".repeat(1 << 20))] {
        let error = lost(Operation::Cancel, move |_, _| Act::Last(format!("HTTP/1.1 200 OK\r\n{header}"))).await;
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{error}");
    }
}

/// A small answer that unpacks to a large one would pass every bound; none is asked for,
/// and what comes packed all the same is not JSON.
#[tokio::test]
async fn nothing_is_unpacked() {
    let server = Server::start(|_, _| Act::Say(say(200, "content-encoding: gzip\r\n", "packed"))).await;
    let reply = transport().send(&server.endpoint(), &cancel(), &mut budget()).await.unwrap();
    assert_eq!(&reply.body[..], b"packed");
    assert!(!server.asked()[0].to_ascii_lowercase().contains("accept-encoding"));
}

#[tokio::test]
async fn a_list_may_be_larger() {
    let body = "x".repeat(9 << 20);
    let answer = say(200, "", &body);
    let server = Server::start(move |_, _| Act::Say(answer.clone())).await;
    let call = Call::get(Operation::List, "/jobs");
    let reply = transport().send(&server.endpoint(), &call, &mut budget()).await.unwrap();
    assert_eq!(reply.body.len(), 9 << 20);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let policy = Policy { request_timeout: Duration::from_millis(500), retries: 1, ..policy() };
    let transport = Transport::new(TransportOptions { policy: policy.clone(), ..plain() });
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow"] {
        let server =
            Server::start(move |_, _| if answer.is_empty() { Act::Stall } else { Act::Say(answer.into()) }).await;
        let result = transport.send(&server.endpoint(), &cancel(), &mut budget()).await;
        let Err(Failure::PerhapsSent(error)) = result else { panic!("{result:?}") };
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert_eq!(error.message, "vendor cancel: no answer from 127.0.0.1 within 500ms");
        quick_backoff();
        let mut budget = Budget::new(&policy, Control::new(None));
        let result = transport.send(&server.endpoint(), &status(), &mut budget).await;
        assert!(matches!(result, Err(Failure::PerhapsSent(_))));
        assert_eq!(budget.attempts, 2, "a read is repeated");
    }
}

#[tokio::test]
async fn what_did_not_leave_is_sent_again_until_it_does() {
    quick_backoff();
    let (held, address) = nobody();
    let endpoint = endpoint(BaseUrl::parse(&format!("http://{address}")).unwrap());
    let (transport, call, mut budget) = (transport(), cancel(), budget());
    let up = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Server::on(held.listen(8).unwrap(), |_, _| Act::Say(say(200, "", "{}")))
    };
    let (reply, server) = tokio::join!(transport.send(&endpoint, &call, &mut budget), up);
    assert_eq!((reply.unwrap().status, server.count()), (200, 1));
    assert!(budget.attempts > 1 && budget.sends() == 1);
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    quick_backoff();
    let (_held, address) = nobody();
    let base = BaseUrl::parse(&format!("http://localhost:{}", address.port())).unwrap();
    let policy = Policy { retries: 1, ..policy() };
    let mut budget = Budget::new(&policy, Control::new(None));
    let result = transport().send(&endpoint(base), &cancel(), &mut budget).await;
    let Err(Failure::NotSent(error)) = result else { panic!("{result:?}") };
    assert_eq!((error.kind, budget.attempts, budget.sends()), (ErrorKind::Connect, 2, 0));
    assert_eq!(error.message, "vendor cancel: localhost refused the connection");
}

#[tokio::test]
async fn what_cannot_be_a_request_is_not_sent_and_not_repeated() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let mut strange = server.endpoint();
    strange.headers.push(("x-client", "line\nbreak".into()));
    let foreign = server.endpoint();
    foreign.authorize(Secret::new("Key schlüssel"));
    let path = |path: &str| Call::post(Operation::Cancel, path, Body::Empty);
    for (endpoint, call, kind) in [
        (&strange, cancel(), ErrorKind::Configuration),
        (&foreign, cancel(), ErrorKind::Configuration),
        (&server.endpoint(), path("/jobs/../2/cancel"), ErrorKind::InvalidId),
        (&server.endpoint(), path("/jobs/%2e%2E/cancel"), ErrorKind::InvalidId),
    ] {
        let mut budget = budget();
        let result = transport().send(endpoint, &call, &mut budget).await;
        let Err(Failure::NotSent(error)) = result else { panic!("{result:?}") };
        assert_eq!((error.kind, budget.sends()), (kind, 0), "{error}");
        assert!(!error.message.contains("schlüssel"));
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn connecting_ends_before_the_attempt_does() {
    let milliseconds = Duration::from_millis;
    for (connect, request, limit) in
        [(5000, 30_000, 5000), (5000, 5000, 4750), (5000, 1000, 950), (100, 100, 90), (10, 12, 6), (4, 100, 4)]
    {
        let policy =
            Policy { connect_timeout: milliseconds(connect), request_timeout: milliseconds(request), ..policy() };
        assert_eq!(connect_timeout(&policy), milliseconds(limit), "{connect} {request}");
    }
}

/// Elsewhere a full queue of connections is not silent.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_takes_no_connection_was_not_sent_anything() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let _queue: Vec<_> = (0..8).map(|_| tokio::spawn(tokio::net::TcpStream::connect(address))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let limit = Duration::from_millis(250);
    let policy = Policy { request_timeout: limit, connect_timeout: limit, retries: 0, ..policy() };
    let transport = Transport::new(TransportOptions { policy: policy.clone(), ..plain() });
    let endpoint = endpoint(BaseUrl::parse(&format!("http://{address}")).unwrap());
    for _ in 0..4 {
        let mut budget = Budget::new(&policy, Control::new(None));
        let result = transport.send(&endpoint, &cancel(), &mut budget).await;
        let Err(Failure::NotSent(error)) = result else { panic!("{result:?}") };
        assert_eq!(error.kind, ErrorKind::Connect, "{error}");
    }
}
