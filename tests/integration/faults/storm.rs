//! A bad day: thousands of jobs, and a quarter of all requests go wrong.

use std::io::Write as _;

use super::plan::{Fault, How, Plan, TRANSIENT, WELL};
use super::record::Truth;
use super::server::FaultServer;
use crate::support::{ALL, jobctl};

/// Chance that only depends on what it is asked about, so that a storm can be had again.
fn roll(seed: u64, parts: &[&dyn std::fmt::Display]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for byte in part.to_string().bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // FNV alone leaves the low bits of similar texts alike.
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// A quarter of the requests, each kind of fault as often as any other.
fn weather(seed: u64, limits: bool) -> Plan {
    Box::new(move |exchange| {
        // Its second read of a job waits for ten seconds; that is played elsewhere.
        if exchange.vendor == "veeva" && exchange.step > 1 {
            return WELL;
        }
        let what = format!("{:?}", exchange.op);
        let dice = roll(seed, &[&exchange.vendor, &exchange.id, &what, &exchange.step]);
        if dice.is_multiple_of(4) { fault(dice >> 2, limits) } else { WELL }
    })
}

fn fault(dice: u64, limits: bool) -> Fault {
    // A pause that the host asks for is kept by everybody, and would be most of the time.
    let fits = |fault: &&Fault| match fault.how {
        // Megabytes say nothing more the hundredth time.
        How::Limited(Some(1..)) | How::Endless => false,
        How::Limited(_) => limits,
        _ => true,
    };
    let faults: Vec<_> = TRANSIENT.iter().filter(fits).collect();
    let count = faults.len() as u64;
    *faults[usize::try_from(dice % count).unwrap()]
}

async fn storm(seed: u64, each: usize, limits: bool) {
    let server = FaultServer::start(weather(seed, limits));
    let mut refs: Vec<(u64, String)> = Vec::new();
    for vendor in ALL {
        for n in 0..each {
            let name = server.add(vendor, &vendor.nth(n), Truth::Live);
            refs.push((roll(seed, &[&name]), name));
        }
    }
    refs.sort_unstable();
    let input = refs.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("\n");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(input.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let began = std::time::Instant::now();
    let ran = jobctl(&["cancel", "-f", path, "-o", "json", "--concurrency", "64", "--request-timeout", "5s"])
        .at_all(&server.uri())
        .run()
        .await;
    let rows = ran.rows();
    let record = server.record();
    record.judge(&rows, &("storm", seed));
    let count = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count();
    let said = count("cancelled") + count("requested");
    let stopped = record.jobs.values().filter(|job| job.truth == Truth::Stopped).count();
    println!(
        "storm {seed}: {} jobs, {} requests, {} faults, {stopped} stopped, {said} reported stopped, {} unknown, {} unavailable, in {:?}",
        rows.len(),
        record.requests,
        record.faults,
        count("unknown"),
        count("unavailable"),
        began.elapsed(),
    );
    assert_eq!(rows.len(), each * ALL.len());
    assert!(record.faults * 5 > record.requests, "it was no storm");
    assert!(stopped * 100 >= rows.len() * 99, "{stopped} of {} stopped", rows.len());
    assert!(said * 100 >= rows.len() * 99, "{said} of {} known to be stopped", rows.len());
}

#[tokio::test]
async fn thousands_of_jobs_in_a_storm() {
    storm(1, 600, false).await;
}

#[tokio::test]
async fn a_storm_with_rejections_for_no_reason() {
    storm(2, 40, true).await;
}
