//! `jobctl help`: the commands, and the topics that belong to none of them.

use std::fmt::Write as _;

use clap::Args;

use super::targets::Words;
use super::{examples, surface, tree};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::{self, VENDORS};
use crate::report::Format;
use crate::report::terminal::wrap;
use crate::settings::environment::{VARIABLES, vendor_variables};
use crate::text::nearest;

/// Explain a command, or exit-codes, environment, output, selection
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::HELP)]
pub(super) struct HelpArgs {
    /// A command (and its subcommand), or a topic
    #[arg(value_name = "COMMAND|TOPIC", value_parser = Words(names), hide_possible_values = true)]
    words: Vec<String>,
}

/// What can be explained.
fn names() -> Vec<&'static str> {
    tree::names().chain(TOPICS.map(|(name, _)| name)).collect()
}

/// A topic and its text.
type Topic = (&'static str, fn() -> String);

/// The width that every topic keeps to.
const COLUMNS: usize = 80;

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
    let mut found = &root;
    for word in words {
        found = found.find_subcommand(word).ok_or_else(|| unknown(word, found))?;
    }
    let mut text = found.clone().render_long_help().to_string();
    if words.is_empty() {
        let topics: Vec<_> = TOPICS.iter().map(|(name, _)| *name).collect();
        let _ = writeln!(text, "\nTopics: jobctl help {}", topics.join("|"));
    }
    Ok(text)
}

fn unknown(word: &str, command: &clap::Command) -> Error {
    let topics = TOPICS.iter().map(|(name, _)| *name);
    let near = nearest(word, command.get_subcommands().map(clap::Command::get_name).chain(topics.clone()));
    let hint = match (near, providers::find(word)) {
        (_, Some(entry)) => format!("what that provider can do is in: jobctl providers {}", entry.name),
        (Some(near), _) => format!("did you mean {near}?"),
        _ => {
            let topics: Vec<_> = topics.collect();
            format!("the topics are {}; the commands are in: jobctl --help", topics.join(", "))
        }
    };
    Error::new(ErrorKind::Usage, format!("there is no command or topic {word:?}")).with_hint(hint)
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes (frozen):\n\n");
    for exit in ExitCode::ALL {
        row(&mut text, &format!("  {:>3}  {:<14} ", exit.code(), exit.name()), exit.meaning());
    }
    let signal = ExitCode::Signal(2);
    row(&mut text, &format!("  {:>3}  {:<14} ", "129", signal.name()), signal.meaning());
    text.push_str(
        "\nOf many jobs: all well 0; well and waiting 8; well or waiting, and failed 3;\n\
         all failed for one cause its code, for several 12. skipped counts neither way.\n\
         A signal beats them all.\n\n\
         Well are cancelled, requested, finished (not with --strict), planned, and\n\
         not_found with --ignore-not-found. For status it is a state that was read, for\n\
         wait the condition met. A list that finds nothing is 0. sandbox run exits with\n\
         its command's own code.\n\n\
         In a script: jobctl cancel datafold 123 --wait || echo \"not stopped: $?\"\n",
    );
    text
}

/// A line of a table; what does not fit goes on below itself.
fn row(text: &mut String, head: &str, words: &str) {
    text.push_str(head);
    wrap(text, words, head.len(), head.len(), Some(COLUMNS));
    text.push('\n');
}

fn environment() -> String {
    let mut text = String::from("Environment variables:\n\n");
    for variable in VARIABLES {
        row(&mut text, &format!("  {:<25} ", variable.name), variable.help);
    }
    for vendor in VENDORS {
        let _ = writeln!(text, "\n{}:", vendor.title);
        for (name, help) in vendor_variables(vendor) {
            row(&mut text, &format!("  {name:<25} "), &help);
        }
    }
    text.push_str(
        "\nA flag beats a variable, a variable the configuration file. jobctl config\n\
         explain shows what each value is and where it came from.\n",
    );
    text
}

fn output() -> String {
    let formats: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
    format!(
        "Output formats (-o, JOBCTL_OUTPUT): {}\n\n\
         human   a line per job as it is known, then a summary\n\
         json    one document, results in input order, on every path, usage errors too\n\
         ndjson  a start line, a line per job the moment it is known, a summary line\n\
         csv     a header and a row per job; values are exact, not guarded against\n\
         \x20       spreadsheets\n\
         name    refs only, a line each (of the well-done jobs for cancel and wait)\n\n\
         stdout carries results only; everything else goes to stderr. The format never\n\
         changes by itself, also not in a pipe. jobctl schema NAME prints the JSON Schema\n\
         of each form; new keys and new enum values may come, anything else changes the\n\
         number in \"schema\".\n\n\
         Outcomes: cancelled and finished are what the vendor said; requested means\n\
         accepted and not seen to end; unknown means sent, and neither answer nor read\n\
         says what became of it.\n",
        formats.join(", ")
    )
}

fn selection() -> String {
    "Naming jobs:\n\n\
     \x20 jobctl cancel datafold 123 124       a provider and its ids\n\
     \x20 jobctl cancel datafold:123 veeva:7   refs; providers may mix\n\
     \x20 jobctl cancel prequel:DEST/JOB       Prequel's ids have two parts; bare ids\n\
     \x20                                      get the first from --destination or\n\
     \x20                                      PREQUEL_DESTINATION\n\
     \x20 jobctl cancel -f refs.txt            a line each: a ref, or JSON with \"ref\" or\n\
     \x20                                      with \"provider\" and \"id\"; - is stdin\n\
     \x20 jobctl cancel datafold -f ids.txt    the same, where bare ids are Datafold's\n\
     \x20 jobctl cancel --plan plan.jsonl      exactly what a dry run wrote down\n\n\
     Jobs that are named are taken at their word: nothing is asked. A bad argument\n\
     sends nothing at all; a bad line of a file is a result of its own, invalid. A\n\
     job named twice is sent once.\n\n\
     Choosing jobs:\n\n\
     \x20 jobctl cancel veeva --state queued --older-than 2h\n\
     \x20 jobctl cancel unstructured --name 'nightly-*'\n\
     \x20 jobctl cancel datafold --all\n\n\
      A selection shows what matches and asks. --yes answers in advance, --expect N\n\
     only if exactly N match; more than 100 need --max N. Where nobody can be asked\n\
     it ends with 9. A protected profile wants its name, or --confirm PROFILE. A\n\
     listing that is not complete sends nothing. Ids with filters mean the\n\
     intersection: what does not match is skipped.\n\n\
     Look first: -n says what would be done, --plan-out FILE writes it down.\n"
        .to_owned()
}
