//! The built program against servers that behave, misbehave and lie.
//!
//! One binary, so that it is linked once. `support` runs the program and speaks for
//! the vendors; everything else is named after what it proves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[cfg(unix)]
mod account;
mod cli;
mod conformance;
mod docs;
mod faults;
#[cfg(unix)]
mod fifth_vendor;
#[cfg(unix)]
mod journal;
mod library;
mod listing;
mod plans;
mod rooms;
mod sandbox_verbs;
mod schemas;
mod selection;
#[cfg(unix)]
mod shipping;
#[cfg(unix)]
mod signals;
mod status;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod vendors;
mod waiting;

use std::path::Path;

/// A file that no `mod` names is compiled by nobody and proves nothing.
#[test]
fn no_test_file_is_forgotten() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(&tests).unwrap() {
        let name = entry.unwrap().file_name();
        if name == "keychain.sh" || name == "fixtures" {
            continue; // starts a session for account/keychain.rs; files that tests read
        }
        assert_eq!(name, "integration", "tests/{name:?} would be a binary of its own");
    }
    forgotten(&tests.join("integration"), "main.rs");
}

fn forgotten(folder: &Path, root: &str) {
    let parent = std::fs::read_to_string(folder.join(root)).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.file_name().unwrap() == root {
            continue;
        }
        let named = parent.lines().any(|line| line.trim_start_matches("pub(crate) ") == format!("mod {stem};"));
        assert!(named, "{} is named by no `mod` in {root} beside it", path.display());
        if path.is_dir() {
            forgotten(&path, "mod.rs");
        } else {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 460, "{} has {lines} lines: nobody reads that", path.display());
        }
    }
}
