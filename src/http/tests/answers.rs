//! What is sent, and what an answer of each kind leads to.

use super::*;

#[tokio::test]
async fn a_cancel_goes_out_as_it_should_and_its_answer_comes_back() {
    let server = Server::start(|_, _| Act::Say(say(200, "X-Request-Id: r1\r\n", "{\"status\":\"cancelled\"}"))).await;
    let mut endpoint = server.endpoint();
    endpoint.headers.push(("x-client", "ops".into()));
    let mut budget = budget();
    let reply = transport().send(&endpoint, &cancel(), &mut budget).await.unwrap();
    assert_eq!((reply.status, &reply.body[..]), (200, &b"{\"status\":\"cancelled\"}"[..]));
    assert_eq!((reply.request_id(), budget.attempts), (Some("r1"), 1));
    let request = server.asked().remove(0).to_ascii_lowercase();
    assert!(request.starts_with("post /jobs/1/cancel http/1.1\r\n"), "{request}");
    let version = env!("CARGO_PKG_VERSION");
    for header in [
        "accept: application/json",
        "content-length: 0",
        "authorization: key sk_secret_1",
        "x-client: ops",
        &format!("user-agent: jobctl/{version}"),
    ] {
        assert_eq!(request.matches(&format!("\r\n{header}\r\n")).count(), 1, "{header} in {request}");
    }
}

#[tokio::test]
async fn bodies_carry_their_type_and_a_sign_in_no_credential() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let (transport, endpoint) = (transport(), server.endpoint());
    let json = Call::post(Operation::Cancel, "/c", Body::Json("[1]".into()));
    transport.send(&endpoint, &json, &mut budget()).await.unwrap();
    let mut form = Call::post(Operation::SignIn, "/auth", Body::Form("u=a".into()));
    form.authorized = false;
    transport.send(&endpoint, &form, &mut budget()).await.unwrap();
    let mut delete = status();
    delete.method = Method::Delete;
    transport.send(&endpoint, &delete, &mut budget()).await.unwrap();
    let asked = server.asked();
    assert!(asked[0].contains("content-type: application/json\r\n") && asked[0].ends_with("\r\n\r\n[1]"));
    assert!(asked[1].contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(!asked[1].contains("authorization"), "{}", asked[1]);
    assert!(asked[2].starts_with("DELETE /jobs/1 "));
}

#[tokio::test]
async fn one_connection_serves_one_call_after_the_other() {
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    let (transport, endpoint) = (transport(), server.endpoint());
    for _ in 0..5 {
        transport.send(&endpoint, &status(), &mut budget()).await.unwrap();
    }
    assert_eq!((server.count(), server.connections.load(Ordering::SeqCst)), (5, 1));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = Server::start(|_, _| Act::Say(say(302, "location: /elsewhere\r\n", ""))).await;
    let reply = transport().send(&server.endpoint(), &cancel(), &mut budget()).await.unwrap();
    assert_eq!((reply.status, server.count()), (302, 1));
}

#[tokio::test]
async fn secrets_that_a_server_echoes_are_blotted_out() {
    let body = "{\"error\":\"bad key sk\\u005Fsecret\\u005f1, sk_secret_1, p%C3%A4ss w\"}";
    let echo = say(400, "x-echo: Key sk_secret_1\r\n", body);
    let server = Server::start(move |_, _| Act::Say(echo.clone())).await;
    let endpoint = server.endpoint();
    endpoint.conceal(Secret::new("päss w").unwrap());
    let reply = transport().send(&endpoint, &cancel(), &mut budget()).await.unwrap();
    assert_eq!(reply.header("x-echo"), Some("***"));
    assert_eq!(&reply.body[..], b"{\"error\":\"bad key ***, ***, ***\"}");
    endpoint.conceal(Secret::new("pässw").unwrap());
    endpoint.authorize(Secret::new("Key sk_secret_2"));
    let reply = transport().send(&endpoint, &cancel(), &mut budget()).await.unwrap();
    assert_eq!(reply.header("x-echo"), Some("***"), "the former credential stays secret");
}

#[tokio::test]
async fn a_credential_that_was_renewed_meanwhile_is_used_by_the_repeat() {
    quick_backoff();
    let server = Server::start(|number, _| Act::Say(say(if number == 0 { 429 } else { 200 }, "", "{}"))).await;
    let (endpoint, transport) = (server.endpoint(), transport());
    let (call, mut budget) = (cancel(), budget());
    let renew = async {
        while server.count() == 0 {
            tokio::task::yield_now().await;
        }
        endpoint.authorize(Secret::new("Key sk_renewed"));
    };
    let (reply, ()) = tokio::join!(transport.send(&endpoint, &call, &mut budget), renew);
    assert_eq!(reply.unwrap().status, 200);
    assert!(server.asked()[1].contains("sk_renewed"));
}

#[tokio::test]
async fn retry_after_is_obeyed_in_each_form_and_nonsense_is_not() {
    for value in ["0", "Thu, 01 Jan 2026 00:00:00 GMT", "soon", "-1", "1.5"] {
        quick_backoff();
        let headers = format!("date: Thu, 01 Jan 2026 00:00:00 GMT\r\nretry-after: {value}\r\n");
        let server = Server::start(move |number, _| match number {
            0 => Act::Say(say(429, &headers, "")),
            _ => Act::Say(say(200, "", "{}")),
        })
        .await;
        let reply = transport().send(&server.endpoint(), &cancel(), &mut budget()).await.unwrap();
        assert_eq!((reply.status, server.count()), (200, 2), "{value}");
    }
}

#[tokio::test]
async fn a_pause_longer_than_the_budget_fails_at_once() {
    // Against the clock of this machine the date lies long in the past.
    for value in ["61", "99999999999999999999", "Wed, 01 Jan 2020 00:59:00 GMT"] {
        let headers = format!("date: Wed, 01 Jan 2020 00:00:00 GMT\r\nretry-after: {value}\r\n");
        let server = Server::start(move |_, _| Act::Say(say(429, &headers, ""))).await;
        let endpoint = server.endpoint();
        for _ in 0..2 {
            let mut budget = budget();
            let reply = transport().send(&endpoint, &cancel(), &mut budget).await.unwrap();
            assert_eq!(reply.status, 429, "and the next job is not held up either");
            assert!(budget.put_off_for().is_some_and(|wait| wait > Duration::from_secs(60)), "{value}");
        }
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_pause_that_is_too_long_holds_nobody_back() {
    for (status_code, requests) in [(429, 20), (503, 20)] {
        let server = Server::start(move |_, _| Act::Say(say(status_code, "retry-after: 3600\r\n", ""))).await;
        let (endpoint, transport) = (server.endpoint(), transport());
        let begin = tokio::time::Instant::now();
        for number in 0..requests {
            let call = if number % 2 == 0 { cancel() } else { status() };
            let reply = transport.send(&endpoint, &call, &mut budget()).await.unwrap();
            assert_eq!(reply.status, status_code);
        }
        assert_eq!((server.count(), endpoint.limiter.rate()), (requests, None));
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn a_pause_holds_everyone_back() {
    let server = Server::start(|number, _| match number {
        0 => Act::Say(say(503, "retry-after: 30\r\n", "")),
        _ => Act::Say(say(200, "", "{}")),
    })
    .await;
    let (endpoint, transport) = (server.endpoint(), transport());
    let reply = transport.send(&endpoint, &cancel(), &mut budget()).await.unwrap();
    assert_eq!(reply.status, 503, "a cancel comes back at once: it may have been applied");
    let (call, mut budget) = (status(), budget());
    let waiting = transport.send(&endpoint, &call, &mut budget);
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err());
    assert_eq!((server.count(), budget.attempts), (1, 0));
}

#[tokio::test]
async fn the_last_429_is_the_answer() {
    quick_backoff();
    let server = Server::start(|_, _| Act::Say(say(429, "", ""))).await;
    let policy = Policy { retries: 2, ..policy() };
    let transport = Transport::new(TransportOptions { policy: policy.clone(), ..plain() });
    let mut budget = Budget::new(&policy, Control::new(None));
    let endpoint = server.endpoint();
    // The learnt pace is not what this test is about.
    let reply = tokio::time::timeout(Duration::from_secs(60), transport.send(&endpoint, &cancel(), &mut budget)).await;
    assert_eq!((reply.unwrap().unwrap().status, server.count()), (429, 3));
}

#[tokio::test]
async fn a_read_is_repeated_on_5xx_and_a_cancel_is_not() {
    quick_backoff();
    let answer = |number: usize, _: &str| Act::Say(say(if number == 0 { 500 } else { 200 }, "", "{}"));
    let server = Server::start(answer).await;
    let reply = transport().send(&server.endpoint(), &status(), &mut budget()).await.unwrap();
    assert_eq!((reply.status, server.count()), (200, 2));
    let server = Server::start(answer).await;
    let reply = transport().send(&server.endpoint(), &cancel(), &mut budget()).await.unwrap();
    assert_eq!((reply.status, server.count()), (500, 1));
    let server = Server::start(|_, _| Act::Say(say(501, "", ""))).await;
    let reply = transport().send(&server.endpoint(), &status(), &mut budget()).await.unwrap();
    assert_eq!((reply.status, server.count()), (501, 1));
}

#[tokio::test]
async fn a_read_that_makes_no_sense_is_asked_again_and_a_cancel_is_not() {
    let believe = |reply: &Reply| {
        let text = std::str::from_utf8(&reply.body).unwrap();
        text.parse::<u32>().map_err(|_| Error::new(ErrorKind::BadAnswer, "not a number"))
    };
    let answer = |number: usize, _: &str| Act::Say(say(200, "", if number == 0 { "<html>" } else { "7" }));
    quick_backoff();
    let (server, transport) = (Server::start(answer).await, transport());
    let read = transport.read(&server.endpoint(), &status(), &mut budget(), believe).await.unwrap();
    assert!(matches!(read, Read::Value(_, 7)));
    let server = Server::start(answer).await;
    let read = transport.read(&server.endpoint(), &cancel(), &mut budget(), believe).await.unwrap();
    assert!(matches!(read, Read::Unbelievable(_, _)));
    let server = Server::start(|_, _| Act::Say(say(404, "", "7"))).await;
    let read = transport.read(&server.endpoint(), &status(), &mut budget(), believe).await.unwrap();
    assert!(matches!(read, Read::Answered(reply) if reply.status == 404));
}
