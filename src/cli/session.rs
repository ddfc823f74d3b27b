//! What one call shares: its settings, its report, its transport and its signals.
//!
//! Owns putting them together from flags and environment. Decides nothing about jobs.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::global::GlobalArgs;
use crate::canceller::DynCanceller;
use crate::engine::Signals;
use crate::error::{Error, ErrorKind};
use crate::http::{Trace, Transport, TransportOptions};
use crate::providers::Entry;
use crate::report::{
    Color, ColorVariables, Report, ReportOptions, RunMeta, Target, Verb, color_wanted, unicode_locale,
};
use crate::sandbox::{self, Sandbox};
use crate::settings::environment::{self, Environment};
use crate::settings::{Given, Overrides, ProviderSettings, Settings};

/// The variable that asks the embedded vendors for faults.
const SANDBOX_FAULTS: &str = "JOBCTL_SANDBOX_FAULTS";

/// What one call works with.
pub(super) struct Session {
    pub(super) settings: Settings,
    transport: Arc<Transport>,
    /// Warnings that came up where no report was at hand.
    warnings: RefCell<Vec<String>>,
    /// Providers that were opened, in order.
    opened: RefCell<Vec<Target>>,
    /// Kept for as long as the call goes on.
    _sandbox: Option<Sandbox>,
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
        known: &[&'static Entry],
    ) -> Result<Self, Error> {
        let mut overrides = Overrides {
            profile: globals.profile.clone(),
            config: globals.config.clone(),
            no_config: globals.no_config,
            read_only: globals.read_only,
            given: given.into_iter().collect(),
        };
        let (sandbox, settings) = if globals.sandbox {
            if !overrides.given.is_empty() {
                let message = "--sandbox brings its own hosts and credentials; leave --host and --token-* out";
                return Err(Error::new(ErrorKind::Usage, message));
            }
            overrides.no_config = true;
            let sandbox = start_sandbox(environment).await?;
            let settings = Settings::load(overrides, Environment::of(sandbox.variables()))?;
            (Some(sandbox), settings)
        } else {
            (None, Settings::load(overrides, environment.clone())?)
        };
        let transport = Arc::new(Transport::new(transport_options(globals, environment, &settings, known)?));
        Ok(Self { settings, transport, warnings: RefCell::default(), opened: RefCell::default(), _sandbox: sandbox })
    }

    /// Opens a provider: resolves host and credential, and makes it ready.
    ///
    /// # Errors
    /// What [`Settings::resolve`] says.
    pub(super) fn open(&self, entry: &'static Entry) -> Result<Arc<dyn DynCanceller>, Error> {
        self.open_with_settings(entry).map(|(_, canceller)| canceller)
    }

    /// As [`Session::open`], with what the provider was opened with.
    ///
    /// # Errors
    /// What [`Settings::resolve`] says.
    pub(super) fn open_with_settings(
        &self,
        entry: &'static Entry,
    ) -> Result<(ProviderSettings, Arc<dyn DynCanceller>), Error> {
        let target = self.target(entry);
        self.opened.borrow_mut().push(target);
        let resolved = self.settings.resolve(entry)?;
        self.warnings.borrow_mut().extend(resolved.warnings);
        let canceller = (entry.open)(&resolved.settings, Arc::clone(&self.transport))?;
        Ok((resolved.settings, Arc::from(canceller)))
    }

    /// The way to the hosts.
    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Where a provider's calls go.
    pub(super) fn target(&self, entry: &'static Entry) -> Target {
        Target {
            provider: entry.name,
            host: self.settings.host(entry).ok().map(|host| host.to_string()),
            profile: self.settings.profile_for(entry).map(str::to_owned),
        }
    }

    /// The targets of providers that are known before anything is read.
    pub(super) fn targets(&self, entries: &[&'static Entry]) -> Vec<Target> {
        entries.iter().map(|entry| self.target(entry)).collect()
    }

    /// The providers that were opened.
    pub(super) fn opened(&self) -> Vec<Target> {
        self.opened.borrow().clone()
    }

    /// The warnings that have come up since the last time.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}

async fn start_sandbox(environment: &Environment) -> Result<Sandbox, Error> {
    let mut options = sandbox::Options::default();
    if let Some(text) = environment.get(SANDBOX_FAULTS)? {
        options.faults =
            text.parse().map_err(|error| Error::new(ErrorKind::Usage, format!("{SANDBOX_FAULTS}: {error}")))?;
    }
    Sandbox::start(options)
        .await
        .map_err(|error| Error::new(ErrorKind::Io, format!("the sandbox could not open a port: {error}")))
}

fn transport_options(
    globals: &GlobalArgs,
    environment: &Environment,
    settings: &Settings,
    known: &[&'static Entry],
) -> Result<TransportOptions, Error> {
    let either = |upper: &str| -> Result<Option<String>, Error> {
        Ok(environment.get(upper)?.or(environment.get(&upper.to_ascii_lowercase())?))
    };
    let proxy_from_environment = match either(environment::HTTPS_PROXY.name)? {
        Some(proxy) => Some(proxy),
        None => either("ALL_PROXY")?,
    };
    let trace = match &globals.trace_http {
        Some(path) => Some(Trace::create(path)?),
        None => None,
    };
    let plain = |entry: &&Entry| settings.host(entry).is_ok_and(|host| !host.is_https());
    Ok(TransportOptions {
        ca_cert: globals.ca_cert.clone(),
        proxy: globals.proxy.clone(),
        proxy_from_environment,
        no_proxy: either(environment::NO_PROXY.name)?,
        tls: !globals.sandbox && (known.is_empty() || !known.iter().all(plain)),
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
    let text = |name: &str| environment.get(name).ok().flatten();
    let (no_color, force) = (text(environment::NO_COLOR.name), text(environment::CLICOLOR_FORCE.name));
    let (clicolor, term) = (text(environment::CLICOLOR.name), text(environment::TERM.name));
    let variables = ColorVariables {
        no_color: no_color.as_deref(),
        clicolor_force: force.as_deref(),
        clicolor: clicolor.as_deref(),
        term: term.as_deref(),
    };
    let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
    Ok(ReportOptions {
        color: Color {
            stdout: color_wanted(globals.color(), variables, stdout),
            stderr: color_wanted(globals.color(), variables, stderr),
        },
        unicode: unicode_locale(text("LC_ALL").as_deref(), text("LC_CTYPE").as_deref(), text("LANG").as_deref()),
        quiet: globals.quiet,
        progress: stderr && !globals.quiet && term.as_deref() != Some("dumb"),
        columns: text("COLUMNS").and_then(|columns| columns.parse().ok()),
        ..ReportOptions::plain(format, verb, RunMeta::now(dry_run, globals.sandbox))
    })
}

/// A report on the real streams.
pub(super) fn report(options: ReportOptions) -> Report {
    Report::new(options, Box::new(io::stdout()), Box::new(io::stderr()))
}

/// Listens for SIGHUP, SIGINT and SIGTERM from now on.
#[cfg(unix)]
pub(super) fn signals() -> Signals {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::unbounded_channel();
    for (kind, number) in [(SignalKind::hangup(), 1u8), (SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
        // A signal that cannot be listened to keeps its default: it ends the process.
        let Ok(mut stream) = signal(kind) else { continue };
        let sender = sender.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if sender.send(number).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

/// Listens for Ctrl-C from now on.
#[cfg(not(unix))]
pub(super) fn signals() -> Signals {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(2).is_ok() {} });
    receiver
}
