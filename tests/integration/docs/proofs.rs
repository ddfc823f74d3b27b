//! The tests that the page on security names exist, so that each of its promises is held.

use super::markdown::{code_spans, parts};
use super::{read, root};

/// Whether `name`, as `cargo test` prints it, is a test of the library or of this binary.
fn exists(name: &str) -> bool {
    let Some((module, test)) = name.rsplit_once("::") else { return false };
    // Tests stand below the code that they try, or in a file of their own.
    let modules = [Some(module), module.strip_suffix("::tests")];
    modules.into_iter().flatten().map(|module| module.replace("::", "/")).any(|module| {
        let files =
            ["src", "tests/integration"].map(|tree| [format!("{tree}/{module}.rs"), format!("{tree}/{module}/mod.rs")]);
        files
            .concat()
            .iter()
            .any(|file| std::fs::read_to_string(root().join(file)).is_ok_and(|text| is_test(&text, test)))
    })
}

/// Whether `text` has a function of this name right below an attribute of a test.
fn is_test(text: &str, name: &str) -> bool {
    let declared = ["fn ", "async fn "].map(|word| format!("{word}{name}("));
    let mut lines = text.lines().map(str::trim);
    let mut before = "";
    lines.any(|line| {
        let found =
            declared.iter().any(|start| line.starts_with(start)) && ["#[test]", "#[tokio::test]"].contains(&before);
        before = line;
        found
    })
}

#[test]
fn every_promise_on_security_is_held_by_tests_that_exist() {
    let page = read("docs/security.md");
    let (_, proofs) = page.split_once("\n## What holds").unwrap();
    let rows = parts(proofs).prose.into_iter().map(|(_, line)| line);
    let rows: Vec<_> =
        rows.filter(|line| line.starts_with("| ") && !line.contains("what holds") && !line.contains("---")).collect();
    assert!(rows.len() > 25, "{rows:#?}");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let [promise, tests] = cells[..] else { panic!("{row}") };
        let tests: Vec<_> = code_spans(tests).collect();
        assert!(!tests.is_empty(), "nothing proves that: {promise}");
        for test in tests {
            assert!(exists(test), "{promise}: there is no test {test}");
        }
    }
}

#[test]
fn a_test_that_is_gone_is_missed() {
    assert!(
        exists("docs::proofs::a_test_that_is_gone_is_missed")
            && exists("secret::tests::a_secret_is_trimmed_and_never_printed")
    );
    for none in ["docs::proofs::exists", "docs::proofs::gone", "proofs::a_test_that_is_gone_is_missed", "gone"] {
        assert!(!exists(none), "{none}");
    }
}
