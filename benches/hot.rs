//! The hot paths by themselves: what every job of a large run passes through.
//!
//! ```console
//! $ cargo bench --bench hot
//! ```

#![expect(clippy::expect_used, reason = "a bench that cannot begin has nothing to measure")]

use std::io;
use std::time::Duration;

use divan::{Bencher, black_box};
use jobctl::engine::{Destination, RefReader};
use jobctl::http::Limiter;
use jobctl::report::{Format, Report, ReportOptions, RunMeta, Verb};
use jobctl::sandbox::{Options, Sandbox, seeded_jobs};
use jobctl::{ExitCode, JobRef, JobState, Outcome, Settled, Subject, Transport, Vendor};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn job() -> JobRef {
    RefReader::new(None, Destination::None).parse("datafold:1046892").expect("a ref")
}

#[divan::bench(args = ["datafold:1046892", "prequel:warehouse-eu/nightly-0142", r#"{"type":"job","ref":"veeva:7","state":"queued"}"#])]
fn line_of_input(bencher: Bencher<'_, '_>, line: &str) {
    let reader = RefReader::new(None, Destination::None);
    bencher.bench(|| reader.parse_line(black_box(7), black_box(line.as_bytes())));
}

/// A permit of the limiter, taken and given back where there is nothing to wait for.
#[divan::bench]
fn permit(bencher: Bencher<'_, '_>) {
    let (runtime, limiter) = (runtime(), Limiter::new(32, None));
    bencher.bench_local(|| runtime.block_on(async { drop(black_box(limiter.acquire().await)) }));
}

/// A result, written as `-o json` and `-o ndjson` write it.
#[divan::bench(args = ["json", "ndjson"])]
fn result_row(bencher: Bencher<'_, '_>, format: &str) {
    let format: Format = format.parse().expect("a format");
    let options = ReportOptions::plain(format, Verb::Cancel, RunMeta::now(false, false));
    let mut report = Report::new(options, Box::new(io::sink()), Box::new(io::sink()));
    let settled = Settled {
        index: 7,
        line: Some(8),
        subject: Subject::Job(job()),
        outcome: Outcome::Cancelled,
        ok: true,
        exit: ExitCode::Ok,
        state_before: None,
        state: Some(JobState::Cancelled),
        provider_state: Some("cancelled".into()),
        verified: true,
        attempts: 1,
        http_status: Some(200),
        request_id: None,
        elapsed: Duration::from_millis(87),
        error: None,
    };
    bencher.bench_local(|| report.settled(black_box(&settled)));
}

/// One read of a job: a request, the answer over loopback, and its decoding.
#[divan::bench(args = ["datafold", "prequel", "unstructured"])]
fn read(bencher: Bencher<'_, '_>, provider: &str) {
    let runtime = runtime();
    let id = seeded_jobs().iter().find(|job| job.provider == provider).expect("a job").id;
    let (_sandbox, vendor) = runtime.block_on(async {
        let sandbox = Sandbox::start(Options::default()).await.expect("a port");
        let vendor = Vendor::from_variables(provider, sandbox.variables(), &Transport::shared()).expect("a vendor");
        (sandbox, vendor)
    });
    bencher.bench_local(|| runtime.block_on(vendor.read(black_box(id))).expect("a job"));
}
