//! Every fault × every vendor × every exchange of a run in turn.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::plan::{FINAL, Fault, How, Plan, TRANSIENT, WELL, after, before};
use super::record::Truth;
use super::server::FaultServer;
use crate::support::{ALL, Ran, Vendor, jobctl};

/// First send, read-back, second send, second read-back.
const EXCHANGES: usize = 4;

/// What befalls a job's exchange number `step`, if `fault` is to befall number `at`.
/// What comes before sees to it that the run gets there.
fn befalls(fault: Fault, at: usize, step: usize) -> Fault {
    match step {
        step if step == at => fault,
        0 if at > 0 => before(How::Status(500)),
        2 if at > 2 => after(How::Close),
        _ => WELL,
    }
}

fn cancel(server: &FaultServer, vendor: &Vendor, ids: &[String]) -> crate::support::Jobctl {
    for id in ids {
        server.add(vendor, id, Truth::Live);
    }
    jobctl(&["cancel", vendor.name, "-o", "json", "--concurrency", "64", "--request-timeout", "5s"])
        .args(ids)
        .at(vendor, &server.uri())
}

/// A fault for a while must not keep a job from being stopped, or known to be.
#[track_caller]
fn stopped(ran: &Ran, n: usize, context: &dyn std::fmt::Debug) {
    let row = &ran.rows()[n];
    assert!(row["outcome"] == "cancelled" || row["outcome"] == "requested", "{context:?}: {row:#}");
}

/// Where a job is a request, each fault strikes a job of its own in one run. What
/// slows a whole provider down has a run of its own for each exchange.
#[tokio::test]
async fn each_fault_at_each_exchange_of_a_job() {
    let slows = |fault: &Fault| matches!(fault.how, How::Limited(_));
    let all: Vec<(Fault, usize)> =
        TRANSIENT.iter().chain(FINAL).flat_map(|fault| (0..EXCHANGES).map(|at| (*fault, at))).collect();
    let (slow, together): (Vec<_>, Vec<_>) = all.into_iter().partition(|(fault, _)| slows(fault));
    let runs: Vec<Vec<(Fault, usize)>> = slow.into_iter().map(|case| vec![case]).chain([together]).collect();
    let vendors = ALL.iter().filter(|vendor| !vendor.is_veeva());
    join_all(vendors.flat_map(|vendor| runs.iter().map(move |cases| each_strikes_its_own(vendor, cases)))).await;
}

async fn each_strikes_its_own(vendor: &'static Vendor, cases: &[(Fault, usize)]) {
    let ids: Vec<String> = (0..cases.len()).map(|n| vendor.nth(n)).collect();
    let by_id: HashMap<String, (Fault, usize)> = ids.iter().cloned().zip(cases.iter().copied()).collect();
    let plan: Plan = Box::new(move |exchange| {
        let (fault, at) = by_id[exchange.id];
        befalls(fault, at, exchange.step)
    });
    let server = FaultServer::start(plan);
    let ran = cancel(&server, vendor, &ids).run().await;
    server.record().judge(&ran.rows(), &(vendor.name, cases));
    for (n, (fault, at)) in cases.iter().enumerate() {
        if TRANSIENT.contains(fault) {
            stopped(&ran, n, &(vendor.name, fault, at));
        }
    }
}

/// Veeva's jobs share a request, so each fault has a run of its own. Its second
/// read of a job has to wait for ten seconds, which all of them do together.
#[tokio::test]
async fn each_fault_at_each_exchange_of_a_chunk() {
    let vendor = crate::support::called("veeva");
    let cases = TRANSIENT.iter().chain(FINAL).flat_map(|fault| (0..EXCHANGES).map(|at| (*fault, at)));
    join_all(cases.enumerate().map(|(n, (fault, at))| async move {
        // So many programs do not start at once.
        tokio::time::sleep(Duration::from_millis(20) * u32::try_from(n).unwrap()).await;
        let plan: Plan = Box::new(move |exchange| befalls(fault, at, exchange.step));
        let server = FaultServer::start(plan);
        let ids: Vec<String> = (0..2).map(|n| vendor.nth(n)).collect();
        let ran = cancel(&server, vendor, &ids).run().await;
        server.record().judge(&ran.rows(), &(fault, at));
        if TRANSIENT.contains(&fault) {
            stopped(&ran, 0, &(fault, at));
            stopped(&ran, 1, &(fault, at));
        }
    }))
    .await;
}

/// A rejected credential ends the provider's run, wherever it comes up.
#[tokio::test]
async fn a_rejected_credential_at_each_exchange() {
    let cases = ALL.iter().flat_map(|vendor| (0..EXCHANGES - 1).map(move |at| (vendor, at)));
    join_all(cases.map(|(vendor, at)| async move {
        if vendor.is_veeva() && at == 2 {
            return;
        }
        let plan: Plan = Box::new(move |exchange| befalls(before(How::Status(401)), at, exchange.step));
        let server = FaultServer::start(plan);
        let ids: Vec<String> = (0..600).map(|n| vendor.nth(n)).collect();
        let ran = cancel(&server, vendor, &ids).run().await;
        server.record().judge(&ran.rows(), &(vendor.name, at));
    }))
    .await;
}

/// Jobs that ended by themselves are finished, whatever befalls the exchange.
#[tokio::test]
async fn an_ended_job_is_finished_under_every_fault_of_the_first_send() {
    join_all(ALL.iter().filter(|vendor| !vendor.is_veeva()).map(|vendor| async move {
        let ids: Vec<String> = (0..TRANSIENT.len()).map(|n| vendor.nth(n)).collect();
        let faults: HashMap<String, Fault> = ids.iter().cloned().zip(TRANSIENT.iter().copied()).collect();
        let server = FaultServer::start(Box::new(move |exchange| befalls(faults[exchange.id], 0, exchange.step)));
        let call = cancel(&server, vendor, &ids);
        for id in &ids {
            server.add(vendor, id, Truth::Ended);
        }
        let ran = call.run().await;
        server.record().judge(&ran.rows(), &vendor.name);
        assert!(ran.rows().iter().all(|row| row["outcome"] == "finished"), "{}: {ran:?}", vendor.name);
    }))
    .await;
}
