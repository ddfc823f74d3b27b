//! What people type who come from other tools, or in a hurry.

use crate::support::jobctl;

/// What was typed, and what has to be in the advice.
const TYPED: &[(&[&str], &str)] = &[
    (&["cancle", "datafold", "1"], "'cancel'"),
    (&["runs", "lst"], "'list'"),
    (&["stop", "datafold", "123"], "jobctl cancel datafold 123"),
    (&["kill", "veeva:7"], "jobctl cancel veeva:7"),
    (&["delete"], "jobctl cancel datafold 123"),
    (&["stop", "datafold", "1", "--api-key", "s3cret"], "jobctl cancel datafold 1"),
    (&["rm"], "jobctl cancel"),
    (&["ls"], "jobctl list datafold"),
    (&["ps"], "jobctl list datafold"),
    (&["get", "datafold:123"], "jobctl status datafold:123"),
    (&["describe", "datafold", "123"], "jobctl status datafold 123"),
    (&["logs", "datafold:123"], "jobctl runs show last"),
    (&["version"], "jobctl --version"),
    (&["datafold", "123"], "jobctl cancel datafold 123"),
    (&["datafold:123"], "jobctl cancel datafold:123"),
    (&["cancel", "datafold", "1", "--stat", "running"], "'--state'"),
    (&["cancel", "datafold", "1", "--dryrun"], "'--dry-run'"),
    (&["cancel", "datafold", "1", "--json"], "-o json"),
    (&["cancel", "datafold", "1", "--force"], "--yes"),
    (&["cancel", "datafold", "1", "--token", "s3cret"], "--token-file"),
    (&["cancel", "datafold", "1", "--api-key=s3cret"], "--token-file"),
    (&["cancel", "datafold", "1", "--insecure"], "--ca-cert"),
    (&["cancel", "datafold", "1", "-o", "jsn"], "'json'"),
    (&["cancel", "datafold", "1", "--color", "alway"], "'always'"),
    (&["list", "datafold", "--state", "runing"], "'running'"),
    (&["list", "datafold", "--state", "canceled"], "'cancelled'"),
    (&["wait", "datafold", "1", "--for", "canceled"], "'cancelled'"),
    (&["completions", "bsh"], "'bash'"),
    (&["auth", "status", "datafodl"], "'datafold'"),
    (&["cancel", "datafold", "1", "--timeout", "10"], "10s"),
    (&["cancel", "datafodl", "1"], "did you mean datafold?"),
    (&["list", "datafodl"], "did you mean datafold?"),
    (&["cancel", "DATAFOLD", "1"], "did you mean datafold?"),
    (&["providers", "veva"], "did you mean veeva?"),
    (&["cancel", "datafold", "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162"], "did you mean unstructured:6e3c8a52-"),
    (&["cancel", "datafold:6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162"], "did you mean unstructured:6e3c8a52-"),
    (&["cancel", "veeva", "warehouse-eu/nightly-0142"], "did you mean prequel:warehouse-eu/nightly-0142?"),
    (&["cancel", "unstructured", "123"], "did you mean datafold:123?"),
    (&["cancel", "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162"], "write unstructured:6e3c8a52-"),
    (&["status", "123"], "write datafold:123 or veeva:123"),
    (&["list"], "the providers are datafold, prequel"),
    (&["help", "exit-code"], "exit-codes"),
    (&["help", "cancle"], "did you mean cancel?"),
    (&["schema", "cancle"], "did you mean cancel?"),
];

#[tokio::test]
async fn people_and_machines_are_told_what_to_type() {
    for (words, advice) in TYPED {
        let ran = jobctl(words).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}: {ran:#?}");
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.starts_with("error: ") && said.contains(advice), "{words:?}: {said}");
        assert!(!said.contains("s3cret"), "{words:?}: {said}");
        // A flag that asks for a format stands before one that makes no sense.
        let ran = jobctl(&["-o", "json"]).args(words).run().await;
        if words.contains(&"-o") || ["help", "schema", "completions"].contains(&words[0]) {
            continue;
        }
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stdout);
        let advised = format!("{} {}", document["error"]["message"], document["error"]["hint"]);
        assert!(advised.contains(advice), "{words:?}: {advised}");
        assert!(!advised.contains("s3cret"), "{words:?}: {advised}");
    }
}
