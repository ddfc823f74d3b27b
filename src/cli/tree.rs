//! The command tree, as much of it as a call needs.
//!
//! A whole tree copies every global argument into each command, which costs a short
//! call more than all the rest of it. So a call gets a tree with the verb that it
//! types and no other; what that cannot settle (help, mistakes) is settled by the
//! whole one. Must not know what a verb does.

use std::ffi::OsString;

use clap::{Args as _, Subcommand as _};

use super::{Cli, Command, global};
use super::{auth, cancel, config, doctor, help, list, man, mistyped, providers, runs, sandbox, status, surface};

/// Puts a verb's arguments on its command.
type Augment = fn(clap::Command) -> clap::Command;

/// Every verb; the same as in [`Command`].
const VERBS: [(&str, Augment); 14] = [
    ("cancel", cancel::CancelArgs::augment_args),
    ("status", status::StatusArgs::augment_args),
    ("wait", status::WaitArgs::augment_args),
    ("list", list::ListArgs::augment_args),
    ("runs", runs::RunsArgs::augment_args),
    ("auth", auth::AuthArgs::augment_args),
    ("config", config::ConfigArgs::augment_args),
    ("providers", providers::ProvidersArgs::augment_args),
    ("doctor", doctor::DoctorArgs::augment_args),
    ("sandbox", sandbox::SandboxArgs::augment_args),
    ("schema", surface::SchemaArgs::augment_args),
    ("completions", surface::CompletionsArgs::augment_args),
    ("man", man::ManArgs::augment_args),
    ("help", help::HelpArgs::augment_args),
];

/// Parses arguments, the program's name first; help and errors obey `--color` too.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let typed = VERBS.iter().find(|(name, _)| arguments.iter().skip(1).any(|word| word == name));
    let by_little = match typed {
        Some((name, augment)) => by(Cli::without_verbs().subcommand(augment(clap::Command::new(*name))), arguments),
        // Only help can come of it, or the version.
        None => by(Command::augment_subcommands(Cli::without_verbs()).mut_args(|arg| arg.global(false)), arguments),
    };
    let parsed = match by_little {
        Err(error) if typed.is_some() || error.use_stderr() => by(whole(), arguments),
        settled => settled,
    };
    parsed.map_err(|error| mistyped::advise(error, arguments))
}

/// The whole tree.
pub(super) fn whole() -> clap::Command {
    Command::augment_subcommands(Cli::without_verbs())
}

fn by(command: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = command.color(global::guess_color(arguments));
    let parsed = command.try_get_matches_from_mut(arguments);
    // Nothing is gained by taking it apart: the call is short.
    std::mem::forget(command);
    Cli::from_matches(parsed?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &str) -> Vec<OsString> {
        std::iter::once("jobctl").chain(words.split_whitespace()).map(Into::into).collect()
    }

    #[test]
    fn the_verbs_are_those_of_the_whole_tree() {
        let whole = whole();
        let names = whole.get_subcommands().map(clap::Command::get_name);
        assert!(names.eq(VERBS.iter().map(|(name, _)| *name)));
    }

    #[test]
    fn a_little_tree_says_what_the_whole_one_says() {
        for words in [
            "cancel datafold 1 -o json --expect 1",
            "-o json --profile prod status datafold:1",
            "--profile cancel list datafold",
            "--profile cancel",
            "runs show last",
            "cancel --help",
            "--help cancel",
            "help cancel",
            "auth",
            "",
            "--help",
            "-h",
            "--version",
            "-V",
            "cancel --version",
            "cancle datafold 1",
            "cancel --stat running datafold",
            "list datafold cancel",
            "-o nonsense cancel datafold 1",
            "--nonsense",
            "-q",
            "-- cancel datafold 1",
        ] {
            let arguments = arguments(words);
            let shown = |result: Result<Cli, clap::Error>| match result {
                Ok(cli) => format!("{cli:?}"),
                Err(error) => format!("{:?} {}", error.kind(), error.render().ansi()),
            };
            let whole = by(whole(), &arguments).map_err(|error| mistyped::advise(error, &arguments));
            assert_eq!(shown(parse(&arguments)), shown(whole), "{words}");
        }
    }
}
