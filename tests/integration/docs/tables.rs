//! The tables that say what the program is are those of the source.

use std::fmt::Write as _;

use jobctl::canceller::Outcome;
use jobctl::error::{ErrorKind, ExitCode};
use jobctl::job::JobState;
use jobctl::providers::VENDORS;
use jobctl::sandbox::{choices, seeded_jobs};
use jobctl::settings::environment::{VARIABLES, file_variable, vendor_variables};

use super::check;

/// A Markdown table.
fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

fn exit_codes() -> String {
    let signals: Vec<_> = [1, 2, 15].map(|number| ExitCode::Signal(number).code().to_string()).into();
    let fixed = ExitCode::ALL.map(|exit| (exit.code().to_string(), exit));
    let rows = fixed.into_iter().chain([(signals.join(", "), ExitCode::Signal(2))]);
    table(
        ["code", "name", "means"],
        rows.map(|(code, exit)| [code, format!("`{}`", exit.name()), exit.meaning().to_owned()]),
    )
}

/// What each outcome means, from the published schema, which has it from the type.
fn outcomes() -> String {
    let schema = jobctl::report::schema::get("cancel").unwrap();
    let words = schema["$defs"]["Outcome"]["oneOf"].as_array().unwrap();
    let rows = Outcome::ALL.into_iter().filter_map(|outcome| {
        let is_it = |word: &&serde_json::Value| word["const"] == outcome.as_str();
        let means = words.iter().find(is_it).unwrap()["description"].as_str().unwrap();
        if means.starts_with("`wait`") {
            return None;
        }
        let exit = outcome.exit();
        Some([format!("`{outcome}`"), format!("{} {}", exit.code(), exit.name()), means.replace('\n', " ")])
    });
    table(["outcome", "exit code", "means"], rows)
}

fn vendors() -> String {
    let rows = VENDORS.iter().map(|entry| {
        [
            format!("[{}]({})", entry.title, entry.docs),
            entry.id_form.to_owned(),
            entry.capabilities.semantics.to_owned(),
            entry.capabilities.repeat.to_owned(),
        ]
    });
    table(["vendor", "an id is", "a cancel", "a second one"], rows)
}

/// The variables that a first call needs.
fn credentials() -> String {
    let all = |names: Vec<String>, by: &str| names.join(by);
    let rows = VENDORS.iter().map(|entry| {
        let ways = entry
            .ways
            .iter()
            .map(|way| all(way.fields.iter().map(|field| format!("`{}`", field.variable)).collect(), " and "));
        let host = entry.default_host.map_or("required".to_owned(), |host| format!("default `{host}`"));
        let also = entry.settings.iter().map(|setting| format!("`{}`", setting.variable)).collect();
        [
            entry.name.to_owned(),
            all(ways.collect(), ", or "),
            format!("`{}` ({host})", entry.host_variable),
            all(also, ", "),
        ]
    });
    table(["provider", "secret", "host", "also"], rows)
}

fn vendor_environment() -> String {
    let rows = VENDORS.iter().flat_map(|entry| {
        let all = vendor_variables(entry);
        let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
        // Every `NAME_FILE` is told of once, in the text.
        let is_a_file = move |name: &str| names.iter().any(|other| name == file_variable(other));
        all.into_iter().filter(move |(name, _)| !is_a_file(name)).map(|(name, help)| [format!("`{name}`"), help])
    });
    table(["variable", "what it is"], rows)
}

fn environment() -> String {
    let row = |name: &str, help: &str| [format!("`{name}`"), help.to_owned()];
    table(["variable", "what it is"], VARIABLES.iter().map(|variable| row(variable.name, variable.help)))
}

fn sandbox_jobs() -> String {
    let rows = seeded_jobs().iter();
    let rows = rows.map(|row| [format!("`{}:{}`", row.provider, row.id), row.state.to_owned(), row.note.to_owned()]);
    table(["ref", "at the start", "what it shows"], rows)
}

/// The error codes of machine output.
fn errors() -> String {
    let rows = ErrorKind::ALL.map(|kind| {
        let again = if kind.retryable() { "yes" } else { "no" };
        let exit = format!("{} {}", kind.exit().code(), kind.exit().name());
        [format!("`{}`", kind.code()), exit, again.to_owned(), kind.hint().unwrap_or("").to_owned()]
    });
    table(["`error.code`", "exit code", "a repeat may help", "what it advises"], rows)
}

fn states() -> String {
    let rows = JobState::ALL.map(|state| {
        let words: Vec<_> = state.words().iter().map(|word| format!("`{word}`")).collect();
        let words = if words.is_empty() { "every other word, kept as it is".to_owned() } else { words.join(", ") };
        let ended = if state.is_terminal() { "yes" } else { "no" };
        [format!("`{state}`"), ended.to_owned(), words]
    });
    table(["state", "ended", "the vendors' words, in any letter case"], rows)
}

fn sandbox_choices() -> String {
    let rows = choices().iter().map(|row| {
        let values: Vec<_> = row.values.iter().map(|value| format!("`{value}`")).collect();
        [format!("`{}`", row.name), values.join(", "), row.about.to_owned()]
    });
    table(["choice", "values, the default first", "what is open"], rows)
}

#[test]
fn the_tables_are_those_of_the_source() {
    let sections = [
        ("exit codes", exit_codes()),
        ("outcomes", outcomes()),
        ("vendors", vendors()),
        ("credentials", credentials()),
        ("vendor variables", vendor_environment()),
        ("variables", environment()),
        ("sandbox jobs", sandbox_jobs()),
        ("sandbox choices", sandbox_choices()),
        ("states", states()),
        ("error codes", errors()),
    ];
    check(|pages| {
        let mut texts: Vec<String> = pages.iter().map(|page| page.text.clone()).collect();
        for (name, table) in &sections {
            let count = texts.iter_mut().map(|page| usize::from(renew(page, name, table))).sum::<usize>();
            assert!(count > 0, "no page has the table <!-- {name} -->");
        }
        texts
    });
}

/// Puts the table between its two marks; whether the page has them.
fn renew(page: &mut String, name: &str, table: &str) -> bool {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("\n<!-- end of {name} -->"));
    let Some(start) = page.find(&open).map(|at| at + open.len()) else { return false };
    let end = start + page[start..].find(&close).unwrap_or_else(|| panic!("nothing ends <!-- {name} -->"));
    page.replace_range(start..end, &format!("\n{table}"));
    true
}
