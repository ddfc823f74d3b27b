//! Records that lost something, or are none.

use std::fs;

use serde_json::Value;

use super::House;

#[tokio::test]
async fn a_torn_line_is_read_past_and_written_over() {
    let house = House::new().await;
    let file = house.refs(5);
    assert!(house.run(&["cancel", "-f", &file]).await.status.success());
    let path = house.record();
    let bytes = fs::read(&path).unwrap();
    for cut in [1, 40, 300, 700, 1500] {
        fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
        assert_eq!((exit, &document["summary"]["outcomes"]["cancelled"]), (0, &Value::from(5)), "{cut}");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{cut}: {text}");
    }
    // Nonsense in the middle costs that line alone.
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines.insert(3, b"\xff\x00{\"type\":\"result\",\"index\":99999999999999}");
    lines.insert(3, br#"{"type":"intended","index":88888888888888,"ref":"datafold:7"}"#);
    fs::write(&path, lines.join(&b'\n')).unwrap();
    let (exit, document) = house.json(&["runs", "show", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["total"]), (0, &Value::from(5)));
}

#[tokio::test]
async fn what_the_record_does_not_show_as_sent_is_read_before_it_is_sent() {
    let house = House::new().await;
    let file = house.refs(5);
    assert!(house.run(&["cancel", "-f", &file]).await.status.success());
    // As if everything that was written after the input had been lost.
    let path = house.record();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.find("{\"type\":\"sending\"").unwrap()]).unwrap();
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["outcomes"]["cancelled"]), (0, &Value::from(5)));
    assert!(document["results"].as_array().unwrap().iter().all(|row| row["attempts"] == 0 && row["verified"] == true));
    assert_eq!(house.sandbox.totals().cancels, 5, "no job is cancelled twice");
}

#[tokio::test]
async fn a_damaged_line_that_may_have_named_a_job_is_told() {
    let house = House::new().await;
    let file = house.refs(4);
    assert!(house.run(&["cancel", "-f", &file]).await.status.success());
    let path = house.record();
    let text = fs::read_to_string(&path).unwrap();
    let kept = text.lines().filter(|line| !line.contains("\"index\":2,") && !line.contains("\"summary\""));
    fs::write(&path, kept.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let (_, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!(document["summary"]["total"], 3);
    assert!(document["warnings"][0].as_str().unwrap().contains("or the record is damaged"), "{document:#}");
}

#[tokio::test]
async fn a_record_that_cannot_be_used_is_a_document_as_well() {
    let house = House::new().await;
    assert!(house.run(&["cancel", "datafold", "123"]).await.status.success());
    let path = house.record();
    let run = path.file_stem().unwrap().to_str().unwrap();
    fs::write(&path, "").unwrap();
    for (verb, schema) in [("show", "jobctl.run/1"), ("resume", "jobctl.cancel/1")] {
        let (exit, document) = house.json(&["runs", verb, run, "-o", "json"]).await;
        assert_eq!((exit, &document["schema"]), (2, &schema.into()), "{document:#}");
        assert_eq!((&document["exit_code"], &document["error"]["code"]), (&2.into(), &"io".into()));
    }
    fs::remove_dir_all(house.runs()).unwrap();
    fs::write(house.runs(), "").unwrap();
    for words in [&["runs", "list", "-o", "json"][..], &["runs", "prune", "--older-than", "1d", "-o", "json"]] {
        let (exit, document) = house.json(words).await;
        assert_eq!((exit, &document["error"]["code"]), (2, &"io".into()), "{words:?}");
    }
}
