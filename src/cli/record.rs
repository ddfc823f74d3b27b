//! The record that a cancelling call keeps: who calls, with what words, for what.
//!
//! Owns what of a command line may be kept. The engine writes the record itself.

use std::ffi::OsString;
use std::sync::Arc;

use super::global::GlobalArgs;
use super::session::{self, Session};
use super::targets::OwnArgs;
use super::{Cli, Command, tree};
use crate::engine::journal::{self, At, Caller, Folder, Journal, Start};
use crate::engine::{NoRecord, Recorder, Rules};
use crate::error::ExitCode;
use crate::http::Redactor;
use crate::providers::{Entry, VENDORS};
use crate::report::{Report, Target};
use crate::secret::Secret;
use crate::settings::environment::{Environment, secret_fields};
use crate::settings::{may_be_secret, place};
use crate::text::typed;

/// What a run was asked for, as far as its record keeps it.
pub(super) struct Wishes<'a> {
    pub(super) rules: &'a Rules,
    pub(super) fail_fast: bool,
}

/// The record of the run that a call makes, if one is kept.
pub(super) struct RunRecord {
    journal: Option<Arc<Journal>>,
    /// What goes on with the run.
    resume: Vec<String>,
}

impl RunRecord {
    /// Keeps nothing.
    pub(super) const fn none() -> Self {
        Self { journal: None, resume: Vec::new() }
    }

    /// Begins the record of a new run. Where that is not possible there is a warning,
    /// and the run goes on without.
    pub(super) fn begin(
        session: &Session,
        globals: &GlobalArgs,
        environment: &Environment,
        report: &mut Report,
        wishes: &Wishes<'_>,
    ) -> Self {
        let meta = report.meta();
        let named = session.settings.profile_source().and(session.settings.profile_name());
        let start = Start {
            schema: journal::SCHEMA.to_owned(),
            run_id: meta.run_id.clone(),
            jobctl_version: meta.version.to_owned(),
            sandbox: meta.sandbox,
            started_at: meta.started_at.into(),
            caller: caller(session, globals, environment),
            profile: named.map(str::to_owned),
            targets: report.targets().iter().map(kept).collect(),
            reason: meta.reason.clone(),
            options: journal::Options {
                verify: wishes.rules.verify,
                strict: wishes.rules.strict,
                ignore_not_found: wishes.rules.ignore_not_found,
                fail_fast: wishes.fail_fast,
                guard: wishes.rules.guard.clone(),
            },
        };
        let begun = match folder(globals, environment) {
            Some(folder) => folder.begin(&start).map_err(|error| format!("in {}: {error}", folder.path().display())),
            None => Err("there is no home folder".to_owned()),
        };
        let resume = resume_command(&start.run_id, globals);
        match begun {
            Ok(journal) => Self { journal: Some(Arc::new(journal)), resume },
            Err(why) => {
                report.warning(format!("no record is kept of this run ({why}); cancelling goes on"));
                Self::none()
            }
        }
    }

    /// The record of a run that is gone on with.
    pub(super) fn of(journal: Journal, run_id: &str, globals: &GlobalArgs) -> Self {
        Self { journal: Some(Arc::new(journal)), resume: resume_command(run_id, globals) }
    }

    /// Whether all of the run is on record so far.
    pub(super) fn is_kept(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.is_on())
    }

    /// With the host and the secret's place for whoever goes on.
    pub(super) fn carrying(mut self, own: &OwnArgs) -> Self {
        self.resume.extend(own.words());
        self
    }

    /// Who is told of everything.
    pub(super) fn recorder(&self) -> Arc<dyn Recorder> {
        match &self.journal {
            Some(journal) => Arc::clone(journal) as Arc<dyn Recorder>,
            None => Arc::new(NoRecord),
        }
    }

    /// A provider is about to be opened.
    pub(super) fn target(&self, target: &Target) {
        if let Some(journal) = &self.journal {
            journal.target(&kept(target));
        }
    }

    /// Passes on how many jobs there are, and that the record is not whole.
    pub(super) fn pass_news(&self, report: &mut Report) {
        if let Some(total) = self.journal.as_ref().and_then(|journal| journal.input()) {
            report.expect_total(total);
        }
        if let Some(warning) = self.journal.as_ref().and_then(|journal| journal.take_warning()) {
            report.warning(warning);
        }
    }

    /// Ends the record. Returns what to type to go on, where the run was interrupted.
    pub(super) fn finish(&self, report: &mut Report, exit: ExitCode, signal: Option<u8>) -> Option<String> {
        let journal = self.journal.as_ref()?;
        journal.finish(exit.code(), signal);
        self.pass_news(report);
        let interrupted = signal.is_some() || report.tally().count(crate::canceller::Outcome::NotSent) > 0;
        let resumable = journal.is_on() && interrupted && journal.counts().open() > 0;
        resumable.then(|| typed(&self.resume))
    }
}

/// The folder of this call's records.
pub(super) fn folder(globals: &GlobalArgs, environment: &Environment) -> Option<Folder> {
    let sandbox = globals.sandbox || environment.has(session::REHEARSAL);
    place::runs_folder(environment, sandbox).map(Folder::new)
}

/// Who calls, and how.
pub(super) fn caller(session: &Session, globals: &GlobalArgs, environment: &Environment) -> Caller {
    let redactor = redactor(session, globals, environment);
    Caller {
        at: At::now(),
        argv: globals.argv.iter().map(|word| clean(&redactor, &word.to_string_lossy())).collect(),
        user: place::user(environment),
        hostname: place::hostname(environment),
        pid: std::process::id(),
        ci_url: place::ci_url(environment),
    }
}

/// `--reason`, without secrets.
pub(super) fn reason(session: &Session, globals: &GlobalArgs, environment: &Environment, text: &str) -> String {
    clean(&redactor(session, globals, environment), text)
}

/// A target as a record has it.
pub(super) fn kept(target: &Target) -> journal::Target {
    journal::Target { provider: target.provider.to_owned(), host: target.host.clone(), profile: target.profile.clone() }
}

/// How to call under a profile again, or under none.
pub(super) fn under(profile: Option<&str>, session: &Session) -> String {
    match profile {
        Some(profile) => format!("add {}", typed(["--profile", profile])),
        // The file's default one came into effect by itself.
        None if session.settings.profile_source().is_none() => "add --no-config".to_owned(),
        None => "name no profile".to_owned(),
    }
}

/// How to call a provider at a host again; `alone`: no other provider is meant.
pub(super) fn at(entry: &Entry, host: Option<&str>, alone: bool) -> String {
    match host {
        Some(host) if alone => format!("add {}", typed(["--host", host])),
        Some(host) => format!("set {}={}", entry.host_variable, typed([host])),
        None => format!("leave {} out", entry.host_variable),
    }
}

/// What goes on with the run, under the settings that this call has.
fn resume_command(run_id: &str, globals: &GlobalArgs) -> Vec<String> {
    let mut words: Vec<String> = ["jobctl", "runs", "resume", run_id].map(str::to_owned).into();
    words.extend(globals.settings_words());
    words
}

/// What goes on with a run of the list: with the settings and the host that were typed
/// then.
pub(super) fn go_on_command(start: &Start, globals: &GlobalArgs) -> String {
    let argv: Vec<OsString> = start.caller.argv.iter().map(OsString::from).collect();
    let (mut then, own) = match tree::parse(&argv) {
        Ok(Cli { globals, command: Command::Cancel(call) }) => (globals, call.own().words()),
        _ => (globals.clone(), Vec::new()),
    };
    then.profile.clone_from(&start.profile);
    // This is where the record was found.
    then.sandbox = globals.sandbox;
    typed(resume_command(&start.run_id, &then).iter().chain(&own))
}

/// What takes this call's secrets out: those of its own variables (a rehearsal has others), of what was opened, of
/// its proxy, which may stand without a scheme, by which other URLs are known, and one
/// that was given in the place of its file.
pub(super) fn redactor(session: &Session, globals: &GlobalArgs, environment: &Environment) -> Redactor {
    let values = secret_fields(VENDORS).filter_map(|field| Secret::new(&environment.get(field.variable).ok()??));
    let proxy = globals.proxy.as_deref().and_then(|proxy| Secret::new(proxy.rsplit_once('@')?.0.rsplit("://").next()?));
    let misplaced = token_file(&globals.argv).filter(|word| may_be_secret(word.as_ref())).and_then(Secret::new);
    Redactor::new(&values.chain(session.secrets()).chain(proxy).chain(misplaced).collect::<Vec<_>>())
}

/// What was typed for `--token-file`.
fn token_file(argv: &[OsString]) -> Option<&str> {
    let mut words = argv.iter().filter_map(|word| word.to_str());
    let value = words.find_map(|word| word.strip_prefix("--token-file"))?;
    value.strip_prefix('=').or_else(|| words.next())
}

/// What was typed, without secrets. No option takes one; people put them there all the
/// same, above all into URLs.
fn clean(redactor: &Redactor, text: &str) -> String {
    redactor.text(&without_password(text)).into_owned()
}

/// `https://user:password@host` as `https://***@host`.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_for_the_file_of_a_secret_is_found() {
        let found = |line: &str| {
            let argv: Vec<OsString> = line.split(' ').map(Into::into).collect();
            token_file(&argv).map(str::to_owned)
        };
        assert_eq!(found("cancel datafold --token-file a 1").as_deref(), Some("a"));
        assert_eq!(found("cancel datafold --token-file=a 1").as_deref(), Some("a"));
        assert_eq!(found("cancel datafold 1 --token-file"), None);
        assert_eq!(found("cancel datafold 1"), None);
    }

    #[test]
    fn what_was_typed_is_kept_without_secrets() {
        let redactor = Redactor::new(&["sk_1234", "abc", "you:pw"].map(|secret| Secret::new(secret).unwrap()));
        for (typed, kept) in [
            ("you:pw@proxy:8080", "***@proxy:8080"),
            ("--proxy=you:pw@proxy:8080", "--proxy=***@proxy:8080"),
            ("datafold:123", "datafold:123"),
            ("--proxy=http://me:pw@proxy:8080/", "--proxy=http://***@proxy:8080/"),
            ("http://a@b@c/x@y", "http://***@c/x@y"),
            ("https://host/a@b", "https://host/a@b"),
            ("see sk_1234!", "see ***!"),
            ("abc", "abc"),
        ] {
            assert_eq!(clean(&redactor, typed), kept);
        }
    }
}
