//! A fifth vendor is one new file, its `mod` and its row: done here as CONTRIBUTING.md
//! says, in a copy of the source tree, and then looked at from outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::process::Command;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::jobctl;

const KEY: &str = "kE7-aCmE.sEcReT";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, text)| (name.join(inner), text)));
        } else {
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

fn replace_once(text: &str, what: &str, with: &str) -> String {
    assert_eq!(text.matches(what).count(), 1, "{what}");
    text.replace(what, with)
}

/// The source tree with the vendor in it. What is the same as the last time stays as it
/// is, so that it is not compiled again.
fn house() -> PathBuf {
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let below = |folder: &'static str| {
        files(&root().join(folder)).into_iter().map(move |(path, text)| (Path::new(folder).join(path), text))
    };
    let mut ought: BTreeMap<PathBuf, Vec<u8>> =
        below("src").chain(below("completions")).chain(below("schemas")).collect();
    ought.insert("build.rs".into(), text("build.rs").into());
    for path in ["Cargo.toml", "Cargo.lock"] {
        // Under the same version it would be taken for this build, and overwrite it.
        let version = concat!("name = \"jobctl\"\nversion = \"", env!("CARGO_PKG_VERSION"));
        ought.insert(path.into(), replace_once(&text(path), version, &format!("{version}+acme")).into());
    }
    // The manifest names it; and what tests depend on decides how the libraries are built.
    ought.insert("tests/integration/main.rs".into(), "//! Nothing to test.\n".into());
    ought.insert("benches/hot.rs".into(), "//! Nothing to measure.\n".into());

    let contributing = text("CONTRIBUTING.md");
    let (line, row) = ("mod acme;", "Entry::of::<acme::Acme>(),");
    assert!(contributing.contains(&format!("Add `{line}` and the row `{row}` to `src/providers/mod.rs`")));
    let registry = replace_once(&text("src/providers/mod.rs"), "mod datafold;", &format!("{line}\nmod datafold;"));
    let registry =
        replace_once(&registry, "    Entry::of::<datafold::", &format!("    {row}\n    Entry::of::<datafold::"));
    ought.insert("src/providers/mod.rs".into(), registry.into());
    ought.insert("src/providers/acme.rs".into(), text("tests/fixtures/fifth_vendor/acme.rs").into());

    let house = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fifth_vendor");
    let is = files(&house);
    is.keys().filter(|path| !ought.contains_key(*path)).for_each(|path| fs::remove_file(house.join(path)).unwrap());
    for (path, text) in ought.into_iter().filter(|(path, text)| is.get(path) != Some(text)) {
        fs::create_dir_all(house.join(&path).parent().unwrap()).unwrap();
        fs::write(house.join(path), text).unwrap();
    }
    house
}

/// Builds the program with the vendor. The libraries are those of this build: only
/// jobctl itself is compiled again, and the other tests come first.
async fn build() -> PathBuf {
    let house = house();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let own = target.join("fifth_vendor");
    let output = Command::new("nice")
        .args(["-n", "19", env!("CARGO"), "build", "-j1", "--locked", "--bin", "jobctl", "--test", "integration"])
        .args(["--color", "never", "--manifest-path"])
        .arg(house.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&own)
        .arg("--config")
        .arg(format!("build.build-dir='{}'", target.display()))
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    own.join("debug/jobctl")
}

/// What the documents of Acme say.
async fn vendor() -> MockServer {
    let server = MockServer::builder().start().await;
    let task = |id: &str, state: &str| json!({"id": id, "state": state, "title": format!("{id} of tonight")});
    for (verb, at, status, body) in [
        ("POST", "/v1/tasks/t-1/cancel", 200, task("t-1", "cancelled")),
        ("POST", "/v1/tasks/t-2/cancel", 409, json!({"message": "not now"})),
        ("GET", "/v1/tasks/t-2", 200, task("t-2", "done")),
        ("GET", "/v1/tasks", 200, json!({"tasks": [task("t-1", "running"), task("t-2", "done")]})),
        ("GET", "/v1/me", 200, json!({})),
    ] {
        let asked = Mock::given(method(verb)).and(path(at)).and(header("authorization", format!("Bearer {KEY}")));
        asked.respond_with(ResponseTemplate::new(status).set_body_json(body)).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn one_file_its_mod_and_its_row_are_a_vendor() {
    let (program, server) = (build().await, vendor().await);
    let bare = |words: &[&str]| jobctl(words).program(&program);
    let call = |words: &[&str]| bare(words).env("ACME_HOST", server.uri()).env("ACME_API_KEY", KEY);

    let cancelled = call(&["cancel", "acme", "t-1", "t-2", "t-4", "-o", "json"]).run().await;
    let outcome = |id: &str, outcome: &str| (format!("acme:{id}"), outcome.to_owned());
    let outcomes = [outcome("t-1", "cancelled"), outcome("t-2", "finished"), outcome("t-4", "not_found")];
    assert_eq!((cancelled.code, cancelled.outcomes()), (3, outcomes.into()));
    assert_eq!(call(&["cancel", "acme:t-1", "-o", "ndjson"]).run().await.lines()[1]["state"], "cancelled");
    let chosen = call(&["cancel", "acme", "--name", "t-1 *", "--expect", "1", "-o", "json"]).run().await;
    assert_eq!((chosen.code, chosen.outcomes()), (0, vec![outcome("t-1", "cancelled")]));
    assert_eq!(call(&["list", "acme", "--state", "all", "-o", "name"]).run().await.stdout, "acme:t-1\nacme:t-2\n");
    assert_eq!(call(&["status", "acme", "t-2", "-o", "json"]).run().await.rows()[0]["name"], "t-2 of tonight");

    let providers = bare(&["providers", "-o", "json"]).run().await.envelope();
    let rows = providers["results"].as_array().unwrap();
    let acme = rows.iter().find(|row| row["name"] == "acme").unwrap();
    assert_eq!((rows.len(), &acme["docs"]), (5, &json!("https://acme.example/docs/cancel")));

    // Credentials, settings and help know it too.
    let without = bare(&["cancel", "acme", "t-1"]).run().await;
    assert!(without.code == 4 && without.stdout.contains("ACME_API_KEY"), "{without:#?}");
    let malformed = bare(&["cancel", "acme", "t/../1"]).run().await;
    assert!(malformed.code == 2 && malformed.stderr.contains("acme ids look like a word, such as task-7"));
    let known = call(&["auth", "status", "acme", "--check", "-o", "json"]).run().await;
    assert!(known.envelope()["results"][0]["ok"] == true && !known.stdout.contains(KEY), "{known:#?}");
    let misspelt = bare(&["cancel", "acmee:1"]).run().await;
    assert!(misspelt.stderr.contains("did you mean acme?"), "{misspelt:#?}");
    for words in [&["help", "environment"][..], &["config", "explain", "acme"], &["doctor", "acme"]] {
        let ran = call(words).run().await;
        assert!(ran.stdout.contains("ACME_"), "{ran:#?}");
    }
    // Manual pages and completions are made from one tree of commands.
    let pages = tempfile::tempdir().unwrap();
    bare(&["man", pages.path().to_str().unwrap()]).run().await;
    assert!(fs::read_to_string(pages.path().join("jobctl-auth-status.1")).unwrap().contains("acme"));
    let help = bare(&["auth", "status", "--help"]).run().await;
    assert!(help.stdout.contains("acme"), "{help:#?}");
}
