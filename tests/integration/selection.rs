//! `cancel` by what jobs are like: scope, question, guards, and pipes.

use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::listing::{list, lists, query, sheet};
use crate::support::{ALL, Jobctl, Ran, called, jobctl};
use crate::waiting::{inside, sandbox};

fn cancel(args: &[&str]) -> Jobctl {
    jobctl(&["cancel"]).args(args)
}

#[track_caller]
fn sorted_outcomes(ran: &Ran) -> Vec<(String, String)> {
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    outcomes
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, outcome)| ((*id).to_owned(), (*outcome).to_owned())).collect()
}

#[tokio::test]
async fn a_selection_cancels_what_matches_and_nothing_else() {
    let sandbox = sandbox(0, "").await;
    let ran =
        inside(cancel(&["datafold", "--state", "blocked", "--older-than", "5h30m", "--yes", "-o", "json"]), &sandbox)
            .run()
            .await;
    assert_eq!((ran.code, ran.outcomes()), (0, pairs(&[("datafold:106", "cancelled")])), "{ran:#?}");
    assert_eq!(ran.rows()[0]["state_before"], "blocked");
    let ran = inside(cancel(&["unstructured", "--name", "support-*", "--yes", "-o", "json"]), &sandbox).run().await;
    assert_eq!((ran.code, ran.rows().len()), (0, 2), "{ran:#?}");
    let ran =
        inside(cancel(&["prequel", "--destination", "warehouse-us", "--all", "--expect", "3", "-o", "json"]), &sandbox)
            .run()
            .await;
    assert_eq!((ran.code, ran.rows().len()), (0, 3), "{ran:#?}");
    let ran = inside(
        cancel(&["veeva", "--state", "queued", "--name", "* *", "--newer-than", "7m", "--yes", "-o", "json"]),
        &sandbox,
    )
    .run()
    .await;
    assert_eq!((ran.code, ran.outcomes()), (0, pairs(&[("veeva:1046894", "requested")])), "{ran:#?}");
    let touched = sandbox.record().iter().filter(|job| job.received > 0).count();
    assert_eq!(touched, 7);
}

#[tokio::test]
async fn an_ignored_server_filter_widens_nothing() {
    let row = jobctl::sandbox::choices().iter().find(|row| row.name == "unstructured-filter").unwrap();
    for value in row.values {
        let sandbox = sandbox(0, &format!("unstructured-filter={value}")).await;
        let call = cancel(&["unstructured", "--state", "queued", "--yes", "--max", "9", "-o", "json"]);
        let ran = inside(call, &sandbox).run().await;
        assert_eq!(ran.rows().len(), 1, "{value}: {ran:#?}");
        assert_eq!(sandbox.record().iter().filter(|job| job.received > 0).count(), 1, "{value}");
    }
}

#[tokio::test]
async fn where_nobody_can_be_asked_nothing_is_called_and_the_flag_is_named() {
    let sandbox = sandbox(0, "").await;
    for args in
        [vec![], vec!["--no-input"], vec!["-o", "json"], vec!["-o", "ndjson"], vec!["-o", "name"], vec!["--max", "500"]]
    {
        let ran = inside(cancel(&["datafold", "--all"]).args(&args), &sandbox).run().await;
        assert_eq!(ran.code, 9, "{args:?}: {ran:#?}");
        assert!(ran.stderr.contains("--yes") && ran.stderr.contains("--expect"), "{}", ran.stderr);
    }
    assert_eq!(sandbox.totals().requests, 0);
    let ran = inside(cancel(&["datafold", "--all", "-o", "json"]), &sandbox).run().await;
    assert_eq!((ran.error_code().as_str(), ran.rows().len()), ("not_confirmed", 0));
}

#[tokio::test]
async fn counts_are_guarded_before_the_first_cancel() {
    let sandbox = sandbox(0, "").await;
    let received = || sandbox.record().iter().filter(|job| job.received > 0).count();
    for (args, said) in [
        (vec!["datafold", "--all", "--yes"], "more than 100"),
        (vec!["datafold", "--state", "blocked", "--expect", "1"], "--expect 1"),
        (vec!["datafold", "--state", "blocked", "--expect", "3"], "2 jobs are meant"),
        (vec!["datafold", "--state", "blocked", "--yes", "--max", "1"], "more than one job is meant"),
        (vec!["datafold", "105", "106", "--max", "1"], "more than one job is meant"),
        (vec!["datafold", "105", "106", "--expect", "3"], "2 jobs are meant"),
        (vec!["datafold", "105", "106", "--state", "blocked", "--expect", "2"], "1 job is meant"),
        (vec!["-f", "-", "--max", "2"], "more than 2"),
        (vec!["-f", "-", "--expect", "4"], "3 jobs are meant"),
    ] {
        let call = cancel(&args).stdin("datafold:105\ndatafold:106\ndatafold:105\n\ndatafold:107\n");
        let ran = inside(call, &sandbox).run().await;
        assert_eq!(ran.code, 9, "{args:?}: {ran:#?}");
        assert!(ran.stderr.contains(said) && ran.stderr.contains("nothing was sent"), "{args:?}: {}", ran.stderr);
        assert_eq!(received(), 0, "{args:?}");
    }
    let call = cancel(&["-f", "-", "--max", "3", "--expect", "3", "-o", "json"]);
    let ran = inside(call.stdin("datafold:105\ndatafold:106\ndatafold:105\ndatafold:107\n"), &sandbox).run().await;
    assert_eq!((ran.code, ran.document()["summary"]["duplicates"].as_u64()), (0, Some(1)), "{ran:#?}");
    let ran = inside(cancel(&["datafold", "--newer-than", "2h", "--yes", "--max", "1000", "-o", "json"]), &sandbox)
        .run()
        .await;
    assert_eq!((ran.code, ran.rows().len()), (0, 303), "{}", ran.stderr);
}

#[tokio::test]
async fn what_a_guard_holds_back_comes_out_job_by_job() {
    let sandbox = sandbox(0, "").await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("refs"), "datafold:105\nno job\ndatafold:106\ndatafold:105\ndatafold:107\n").unwrap();
    let plan = inside(cancel(&["datafold", "105", "106", "-n", "--plan-out", &path("plan")]), &sandbox).run().await;
    assert_eq!(plan.code, 0, "{plan:#?}");
    let held = [("datafold:105", "not_sent"), ("datafold:106", "not_sent")];
    let listed = [("datafold:107", "not_sent"), ("datafold:106", "not_sent")];
    let whole = [held[0], ("no job", "invalid"), held[1], ("datafold:107", "not_sent")];
    for (args, rows) in [
        (vec!["datafold", "105", "106", "105", "--max", "1"], &held[..]),
        (vec!["datafold", "105", "106", "--expect", "1"], &held),
        (vec!["datafold", "105", "106", "--max", "1", "-n"], &held),
        (vec!["datafold", "105", "106", "--read-only"], &held),
        (vec!["datafold", "105", "106", "--confirm", "prod"], &held),
        (vec!["--plan", &path("plan"), "--max", "1"], &held),
        (vec!["--plan", &path("plan"), "--read-only"], &held),
        (vec!["datafold", "--state", "blocked", "--yes", "--max", "1"], &listed),
        (vec!["datafold", "--state", "blocked", "--expect", "3"], &listed),
        (vec!["-f", &path("refs"), "--max", "1"], &whole),
        (vec!["-f", &path("refs"), "--expect", "9"], &whole),
    ] {
        let call = cancel(&args).args(&["-o", "json"]).env("XDG_STATE_HOME", path(""));
        let ran = inside(call, &sandbox).run().await;
        assert_eq!((ran.code, ran.outcomes()), (9, pairs(rows)), "{args:?}: {ran:#?}");
        assert_eq!(ran.error_code(), "not_confirmed", "{args:?}");
        assert!(ran.rows().iter().all(|row| row["attempts"] == 0 && row["ok"] == false), "{args:?}");
        assert_eq!(ran.document()["targets"].as_array().unwrap().len(), usize::from(args[0] != "-f"), "{args:?}");
    }
    assert_eq!(sandbox.totals().cancels, 0);
    assert!(!folder.path().join("jobctl").exists(), "what was not begun is not on record");
}

#[tokio::test]
async fn a_dry_run_plans_nothing_for_jobs_that_have_ended() {
    let sandbox = sandbox(0, "").await;
    let call = cancel(&["datafold", "--state", "succeeded", "--state", "cancelled", "-n", "-o", "json"]);
    let ran = inside(call, &sandbox).run().await;
    let expected = pairs(&[("datafold:101", "finished"), ("datafold:103", "cancelled")]);
    assert_eq!((ran.code, sorted_outcomes(&ran)), (0, expected), "{ran:#?}");
    let ran = inside(cancel(&["datafold", "101", "123", "--state", "succeeded", "-n", "-o", "json"]), &sandbox).run();
    let ran = ran.await;
    let expected = pairs(&[("datafold:101", "finished"), ("datafold:123", "skipped")]);
    assert_eq!(sorted_outcomes(&ran), expected, "{ran:#?}");
}

#[tokio::test]
async fn a_plans_word_for_a_job_is_not_the_vendors() {
    let sandbox = sandbox(0, "").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan").display().to_string();
    let made = inside(cancel(&["datafold", "105", "-n", "--plan-out", &path]), &sandbox).run().await;
    assert_eq!(made.code, 0, "{made:#?}");
    let plan = std::fs::read_to_string(&path).unwrap();
    assert!(plan.contains("\"state\":null"), "{plan}");
    std::fs::write(&path, plan.replace("\"state\":null", "\"state\":\"cancelled\"")).unwrap();
    let ran = inside(cancel(&["--plan", &path, "-n", "-o", "json"]), &sandbox).run().await;
    assert_eq!((ran.code, ran.outcomes()), (0, pairs(&[("datafold:105", "planned")])), "{ran:#?}");
}

#[tokio::test]
async fn a_listing_that_is_not_complete_sends_nothing() {
    for vendor in ALL {
        let server = lists(vendor, move |page, _| match page {
            0 => sheet(vendor, 0, &[(vendor.nth(0), "running")], true),
            _ => ResponseTemplate::new(500),
        })
        .await;
        let call = list(vendor, &server, &[]).args(&["--all", "--yes", "--retries", "0", "-o", "json"]).verb("cancel");
        let ran = call.run().await;
        assert_eq!((ran.code, ran.error_code().as_str(), ran.rows().len()), (7, "server_error", 0), "{}", vendor.name);
        assert!(ran.document()["error"]["message"].as_str().unwrap().contains("nothing was sent"));
        let requests = server.received_requests().await.unwrap();
        assert!(requests.iter().all(|request| request.method.as_str() == "GET"), "{}", vendor.name);
    }
}

#[tokio::test]
async fn ids_with_filters_are_the_intersection_and_never_ask() {
    let sandbox = sandbox(0, "").await;
    let args = ["datafold", "123", "101", "106", "999", "--state", "running", "--state", "blocked", "-o", "json"];
    let dry = inside(cancel(&args).args(&["-n"]), &sandbox).run().await;
    let expected = [
        ("datafold:101", "skipped"),
        ("datafold:106", "planned"),
        ("datafold:123", "planned"),
        ("datafold:999", "not_found"),
    ];
    assert_eq!((dry.code, sorted_outcomes(&dry)), (3, pairs(&expected)), "a dry run looks where it has to");
    assert_eq!(sandbox.totals().cancels, 0);
    let ran = inside(cancel(&args), &sandbox).run().await;
    let expected = [
        ("datafold:101", "skipped"),
        ("datafold:106", "cancelled"),
        ("datafold:123", "cancelled"),
        ("datafold:999", "not_found"),
    ];
    assert_eq!((ran.code, sorted_outcomes(&ran)), (3, pairs(&expected)), "{ran:#?}");
    let all = inside(cancel(&["datafold", "101", "102", "--state", "queued", "-o", "json"]), &sandbox).run().await;
    assert_eq!(
        (all.code, sorted_outcomes(&all)),
        (0, pairs(&[("datafold:101", "skipped"), ("datafold:102", "skipped")]))
    );
    assert_eq!(sandbox.totals().cancels, 2);
}

#[tokio::test]
async fn a_name_that_only_the_list_tells_is_looked_up_there() {
    let sandbox = sandbox(0, "").await;
    let args = ["veeva", "1046892", "1046893", "1040217", "--name", "Nightly*", "--state", "queued", "-o", "json"];
    let ran = inside(cancel(&args), &sandbox).run().await;
    let expected = [("veeva:1040217", "skipped"), ("veeva:1046892", "requested"), ("veeva:1046893", "skipped")];
    assert_eq!((ran.code, sorted_outcomes(&ran)), (0, pairs(&expected)), "{ran:#?}");
    for (expect, code) in [("0", 9), ("1", 0), ("2", 9)] {
        let sandbox = self::sandbox(0, "").await;
        let ran = inside(cancel(&args).args(&["--expect", expect]), &sandbox).run().await;
        assert_eq!(ran.code, code, "{ran:#?}");
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_looked_up_is_no_other_name() {
    let args = ["cancel", "veeva", "1046892", "--name", "Nightly*", "--retries", "0", "-o", "json", "--sandbox"];
    for (faults, code, outcome) in [
        ("list:500=1", 7, "unavailable"),
        ("list:html=1", 7, "unavailable"),
        ("list:403=1", 4, "unauthorized"),
        ("list:expired=1", 4, "unauthorized"),
        ("list:stall=1", 7, "not_sent"),
    ] {
        let call = jobctl(&args).args(&["--timeout", "3s"]).env("JOBCTL_SANDBOX_FAULTS", faults);
        let ran = call.run().await;
        assert_eq!((ran.code, ran.rows()[0]["outcome"].as_str()), (code, Some(outcome)), "{faults}: {ran:#?}");
        assert_eq!(ran.rows()[0]["attempts"], 0);
    }
}

#[tokio::test]
async fn contradictions_are_said_before_any_call() {
    let sandbox = sandbox(0, "").await;
    for args in [
        vec!["datafold", "123", "--all"],
        vec!["-f", "-", "--all"],
        vec!["datafold", "--all", "--state", "queued"],
        vec!["datafold"],
        vec!["--all"],
        vec!["--state", "queued"],
        vec!["datafold", "--name", "x", "--yes"],
        vec!["datafold", "123", "--name", "x"],
        vec!["prequel", "--all", "--yes"],
        vec!["veeva", "--older-than", "yesterday", "--yes"],
    ] {
        let ran = inside(cancel(&args).stdin("datafold:123\n"), &sandbox).run().await;
        assert_eq!(ran.code, 2, "{args:?}: {ran:#?}");
    }
    assert_eq!(sandbox.totals().requests, 0);
}

#[tokio::test]
async fn nothing_that_matches_is_well_unless_it_must_not_be() {
    let sandbox = sandbox(0, "").await;
    for (args, code) in [
        (vec!["--yes"], 0),
        (vec!["--yes", "--error-on-empty"], 10),
        (vec!["--expect", "0"], 0),
        (vec!["--expect", "1"], 9),
    ] {
        let call = cancel(&["veeva", "--state", "blocked", "-o", "json"]).args(&args);
        let ran = inside(call, &sandbox).run().await;
        assert_eq!((ran.code, ran.rows().len()), (code, 0), "{args:?}: {ran:#?}");
    }
    for (args, code) in [(vec![], 0), (vec!["--error-on-empty"], 10)] {
        let ran = inside(cancel(&["-f", "-"]).args(&args).stdin("# nothing\n"), &sandbox).run().await;
        assert_eq!(ran.code, code, "{ran:#?}");
    }
}

#[tokio::test]
async fn a_dry_run_of_a_selection_lists_and_sends_nothing() {
    let sandbox = sandbox(0, "").await;
    let ran =
        inside(cancel(&["datafold", "--state", "running", "-n", "-o", "json"]).args(&["--max", "1000"]), &sandbox)
            .run()
            .await;
    assert_eq!((ran.code, ran.document()["dry_run"].as_bool()), (0, Some(true)), "{ran:#?}");
    assert!(ran.rows().iter().all(|row| row["outcome"] == "planned" && row["state_before"] == "running"));
    let totals = sandbox.totals();
    assert!(totals.cancels == 0 && totals.reads == 0 && totals.lists > 0, "{totals:?}");
}

#[tokio::test]
async fn with_yes_there_is_one_list_and_the_cancels() {
    for vendor in ALL.iter().filter(|vendor| !vendor.is_veeva() && vendor.name != "unstructured") {
        let server = lists(vendor, move |_, request| {
            if request.method.as_str() == "POST" {
                return ResponseTemplate::new(200).set_body_json(vendor.state(&vendor.nth(0), Some("cancelled")));
            }
            assert!(query(request, "page_size").is_some(), "only lists are read: {}", request.url);
            sheet(vendor, 0, &[(vendor.nth(0), "running"), (vendor.nth(1), "failed")], false)
        })
        .await;
        let ran = list(vendor, &server, &[]).args(&["--all", "--yes", "-o", "json"]).verb("cancel").run().await;
        assert_eq!((ran.code, ran.rows().len()), (0, 1), "{ran:#?}");
        assert_eq!(server.received_requests().await.unwrap().len(), 2, "{}", vendor.name);
    }
}

#[tokio::test]
async fn a_list_feeds_a_cancel() {
    let sandbox = sandbox(0, "").await;
    let listed =
        inside(jobctl(&["list", "datafold", "--newer-than", "3h30m", "-o", "ndjson", "--limit", "400"]), &sandbox)
            .run()
            .await;
    let kept = |line: &&str| serde_json::from_str::<Value>(line).unwrap()["state"] != "running";
    let chosen = listed.stdout.lines().filter(kept).collect::<Vec<_>>().join("\n");
    assert!(chosen.contains("\"summary\""));
    let ran = inside(cancel(&["-f", "-", "-o", "json"]).stdin(chosen), &sandbox).run().await;
    assert_eq!(
        (ran.code, sorted_outcomes(&ran)),
        (0, pairs(&[("datafold:104", "cancelled"), ("datafold:105", "cancelled")]))
    );
}

#[tokio::test]
async fn a_list_that_failed_stops_what_reads_it() {
    let vendor = called("veeva");
    let failing = lists(vendor, move |page, _| match page {
        0 => sheet(vendor, 0, &[], true),
        _ => ResponseTemplate::new(500),
    })
    .await;
    let listed = list(vendor, &failing, &["-o", "ndjson", "--retries", "0"]).run().await;
    assert_eq!(listed.code, 7);
    let sandbox = sandbox(0, "").await;
    for guards in [vec![], vec!["--max", "5"]] {
        let ran =
            inside(cancel(&["-f", "-", "-o", "json"]).args(&guards).stdin(listed.stdout.clone()), &sandbox).run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (9, "not_confirmed"), "{ran:#?}");
    }
    let with_row = listed.stdout.replacen('\n', "\n{\"type\":\"job\",\"ref\":\"datafold:123\"}\n", 1);
    let ran = inside(cancel(&["-f", "-", "--max", "5", "-o", "json"]).stdin(with_row), &sandbox).run().await;
    assert_eq!((ran.code, ran.outcomes()), (9, pairs(&[("datafold:123", "not_sent")])), "{ran:#?}");
    assert_eq!((ran.rows()[0]["error"]["code"].as_str(), sandbox.totals().cancels), (Some("not_confirmed"), 0));
}
