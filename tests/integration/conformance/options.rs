//! Options that change what counts, and what stops.

use super::each;
use crate::support::{ALL, Op, Stage, jobctl, json, status};

#[tokio::test]
async fn strict_calls_a_finished_job_a_failure() {
    each(|vendor| async move {
        let no = vendor.declined();
        let done = json(200, &vendor.state(vendor.id, Some("success")));
        for (args, end) in [(vec![], "exit 0"), (vec!["--strict"], "exit 6, finished")] {
            let stage = Stage::new(vendor, vec![json(no.0, &no.1)], vec![done.clone()]).await;
            let brief = stage.cancel(&args).await.brief();
            assert!(brief.starts_with("finished succeeded/success verified"), "{}: {brief}", vendor.name);
            assert!(brief.ends_with(end), "{}: {brief}", vendor.name);
        }
    })
    .await;
}

#[tokio::test]
async fn fail_fast_sends_nothing_after_the_first_failure() {
    each(|vendor| async move {
        let stage = Stage::new(vendor, vec![status(422)], vec![]).await;
        let ids: Vec<String> = (0..1001).map(|n| vendor.nth(n)).collect();
        let call = jobctl(&["cancel", vendor.name, "-o", "json", "--fail-fast", "--concurrency", "1"]).args(&ids);
        let played = stage.play(call).await;
        assert_eq!(played.count(Op::Cancel), 1, "{}", vendor.name);
        assert_eq!(played.ran.code, 2, "what was not sent takes the cause of what stopped it");
        let chunk = if vendor.is_veeva() { 500 } else { 1 };
        for (at, row) in played.ran.rows().iter().enumerate() {
            let (outcome, code) = if at < chunk { ("invalid", "rejected") } else { ("not_sent", "fail_fast") };
            assert_eq!(
                (&row["outcome"], &row["error"]["code"]),
                (&outcome.into(), &code.into()),
                "{} {at}",
                vendor.name
            );
            assert_eq!(row["attempts"], u8::from(at < chunk));
        }
    })
    .await;
}

#[tokio::test]
async fn ok_jobs_do_not_stop_a_fail_fast_run() {
    each(|vendor| async move {
        let no = vendor.declined();
        let done = json(200, &vendor.state(vendor.id, Some("success")));
        let stage = Stage::new(vendor, vec![json(no.0, &no.1)], vec![done]).await;
        let brief = stage.cancel(&["--fail-fast"]).await.brief();
        assert!(brief.starts_with("finished") && brief.ends_with("exit 0"), "{}: {brief}", vendor.name);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_calls_nobody_and_needs_no_credentials() {
    each(|vendor| async move {
        let ran = jobctl(&["cancel", vendor.name, vendor.id, vendor.other, vendor.id, "-n", "-o", "json"]).run().await;
        let document = ran.document();
        assert_eq!((ran.code, &document["dry_run"]), (0, &true.into()), "{}: {ran:?}", vendor.name);
        assert_eq!(document["summary"]["duplicates"], 1);
        for row in ran.rows() {
            assert_eq!((&row["outcome"], &row["attempts"]), (&"planned".into(), &0.into()));
        }
        let stage = Stage::new(vendor, vec![], vec![]).await;
        let played = stage.cancel(&["--dry-run"]).await;
        assert_eq!((played.ran.code, played.requests.len()), (0, 0), "{}", vendor.name);
    })
    .await;
}

#[tokio::test]
async fn a_job_named_twice_is_sent_once() {
    each(|vendor| async move {
        let good = json(200, &vendor.accepted(vendor.id, Some("cancelled")));
        let stage = Stage::new(vendor, vec![good], vec![json(200, &vendor.state(vendor.id, Some("cancelled")))]).await;
        let upper = vendor.id.to_uppercase();
        let again = if vendor.name == "unstructured" { &upper } else { vendor.id };
        let by_ref = vendor.reference(vendor.id);
        let call = jobctl(&["cancel", vendor.name, vendor.id, again, &by_ref, "-o", "json"]);
        let played = stage.play(call).await;
        assert_eq!(played.count(Op::Cancel), 1, "{}", vendor.name);
        assert_eq!(played.ran.document()["summary"]["duplicates"], 2);
        assert_eq!(played.ran.rows().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_variable_means_no_call_a_row_and_the_variables_name() {
    each(|vendor| async move {
        let stage = Stage::new(vendor, vec![], vec![]).await;
        let ran = jobctl(&["cancel", vendor.name, vendor.id, vendor.other, "-o", "json"])
            .env(vendor.host_variable, stage.server.uri())
            .run()
            .await;
        assert_eq!(ran.code, 4, "{ran:?}");
        assert_eq!(ran.rows().len(), 2);
        for row in ran.rows() {
            assert_eq!((&row["outcome"], &row["attempts"]), (&"unauthorized".into(), &0.into()));
            assert_eq!(row["error"]["code"], "credentials_missing");
            let text = format!("{} {}", row["error"]["message"], row["error"]["hint"]);
            assert!(text.contains(vendor.key_variable), "{text}");
        }
        assert!(stage.server.received_requests().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_providers_missing_credential_leaves_the_others_alone() {
    let vendor = &ALL[0];
    let stage = Stage::new(vendor, vec![json(200, &vendor.state(vendor.id, Some("cancelled")))], vec![]).await;
    let refs = [vendor.reference(vendor.id), ALL[1].reference(ALL[1].id)];
    let ran = jobctl(&["cancel", "-o", "json"]).args(&refs).at(vendor, &stage.server.uri()).run().await;
    assert_eq!(ran.code, 3);
    let outcomes: Vec<_> = ran.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["cancelled", "unauthorized"]);
}
