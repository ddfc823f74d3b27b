//! `jobctl auth`: which credential is used and why, and secrets in the keychain.
//!
//! Owns asking for a secret. Must not know where secrets come from otherwise.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::answer::{self, answer};
use super::check::{self, Checked};
use super::examples;
use super::global::GlobalArgs;
use super::session::Session;
use super::signals;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::{Entry, known};
use crate::report::tally::Tally;
use crate::report::{Closing, CredentialRow, Line, Mark, Page};
use crate::settings::environment::Environment;
use crate::settings::{Explained, Login, Settings, Token, keychain};

/// Show which credentials are used, and keep secrets in the keychain
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::AUTH)]
pub(super) struct AuthArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Keep a provider's secret in the keychain, where built in
    ///
    /// The secret is asked for without echo, or read with --token-stdin or
    /// --token-file. It belongs to the profile in effect and to that profile's host,
    /// and is used where the profile says `keychain = true`. A build without the
    /// keychain says so; use token_command, token_file or the variables there.
    #[cfg_attr(
        not(feature = "keychain"),
        command(after_help = "This build has no keychain; use token_command or token_file instead.")
    )]
    Login(LoginArgs),
    /// Remove a provider's secret from the keychain
    Logout {
        #[arg(value_name = "PROVIDER", value_parser = answer::names())]
        provider: String,
    },
    /// Show which host and credential each provider would use
    ///
    /// Reads no secret and runs no command, except with --check.
    Status {
        /// Only this provider; exit 4 where it has no credential
        #[arg(value_name = "PROVIDER", value_parser = answer::names())]
        provider: Option<String>,
        /// Ask each vendor, with one cheap read, whether it accepts the credential
        #[arg(long)]
        check: bool,
    },
}

#[derive(Args, Clone, Debug)]
struct LoginArgs {
    #[arg(value_name = "PROVIDER", value_parser = answer::names())]
    provider: String,
    /// Read the secret from standard input
    #[arg(long, conflicts_with = "token_file")]
    token_stdin: bool,
    /// Read the secret from FILE
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Runs the command to its exit code.
pub(super) async fn run(args: AuthArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    answer("auth", globals, environment, async || match &args.action {
        Action::Login(login) => store(login, globals, environment),
        Action::Logout { provider } => remove(known(provider)?, globals, environment),
        Action::Status { provider, check } => status(provider.as_deref(), *check, globals, environment).await,
    })
    .await
}

fn settings(globals: &GlobalArgs, environment: &Environment) -> Result<Settings, Error> {
    if globals.sandbox {
        return Err(Error::new(ErrorKind::Usage, "the sandbox brings its own credentials; there is nothing to keep"));
    }
    Settings::load(globals.overrides(), environment.clone())
}

fn store(
    args: &LoginArgs,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(Page<CredentialRow>, Closing), Error> {
    keychain::require()?;
    let entry = known(&args.provider)?;
    let settings = settings(globals, environment)?;
    let login = settings.login(entry)?;
    let token = secret(args, globals, environment, entry, &login)?;
    let secret = token.secret?;
    settings.check_secret(entry, &secret, &token.source)?;
    login.slot.store(&secret)?;
    let mut closing = Closing::new(ExitCode::Ok);
    let mut row = kept("stored", entry, &login);
    let place = settings.location().map_or_else(String::new, |at| format!(" to {}", at.path.display()));
    if login.enabled {
        closing.next_steps.push(format!("jobctl auth status {} --check", entry.name));
        row.warnings.extend(loses(&settings, entry));
    } else {
        row.warnings.push(format!("it is not used yet: add these lines{place}: {}", login.lines.replace('\n', "; ")));
    }
    let mut line = Line::new(Mark::Good, ["stored".to_owned(), whose(entry, &login), keychain::name().to_owned()]);
    if login.enabled {
        line.advice.extend(row.warnings.iter().cloned());
    } else {
        line.notes.push(format!("it is not used yet; add these lines{place}:"));
        line.notes.extend(login.lines.lines().map(|text| format!("  {text}")));
    }
    Ok((page(vec![row], vec![line]), closing))
}

fn remove(
    entry: &'static Entry,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(Page<CredentialRow>, Closing), Error> {
    keychain::require()?;
    let settings = settings(globals, environment)?;
    let login = settings.login(entry)?;
    let removed = login.slot.remove()?;
    let (action, mark) = if removed { ("removed", Mark::Good) } else { ("absent", Mark::Plain) };
    let mut row = kept(action, entry, &login);
    row.warnings.extend(loses(&settings, entry));
    let mut line = Line::new(mark, [action.to_owned(), whose(entry, &login), keychain::name().to_owned()]);
    line.advice.extend(row.warnings.iter().cloned());
    Ok((page(vec![row], vec![line]), Closing::new(ExitCode::Ok)))
}

/// Says what is used instead of the keychain, if anything is.
fn loses(settings: &Settings, entry: &Entry) -> Option<String> {
    let row = credential(&settings.explain(entry)).clone();
    let other = row.is_set() && !row.source.starts_with("keychain");
    other.then(|| format!("{} still uses {}", entry.name, row.source))
}

fn whose(entry: &Entry, login: &Login) -> String {
    format!("{} at {} (profile {})", entry.name, login.host, login.profile)
}

fn kept(action: &'static str, entry: &'static Entry, login: &Login) -> CredentialRow {
    CredentialRow {
        kind: "credential",
        action,
        provider: entry.name,
        host: Some(login.host.to_string()),
        profile: Some(login.profile.clone()),
        ok: true,
        source: Some(keychain::name().to_owned()),
        beaten: Vec::new(),
        checked: false,
        account: None,
        environment: None,
        warnings: Vec::new(),
        error: None,
    }
}

/// The secret to keep: piped in, from a file, or typed without echo.
fn secret(
    args: &LoginArgs,
    globals: &GlobalArgs,
    environment: &Environment,
    entry: &Entry,
    login: &Login,
) -> Result<Token, Error> {
    if let Some(path) = &args.token_file {
        return Ok(Token::from_file(path));
    }
    if args.token_stdin {
        return Ok(Token::from_stdin(io::stdin()));
    }
    if globals.no_input || globals.format(environment)?.is_machine() || !io::stdin().is_terminal() {
        return Err(Error::new(ErrorKind::NotConfirmed, "the secret could not be asked for")
            .with_hint(format!("pipe it in: ... | jobctl auth login {} --token-stdin", entry.name)));
    }
    let what = login.username.as_ref().map_or_else(|| "Secret".to_owned(), |name| format!("Password of {name}"));
    ask(&format!("{what} for {} at {}: ", entry.name, login.host))
}

#[cfg(feature = "keychain")]
fn ask(prompt: &str) -> Result<Token, Error> {
    use crate::secret::Secret;
    let typed = rpassword::prompt_password(prompt).map(secrecy::zeroize::Zeroizing::new);
    let typed =
        typed.map_err(|error| Error::new(ErrorKind::NotConfirmed, format!("the secret could not be read: {error}")))?;
    let secret = Secret::new(&typed)
        .ok_or_else(|| Error::new(ErrorKind::NotConfirmed, "nothing was typed, so nothing is stored"))?;
    Ok(Token { secret: Ok(secret), source: "what was typed".to_owned() })
}

#[cfg(not(feature = "keychain"))]
fn ask(_: &str) -> Result<Token, Error> {
    Err(keychain::require().err().unwrap_or_else(|| Error::new(ErrorKind::Internal, "nobody can be asked")))
}

async fn status(
    provider: Option<&str>,
    check: bool,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(Page<CredentialRow>, Closing), Error> {
    let entries = answer::entries(provider)?;
    let session = Session::begin(globals, environment, None).await?;
    let mut rows = Vec::new();
    let work = async {
        for entry in &entries {
            let explained = session.settings.explain(entry);
            // Providers that nobody set up are not asked for, unless they were named.
            let ask = check && (provider.is_some() || credential(&explained).is_set());
            let checked = if ask { Some(check::check(&session, entry, &session.policy).await) } else { None };
            rows.push(state(&session, entry, &explained, checked));
        }
    };
    let signal = signals::heed(&mut signals::listen(), work).await.err();
    session.close(None).await;
    let mut exit = Tally::default();
    for row in rows.iter().filter(|row| !row.ok && (provider.is_some() || row.checked)) {
        // One that was not tried is there to be used, or it is not.
        let tried = row.error.as_ref().filter(|_| row.checked);
        exit.add_cause(tried.map_or(ExitCode::Auth, |error| error.kind.exit()));
    }
    let mut closing = Closing::new(exit.exit());
    closing.targets = Some(session.targets(&entries));
    let lines = rows.iter().map(|row| line(row, provider.is_some())).collect();
    Ok((page(rows, lines), answer::stopped(closing, signal)))
}

fn state(session: &Session, entry: &'static Entry, explained: &[Explained], checked: Option<Checked>) -> CredentialRow {
    let (host, credential) = (&explained[0], credential(explained));
    let target = session.target(entry);
    let was_checked = checked.is_some();
    let source = if was_checked { credential.asked_source() } else { &credential.source };
    let Checked { account, environment, mut error } = checked.unwrap_or_default();
    error = error.or_else(|| session.settings.missing(entry));
    // A missing credential is the error already, with its fixes.
    let rows: &[&Explained] = if credential.is_set() { &[host, credential] } else { &[] };
    let warnings = rows.iter().flat_map(|row| &row.warnings);
    CredentialRow {
        kind: "credential",
        action: "status",
        provider: entry.name,
        host: target.host,
        profile: target.profile,
        ok: error.is_none(),
        source: credential.is_set().then(|| source.to_owned()),
        beaten: credential.beaten.clone(),
        checked: was_checked,
        account,
        environment,
        warnings: warnings.cloned().collect(),
        error,
    }
}

/// The row about the credential, which always stands second.
fn credential(explained: &[Explained]) -> &Explained {
    explained.iter().find(|row| row.key == "credential").unwrap_or(&explained[0])
}

fn line(row: &CredentialRow, named: bool) -> Line {
    let host = row.host.clone().unwrap_or_else(|| "no host".to_owned());
    let mark = match (&row.error, row.warnings.is_empty()) {
        (Some(_), _) if row.source.is_none() && !row.checked => Mark::Plain,
        (Some(_), _) => Mark::Bad,
        (None, false) => Mark::Warn,
        (None, true) => Mark::Good,
    };
    let profile = row.profile.as_ref().map_or_else(String::new, |name| format!(" (profile {name})"));
    let what = row.source.clone().unwrap_or_else(|| "no credential".to_owned());
    let mut line = Line::new(mark, [row.provider.to_owned(), format!("{host}{profile}"), what]);
    if row.checked && row.error.is_none() {
        line.notes.push(check::accepted(row.account.as_deref(), row.environment));
    } else if let Some(environment) = row.environment {
        line.notes.push(format!("a key for {environment}"));
    }
    if !row.beaten.is_empty() {
        line.notes.push(format!("instead of {}", row.beaten.join(", ")));
    }
    line.advice.extend(row.warnings.iter().cloned());
    // What nobody set up needs no advice, unless it was asked for.
    if let Some(error) = row.error.as_ref().filter(|_| row.checked || row.source.is_some() || named) {
        line.notes.push(error.message.clone());
        line.notes.extend(error.provider_message.iter().map(|words| format!("the provider says: {words}")));
        line.advice.extend(error.hint().map(str::to_owned));
    }
    line
}

fn page(rows: Vec<CredentialRow>, lines: Vec<Line>) -> Page<CredentialRow> {
    Page::new(rows, lines, |row| row.error.as_ref())
}
