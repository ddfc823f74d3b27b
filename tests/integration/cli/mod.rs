//! What can be typed, what is read and what is printed.

mod ends;
mod formats;
mod help;
mod input;
mod mistyped;
mod secrets;
mod terminal;
mod usage;

use serde_json::Value;

use crate::support::{ALL, Op, Stage, called, json, status};

/// A server where Datafold's odd diffs are cancelled, and of the even ones 2 had
/// finished, 4 is refused, 6 is forbidden and the others do not exist; all other
/// vendors' jobs are cancelled.
async fn world() -> Stage {
    Stage::with(called("datafold"), |op, path, body| {
        let number = |text: &str| text.trim_end_matches("/cancel").rsplit('/').next().unwrap().to_owned();
        let Some(rest) = path.strip_prefix("/api/v1/datadiffs/") else { return elsewhere(op, path, body) };
        let (vendor, id) = (called("datafold"), number(rest));
        match (op, id.as_str()) {
            (_, "2") => json(200, &vendor.state("2", Some("done"))),
            (Op::Cancel, "4") => status(409),
            (Op::Read, "4") => json(200, &vendor.state("4", Some("processing"))),
            (_, "6") => status(403),
            (_, odd) if odd.parse::<u64>().unwrap() % 2 == 1 => json(200, &vendor.state(odd, Some("cancelled"))),
            _ => status(404),
        }
    })
    .await
}

fn elsewhere(op: Op, path: &str, body: &[u8]) -> wiremock::ResponseTemplate {
    let words: Vec<&str> = path.split('/').collect();
    match (words[1], op) {
        ("destinations", _) => {
            let id = format!("{}/{}", words[2], words[4]);
            json(200, &called("prequel").state(&id, Some("CANCELLED")))
        }
        (_, Op::Cancel) if path.ends_with("/actions/cancel") => {
            let jobs: Vec<Value> = serde_json::from_slice(body).unwrap();
            let item = |job: &Value| called("veeva").accepted(&job["job_id"].to_string(), None)["data"][0].clone();
            let items: Vec<Value> = jobs.iter().map(item).collect();
            json(200, &serde_json::json!({"responseStatus": "SUCCESS", "data": items}))
        }
        _ => json(200, &called("unstructured").state(words[4], Some("STOPPED"))),
    }
}

/// How many cancels came in.
async fn sent(stage: &Stage) -> usize {
    stage.server.received_requests().await.unwrap().iter().filter(|request| request.method.as_str() == "POST").count()
}

/// One ref of every vendor.
fn one_of_each() -> Vec<String> {
    ALL.iter().map(|vendor| vendor.reference(vendor.id)).collect()
}
