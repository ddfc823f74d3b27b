//! `jobctl providers`: what each provider can do, from the declarations that the
//! engine obeys.

use clap::Args;

use super::answer::answer_at_once;
use super::examples;
use super::global::GlobalArgs;
use super::targets::Words;
use crate::error::{Error, ExitCode};
use crate::providers::{Entry, VENDORS, known};
use crate::report::{Line, Mark, ProviderRow};
use crate::settings::environment::Environment;

/// Show what each provider can do
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::PROVIDERS)]
pub(super) struct ProvidersArgs {
    /// Only this one
    #[arg(value_name = "NAME", value_parser = Words::PROVIDERS, hide_possible_values = true)]
    name: Option<String>,
}

/// Runs the command to its exit code.
pub(super) fn run(args: &ProvidersArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    answer_at_once("providers", globals, environment, || {
        let Some(name) = &args.name else {
            let rows: Vec<ProviderRow> = VENDORS.iter().map(row).collect();
            let lines = table(&rows);
            return Ok((rows, lines));
        };
        let row = row(known(name)?);
        let lines = whole(&row);
        Ok((vec![row], lines))
    })
}

fn row(entry: &Entry) -> ProviderRow {
    let filters = ["--state", "--older-than", "--newer-than"];
    let name = entry.capabilities.names.then_some("--name");
    ProviderRow {
        name: entry.name,
        title: entry.title,
        id: entry.id_form,
        capabilities: entry.capabilities,
        filters: if entry.capabilities.list { filters.into_iter().chain(name).collect() } else { Vec::new() },
        times: entry.times,
        host_variable: entry.host_variable,
        default_host: entry.default_host,
        credentials: entry.ways.iter().map(|way| way.fields.iter().map(|field| field.variable).collect()).collect(),
        settings: entry.settings.iter().map(|setting| setting.variable).collect(),
        docs: entry.docs,
    }
}

const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn floor(row: &ProviderRow) -> String {
    row.capabilities.poll_floor.map_or_else(|| "none".to_owned(), |floor| format!("{}s", floor.as_secs()))
}

fn table(rows: &[ProviderRow]) -> Vec<Line> {
    let heading = ["PROVIDER", "LIST", "NAMES", "BATCH", "STOPS", "READ FLOOR"];
    let line = |row: &ProviderRow| {
        let caps = &row.capabilities;
        let stops = if caps.asynchronous { "later" } else { "at once" };
        let batch = caps.batch.to_string();
        Line::new(Mark::Plain, [row.name, yes(caps.list), yes(caps.names), &batch, stops, &floor(row)])
    };
    std::iter::once(Line::new(Mark::Columns, heading)).chain(rows.iter().map(line)).collect()
}

fn whole(row: &ProviderRow) -> Vec<Line> {
    let caps = &row.capabilities;
    let ways: Vec<_> = row.credentials.iter().map(|fields| fields.join(" + ")).collect();
    let lines = [
        ("provider", format!("{} ({})", row.name, row.title)),
        ("ids", row.id.to_owned()),
        ("list", yes(caps.list).to_owned()),
        ("filters", row.filters.join(", ")),
        ("destination", if caps.needs_destination { "needed to list" } else { "none" }.to_owned()),
        ("names", yes(caps.names).to_owned()),
        ("times", row.times.unwrap_or_default().to_owned()),
        (
            "batch",
            match caps.batch {
                1 => "one job a request".to_owned(),
                most => format!("up to {most} jobs a request"),
            },
        ),
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
    let filled = lines.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| Line::new(Mark::Plain, [key.to_owned(), value])).collect()
}
