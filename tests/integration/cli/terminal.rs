//! Text from servers and files that would like to drive the terminal.

use crate::support::{Stage, called, jobctl, json};

const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\n\u{8}\u{202e}txet\u{2066}\u{200b}\u{feff}";

/// Nothing that a terminal obeys or hides, except the ends of lines.
#[track_caller]
fn assert_harmless(text: &str) {
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!text.contains(bad), "{text:?}");
}

#[tokio::test]
async fn a_servers_words_are_shown_and_not_obeyed() {
    let vendor = called("datafold");
    let word = json(200, &vendor.state(vendor.id, Some(EVIL)));
    let no = json(422, &serde_json::json!({"detail": EVIL}));
    for (answer, said) in [(word, "2J"), (no, "owned")] {
        for format in ["human", "json", "ndjson", "csv", "name"] {
            let stage = Stage::new(vendor, vec![answer.clone()], vec![answer.clone()]).await;
            let call = jobctl(&["cancel", "datafold", vendor.id, "-o", format, "-vv", "--color", "never"]);
            let ran = stage.play(call).await.ran;
            assert_harmless(&ran.stderr);
            // Machines get the original; JSON escapes it, so it is harmless as well.
            if format != "csv" {
                assert_harmless(&ran.stdout);
            }
            if format == "human" {
                assert!(ran.stdout.contains(said), "made visible: {}", ran.stdout);
            }
            if format == "json" {
                let text = ran.rows()[0].to_string();
                assert!(text.contains(said), "{text}");
            }
        }
    }
    let stage = Stage::new(vendor, vec![json(200, &vendor.state(vendor.id, Some(EVIL)))], vec![]).await;
    let ran = stage.cancel(&["--no-verify"]).await.ran;
    assert_eq!(ran.rows()[0]["provider_state"], EVIL, "the vendor's own word, exactly as it was sent");
}

#[tokio::test]
async fn a_files_words_are_shown_and_not_obeyed() {
    for format in ["human", "json", "ndjson"] {
        let call =
            jobctl(&["cancel", "-f", "-", "-o", format]).stdin(format!("nowhere:{}\n", EVIL.replace(['\r', '\n'], "")));
        let ran = call.run().await;
        assert_eq!(ran.code, 2);
        assert_harmless(&ran.stdout);
        assert_harmless(&ran.stderr);
    }
}

#[tokio::test]
async fn what_is_typed_is_shown_and_not_obeyed() {
    let flag = format!("--{EVIL}");
    for words in [
        &["cancel", "datafold", EVIL][..],
        &["cancel", EVIL],
        &[EVIL],
        &["cancel", "datafold", "1", &flag],
        &["list", "datafold", "--state", EVIL],
        &["cancel", "datafold", "1", "--timeout", EVIL],
        &["cancel", "datafold", "1", "--host", EVIL],
        &["cancel", "datafold", "1", "--profile", EVIL],
        &["cancel", "datafold", "1", "--ca-cert", EVIL],
        &["cancel", "-f", EVIL],
        &["completions", EVIL],
        &["sandbox", "serve", "--faults", EVIL],
        &["sandbox", "serve", "--choices", EVIL],
        &["sandbox", "run", EVIL],
    ] {
        for color in ["never", "always"] {
            let ran = jobctl(&["--color", color]).args(words).run().await;
            assert!([2, 127].contains(&ran.code), "{words:?}: {ran:?}");
            let colourless = without_colours(&ran.stderr);
            assert!(ran.stderr.contains("owned"), "made visible: {ran:?}");
            assert_harmless(&colourless);
        }
    }
}

/// Without the colours, which are the program's own.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let codes = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        text + codes.strip_prefix('m').unwrap_or("\u{1b}")
    })
}
