//! What one call shares: its settings, its transport and the providers that it opened;
//! and how it prints.
//!
//! Owns putting them together from flags and environment. Decides nothing about jobs.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use tokio::time::Instant;

use super::global::GlobalArgs;
use super::signals::put_back;
use crate::base_url::BaseUrl;
use crate::canceller::DynCanceller;
use crate::engine::{Signals, closing};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Policy, Trace, Transport, TransportOptions, until};
use crate::providers::{DESTINATION, Entry, ProviderSettings, VENDORS};
use crate::report::{
    Closing, Color, ColorChoice, ColorVariables, Columns, Report, ReportOptions, RunMeta, Target, Verb, color_wanted,
    unicode_locale,
};
use crate::sandbox::{self, Sandbox};
use crate::secret::Secret;
use crate::settings::environment::{self, Environment};
use crate::settings::{Given, Overrides, Resolved, Settings};
use crate::text::visible;

/// The variable in which `sandbox serve` and `sandbox run` say where every call goes.
pub(super) const REHEARSAL: &str = environment::SANDBOX.name;

/// What one call works with.
pub(super) struct Session {
    pub(super) settings: Arc<Settings>,
    /// How hard to try.
    pub(super) policy: Policy,
    transport: Arc<Transport>,
    /// Where every call must go, in a sandbox that another process serves.
    rehearsal: Option<BaseUrl>,
    /// Warnings that came up where no report was at hand.
    warnings: RefCell<Vec<String>>,
    /// Providers that were opened, in order.
    opened: RefCell<Vec<Opened>>,
    /// Kept for as long as the call goes on.
    sandbox: Option<Sandbox>,
}

/// A provider that was opened, or why it could not be.
struct Opened {
    target: Target,
    vendor: Result<(ProviderSettings, Arc<dyn DynCanceller>), Error>,
}

impl Session {
    /// Puts the call's settings together; starts the embedded vendors if asked for.
    ///
    /// # Errors
    /// Whatever makes the settings unusable.
    pub(super) async fn begin(
        globals: &GlobalArgs,
        environment: &Environment,
        given: Option<Given>,
    ) -> Result<Self, Error> {
        let mut overrides = Overrides { given, ..globals.overrides() };
        let (sandbox, settings) = if globals.sandbox {
            if overrides.given.is_some() {
                let message = "--sandbox brings its own hosts and credentials; leave --host and --token-* out";
                return Err(Error::new(ErrorKind::Usage, message));
            }
            overrides.no_config = true;
            let sandbox = start_sandbox(environment).await?;
            let settings = Settings::load(overrides, sandboxed(&sandbox, environment))?;
            (Some(sandbox), settings)
        } else {
            (None, Settings::load(overrides, environment.clone())?)
        };
        let transport = Arc::new(Transport::new(transport_options(globals, &settings)?));
        Ok(Self {
            settings: Arc::new(settings),
            policy: globals.policy(),
            transport,
            rehearsal: rehearsal(globals, environment)?,
            warnings: RefCell::default(),
            opened: RefCell::default(),
            sandbox,
        })
    }

    /// Opens a provider, once per call: resolves host and credential, and makes it
    /// ready.
    ///
    /// # Errors
    /// What [`Settings::resolve`] says.
    pub(super) fn open(&self, entry: &'static Entry) -> Result<Arc<dyn DynCanceller>, Error> {
        self.open_with_settings(entry).map(|(_, canceller)| canceller)
    }

    /// Opens the providers that a call names; away from the thread that hears signals
    /// where that may take its time, as a `token_command` may.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where a provider's settings make no sense. (A
    /// missing credential is said of that provider's jobs.)
    pub(super) async fn prepare(&self, known: &[&'static Entry]) -> Result<(), Error> {
        self.transport.check_ca()?;
        for entry in known.iter().copied() {
            let resolved = if self.settings.is_at_hand(entry) {
                self.settings.resolve(entry)
            } else {
                let settings = Arc::clone(&self.settings);
                tokio::task::spawn_blocking(move || settings.resolve(entry))
                    .await
                    .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?
            };
            match self.keep(entry, resolved) {
                Err(error) if error.kind == ErrorKind::Configuration => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// As [`Session::prepare`], and broken off by a signal or the deadline: the run then
    /// hears of it first.
    ///
    /// # Errors
    /// As [`Session::prepare`].
    pub(super) async fn prepare_in_time(
        &self,
        known: &[&'static Entry],
        signals: &mut Signals,
        deadline: Option<Instant>,
    ) -> Result<(), Error> {
        tokio::select! {
            prepared = self.prepare(known) => return prepared,
            Some(number) = signals.recv() => put_back(number, signals),
            () = until(deadline) => {}
        }
        Ok(())
    }

    /// As [`Session::open`], with what the provider was opened with.
    ///
    /// # Errors
    /// What [`Settings::resolve`] says.
    pub(super) fn open_with_settings(
        &self,
        entry: &'static Entry,
    ) -> Result<(ProviderSettings, Arc<dyn DynCanceller>), Error> {
        if let Some(opened) = self.opened.borrow().iter().find(|opened| opened.target.provider == entry.name) {
            return opened.vendor.clone();
        }
        self.keep(entry, self.settings.resolve(entry))
    }

    /// Makes a resolved provider ready, and keeps it for the rest of the call.
    fn keep(
        &self,
        entry: &'static Entry,
        resolved: Result<Resolved, Error>,
    ) -> Result<(ProviderSettings, Arc<dyn DynCanceller>), Error> {
        let vendor = resolved.and_then(|resolved| {
            self.warnings.borrow_mut().extend(resolved.warnings);
            self.refuse_real_host(entry, &resolved.settings.host)?;
            let canceller = (entry.open)(&resolved.settings, Arc::clone(&self.transport))?;
            Ok((resolved.settings, Arc::from(canceller)))
        });
        let target = match &vendor {
            Ok((settings, _)) => self.target_at(entry, Some(settings.host.to_string())),
            Err(_) => self.target(entry),
        };
        self.opened.borrow_mut().push(Opened { target, vendor: vendor.clone() });
        vendor
    }

    /// The way to the hosts.
    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// In a sandbox that another process serves, nothing else may be called: output
    /// that says "sandbox" must never be about a real job.
    fn refuse_real_host(&self, entry: &Entry, host: &BaseUrl) -> Result<(), Error> {
        match &self.rehearsal {
            Some(sandbox) if sandbox != host => Err(Error::new(
                ErrorKind::Configuration,
                format!(
                    "{REHEARSAL} says that this is a rehearsal at {sandbox}, but {} calls would go to {host}",
                    entry.name
                ),
            )
            .with_hint(format!("unset {REHEARSAL}, or export all the sandbox's variables"))),
            _ => Ok(()),
        }
    }

    /// Whether every call goes to a sandbox, this process's own or another's.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.sandbox.is_some() || self.rehearsal.is_some()
    }

    /// Where a provider's calls go.
    pub(super) fn target(&self, entry: &'static Entry) -> Target {
        match self.opened.borrow().iter().find(|opened| opened.target.provider == entry.name) {
            Some(opened) => opened.target.clone(),
            None => self.target_at(entry, self.settings.host(entry).ok().map(|host| host.to_string())),
        }
    }

    fn target_at(&self, entry: &'static Entry, host: Option<String>) -> Target {
        Target { provider: entry.name, host, profile: self.settings.profile_for(entry).map(str::to_owned) }
    }

    /// The targets of providers that are known before anything is read.
    pub(super) fn targets(&self, entries: &[&'static Entry]) -> Vec<Target> {
        entries.iter().map(|entry| self.target(entry)).collect()
    }

    /// The environment that a provider's credential belongs to, once it was opened.
    pub(super) fn environment(&self, entry: &'static Entry) -> Option<&'static str> {
        let opened = self.opened.borrow();
        let vendor = &opened.iter().find(|opened| opened.target.provider == entry.name)?.vendor;
        vendor.as_ref().ok().and_then(|(settings, _)| (entry.environment)(settings))
    }

    /// The secrets of the providers that were opened, and the one that was given.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let opened = self.opened.borrow();
        let opened = opened.iter().filter_map(|opened| opened.vendor.as_ref().ok());
        let fields = opened.flat_map(|(settings, _)| &settings.credential.fields);
        let secret = fields.filter(|(key, _)| environment::secret_fields(VENDORS).any(|field| field.key == *key));
        secret.map(|(_, secret)| secret).chain(self.settings.given_secret()).cloned().collect()
    }

    /// Adds the providers that were opened to the end of a call.
    pub(super) fn closing_targets(&self, closing: Closing) -> Closing {
        let targets: Vec<Target> = self.opened.borrow().iter().map(|opened| opened.target.clone()).collect();
        Closing { targets: (!targets.is_empty()).then_some(targets), ..closing }
    }

    /// The warnings that have come up since the last time.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings.take();
        warnings.extend(self.transport.take_warning());
        warnings
    }

    /// Hands on the warnings that have come up since the last time.
    pub(super) fn pass_warnings(&self, report: &mut Report) {
        for warning in self.take_warnings() {
            report.warning(warning);
        }
    }

    /// The destination of a provider that needs one: the flag's, else the setting's.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a flag that the provider has no use for or that is no
    /// destination; the settings' errors.
    pub(super) fn destination(&self, entry: &'static Entry, flag: Option<&str>) -> Result<Option<String>, Error> {
        match (flag, entry.capabilities.needs_destination) {
            (Some(_), false) => {
                Err(Error::new(ErrorKind::Usage, format!("--destination is of no use at {}", entry.name)))
            }
            (Some(flag), true) => {
                // Half of it would be taken for a job's id.
                let setting = entry.settings.iter().find(|setting| setting.key == DESTINATION);
                match setting.map(|setting| (setting.check)(flag)) {
                    Some(Err(wrong)) => {
                        Err(Error::new(ErrorKind::Usage, format!("--destination `{}`: {wrong}", visible(flag))))
                    }
                    _ => Ok(Some(flag.to_owned())),
                }
            }
            (None, true) => self.settings.option(entry, DESTINATION),
            (None, false) => Ok(None),
        }
    }

    /// Ends what was opened (a session of jobctl's own), within a few seconds and the
    /// deadline.
    pub(super) async fn close(&self, deadline: Option<Instant>) {
        let opened: Vec<_> = self.opened.borrow().iter().filter_map(|opened| opened.vendor.clone().ok()).collect();
        for (_, canceller) in opened {
            canceller.close_dyn(&mut Budget::new(&self.policy, closing(deadline))).await;
        }
    }
}

/// The sandbox of another process that this call is made in. It is on loopback, as all
/// are: what is said of a rehearsal must never be about a vendor.
fn rehearsal(globals: &GlobalArgs, environment: &Environment) -> Result<Option<BaseUrl>, Error> {
    let Some(text) = environment.get(REHEARSAL)?.filter(|_| !globals.sandbox) else { return Ok(None) };
    BaseUrl::parse(&text).ok().filter(BaseUrl::is_loopback).map(Some).ok_or_else(|| {
        Error::new(ErrorKind::Configuration, format!("{REHEARSAL} names no sandbox: `{}`", visible(&text)))
            .with_hint(format!("unset {REHEARSAL}, or export what `jobctl sandbox serve` prints"))
    })
}

/// The sandbox's hosts and secrets, with what of the real environment cannot lead to
/// a real vendor.
fn sandboxed(sandbox: &Sandbox, environment: &Environment) -> Environment {
    let kept = VENDORS.iter().flat_map(|entry| entry.settings).map(|setting| setting.variable);
    let own = sandbox.variables().into_iter().map(|(name, value)| (name, value.into()));
    let kept = kept.chain([environment::READ_ONLY.name]).filter_map(|name| Some((name, environment.raw(name)?)));
    Environment::of::<_, OsString>(own.chain(kept))
}

async fn start_sandbox(environment: &Environment) -> Result<Sandbox, Error> {
    let mut options = sandbox::Options::default();
    if let Some(text) = environment.get(environment::SANDBOX_FAULTS.name)? {
        options.faults = text
            .parse()
            .map_err(|error| Error::new(ErrorKind::Usage, format!("{}: {error}", environment::SANDBOX_FAULTS.name)))?;
    }
    Sandbox::start(options)
        .await
        .map_err(|error| Error::new(ErrorKind::Io, format!("the sandbox could not open a port: {error}")))
}

fn transport_options(globals: &GlobalArgs, settings: &Settings) -> Result<TransportOptions, Error> {
    let trace = match &globals.trace_http {
        Some(path) => Some(Trace::create(path)?),
        None => None,
    };
    Ok(TransportOptions {
        ca_cert: globals.ca_cert.clone(),
        proxy: settings.proxy()?,
        no_proxy: settings.no_proxy()?,
        concurrency: globals.concurrency(),
        rate: globals.rate,
        trace,
        ..TransportOptions::new(globals.policy())
    })
}

/// How this call prints.
///
/// # Errors
/// [`ErrorKind::Usage`] for an unknown format in the environment.
pub(super) fn report_options(
    globals: &GlobalArgs,
    environment: &Environment,
    verb: Verb,
    dry_run: bool,
) -> Result<ReportOptions, Error> {
    let format = globals.format(environment)?;
    let sandbox = globals.sandbox || environment.has(REHEARSAL);
    let text = |name: &str| environment.text(name);
    let term = text(environment::TERM.name);
    let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
    Ok(ReportOptions {
        color: Color {
            stdout: color(globals.color(), environment, stdout),
            stderr: color(globals.color(), environment, stderr),
        },
        unicode: unicode_locale(
            text(environment::LC_ALL.name).as_deref(),
            text(environment::LC_CTYPE.name).as_deref(),
            text(environment::LANG.name).as_deref(),
        ),
        quiet: globals.quiet,
        progress: stderr && !globals.quiet && term.as_deref() != Some("dumb"),
        shared: stdout,
        columns: widths(text(environment::COLUMNS.name).as_deref()),
        ..ReportOptions::plain(format, verb, RunMeta::now(dry_run, sandbox))
    })
}

/// Whether a stream gets colour.
pub(super) fn color(choice: ColorChoice, environment: &Environment, terminal: bool) -> bool {
    let text = |name: &str| environment.text(name);
    let (no_color, force) = (text(environment::NO_COLOR.name), text(environment::CLICOLOR_FORCE.name));
    let (clicolor, term) = (text(environment::CLICOLOR.name), text(environment::TERM.name));
    let variables = ColorVariables {
        no_color: no_color.as_deref(),
        clicolor_force: force.as_deref(),
        clicolor: clicolor.as_deref(),
        term: term.as_deref(),
    };
    color_wanted(choice, variables, terminal)
}

/// The streams' widths: the variable's, where somebody sets it, else the terminal's own.
fn widths(variable: Option<&str>) -> Columns {
    let given = variable.and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let own = |size: Option<(terminal_size::Width, _)>| size.map(|(columns, _)| usize::from(columns.0));
    Columns {
        stdout: given.or_else(|| own(terminal_size::terminal_size_of(io::stdout()))),
        stderr: own(terminal_size::terminal_size_of(io::stderr())).map(|own| given.unwrap_or(own)),
    }
}

/// A report on the real streams.
pub(super) fn report(options: ReportOptions) -> Report {
    Report::new(options, Box::new(io::stdout()), Box::new(io::stderr()))
}

/// Ends a call that a signal has stopped before anything was `done`.
///
/// # Errors
/// Where the end could not be written.
pub(super) fn interrupted(report: &mut Report, number: u8, done: &str) -> Result<ExitCode, Error> {
    let exit = ExitCode::Signal(number);
    let error = Error::new(ErrorKind::Interrupted, format!("interrupted before anything was {done}"));
    report.finish(Closing { exit, ..Closing::failed(error) })?;
    Ok(exit)
}

/// Prints the error of a whole call as its end.
///
/// # Errors
/// Where the results could not be written.
pub(super) fn fail(report: &mut Report, error: Error) -> Result<ExitCode, Error> {
    if report.is_finished() {
        return Err(error);
    }
    let exit = error.kind.exit();
    report.finish(Closing::failed(error)).map(|()| exit)
}
