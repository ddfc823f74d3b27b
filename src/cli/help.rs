//! `jobctl help`: the commands, and the topics that belong to none of them.

use std::fmt::Write as _;

use clap::Args;

use super::{surface, tree};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::VENDORS;
use crate::report::Format;
use crate::settings::environment::{VARIABLES, vendor_variables};

/// Explain a command, or a topic: exit-codes, environment, output, selection
#[derive(Args, Clone, Debug)]
pub(super) struct HelpArgs {
    /// A command (and its subcommand), or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// A topic and its text.
type Topic = (&'static str, fn() -> String);

const TOPICS: [Topic; 4] =
    [("exit-codes", exit_codes), ("environment", environment), ("output", output), ("selection", selection)];

/// Prints what was asked for.
pub(super) fn run(args: &HelpArgs) -> Result<ExitCode, Error> {
    let topic = args.words.first().and_then(|word| TOPICS.iter().find(|(name, _)| name == word));
    let text = match topic {
        Some((_, text)) => text(),
        None => command(&args.words)?,
    };
    surface::write(text.as_bytes())
}

fn command(words: &[String]) -> Result<String, Error> {
    let mut root = tree::whole();
    root.build();
    let mut found = &mut root;
    for word in words {
        let Some(next) = found.find_subcommand_mut(word) else {
            let topics: Vec<_> = TOPICS.iter().map(|(name, _)| *name).collect();
            return Err(Error::new(ErrorKind::Usage, format!("there is no command or topic {word:?}"))
                .with_hint(format!("the topics are {}; the commands are in: jobctl --help", topics.join(", "))));
        };
        found = next;
    }
    let mut text = found.render_long_help().to_string();
    if words.is_empty() {
        let topics: Vec<_> = TOPICS.iter().map(|(name, _)| *name).collect();
        let _ = writeln!(text, "\nTopics: jobctl help {}", topics.join("|"));
    }
    Ok(text)
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes (frozen):\n\n");
    for exit in ExitCode::ALL {
        let _ = writeln!(text, "  {:>3}  {:<14} {}", exit.code(), exit.name(), exit.meaning());
    }
    let signal = ExitCode::Signal(2);
    let _ = writeln!(text, "  {:>3}  {:<14} {}", "129", signal.name(), signal.meaning());
    text.push_str(
        "\nWell-done jobs: cancelled, requested, finished (not with --strict), planned, skipped,\n\
         not_found with --ignore-not-found. All well: 0; well and waiting: 8; one cause: its code;\n\
         well and failed: 3; several causes: 12. A signal beats them all.\n",
    );
    text
}

fn environment() -> String {
    let mut text = String::from("Environment variables:\n\n");
    for variable in VARIABLES {
        let _ = writeln!(text, "  {:<24} {}", variable.name, variable.help);
    }
    for entry in VENDORS {
        let _ = writeln!(text, "\n{}:", entry.title);
        for (name, help) in vendor_variables(entry) {
            let _ = writeln!(text, "  {name:<24} {help}");
        }
    }
    text.push_str("\nA flag beats a variable, a variable the configuration file. jobctl config explain shows\nwhat each value is and where it came from.\n");
    text
}

fn output() -> String {
    let formats: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
    format!(
        "Output formats (-o, JOBCTL_OUTPUT): {}\n\n\
         human   a line per job as it is known, then a summary\n\
         json    one document, results in input order, on every path, also for usage errors\n\
         ndjson  a start line, a line per job the moment it is known, a summary line\n\
         csv     a header and a row per job; values are exact, not guarded against spreadsheets\n\
         name    refs only, a line each (of the well-done jobs for cancel and wait)\n\n\
         stdout carries results only; everything else goes to stderr. The format never changes by\n\
         itself, also not in a pipe. jobctl schema NAME prints the JSON Schema of each form; new\n\
         keys and new enum values may come, anything else changes the number in \"schema\".\n\n\
         Outcomes: cancelled and finished are what the vendor said; requested means accepted and\n\
         not seen to end; unknown means sent, and neither answer nor read says what became of it.\n",
        formats.join(", ")
    )
}

fn selection() -> String {
    "Naming jobs:\n\n\
     \x20 jobctl cancel datafold 123 124          a provider and its ids\n\
     \x20 jobctl cancel datafold:123 veeva:7      refs, providers may mix\n\
     \x20 jobctl cancel -f refs.txt               a ref or JSON line each; - is standard input\n\
     \x20 jobctl cancel --plan plan.jsonl         exactly what a dry run wrote down\n\n\
     Jobs that are named are taken at their word: nothing is asked.\n\n\
     Choosing jobs:\n\n\
     \x20 jobctl cancel veeva --state queued --older-than 2h\n\
     \x20 jobctl cancel unstructured --name 'nightly-*'\n\
     \x20 jobctl cancel datafold --all\n\n\
     A selection shows what matches and asks. --yes answers in advance, --expect N only if\n\
     exactly N match; more than 100 need --max N. A listing that is not complete sends nothing.\n\
     Ids with filters mean the intersection: what does not match is skipped.\n\n\
     Look first: -n says what would be done, --plan-out FILE writes it down.\n"
        .to_owned()
}
