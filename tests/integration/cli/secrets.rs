//! A server that says the key back, wherever it can.

use wiremock::ResponseTemplate;

use crate::support::{ALL, KEY, Stage, called, jobctl, json};

/// The key as servers may write it.
fn forms() -> Vec<String> {
    let encoded: String = KEY
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    vec![KEY.to_owned(), encoded, KEY[..KEY.len() - 3].to_owned()]
}

fn echo(template: ResponseTemplate) -> ResponseTemplate {
    template
        .insert_header("x-request-id", format!("req-{KEY}").as_str())
        .insert_header("x-vaultapi-executionid", KEY)
        .insert_header("www-authenticate", format!("Key realm=\"{KEY}\"").as_str())
        .insert_header("set-cookie", format!("session={KEY}").as_str())
}

#[tokio::test]
async fn a_key_that_is_said_back_appears_nowhere() {
    for vendor in ALL {
        let detail = serde_json::json!({
            "detail": format!("API key {KEY} is invalid"),
            "message": format!("bad key: {KEY}"),
            "errors": [{"type": "INVALID_SESSION_ID", "message": format!("{KEY} has expired")}],
            "responseStatus": "FAILURE",
        });
        let word = format!("stuck-{KEY}");
        let odd = echo(json(200, &vendor.state(vendor.id, Some(&word))));
        let html = format!("<html>Authorization: {}{KEY}</html>", vendor.auth_prefix);
        let page = echo(ResponseTemplate::new(200).set_body_raw(html, "text/html"));
        let cases = [
            (echo(json(401, &detail)), odd.clone()),
            (echo(json(409, &detail)), odd.clone()),
            (echo(json(422, &detail)), odd.clone()),
            (odd.clone(), odd.clone()),
            (page.clone(), page.clone()),
            (echo(ResponseTemplate::new(307)).insert_header("location", format!("/?key={KEY}").as_str()), odd.clone()),
            (echo(json(500, &detail)), page),
        ];
        for (cancel, read) in cases {
            let stage = Stage::new(vendor, vec![cancel], vec![read]).await;
            for format in ["json", "human", "csv"] {
                let folder = tempfile::tempdir().unwrap();
                let trace = folder.path().join("trace");
                let call = jobctl(&["cancel", vendor.name, vendor.id, "-o", format, "-vv", "--retries", "0"])
                    .args(&["--trace-http", trace.to_str().unwrap()]);
                let ran = stage.play(call).await.ran;
                let traced = std::fs::read_to_string(&trace).unwrap();
                assert!(traced.lines().count() >= 1, "something was traced");
                for (place, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr), ("the trace", &traced)] {
                    for form in forms() {
                        assert!(!text.contains(&form), "{}: {form} in {place}: {text}", vendor.name);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn no_error_names_a_secret_that_cannot_be_used() {
    for vendor in ALL {
        let broken = format!("{KEY}\n{KEY}é");
        let ran = jobctl(&["cancel", vendor.name, vendor.id, "-o", "json", "-vv"])
            .env(vendor.host_variable, "http://127.0.0.1:9")
            .env(vendor.key_variable, broken)
            .run()
            .await;
        assert_ne!(ran.code, 0);
        assert!(!ran.stdout.contains(KEY) && !ran.stderr.contains(KEY), "{}: {ran:?}", vendor.name);
    }
}

#[tokio::test]
async fn one_vendors_secret_never_reaches_another() {
    let stage = super::world().await;
    let mut call = jobctl(&["cancel", "-o", "json"]).args(&super::one_of_each());
    for vendor in ALL {
        let secret = format!("secret-of-{}", vendor.name);
        call = call.env(vendor.host_variable, stage.server.uri()).env(vendor.key_variable, secret);
    }
    assert_eq!(call.run().await.code, 0);
    for request in stage.server.received_requests().await.unwrap() {
        let path = request.url.path();
        let own =
            ALL.iter().find(|vendor| path == vendor.cancel_path(vendor.id) || path == vendor.read_path(vendor.id));
        let own = own.unwrap_or_else(|| panic!("{path}")).name;
        for (name, value) in &request.headers {
            let value = value.to_str().unwrap();
            assert!(!value.contains("secret-of-") || value.ends_with(own), "{name}: {value} went to {own}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_cut_by_a_line_or_written_as_html_is_blotted_out() {
    let vendor = called("datafold");
    let (head, tail) = KEY.split_at(9);
    let html: Vec<_> = KEY.chars().map(|letter| format!("&#{};", u32::from(letter))).collect();
    for echo in [format!("{head}\n  {tail}"), html.concat()] {
        let said = json(403, &serde_json::json!({"detail": format!("the key {echo} may not do this")}));
        let stage = Stage::new(vendor, vec![said], vec![]).await;
        for format in ["json", "human", "ndjson"] {
            let call = jobctl(&["cancel", vendor.name, vendor.id, "-o", format, "-vv"]);
            let ran = stage.play(call).await.ran;
            assert!(ran.stdout.contains("the key *** may not do this"), "{ran:?}");
            assert!(!ran.stderr.contains(tail), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn a_key_where_a_job_belongs_is_not_repeated() {
    let key = "df-key_0123456789";
    for words in [&["cancel", "datafold", key][..], &["status", "veeva:7", key], &["cancel", "datafold", "-f", "-"]] {
        for format in ["human", "json", "ndjson"] {
            let call = jobctl(words).args(&["-o", format]).env("DATAFOLD_API_KEY", key);
            let ran = call.env("DATAFOLD_HOST", "http://127.0.0.1:1").stdin(key).run().await;
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(!ran.all().contains(key) && ran.all().contains("it holds a secret"), "{words:?}: {ran:?}");
            // A rehearsal has keys of its own, and this one is a secret all the same.
            let call = jobctl(words).args(&["-o", format, "--sandbox"]).env("DATAFOLD_API_KEY", key);
            let ran = call.stdin(key).run().await;
            assert!(ran.code == 2 && !ran.all().contains(key), "{words:?}: {ran:?}");
        }
    }
}

#[tokio::test]
async fn headers_are_logged_as_they_are() {
    let ran = jobctl(&["--sandbox", "cancel", "datafold", "123", "-vv"]).run().await;
    assert!(ran.stderr.contains("request headers {\"authorization\": \"***\""), "{ran:#?}");
    assert!(!ran.stderr.contains("Some("), "{ran:#?}");
}
