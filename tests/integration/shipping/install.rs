//! The step of action.yml that brings jobctl, against a server that has the assets of a
//! release.

use std::process::Command;

use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{Step, Stepped, VERSION, has};

const NEEDED: [&str; 3] = ["bash", "curl", "tar"];

/// An archive for Linux on x86-64, of a program that only tells its version.
fn archive() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("jobctl-v{VERSION}-x86_64-unknown-linux-musl");
    let script = format!(
        "mkdir {name}; printf '#!/bin/sh\\necho from the archive\\n' >{name}/jobctl; chmod +x {name}/jobctl; tar -czf archive {name}"
    );
    let made = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).status().unwrap();
    assert!(made.success());
    std::fs::read(folder.path().join("archive")).unwrap()
}

/// What `sha256sum` prints of the bytes.
fn sha256(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bytes"), bytes).unwrap();
    let script = "if command -v sha256sum >/dev/null; then sha256sum <bytes; else shasum -a 256 <bytes; fi";
    let output = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Runs the step against a release of this version with these checksums.
async fn install(sums: &str, archive: Vec<u8>, version: &str) -> Stepped {
    let server = MockServer::builder().start().await;
    let release = format!("/octo/jobctl/releases/download/v{VERSION}");
    for (file, body) in [
        (format!("jobctl-v{VERSION}-x86_64-unknown-linux-musl.tar.gz"), archive),
        ("SHA256SUMS".to_owned(), sums.as_bytes().to_vec()),
    ] {
        Mock::given(matchers::path(format!("{release}/{file}")))
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
    }
    let step = Step::new("install.sh")
        .with("version", version)
        .env("GITHUB_SERVER_URL", server.uri())
        .env("GITHUB_REPOSITORY", "somebody/else")
        .env("ACTION_REPOSITORY", "octo/jobctl")
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64");
    tokio::task::spawn_blocking(move || {
        let stepped = step.run();
        if stepped.code == 0 {
            let program = std::path::Path::new(stepped.path.trim_end()).join("jobctl");
            assert!(program.is_file(), "{stepped:#?}");
        }
        stepped
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn only_what_the_checksums_name_is_installed() {
    if !has(&NEEDED) {
        return;
    }
    let archive = archive();
    let name = format!("jobctl-v{VERSION}-x86_64-unknown-linux-musl.tar.gz");
    let right = format!("{}  other.tar.gz\n{}  {name}\n", "0".repeat(64), sha256(&archive));
    // By itself the action takes the version that it is part of.
    for version in ["", VERSION, &format!("v{VERSION}")] {
        let done = install(&right, archive.clone(), version).await;
        assert!(done.code == 0 && done.log.contains("from the archive"), "{version}: {done:#?}");
    }
    let wrong = format!("{}  {name}\n", "0".repeat(64));
    let absent = format!("{}  other.tar.gz\n", sha256(&archive));
    for sums in [wrong.as_str(), &absent, ""] {
        let refused = install(sums, archive.clone(), "").await;
        assert!(refused.code == 1 && refused.path.is_empty(), "{sums}: {refused:#?}");
        assert!(refused.log.contains("checksums") && !refused.log.contains("from the archive"), "{refused:#?}");
    }
    let missing = install(&right, archive.clone(), "99.0.0").await;
    assert!(missing.code == 1 && missing.log.contains("could not download"), "{missing:#?}");
    let nonsense = install(&right, archive, "../../evil").await;
    assert!(nonsense.code == 1 && nonsense.log.contains("no version"), "{nonsense:#?}");
}

#[test]
fn a_jobctl_that_is_there_is_taken_as_it_is() {
    if !has(&["bash"]) {
        return;
    }
    let there = Step::new("install.sh").with("version", "installed").run();
    assert!(there.code == 0 && there.log.contains(&format!("jobctl {VERSION}")), "{there:#?}");
    let absent = Step::new("install.sh").with("version", "installed").env("PATH", "/usr/bin:/bin").run();
    assert!(absent.code == 1 && absent.log.contains("no jobctl on the PATH"), "{absent:#?}");
}
