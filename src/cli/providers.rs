//! `jobctl providers`: what each provider can do, from the declarations that the
//! engine obeys.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use super::global::GlobalArgs;
use crate::canceller::Capabilities;
use crate::engine::known;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::{Entry, VENDORS};
use crate::report::Format;
use crate::settings::environment::Environment;

/// Show what each provider can do
#[derive(Args, Clone, Debug)]
pub(super) struct ProvidersArgs {
    /// Only this one
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// One provider, as machines read it.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    title: &'static str,
    id: &'static str,
    #[serde(flatten)]
    capabilities: Capabilities,
    host_variable: &'static str,
    default_host: Option<&'static str>,
    credentials: Vec<Vec<&'static str>>,
    settings: Vec<&'static str>,
    docs: &'static str,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    jobctl_version: &'static str,
    results: Vec<Row>,
}

/// Runs the command to its exit code.
pub(super) fn run(args: &ProvidersArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let rows: Vec<Row> = match &args.name {
        Some(name) => vec![row(known(name)?)],
        None => VENDORS.iter().map(row).collect(),
    };
    let text = match globals.format(environment)? {
        Format::Human => human(&rows, args.name.is_some()),
        Format::Json => {
            let document =
                Document { schema: "jobctl.providers/1", jobctl_version: env!("CARGO_PKG_VERSION"), results: rows };
            json(&document)? + "\n"
        }
        Format::Ndjson => rows.iter().map(json).collect::<Result<Vec<_>, _>>()?.join("\n") + "\n",
        Format::Name => rows.iter().map(|row| row.name).collect::<Vec<_>>().join("\n") + "\n",
        Format::Csv => return Err(Error::new(ErrorKind::Usage, "there is no csv form of this; use json")),
    };
    // A reader that has gone needs no table.
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::Ok)
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}

fn row(entry: &Entry) -> Row {
    Row {
        name: entry.name,
        title: entry.title,
        id: entry.id_form,
        capabilities: entry.capabilities,
        host_variable: entry.host_variable,
        default_host: entry.default_host,
        credentials: entry.ways.iter().map(|way| way.fields.iter().map(|field| field.variable).collect()).collect(),
        settings: entry.settings.iter().map(|setting| setting.variable).collect(),
        docs: entry.docs,
    }
}

fn human(rows: &[Row], whole: bool) -> String {
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    let floor =
        |row: &Row| row.capabilities.poll_floor.map_or("none".to_owned(), |floor| format!("{}s", floor.as_secs()));
    let mut text = String::new();
    if !whole {
        let _ =
            writeln!(text, "{:<13} {:<5} {:<6} {:<6} {:<13} READ FLOOR", "PROVIDER", "LIST", "NAMES", "BATCH", "STOPS");
        for row in rows {
            let caps = &row.capabilities;
            let stops = if caps.asynchronous { "later" } else { "at once" };
            let _ = writeln!(
                text,
                "{:<13} {:<5} {:<6} {:<6} {:<13} {}",
                row.name,
                yes(caps.list),
                yes(caps.names),
                caps.batch,
                stops,
                floor(row)
            );
        }
        return text;
    }
    for row in rows {
        let caps = &row.capabilities;
        let ways: Vec<_> = row.credentials.iter().map(|fields| fields.join(" + ")).collect();
        let lines = [
            ("provider", format!("{} ({})", row.name, row.title)),
            ("ids", row.id.to_owned()),
            ("list", yes(caps.list).to_owned()),
            ("destination", if caps.needs_destination { "needed to list" } else { "none" }.to_owned()),
            ("names", yes(caps.names).to_owned()),
            ("batch", format!("{} job(s) a request", caps.batch)),
            ("stops", if caps.asynchronous { "later: a cancel is a request" } else { "at once" }.to_owned()),
            ("2xx alone", if caps.accepts_on_2xx { "is acceptance" } else { "says nothing" }.to_owned()),
            ("read floor", floor(row)),
            ("repeat", caps.repeat.to_owned()),
            ("cancel", caps.semantics.to_owned()),
            ("host", format!("{} ({})", row.host_variable, row.default_host.unwrap_or("required"))),
            ("secret", ways.join(", or ")),
            ("settings", row.settings.join(", ")),
            ("docs", row.docs.to_owned()),
        ];
        for (key, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(text, "{key:<12} {value}");
        }
    }
    text
}
