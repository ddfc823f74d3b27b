//! `auth status` and `config`: sources and losers, never a secret.

use jobctl::sandbox::{Options, Sandbox};

use super::Call;

const FILE: &str = "[profiles.default.datafold]\ntoken_command = ['cat', '/hunter2/argument']\n\
                    [profiles.prod]\nprotected = true\n[profiles.prod.veeva]\nhost = 'v.veevavault.com'\nusername = 'ops@v.com'\n";

fn call() -> Call {
    Call::with_config(FILE).set("DATAFOLD_API_KEY", "hunter2-key").set("VEEVA_PASSWORD", "hunter2-password")
}

#[tokio::test]
async fn every_document_has_the_usual_envelope() {
    for (arguments, schema) in [
        (&["auth", "status"][..], "jobctl.auth/1"),
        (&["config", "path"], "jobctl.config/1"),
        (&["config", "show"], "jobctl.config/1"),
        (&["config", "explain"], "jobctl.config/1"),
        (&["doctor", "veeva"], "jobctl.doctor/1"),
        (&["auth", "status", "nobody"], "jobctl.auth/1"),
        (&["auth", "login", "datafold"], "jobctl.auth/1"),
        (&["doctor", "--config", "/nowhere"], "jobctl.doctor/1"),
        (&["config", "show", "--config", "/nowhere"], "jobctl.config/1"),
    ] {
        let ended = call().run(&[arguments, &["-o", "json"]].concat()).await;
        let json = ended.envelope();
        assert_eq!(json["schema"], schema, "{json}");
        let keys = ["jobctl_version", "run_id", "dry_run", "sandbox", "targets", "started_at", "finished_at"];
        let more = ["exit_name", "error", "summary", "results", "warnings"];
        for key in keys.into_iter().chain(more) {
            assert!(json.get(key).is_some(), "no {key} in {json}");
        }
        assert_eq!(json["summary"]["total"], json["results"].as_array().unwrap().len());
        assert!(!ended.all().contains("hunter2"), "{ended:?}");
    }
}

#[tokio::test]
async fn there_are_no_rows_of_jobs() {
    for verb in [&["auth", "status"][..], &["config", "path"], &["config", "show"], &["doctor"]] {
        for format in ["csv", "ndjson", "name"] {
            let ended = call().run(&[verb, &["-o", format]].concat()).await;
            assert_eq!(ended.code, 2, "{verb:?} {format}: {ended:?}");
            assert!(format == "ndjson" || ended.stdout.is_empty(), "{ended:?}");
            assert!(ended.stderr.contains("json"), "{ended:?}");
        }
    }
}

#[tokio::test]
async fn status_names_winner_and_losers() {
    let json = call().run(&["auth", "status", "datafold", "-o", "json"]).await.envelope();
    let row = &json["results"][0];
    assert_eq!((row["ok"].as_bool(), row["source"].as_str()), (Some(true), Some("DATAFOLD_API_KEY")));
    assert!(row["beaten"][0].as_str().unwrap().contains("token_command"), "{row}");
    assert_eq!(row["host"], "https://app.datafold.com");
    let human = call().run(&["auth", "status"]).await;
    assert_eq!(human.code, 0, "{human:?}");
    assert!(human.stdout.contains("instead of token_command"), "{human:?}");
}

#[tokio::test]
async fn status_is_4_only_for_the_one_that_was_asked_for() {
    let call = Call::new();
    assert_eq!(call.run(&["auth", "status"]).await.code, 0);
    let ended = call.run(&["auth", "status", "prequel"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stdout.contains("PREQUEL_API_KEY"), "{ended:?}");
}

#[tokio::test]
async fn a_check_asks_the_vendor() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::new().set_all(sandbox.variables());
    let ended = call.run(&["auth", "status", "--check"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("organization Sandbox"), "{ended:?}");
    let call = call.set("DATAFOLD_API_KEY", "hunter2-wrong");
    let ended = call.run(&["auth", "status", "--check", "-o", "json"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    let json = ended.envelope();
    assert_eq!(json["results"][0]["error"]["code"], "credentials_rejected");
    assert_eq!(json["results"][1]["ok"], true);
}

#[tokio::test]
async fn a_command_that_a_check_has_run_is_not_said_to_wait() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let key = sandbox.variables().into_iter().find(|(name, _)| *name == "DATAFOLD_API_KEY").unwrap().1;
    let host = sandbox.url();
    let call = Call::with_config(&format!(
        "[profiles.default.datafold]\nhost = '{host}'\ntoken_command = ['echo', '{key}']\n"
    ));
    let command = "token_command [\"echo\", ...] in [profiles.default.datafold]";
    let explained = call.run(&["auth", "status", "datafold"]).await;
    assert!(explained.stdout.contains(&format!("{command} (not run)")), "{explained:?}");
    for words in [&["auth", "status", "datafold", "--check"][..], &["doctor", "datafold"]] {
        let ended = call.run(words).await;
        assert!(ended.stdout.contains("accepted") && ended.stdout.contains(command), "{ended:?}");
        assert!(!ended.stdout.contains("not run"), "{ended:?}");
    }
}

#[tokio::test]
async fn the_path_is_printed_also_of_a_broken_file() {
    let call = Call::with_config("nonsense");
    let ended = call.run(&["config", "path"]).await;
    assert_eq!(ended.stdout.trim(), call.path(".config/jobctl/config.toml").display().to_string());
    assert_eq!((ended.code, call.run(&["config", "show"]).await.code), (0, 2));
    assert_eq!(Call::new().run(&["config", "path"]).await.code, 0);
}

#[tokio::test]
async fn show_and_explain_hide_what_may_be_secret() {
    let shown = call().run(&["config", "show"]).await;
    assert!(
        shown.stdout.contains("[profiles.prod.veeva]") && shown.stdout.contains("username = \"ops@v.com\""),
        "{shown:?}"
    );
    assert!(shown.stdout.contains("token_command = [\"cat\", ...]"), "{shown:?}");
    let explained = call().run(&["--profile", "prod", "config", "explain", "veeva"]).await;
    assert_eq!(explained.code, 0);
    assert!(explained.stdout.contains("VEEVA_PASSWORD is ignored"), "{explained:?}");
    assert!(!format!("{}{}", shown.all(), explained.all()).contains("hunter2"));
}

#[tokio::test]
async fn where_nothing_can_be_explained_that_is_not_the_advice() {
    let ended = Call::with_config("nonsense").run(&["config", "explain"]).await;
    assert!(ended.code == 2 && ended.stderr.contains("jobctl config path"), "{ended:?}");
    assert!(!ended.stderr.contains("config explain"), "{ended:?}");
}

#[cfg(not(feature = "keychain"))]
#[tokio::test]
async fn a_build_without_a_keychain_says_so() {
    for arguments in [&["auth", "login", "datafold", "--token-stdin"][..], &["auth", "logout", "datafold"]] {
        let ended = Call::new().run_with(arguments, "hunter2\n").await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.stderr.contains("this build has no keychain") && ended.stderr.contains("token_command"),
            "{ended:?}"
        );
    }
    let call = Call::with_config("[profiles.default.datafold]\nkeychain = true\n");
    let ended = call.run(&["cancel", "datafold", "1"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("this build has no keychain"), "{ended:?}");
    let help = Call::new().run(&["auth", "login", "--help"]).await;
    assert!(help.stdout.contains("This build has no keychain"), "{help:?}");
}

#[tokio::test]
async fn the_documents_match_their_schemas() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    for (arguments, name) in [
        (&["auth", "status", "--check"][..], "auth"),
        (&["auth", "login", "datafold"], "auth"),
        (&["config", "explain"], "config"),
        (&["config", "show"], "config"),
        (&["doctor"], "doctor"),
    ] {
        let call = Call::with_config(FILE).set_all(sandbox.variables()).set("PREQUEL_API_KEY", "wrong");
        let json = call.run(&[arguments, &["-o", "json"]].concat()).await.envelope();
        crate::support::validate(name, &json);
    }
}

#[tokio::test]
async fn the_recipes_of_the_page_on_credentials_are_understood() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/credentials.md")).unwrap();
    let blocks: Vec<_> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(Call::with_config(blocks[0]).run(&["config", "show"]).await.code == 0, "{}", blocks[0]);
    let recipes: Vec<_> = blocks[1..].iter().flat_map(|block| block.lines()).collect();
    assert!(recipes.len() > 5, "{recipes:?}");
    for recipe in recipes {
        let ended =
            Call::with_config(&format!("[profiles.default.datafold]\n{recipe}\n")).run(&["config", "show"]).await;
        assert!(ended.code == 0 && ended.stdout.contains("token_command"), "{recipe}: {ended:?}");
    }
}
