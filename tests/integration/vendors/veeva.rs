//! Veeva's traps.

use std::time::Duration;

use serde_json::{Value, json as value};
use wiremock::ResponseTemplate;

#[cfg(unix)]
use crate::support::send;
use crate::support::{KEY, Op, Stage, called, jobctl, json, status};

fn item(id: u64) -> Value {
    value!({"responseStatus": "SUCCESS", "data": {"id": id}})
}

fn failed(errors: &Value) -> Value {
    value!({"responseStatus": "FAILURE", "errors": errors})
}

fn answer(items: &[Value]) -> ResponseTemplate {
    json(200, &value!({"responseStatus": "SUCCESS", "data": items}))
}

/// Accepts every job of every chunk, and knows each job as queued.
async fn accepting() -> Stage {
    let vendor = called("veeva");
    Stage::with(vendor, move |op, path, body| {
        if op == Op::Read {
            let id = path.rsplit('/').next().unwrap();
            return json(200, &vendor.state(id, Some("QUEUED")));
        }
        let sent: Vec<Value> = serde_json::from_slice(body).unwrap();
        answer(&sent.iter().map(|one| item(one["job_id"].as_u64().unwrap())).collect::<Vec<_>>())
    })
    .await
}

#[tokio::test]
async fn at_most_500_jobs_go_in_one_request_in_their_order() {
    let stage = accepting().await;
    let input = (1..=1001).map(|id| id.to_string()).collect::<Vec<_>>().join("\n");
    let call = jobctl(&["cancel", "veeva", "-f", "-", "-o", "json", "--concurrency", "1"]).stdin(input);
    let played = stage.play(call).await;
    assert_eq!(played.ran.code, 0);
    let ids: Vec<Vec<u64>> = played
        .requests
        .iter()
        .map(|request| {
            let items: Vec<Value> = request.body_json().unwrap();
            items.iter().map(|item| item["job_id"].as_u64().unwrap()).collect()
        })
        .collect();
    assert_eq!(ids.concat(), (1..=1001).collect::<Vec<_>>());
    assert!(ids.iter().all(|chunk| chunk.len() <= 500));
    assert_eq!(ids.len(), 3, "full chunks and a rest: {:?}", ids.iter().map(Vec::len).collect::<Vec<_>>());
    assert!(played.ran.rows().iter().all(|row| row["outcome"] == "requested" && row["state"] == "cancelling"));
}

/// How many requests carried how many jobs, after a call with this input.
async fn requests(input: String, file: bool) -> Vec<usize> {
    let datafold = called("datafold");
    let stage = Stage::with(called("veeva"), move |_, path, body| {
        if body.is_empty() {
            return json(200, &datafold.accepted(path.split('/').nth(4).unwrap(), Some("cancelled")));
        }
        let sent: Vec<Value> = serde_json::from_slice(body).unwrap();
        answer(&sent.iter().map(|one| item(one["job_id"].as_u64().unwrap())).collect::<Vec<_>>())
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refs");
    std::fs::write(&path, &input).unwrap();
    let call = jobctl(&["cancel", "-o", "ndjson", "-f"]).at_all(&stage.server.uri());
    let call = if file { call.args(&[path.to_str().unwrap()]) } else { call.args(&["-"]).stdin(input) };
    let ran = call.run().await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let requests = stage.server.received_requests().await.unwrap();
    let chunks = requests.iter().filter(|request| !request.body.is_empty());
    chunks.map(|request| request.body_json::<Vec<Value>>().unwrap().len()).collect()
}

#[tokio::test]
async fn forty_thousand_jobs_are_eighty_requests() {
    for file in [true, false] {
        let input = (1..=40_000).map(|id| format!("veeva:{id}")).collect::<Vec<_>>().join("\n");
        assert_eq!(requests(input, file).await, vec![500; 80], "file: {file}");
    }
}

#[tokio::test]
async fn chunks_fill_up_although_another_provider_is_busy() {
    // One in 25: more than that lane has room for, and through well before anything is
    // held for too long, also on a busy machine.
    let line = |id| if id % 25 == 0 { format!("datafold:{id}\n") } else { format!("veeva:{id}\n") };
    let input: Vec<String> = (1..=600).map(line).collect();
    let mut sizes = requests(input.concat(), true).await;
    // Both may be under way at once.
    sizes.sort_unstable();
    assert_eq!(sizes, [76, 500]);
}

#[tokio::test]
async fn items_are_taken_one_by_one() {
    let vendor = called("veeva");
    let wrong_state = value!({"type": "INVALID_DATA", "message": "Job [2] is not QUEUED"});
    let items = [
        item(1),
        failed(&wrong_state),
        failed(&value!([wrong_state])),
        failed(&value!([{"type": "INSUFFICIENT_ACCESS", "message": "no"}])),
        value!({"responseStatus": "EXCEPTION", "errors": []}),
        failed(&wrong_state),
    ];
    let stage = Stage::with(vendor, move |op, path, _| match (op, path.rsplit('/').next().unwrap()) {
        (Op::Cancel, _) => answer(&items),
        (_, "2") => json(200, &vendor.state("2", Some("RUNNING"))),
        (_, "3") => json(200, &vendor.state("3", Some("CANCELLED"))),
        (_, "5") => json(200, &vendor.state("5", Some("CANCELLING"))),
        (_, "6") => json(200, &vendor.absent().1),
        (_, other) => panic!("{other} need not be read"),
    })
    .await;
    let ids: Vec<String> = (1..=6).map(|id| id.to_string()).collect();
    let played = stage.play(jobctl(&["cancel", "veeva", "-o", "json"]).args(&ids)).await;
    let outcomes: Vec<_> = played.ran.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["requested", "refused", "cancelled", "unauthorized", "requested", "not_found"]);
    assert_eq!((played.count(Op::Cancel), played.count(Op::Read), played.ran.code), (1, 4, 3));
    let rows = played.ran.rows();
    assert!(rows[1]["error"]["provider_message"].as_str().unwrap().contains("INVALID_DATA"));
}

#[tokio::test]
async fn a_wrong_count_or_a_misplaced_id_makes_nothing_believed() {
    let vendor = called("veeva");
    for lie in [
        answer(&[item(1)]),
        answer(&[item(1), item(2), item(3)]),
        answer(&[item(2), item(1)]),
        answer(&[item(1), item(1)]),
        answer(&[item(1), value!({"responseStatus": "SUCCESS"})]),
        json(200, &value!({"responseStatus": "SUCCESS"})),
        json(200, &value!({"data": [item(1), item(2)]})),
        json(200, &value!([item(1), item(2)])),
    ] {
        let stage = Stage::with(vendor, move |op, path, _| match (op, path.rsplit('/').next().unwrap()) {
            (Op::Cancel, _) => lie.clone(),
            (_, id) => json(200, &vendor.state(id, Some("SUCCESS"))),
        })
        .await;
        let played = stage.play(jobctl(&["cancel", "veeva", "1", "2", "-o", "json"])).await;
        let rows = played.ran.rows();
        assert_eq!(rows[1]["outcome"], "finished", "{rows:#?}");
        assert!(rows[0]["outcome"] == "finished" || rows[0]["state"] == "cancelling", "{rows:#?}");
    }
}

#[tokio::test]
async fn an_invalid_session_stops_everything_though_http_says_200() {
    let vendor = called("veeva");
    let expired = value!([{"type": "INVALID_SESSION_ID", "message": "expired"}]);
    for (code, body) in [
        (200, value!({"responseStatus": "FAILURE", "errors": expired})),
        (200, value!({"responseStatus": "FAILURE", "errorType": "INVALID_SESSION_ID"})),
        (200, value!({"responseStatus": "EXCEPTION", "errors": expired})),
        (400, value!({"responseStatus": "FAILURE", "errors": expired})),
        (403, value!({"responseStatus": "FAILURE", "errors": expired})),
        (500, value!({"responseStatus": "EXCEPTION", "errorType": "INVALID_SESSION_ID"})),
    ] {
        let stage = Stage::new(vendor, vec![json(code, &body)], vec![]).await;
        let ids: Vec<String> = (1..=501).map(|id| id.to_string()).collect();
        let played = stage.play(jobctl(&["cancel", "veeva", "-o", "json", "--concurrency", "1"]).args(&ids)).await;
        assert_eq!((played.ran.code, played.requests.len()), (4, 1));
        let rows = played.ran.rows();
        assert!(rows.iter().all(|row| row["outcome"] == "unauthorized"));
        assert_eq!(rows[500]["attempts"], 0);
        assert!(rows[0]["error"]["hint"].as_str().unwrap().contains("VEEVA_API_VERSION"), "both causes are named");
    }
}

#[tokio::test]
async fn a_missing_right_concerns_its_own_call_whatever_the_http_status() {
    let vendor = called("veeva");
    let no = value!({"responseStatus": "FAILURE", "errors": [{"type": "INSUFFICIENT_ACCESS", "message": "no"}]});
    for code in [400, 403, 500] {
        let refusal = json(code, &no);
        let stage = Stage::with(vendor, move |_, _, body| match serde_json::from_slice::<Vec<Value>>(body).unwrap() {
            sent if sent.iter().any(|one| one["job_id"] == 1) => refusal.clone(),
            sent => answer(&sent.iter().map(|one| item(one["job_id"].as_u64().unwrap())).collect::<Vec<_>>()),
        })
        .await;
        let ids: Vec<String> = (1..=501).map(|id| id.to_string()).collect();
        let played = stage.play(jobctl(&["cancel", "veeva", "-o", "json", "--concurrency", "1"]).args(&ids)).await;
        let rows = played.ran.rows();
        assert_eq!((&rows[0]["outcome"], &rows[0]["error"]["code"]), (&"unauthorized".into(), &"forbidden".into()));
        assert_eq!(
            (&rows[500]["outcome"], played.requests.len()),
            (&"requested".into(), 2),
            "{code}: the rest goes on"
        );
    }
}

#[tokio::test]
async fn an_unknown_job_is_not_found_in_every_envelope() {
    let vendor = called("veeva");
    for (code, gone) in [
        (200, value!({"responseStatus": "FAILURE", "errorType": "INVALID_DATA"})),
        (400, value!({"responseStatus": "FAILURE", "errors": [{"type": "INVALID_DATA", "message": "x"}]})),
        (400, value!({"responseStatus": "FAILURE", "errorType": "INVALID_DATA"})),
    ] {
        let (status, no) = vendor.declined();
        let stage = Stage::new(vendor, vec![json(status, &no)], vec![json(code, &gone)]).await;
        let brief = stage.cancel(&[]).await.brief();
        assert!(brief.starts_with("not_found ") && brief.contains("sent 1, read 1, exit 5"), "{code}: {brief}");
        let played = stage.play(jobctl(&["status", "veeva", vendor.id, "-o", "json"])).await;
        assert_eq!((played.ran.code, &played.ran.rows()[0]["outcome"]), (5, &"not_found".into()), "{code}");
    }
}

#[tokio::test]
async fn a_refused_call_is_settled_job_by_job() {
    let vendor = called("veeva");
    for kind in ["METHOD_NOT_SUPPORTED", "API_LIMIT_EXCEEDED", "UNEXPECTED_ERROR"] {
        let no = value!({"responseStatus": "FAILURE", "errors": [{"type": kind, "message": "x"}]});
        let stage =
            Stage::new(vendor, vec![json(200, &no)], vec![json(200, &vendor.state(vendor.id, Some("CANCELLED")))])
                .await;
        let brief = stage.cancel(&[]).await.brief();
        assert!(brief.starts_with("cancelled cancelled/CANCELLED verified"), "{kind}: {brief}");
    }
}

#[tokio::test]
async fn versions_are_compared_as_two_integers() {
    for version in ["v25.2", "v9.0", "24.9", "v3.26", "latest"] {
        let stage = accepting().await;
        let call = jobctl(&["cancel", "veeva", "7", "-o", "json"]).env("VEEVA_API_VERSION", version);
        let played = stage.play(call).await;
        assert_eq!((played.ran.code, played.requests.len()), (2, 0), "{version}: {:?}", played.ran);
    }
    for (version, used) in [("v25.10", "v25.10"), ("26.1", "v26.1")] {
        let stage = accepting().await;
        let call = jobctl(&["cancel", "veeva", "7", "-o", "json"]).env("VEEVA_API_VERSION", version);
        stage.play(call).await.assert_paths(&[format!("/api/{used}/services/jobs/actions/cancel")]);
    }
}

#[tokio::test]
async fn an_access_token_goes_as_bearer() {
    let stage = accepting().await;
    let call = jobctl(&["cancel", "veeva", "7", "-o", "json"]).env("VEEVA_VAULT_DNS", stage.server.uri());
    assert_eq!(call.env("VEEVA_ACCESS_TOKEN", KEY).env("VEEVA_CLIENT_ID", "acme-ops").run().await.code, 0);
    let requests = stage.server.received_requests().await.unwrap();
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(requests[0].headers["x-vaultapi-clientid"], "acme-ops");
}

/// A Vault that signs in to `url` and then accepts everything.
async fn signing_in(reply: Value) -> Stage {
    Stage::with(called("veeva"), move |_, path, body| match path.rsplit('/').next().unwrap() {
        "auth" => json(200, &reply),
        "session" => status(200),
        _ => {
            let sent: Vec<Value> = serde_json::from_slice(body).unwrap();
            answer(&sent.iter().map(|one| item(one["job_id"].as_u64().unwrap())).collect::<Vec<_>>())
        }
    })
    .await
}

async fn with_password(stage: &Stage, args: &[&str]) -> (crate::support::Ran, Vec<String>) {
    let ids: Vec<String> = (1..=501).map(|id| id.to_string()).collect();
    let call = jobctl(&["cancel", "veeva", "-o", "json"]).args(args).args(&ids);
    let call = call.env("VEEVA_VAULT_DNS", stage.server.uri());
    let ran = call.env("VEEVA_USERNAME", "ops@acme.com").env("VEEVA_PASSWORD", "p&ss=w 1").run().await;
    let requests = stage.server.received_requests().await.unwrap();
    let line = |request: &wiremock::Request| {
        let header = |name: &str| request.headers.get(name).map_or("-", |value| value.to_str().unwrap());
        let body = if request.url.path().ends_with("auth") {
            String::from_utf8_lossy(&request.body).into()
        } else {
            String::new()
        };
        format!("{} {} {} {body}", request.method, request.url.path(), header("authorization"))
    };
    (ran, requests.iter().map(line).collect())
}

#[tokio::test]
async fn a_password_opens_one_session_and_closes_it() {
    let vault = value!({"id": 7, "name": "a", "url": "https://127.0.0.1/api"});
    let stage = signing_in(
        value!({"responseStatus": "SUCCESS", "sessionId": "S3SSION-ID", "userId": 1, "vaultId": 7, "vaultIds": [vault]}),
    )
    .await;
    let (ran, lines) = with_password(&stage, &[]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(lines[0], "POST /api/v25.3/auth - username=ops%40acme.com&password=p%26ss%3Dw%201");
    assert_eq!(lines[1], "POST /api/v25.3/services/jobs/actions/cancel S3SSION-ID ");
    assert_eq!(lines.last().unwrap(), "DELETE /api/v25.3/session S3SSION-ID ");
    assert_eq!(lines.len(), 4, "{lines:#?}");
}

#[tokio::test]
async fn a_deadline_during_the_sign_in_leaves_every_job_not_sent() {
    let slow = json(200, &value!({"responseStatus": "SUCCESS"})).set_delay(Duration::from_secs(30));
    let stage = Stage::with(called("veeva"), move |_, _, _| slow.clone()).await;
    let (ran, lines) = with_password(&stage, &["--timeout", "3s"]).await;
    assert_eq!((ran.code, lines.len()), (7, 1), "the password is sent once: {lines:#?}");
    let rows = ran.rows();
    assert!(rows.iter().all(|row| row["outcome"] == "not_sent" && row["attempts"] == 0), "{:#}", rows[0]);
    assert!(rows.iter().all(|row| row["error"]["code"] == "deadline"), "{:#}", rows[500]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_during_the_sign_in_leaves_every_job_not_sent() {
    let slow = json(200, &value!({"responseStatus": "SUCCESS"})).set_delay(Duration::from_secs(30));
    let stage = Stage::with(called("veeva"), move |_, _, _| slow.clone()).await;
    let call = jobctl(&["cancel", "veeva", "1", "2", "-o", "json"]).env("VEEVA_VAULT_DNS", stage.server.uri());
    let child = call.env("VEEVA_USERNAME", "ops@acme.com").env("VEEVA_PASSWORD", "p").start();
    while stage.server.received_requests().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    send(&child, rustix::process::Signal::INT).await;
    let ran = crate::support::finish(child).await;
    assert_eq!(ran.code, 130, "{ran:?}");
    let rows = ran.rows();
    assert!(rows.iter().all(|row| row["outcome"] == "not_sent" && row["error"]["code"] == "interrupted"), "{rows:#?}");
    assert_eq!(stage.server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_or_another_vault_is_asked_for_once_and_nothing_is_sent() {
    let elsewhere = value!({"id": 7, "name": "b", "url": "https://other.veevavault.com/api"});
    for (reply, calls) in [
        (
            value!({"responseStatus": "FAILURE", "errors": [{"type": "USERNAME_OR_PASSWORD_INCORRECT", "message": "no"}]}),
            1,
        ),
        // The session that was got at the wrong Vault is ended, and never used.
        (value!({"responseStatus": "SUCCESS", "sessionId": "S3", "vaultId": 7, "vaultIds": [elsewhere]}), 2),
        (value!({"responseStatus": "SUCCESS", "sessionId": "S3"}), 2),
    ] {
        let stage = signing_in(reply).await;
        let (ran, lines) = with_password(&stage, &[]).await;
        assert_eq!((ran.code, lines.len()), (4, calls), "{lines:#?}");
        assert!(lines[1..].iter().all(|line| line == "DELETE /api/v25.3/session S3 "), "{lines:#?}");
        assert!(ran.rows().iter().all(|row| row["outcome"] == "unauthorized" && row["attempts"] == 0));
    }
}
