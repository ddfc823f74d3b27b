//! `list`: pages, filters, and lists that break off, repeat themselves or lie.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use crate::support::{ALL, Jobctl, KEY, Ran, Vendor, called, jobctl, validate};

/// A server that answers the `n`th page (from 0) of any list as `page` says.
pub(crate) async fn lists(
    vendor: &'static Vendor,
    page: impl Fn(usize, &Request) -> ResponseTemplate + Send + Sync + 'static,
) -> MockServer {
    let server = MockServer::builder().start().await;
    Mock::given(matchers::any())
        .respond_with(move |request: &Request| page(page_of(vendor, request), request))
        .mount(&server)
        .await;
    server
}

pub(crate) fn query(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn page_of(vendor: &Vendor, request: &Request) -> usize {
    let number = |name: &str| query(request, name).and_then(|text| text.parse::<usize>().ok());
    match vendor.name {
        "datafold" => number("page").unwrap_or(1) - 1,
        "prequel" => query(request, "cursor").map_or(0, |cursor| cursor.trim_start_matches("c+/").parse().unwrap()),
        "unstructured" => usize::from(query(request, "status").as_deref() == Some("IN_PROGRESS")),
        _ => number("offset").unwrap_or(0) / 200,
    }
}

/// The rows of one page; `more` links to the next.
pub(crate) fn sheet(vendor: &Vendor, page: usize, rows: &[(String, &str)], more: bool) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body(vendor, page, rows, more))
}

fn body(vendor: &Vendor, page: usize, rows: &[(String, &str)], more: bool) -> Value {
    let rows: Vec<Value> = rows.iter().map(|(id, word)| row(vendor, id, word)).collect();
    let next = page + 1;
    match vendor.name {
        "datafold" => {
            json!({"count": 999, "page": next, "page_size": 100, "total_pages": next + usize::from(more), "results": rows})
        }
        "prequel" => {
            let url =
                format!("http://elsewhere.invalid/destinations/dest/data-integrity?page_size=1&cursor=c%2B%2F{next}");
            json!({"status": "success", "message": "", "data": {"jobs": rows}, "has_next": more, "next_url": more.then_some(url)})
        }
        "unstructured" => rows.into(),
        _ => {
            let link =
                format!("https://elsewhere.invalid/api/v26.2/services/jobs/monitors?limit=200&offset={}", next * 200);
            let details = json!({"total": 999, "limit": 200, "offset": page * 200, "next_page": more.then_some(link)});
            json!({"responseStatus": "SUCCESS", "responseDetails": details, "jobs": rows})
        }
    }
}

fn row(vendor: &Vendor, id: &str, word: &str) -> Value {
    let created = "2026-01-01T00:00:00";
    match vendor.name {
        "datafold" => json!({"id": id.parse::<u64>().unwrap(), "status": word, "created_at": created, "user_id": 7}),
        "prequel" => {
            let (destination, job) = id.split_once('/').unwrap();
            json!({"id": job, "destination_id": destination, "status": word, "submitted_at": format!("{created}Z"),
                "started_at": "0001-01-01T00:00:00Z", "ended_at": null})
        }
        "unstructured" => {
            json!({"id": id, "workflow_name": format!("flow {word}"), "status": word, "created_at": created})
        }
        _ => {
            json!({"job_id": id.parse::<u64>().unwrap(), "title": format!("job {word}"), "status": word, "created_by": 7,
                "created_date": format!("{created}.000Z")})
        }
    }
}

/// `list` of a vendor at a server.
pub(crate) fn list(vendor: &Vendor, server: &MockServer, args: &[&str]) -> Jobctl {
    let call = jobctl(&["list", vendor.name]).args(args).at(vendor, &server.uri());
    if vendor.name == "prequel" { call.args(&["--destination", "dest"]) } else { call }
}

/// The lines of `-o ndjson`, each valid by its schema.
#[track_caller]
pub(crate) fn lines(ran: &Ran, schema: &str) -> Vec<Value> {
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        validate(schema, line);
    }
    assert_eq!(lines.last().unwrap()["exit_code"], ran.code, "{ran:#?}");
    lines
}

#[track_caller]
fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// How many pages of a list there are, at a vendor that has pages.
fn pages(vendor: &Vendor) -> usize {
    if vendor.name == "unstructured" { 2 } else { 3 }
}

fn some(vendor: &Vendor, page: usize) -> Vec<(String, &'static str)> {
    let words = if page == 0 { ["queued", "success", "scheduled"] } else { ["running", "cancelled", "processing"] };
    words.iter().enumerate().map(|(n, word)| (vendor.nth(10 * page + n), *word)).collect()
}

#[tokio::test]
async fn every_page_is_asked_for_as_documented_and_live_jobs_come_in_order() {
    for vendor in ALL {
        let last = pages(vendor) - 1;
        let server = lists(vendor, move |page, _| sheet(vendor, page, &some(vendor, page), page < last)).await;
        let ran = list(vendor, &server, &["-o", "json"]).run().await;
        let document = ran.document();
        assert_eq!((ran.code, &document["complete"], &document["schema"]), (0, &true.into(), &"jobctl.list/1".into()));
        let expected: Vec<String> =
            (0..=last).flat_map(|page| [10 * page, 10 * page + 2]).map(|n| vendor.nth(n)).collect();
        assert_eq!(ids(&ran.rows()), expected, "{}", vendor.name);
        for row in ran.rows() {
            assert_eq!(
                (&row["type"], &row["created_at"], &row["outcome"]),
                (&"job".into(), &"2026-01-01T00:00:00Z".into(), &Value::Null)
            );
            assert_eq!(row["name"].is_string(), matches!(vendor.name, "unstructured" | "veeva"), "{row:#}");
            assert_eq!(row["owner"].is_string(), matches!(vendor.name, "datafold" | "veeva"), "{row:#}");
        }
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), last + 1, "{}", vendor.name);
        for (page, request) in requests.iter().enumerate() {
            let expected = match vendor.name {
                "datafold" => format!("/api/v1/datadiffs?page={}&page_size=100&sort_order=desc", page + 1),
                "prequel" if page == 0 => "/destinations/dest/data-integrity?page_size=100&order=desc".to_owned(),
                "prequel" => format!("/destinations/dest/data-integrity?page_size=100&order=desc&cursor=c%2B%2F{page}"),
                "unstructured" => format!("/api/v1/jobs/?status={}", ["SCHEDULED", "IN_PROGRESS"][page]),
                _ => format!("/api/v25.3/services/jobs/monitors?limit=200&offset={}", page * 200),
            };
            assert_eq!(format!("{}?{}", request.url.path(), request.url.query().unwrap()), expected);
            let sent = request.headers.get(vendor.auth_header).unwrap().to_str().unwrap();
            assert_eq!(sent, format!("{}{KEY}", vendor.auth_prefix), "the links led elsewhere, the key did not");
        }
    }
}

#[tokio::test]
async fn ended_jobs_come_where_they_are_asked_for() {
    for vendor in ALL {
        let server = lists(vendor, move |page, request| {
            let history = request.url.path().ends_with("histories") || page > 0;
            let word = if history { "cancelled" } else { "running" };
            sheet(vendor, page, &[(vendor.nth(usize::from(history)), word)], false)
        })
        .await;
        for (state, count) in [("all", 1), ("cancelled", usize::from(vendor.is_veeva())), ("queued", 0)] {
            let rows = list(vendor, &server, &["--state", state, "-o", "json"]).run().await.rows();
            let count = if vendor.is_veeva() && state == "all" { 2 } else { count };
            assert_eq!(rows.len(), count, "{} {state}: {rows:#?}", vendor.name);
        }
    }
    let vendor = called("unstructured");
    let server = lists(vendor, move |_, _| sheet(vendor, 0, &[], false)).await;
    for (state, asked) in [("all", ""), ("cancelled", "status=STOPPED"), ("failed", "status=FAILED"), ("blocked", "")] {
        list(vendor, &server, &["--state", state]).run().await;
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.last().unwrap().url.query().unwrap_or_default(), asked, "{state}");
    }
}

#[tokio::test]
async fn a_limit_stops_asking_for_pages() {
    for vendor in ALL {
        let server = lists(vendor, move |page, _| sheet(vendor, page, &some(vendor, page), true)).await;
        for (limit, rows, asked) in [("2", 2, 1), ("3", 3, 3), ("0", 0, 3)] {
            let ran = list(vendor, &server, &["--limit", limit, "-o", "json"]).run().await;
            let count = server.received_requests().await.unwrap().len();
            assert_eq!((ran.code, ran.rows().len(), count), (0, rows, asked), "{} --limit {limit}", vendor.name);
        }
    }
}

#[tokio::test]
async fn a_page_that_fails_after_rows_were_printed_makes_the_list_incomplete() {
    for vendor in ALL {
        for (status, exit, code) in [(500, 7, "server_error"), (401, 4, "credentials_rejected"), (302, 7, "redirected")]
        {
            let server = lists(vendor, move |page, _| match page {
                0 => sheet(vendor, 0, &some(vendor, 0), true),
                _ => ResponseTemplate::new(status).insert_header("location", "/elsewhere"),
            })
            .await;
            let ran = list(vendor, &server, &["-o", "ndjson", "--retries", "0"]).run().await;
            let lines = lines(&ran, "list.line");
            assert_eq!((ran.code, lines.len()), (exit, 4), "{} {status}: {ran:#?}", vendor.name);
            let summary = lines.last().unwrap();
            assert_eq!((&summary["complete"], &summary["error"]["code"]), (&false.into(), &code.into()));
            assert_eq!(summary["summary"]["total"], 2);
            let human = list(vendor, &server, &["--retries", "0"]).run().await;
            assert!(human.stdout.contains("not complete") && human.code == exit, "{human:#?}");
        }
    }
}

#[tokio::test]
async fn a_list_that_fails_at_once_has_its_cause() {
    for vendor in ALL {
        for (status, exit) in [(401, 4), (403, 4), (503, 7)] {
            let server = lists(vendor, move |_, _| ResponseTemplate::new(status)).await;
            let ran = list(vendor, &server, &["-o", "json", "--retries", "0"]).run().await;
            let document = ran.document();
            assert_eq!((ran.code, &document["complete"]), (exit, &false.into()), "{} {status}", vendor.name);
        }
        let server = lists(vendor, |_, _| ResponseTemplate::new(404)).await;
        let ran = list(vendor, &server, &["-o", "json"]).run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (7, "bad_answer"), "{}", vendor.name);
        assert!(ran.stderr.contains("no such path") && ran.stderr.contains(vendor.host_variable), "{ran:#?}");
        let server = lists(vendor, |_, _| ResponseTemplate::new(200).set_body_raw("<html>sign in", "text/html")).await;
        let ran = list(vendor, &server, &["-o", "json", "--retries", "0"]).run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (7, "bad_answer"), "{}", vendor.name);
    }
    let server = lists(called("veeva"), |_, _| {
        ResponseTemplate::new(200).set_body_json(
            json!({"responseStatus": "FAILURE", "errors": [{"type": "INVALID_SESSION_ID", "message": "x"}]}),
        )
    })
    .await;
    let ran = list(called("veeva"), &server, &["-o", "json"]).run().await;
    assert_eq!((ran.code, ran.error_code().as_str()), (4, "credentials_rejected"));
}

#[tokio::test]
async fn lists_that_repeat_or_go_round_stop_with_a_clear_error() {
    for vendor in ALL.iter().filter(|vendor| vendor.name != "unstructured") {
        let repeat = lists(vendor, move |page, _| sheet(vendor, page, &some(vendor, 0), true)).await;
        let ran = list(vendor, &repeat, &["-o", "json"]).run().await;
        assert_eq!((ran.code, ran.rows().len()), (7, 2), "{}", vendor.name);
        let message = ran.document()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("repeats"), "{message}");
    }
    for vendor in [called("prequel"), called("veeva")] {
        let round = lists(vendor, move |page, _| sheet(vendor, page % 2, &some(vendor, page), true)).await;
        let ran = list(vendor, &round, &["-o", "json"]).run().await;
        let message = ran.document()["error"]["message"].as_str().unwrap().to_owned();
        assert!(ran.code == 7 && message.contains("comes round again"), "{message}");
    }
    let same = called("datafold");
    let stuck = lists(same, move |_, _| sheet(same, 0, &some(same, 0), true)).await;
    let ran = list(same, &stuck, &["-o", "json", "--retries", "0"]).run().await;
    assert_eq!((ran.code, ran.error_code().as_str(), ran.rows().len()), (7, "bad_answer", 2));
}

#[tokio::test]
async fn what_the_server_was_asked_to_filter_is_filtered_again_here() {
    let vendor = called("unstructured");
    let everything =
        lists(vendor, move |_, _| sheet(vendor, 0, &[some(vendor, 0), some(vendor, 1)].concat(), false)).await;
    for (args, expected) in [
        (vec!["--state", "running"], vec![10, 12]),
        (vec!["--state", "succeeded", "--state", "cancelled"], vec![1, 11]),
        (vec!["--name", "flow q*"], vec![0]),
        (vec!["--name", "flow", "--state", "all"], vec![]),
        (vec!["--name", "*[ck]?nc*ed", "--state", "all"], vec![11]),
    ] {
        let rows = list(vendor, &everything, &args).args(&["-o", "json"]).run().await.rows();
        assert_eq!(ids(&rows), expected.iter().map(|n| vendor.nth(*n)).collect::<Vec<_>>(), "{args:?}");
    }
}

#[tokio::test]
async fn ages_are_counted_in_utc_and_no_time_matches_none() {
    let now = jiff::Timestamp::now();
    let ago = |hours: i64| now - jiff::SignedDuration::from_hours(hours);
    let naive = |hours| ago(hours).to_string().trim_end_matches('Z').to_owned();
    // An hour ago, told in a zone five hours ahead.
    let zoned = format!("{}+05:00", (ago(1) + jiff::SignedDuration::from_hours(5)).to_string().trim_end_matches('Z'));
    let times = [
        Some(naive(3)),
        Some(ago(3).to_string()),
        Some(zoned),
        None,
        Some("0001-01-01T00:00:00Z".into()),
        Some("soon".into()),
        Some(ago(-99).to_string()),
    ];
    let rows: Vec<Value> = times
        .iter()
        .enumerate()
        .map(|(n, time)| json!({"id": n + 1, "status": "processing", "created_at": time}))
        .collect();
    let vendor = called("datafold");
    let server = lists(vendor, move |_, _| {
        ResponseTemplate::new(200).set_body_json(json!({"page": 1, "total_pages": 1, "results": rows}))
    })
    .await;
    for (args, expected) in [
        (vec!["--older-than", "2h"], vec!["1", "2"]),
        (vec!["--newer-than", "2h"], vec!["3"]),
        (vec!["--older-than", "30m", "--newer-than", "1d"], vec!["1", "2", "3"]),
        (vec!["--older-than", "2d"], vec![]),
        (vec![], vec!["1", "2", "3", "4", "5", "6", "7"]),
    ] {
        let rows = list(vendor, &server, &args).args(&["-o", "json"]).run().await.rows();
        assert_eq!(ids(&rows), expected, "{args:?}");
    }
    let veeva = called("veeva");
    let server = lists(veeva, move |_, _| sheet(veeva, 0, &[], false)).await;
    let ran = list(veeva, &server, &["--older-than", "2h", "-o", "json"]).run().await;
    assert!(
        ran.document()["warnings"][0].as_str().unwrap().contains("time zone"),
        "the filter says what it cannot know"
    );
    assert!(list(veeva, &server, &["-o", "json"]).run().await.document()["warnings"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_said_before_any_call() {
    for (vendor, args, hint) in [
        ("datafold", vec!["--name", "x*"], "unstructured and veeva"),
        ("prequel", vec!["--name", "x*"], "unstructured and veeva"),
        ("veeva", vec!["--name", "a[b"], "nightly-*"),
        ("veeva", vec!["--older-than", "2 fortnights"], "2h"),
        ("veeva", vec!["--newer-than", "-1h"], "2h"),
        ("veeva", vec!["--state", "RUNNING"], "running"),
        ("veeva", vec!["--limit", "some"], "--limit"),
        ("datafold", vec!["--destination", "d"], "datafold"),
    ] {
        let vendor = called(vendor);
        let server = lists(vendor, |_, _| ResponseTemplate::new(200)).await;
        let call = jobctl(&["list", vendor.name]).args(&args).at(vendor, &server.uri());
        let ran = call.env("PREQUEL_DESTINATION", "dest").run().await;
        assert_eq!(ran.code, 2, "{args:?}: {ran:#?}");
        assert!(ran.stderr.contains(hint), "{args:?}: {}", ran.stderr);
        assert!(server.received_requests().await.unwrap().is_empty(), "{args:?}");
    }
    let ran = jobctl(&["list", "prequel", "-o", "json"]).at(called("prequel"), "http://127.0.0.1:9").run().await;
    assert_eq!((ran.code, ran.error_code().as_str()), (2, "usage"));
    assert!(ran.stderr.contains("--destination"), "{}", ran.stderr);
    assert_eq!(jobctl(&["list", "datafol"]).run().await.code, 2);
}

#[tokio::test]
async fn rows_come_as_pages_arrive_and_a_reader_may_leave() {
    let vendor = called("prequel");
    let server = lists(vendor, move |page, _| {
        let answer = sheet(vendor, page, &some(vendor, page), page < 2);
        if page == 0 { answer } else { answer.set_delay(Duration::from_secs(60)) }
    })
    .await;
    let mut child = list(vendor, &server, &["-o", "name"]).start();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = vec![0; "prequel:dest/job-0\nprequel:dest/job-2\n".len()];
    tokio::time::timeout(Duration::from_secs(25), stdout.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(first).unwrap(), "prequel:dest/job-0\nprequel:dest/job-2\n");
    child.kill().await.unwrap();

    let endless = lists(vendor, move |page, _| sheet(vendor, page, &some(vendor, page), true)).await;
    let mut child = list(vendor, &endless, &["-o", "name"]).start();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).await.unwrap();
    drop(stdout);
    let output = tokio::time::timeout(Duration::from_secs(25), child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[tokio::test]
async fn every_format_has_its_rows() {
    let vendor = called("veeva");
    let server = lists(vendor, move |_, _| sheet(vendor, 0, &some(vendor, 0), false)).await;
    let run = async |format: &str| list(vendor, &server, &["-o", format]).run().await;
    assert_eq!(run("name").await.stdout, "veeva:1\nveeva:3\n");
    let csv = run("csv").await.stdout;
    assert!(csv.starts_with("ref,provider,id,ok,outcome,state,") && csv.lines().count() == 3, "{csv}");
    let ran = run("ndjson").await;
    let kinds: Vec<Value> = lines(&ran, "list.line").iter().map(|line| line["type"].clone()).collect();
    assert_eq!(kinds, ["start", "job", "job", "summary"]);
    let human = run("human").await.stdout;
    assert!(human.contains("veeva:1 ") && human.contains("2 jobs: 2 queued"), "{human}");
}
