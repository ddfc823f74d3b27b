//! The house keeps its order: each room imports from those below it and from no other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every room, and which others it may know. The words that everyone shares come last.
const ROOMS: [(&str, &[&str]); 14] = [
    ("client", &["settings", "engine", "providers", "http", "canceller", "job", "error", "secret"]),
    (
        "cli",
        &[
            "settings",
            "engine",
            "providers",
            "http",
            "report",
            "sandbox",
            "canceller",
            "job",
            "error",
            "secret",
            "base_url",
            "text",
        ],
    ),
    ("report", &["engine", "canceller", "job", "error", "text"]),
    ("settings", &["providers", "error", "secret", "base_url", "text"]),
    ("engine", &["providers", "http", "canceller", "job", "error"]),
    ("sandbox", &["job", "error"]),
    ("providers", &["http", "canceller", "job", "error", "secret", "base_url", "text"]),
    ("http", &["error", "secret", "base_url"]),
    ("canceller", &["http", "job", "error"]),
    ("job", &[]),
    ("base_url", &["error", "text"]),
    ("secret", &[]),
    ("error", &[]),
    ("text", &[]),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "fuzzing", "model"].contains(&&*name) {
            files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && !["tests.rs", "made.rs", "canned.rs"].contains(&&*name)
        {
            found.push(path);
        }
    }
}

/// The other rooms that a file names, but for its tests.
fn known(text: &str) -> BTreeSet<String> {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let named = code.flat_map(|line| line.split("crate::").skip(1));
    named.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

#[test]
fn each_room_knows_those_below_it_and_no_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let inside = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let room = inside.split(['/', '.']).next().unwrap();
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else { continue };
        for other in known(&std::fs::read_to_string(&path).unwrap()) {
            if other != room && ROOMS.iter().any(|(name, _)| *name == other) && !may.contains(&&*other) {
                wrong.push(format!("{inside} knows {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
