//! The published schemas: committed as files, kept as promised, and true of everything
//! that is printed.
//!
//! That `schemas/*.json` are those of the types is a test beside these. `schemas/baseline/` holds them as they were last released, and nothing writes
//! there: what programs rely on may be added to, and not taken back.

mod promises;
#[cfg(unix)]
mod surface;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jobctl::report::schema;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The schemas of a folder by name, as text.
fn stored(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json"));
        let name = name.unwrap_or_else(|| panic!("{} is no schema", path.display())).to_owned();
        found.insert(name, std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n"));
    }
    found
}

#[test]
fn nothing_that_was_released_is_taken_back() {
    let baseline = stored(&folder().join("baseline"));
    assert!(!baseline.is_empty());
    let mut broken = Vec::new();
    for (name, text) in baseline {
        let before: Value = serde_json::from_str(&text).unwrap();
        match schema::get(&name) {
            None => broken.push(format!("{name}: is published no more")),
            Some(now) => broken.extend(promises::broken(&before, &now).into_iter().map(|why| format!("{name}: {why}"))),
        }
    }
    assert!(broken.is_empty(), "programs rely on these; another form needs another number in `schema`:\n{broken:#?}");
}
