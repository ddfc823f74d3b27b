//! `jobctl config`: where the configuration file is, what it says, and what comes of
//! it. Never shows a secret; changes nothing.

use clap::{Args, Subcommand};

use super::answer::{self, answer};
use super::examples;
use super::global::GlobalArgs;
use super::session::Session;
use crate::error::{Error, ExitCode};
use crate::report::{Closing, Line, Mark, Page};
use crate::settings::environment::Environment;
use crate::settings::{Explained, Location, Settings};

/// Show the configuration file and where each value comes from
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::CONFIG)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Print the path of the configuration file, whether it is there or not
    Path,
    /// Show what the configuration file says, profile by profile
    Show,
    /// Show each value that a call would use, its source, and what it beat
    Explain {
        /// Only this provider
        #[arg(value_name = "PROVIDER", value_parser = answer::names())]
        provider: Option<String>,
    },
}

/// Runs the command to its exit code.
pub(super) async fn run(args: ConfigArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    answer("config", globals, environment, async || match &args.action {
        Action::Path => Ok(page(path(globals, environment))),
        Action::Show => show(globals, environment),
        Action::Explain { provider } => explain(provider.as_deref(), globals, environment).await,
    })
    .await
}

/// Works with a broken file too: people want to open it then.
fn path(globals: &GlobalArgs, environment: &Environment) -> (Vec<Explained>, Vec<Line>) {
    let location = if globals.no_config { None } else { Location::find(globals.config.as_deref(), environment) };
    let Some(location) = location else { return (Vec::new(), Vec::new()) };
    let path = location.path.to_string_lossy().into_owned();
    let mut row = Explained::new(None, "config", Some(path.clone()), location.source);
    if !location.path.exists() {
        row.warnings.push("there is no such file".to_owned());
    }
    (vec![row], vec![Line::new(Mark::Plain, [path])])
}

fn show(globals: &GlobalArgs, environment: &Environment) -> Result<(Page<Explained>, Closing), Error> {
    let settings = Settings::load(globals.overrides(), environment.clone())?;
    let shown = settings.show();
    let source = settings.location().map_or_else(|| "not set".to_owned(), |at| at.path.to_string_lossy().into_owned());
    let mut lines = vec![Line::new(
        Mark::Head,
        [if settings.has_file() { format!("# {source}") } else { format!("# {source}: there is no such file") }],
    )];
    let mut table = String::new();
    for value in &shown {
        let provider = value.provider.map_or_else(String::new, |provider| format!(".{provider}"));
        let this = format!("[profiles.{}{provider}]", value.profile.as_deref().unwrap_or_default());
        if this != table {
            lines.push(Line::new(Mark::Head, [this.clone()]));
            table = this;
        }
        lines.push(Line::new(Mark::Plain, [format!("{} = {}", value.key, value.value.as_deref().unwrap_or_default())]));
    }
    Ok(page((shown, lines)))
}

async fn explain(
    provider: Option<&str>,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(Page<Explained>, Closing), Error> {
    let entries = answer::entries(provider)?;
    let session = Session::begin(globals, environment, None).await?;
    let settings = &session.settings;
    let mut lines = Vec::new();
    let mut rows = Vec::new();
    for value in settings.explain_run() {
        lines.push(line(&value, settings.has_file()));
        rows.push(value);
    }
    for entry in &entries {
        lines.push(Line::new(Mark::Head, [entry.name]));
        for value in settings.explain(entry) {
            lines.push(line(&value, true));
            rows.push(value);
        }
    }
    let (page, mut closing) = page((rows, lines));
    closing.targets = Some(session.targets(&entries));
    Ok((page, closing))
}

/// `key  value  source`. A missing file is nothing to be warned of by itself.
fn line(value: &Explained, has_file: bool) -> Line {
    let shown = match &value.value {
        Some(text) => text.clone(),
        None if value.is_set() => "(not shown)".to_owned(),
        None => "-".to_owned(),
    };
    let quiet = value.key == "config" && !has_file;
    let mark = if value.warnings.is_empty() || quiet { Mark::Plain } else { Mark::Warn };
    let mut line = Line::new(mark, [format!("  {}", value.key), shown, value.source.clone()]);
    if !value.beaten.is_empty() {
        line.notes.push(format!("instead of {}", value.beaten.join(", ")));
    }
    line.advice.extend(value.warnings.iter().cloned());
    line
}

fn page((rows, lines): (Vec<Explained>, Vec<Line>)) -> (Page<Explained>, Closing) {
    (Page::new(rows, lines, |_| None), Closing::new(ExitCode::Ok))
}
