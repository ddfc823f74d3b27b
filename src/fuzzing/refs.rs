//! Lines of `-f` and arguments: each is a job, a bad line or nothing, and what comes
//! out goes in again.

use super::check_error;
use super::feed::Feed;
use crate::engine::{Destination, Input, Lines, RefReader};
use crate::job::JobRef;
use crate::providers::{self, VENDORS};

/// `PROVIDER DESTINATION`, a digit each, to the line's end; then the lines.
pub fn refs(data: &[u8]) {
    let mut feed = Feed::new(data);
    let provider = feed.pick(&[None, Some("datafold"), Some("prequel"), Some("unstructured"), Some("veeva")]);
    let destination = match feed.below(3) {
        0 => Destination::None,
        1 => Destination::Flag("eu".into()),
        _ => Destination::Setting("eu".into()),
    };
    feed.until(b'\n');
    let text = feed.rest();
    let reader = RefReader::new(provider, destination.clone());
    let mut lines = Lines::new(text, RefReader::new(provider, destination));
    let mut numbers = Vec::new();
    while let Some(input) = lines.read().unwrap() {
        let number = check(&input, provider).expect("a line without a number");
        assert!(numbers.last().is_none_or(|last| *last < number), "lines out of order");
        let line = text.split(|byte| *byte == b'\n').nth(usize::try_from(number - 1).unwrap()).unwrap();
        assert_eq!(reader.parse_line(number, line), Some(input), "a line read otherwise by itself");
        numbers.push(number);
    }
    for argument in text.split(|byte| *byte == b'\n') {
        match reader.parse(&String::from_utf8_lossy(argument)) {
            Ok(job) => check_job(&job, provider),
            Err(error) => check_error(&error),
        }
    }
}

/// What holds for one line; its number.
fn check(input: &Input, provider: Option<&'static str>) -> Option<u64> {
    match input {
        Input::Job { line, job, .. } => {
            check_job(job, provider);
            *line
        }
        Input::Bad { line, text, error, .. } => {
            assert!(text.chars().count() <= 200);
            check_error(error);
            *line
        }
        Input::Broken(error) => {
            check_error(error);
            let (_, rest) = error.message.split_once("line ")?;
            rest.split_once(':')?.0.parse().ok()
        }
        Input::Left { .. } | Input::Refused(_) => panic!("no line says that"),
    }
}

/// A job that was read is exactly one job: in every form in which it is printed, any
/// reader finds the same again.
fn check_job(job: &JobRef, provider: Option<&'static str>) {
    assert!(provider.is_none_or(|provider| provider == job.provider), "{job} came in as a job of {provider:?}");
    assert!(VENDORS.iter().any(|entry| entry.name == job.provider));
    let id = job.id.as_str();
    assert!(
        !id.is_empty() && id.len() <= 1024 && !id.contains(|c: char| c.is_whitespace() || c.is_control()),
        "{id:?}"
    );
    let entry = providers::find(job.provider).unwrap();
    assert_eq!((entry.parse_id)(id, None).as_ref(), Ok(&job.id));
    let printed = job.to_string();
    let row = serde_json::json!({ "type": "job", "ref": printed, "provider": job.provider, "id": id }).to_string();
    for named in [None, Some(job.provider)] {
        for destination in [Destination::None, Destination::Setting("other".into())] {
            let reader = RefReader::new(named, destination);
            assert_eq!(reader.parse(&printed).as_ref(), Ok(job));
            for line in [printed.as_bytes(), row.as_bytes()] {
                match reader.parse_line(7, line) {
                    Some(Input::Job { job: again, line: Some(7), .. }) => assert_eq!(again, *job),
                    other => panic!("{printed} came back as {other:?}"),
                }
            }
        }
    }
}
