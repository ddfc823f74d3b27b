//! `jobctl doctor`: everything between this machine and a cancelled job, one line
//! each, with what to do.
//!
//! Sends nothing but reads: one request without a credential per host, and one with
//! it. Owns the order and the words; must not know how any of it is done.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use clap::Args;

use super::answer::{self, answer};
use super::check;
use super::examples;
use super::global::GlobalArgs;
use super::session::Session;
use super::signals;
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Place, Policy, Probe};
use crate::providers::Entry;
use crate::report::tally::Tally;
use crate::report::{CheckRow, Closing, Line, Mark, Page, Status};
use crate::settings::environment::{self, Environment};
use crate::settings::{Explained, keychain, mode};

/// A clock that is off by more is worth a warning.
const SKEW: Duration = Duration::from_secs(60);

/// Check configuration, credentials, DNS, TLS, proxy and clock
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::DOCTOR)]
pub(super) struct DoctorArgs {
    /// Only this provider; without it, every provider that is set up
    #[arg(value_name = "PROVIDER", value_parser = answer::names())]
    provider: Option<String>,
}

/// The findings so far, and whom the next ones are about.
#[derive(Default)]
struct Findings {
    rows: Vec<CheckRow>,
    provider: Option<&'static str>,
}

impl Findings {
    fn add(&mut self, check: &'static str, status: Status, message: impl Into<String>, hint: Option<String>) {
        let (provider, message) = (self.provider, message.into());
        self.rows.push(CheckRow { kind: "check", check, provider, status, message, hint, error: None });
    }

    fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.add(check, Status::Ok, message, None);
    }

    fn warn(&mut self, check: &'static str, message: impl Into<String>, hint: &str) {
        self.add(check, Status::Warn, message, (!hint.is_empty()).then(|| hint.to_owned()));
    }

    fn fail(&mut self, check: &'static str, error: Error) {
        self.add(check, Status::Fail, error.message.clone(), error.hint().map(str::to_owned));
        if let Some(row) = self.rows.last_mut() {
            row.error = Some(error);
        }
    }
}

/// Runs the command to its exit code.
pub(super) async fn run(args: DoctorArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    answer("doctor", globals, environment, async || examine(args.provider.as_deref(), globals, environment).await).await
}

async fn examine(
    provider: Option<&str>,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(Page<CheckRow>, Closing), Error> {
    let candidates = answer::entries(provider)?;
    let mut findings = Findings::default();
    let session = match Session::begin(globals, environment, None).await {
        Ok(session) => session,
        Err(error) if error.kind == ErrorKind::Configuration => {
            findings.fail("configuration", error);
            return Ok(page(findings, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    configuration(&session, &mut findings);
    client(&session, &mut findings);
    let entries = chosen(&session, provider.is_some(), candidates, &mut findings);
    let work = async {
        for entry in &entries {
            findings.provider = Some(entry.name);
            examine_provider(&session, entry, globals, &mut findings).await;
        }
    };
    let signal = signals::heed(&mut signals::listen(), work).await.err();
    session.close(None).await;
    let targets = session.targets(&entries);
    let (page, closing) = page(findings, targets);
    Ok((page, answer::stopped(closing, signal)))
}

fn configuration(session: &Session, findings: &mut Findings) {
    let settings = &session.settings;
    let rows = settings.explain_run();
    let value = |key: &str| rows.iter().find(|row| row.key == key).and_then(|row| row.value.clone());
    let profile = value("profile").map_or_else(|| "no profile".to_owned(), |name| format!("profile {name}"));
    match (value("config"), settings.has_file()) {
        (Some(path), true) => findings.ok("configuration", format!("{path}, {profile}")),
        (Some(path), false) => findings.ok("configuration", format!("no file at {path}; variables and flags only")),
        (None, _) => findings.ok("configuration", "no file is read; variables and flags only"),
    }
    if settings.has_file() {
        let concerns: Vec<_> = rows.iter().filter(|row| row.key == "config").flat_map(|row| &row.warnings).collect();
        for concern in &concerns {
            findings.warn("file_modes", (*concern).clone(), "");
        }
        if concerns.is_empty() {
            findings.ok("file_modes", "only you can change the configuration file");
        }
    }
    if settings.is_read_only() {
        let source = settings.read_only_source().unwrap_or_default();
        findings.warn("guards", format!("read-only mode is on ({source}): nothing can be cancelled"), "");
    }
    if settings.is_protected() {
        findings.ok("guards", format!("{profile} is protected: cancel asks for its name, or --confirm"));
    }
}

/// What all providers share: trust and certificates.
fn client(session: &Session, findings: &mut Findings) {
    match session.transport().prepare() {
        Ok(()) => findings.ok("client", "certificates, --ca-cert and proxy can be used"),
        Err(error) => findings.fail("client", error),
    }
}

/// The named provider, else those that are set up.
fn chosen(
    session: &Session,
    asked_for: bool,
    candidates: Vec<&'static Entry>,
    findings: &mut Findings,
) -> Vec<&'static Entry> {
    if asked_for {
        return candidates;
    }
    let (ready, idle): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|entry| is_set_up(session, entry));
    let list = |entries: &[&Entry]| entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
    if ready.is_empty() {
        let error = Error::new(ErrorKind::CredentialsMissing, "no provider has a credential");
        findings.fail(
            "credentials",
            error.with_hint("jobctl doctor PROVIDER says what is missing; docs/credentials.md has recipes"),
        );
    } else if idle.is_empty() {
        findings.ok("credentials", format!("set up: {}", list(&ready)));
    } else {
        findings.ok("credentials", format!("set up: {}; not set up: {}", list(&ready), list(&idle)));
    }
    ready
}

/// Whether somebody gave this provider a credential or a host.
fn is_set_up(session: &Session, entry: &Entry) -> bool {
    let rows = session.settings.explain(entry);
    rows.iter().any(|row| matches!(row.key.as_str(), "credential" | "host") && row.is_given())
}

async fn examine_provider(session: &Session, entry: &'static Entry, globals: &GlobalArgs, findings: &mut Findings) {
    let host = match session.settings.host(entry) {
        Ok(host) => host,
        Err(error) => return findings.fail("host", error),
    };
    let rows = session.settings.explain(entry);
    findings.ok("host", format!("{host} ({})", source(&rows, "host")));
    files(session, entry, findings);
    if let Err(error) = session.destination(entry, None) {
        findings.fail("configuration", error);
    }
    let reached = reach(session, entry, &host, findings).await;
    // Runs the profile's command, also where nobody answers: that may be the trouble.
    let policy = Policy { retries: 0, ..globals.policy() };
    if !reached {
        return credential_alone(session, entry, &rows, findings).await;
    }
    let checked = check::check(session, entry, &policy).await;
    for warning in session.take_warnings() {
        findings.warn("credential", warning, "");
    }
    if let Some(error) = checked.error {
        findings.fail("key", error);
    } else {
        let accepted = check::accepted(checked.account.as_deref(), checked.environment);
        findings.ok("key", format!("{accepted} ({})", source(&rows, "credential")));
    }
}

async fn credential_alone(session: &Session, entry: &'static Entry, rows: &[Explained], findings: &mut Findings) {
    // What keeps it from being opened is said by opening it.
    let _ = session.prepare(&[entry]).await;
    match session.open(entry) {
        Ok(_) => findings.ok("key", format!("there is one ({}); it could not be tried", source(rows, "credential"))),
        Err(error) => findings.fail("key", error),
    }
}

fn source(rows: &[Explained], key: &str) -> String {
    rows.iter().find(|row| row.key == key).map_or_else(String::new, |row| row.asked_source().to_owned())
}

/// Files that hold this provider's secret.
fn files(session: &Session, entry: &Entry, findings: &mut Findings) {
    match session.settings.token_file(entry) {
        Ok(None) => {}
        Ok(Some(path)) => findings.ok("file_modes", format!("only you can read {}", path.display())),
        Err(error) if session.settings.missing(entry).is_some() => findings.fail("file_modes", error),
        // Another source comes before it.
        Err(error) => findings.warn("file_modes", error.message.clone(), error.hint().unwrap_or_default()),
    }
    for (name, _) in environment::vendor_variables(entry).into_iter().filter(|(name, _)| name.ends_with("_FILE")) {
        let Some(path) = session.settings.environment().raw(&name) else { continue };
        if mode(Path::new(&path)) & 0o002 != 0 {
            let path = path.display().to_string();
            findings.warn("file_modes", format!("everyone can change {path} ({name})"), &format!("chmod o-w {path}"));
        }
    }
    let keychain_wanted = source(&session.settings.explain(entry), "credential").starts_with("keychain");
    if keychain_wanted && let Err(error) = keychain::require() {
        findings.fail("keychain", error);
    }
}

/// From the name to an answer; stops at the first thing that does not work.
async fn reach(session: &Session, entry: &'static Entry, host: &BaseUrl, findings: &mut Findings) -> bool {
    let transport = session.transport();
    let proxy = transport.proxy_for(host);
    match &proxy {
        Some(proxy) => findings.ok("proxy", format!("calls go through {proxy}")),
        None => findings.ok("proxy", "none; calls go straight to the host"),
    }
    let whose = if proxy.is_some() { "proxy " } else { "" };
    // What keeps the proxy from being reached is the proxy's trouble, not the host's.
    let blame = |error: Error| match whose {
        "" => error,
        _ => Error::new(ErrorKind::Proxy, format!("the proxy cannot be reached: {}", error.message)),
    };
    let place = proxy.unwrap_or_else(|| Place::of(host));
    let addresses = match transport.resolve(&place).await {
        Ok(addresses) => addresses,
        Err(error) => {
            findings.fail("dns", blame(error));
            return false;
        }
    };
    let listed: Vec<_> = addresses.iter().take(3).map(|address| address.ip().to_string()).collect();
    let more = if addresses.len() > 3 { ", ..." } else { "" };
    if place.host.parse::<IpAddr>().is_err() {
        findings.ok("dns", format!("{whose}{} is {}{more}", place.host, listed.join(", ")));
    }
    match transport.connect(&place, &addresses).await {
        Ok(address) => findings.ok("connect", format!("{whose}{address} accepts connections")),
        Err(error) => {
            findings.fail("connect", blame(error));
            return false;
        }
    }
    answers(session, entry, host, findings).await
}

/// TLS, an answer, and the clock that it brings.
async fn answers(session: &Session, entry: &'static Entry, host: &BaseUrl, findings: &mut Findings) -> bool {
    match session.transport().probe(entry.name, host).await {
        Ok(probe) => {
            if host.is_https() {
                findings.ok("tls", "the certificate is trusted and is for this host");
            }
            let time = probe.elapsed.as_millis();
            findings
                .ok("reachable", format!("{} answers in {time} ms (HTTP {} without a key)", host.host(), probe.status));
            clock(&probe, findings);
            true
        }
        Err(error) => {
            let check = match error.kind {
                ErrorKind::Tls => "tls",
                ErrorKind::Proxy => "proxy",
                _ => "reachable",
            };
            findings.fail(check, error);
            false
        }
    }
}

fn clock(probe: &Probe, findings: &mut Findings) {
    let Some(date) = probe.date else {
        return findings.ok("clock", "the host does not say what time it is");
    };
    let now = SystemTime::now();
    // Seconds are all that the header has.
    let (off, word) = match now.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if off <= SKEW {
        return findings.ok("clock", format!("agrees with the host's to {} s", off.as_secs().max(1)));
    }
    let off = humantime::format_duration(Duration::from_secs(off.as_secs()));
    let hint = "set it (NTP): ages, certificates and expiry times depend on it";
    findings.warn("clock", format!("this machine's clock is {off} {word} the host's"), hint);
}

/// Only failed lines decide the exit code.
fn page(findings: Findings, targets: Vec<crate::report::Target>) -> (Page<CheckRow>, Closing) {
    let mut failed = Tally::default();
    for error in findings.rows.iter().filter_map(|row| row.error.as_ref()) {
        failed.add_cause(error.kind.exit());
    }
    let lines = findings.rows.iter().map(line).collect();
    let closing = Closing { targets: Some(targets), ..Closing::new(failed.exit()) };
    (Page::new(findings.rows, lines, |row| row.error.as_ref()), closing)
}

fn line(row: &CheckRow) -> Line {
    let (mark, word) = match row.status {
        Status::Ok => (Mark::Good, "ok"),
        Status::Warn => (Mark::Warn, "warn"),
        Status::Fail => (Mark::Bad, "fail"),
    };
    let check = row.check.replace('_', " ");
    let mut line =
        Line::new(mark, [word.to_owned(), row.provider.unwrap_or("").to_owned(), check, row.message.clone()]);
    let words = row.error.as_ref().and_then(|error| error.provider_message.as_ref());
    line.notes.extend(words.map(|words| format!("the provider says: {words}")));
    line.advice.extend(row.hint.clone());
    line
}
