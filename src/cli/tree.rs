//! The command tree, as much of it as a call needs.
//!
//! A whole tree copies every global argument into each command, which costs a short
//! call more than all the rest of it. So a call whose first word is a verb is parsed by
//! that verb alone, and one that has it further on by a tree with no other; what that
//! cannot settle (help, mistakes) is settled by the whole one. Must not know what a verb
//! does.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Args as _, FromArgMatches};

use super::global::GlobalArgs;
use super::{Cli, Command};
use super::{auth, cancel, config, doctor, help, list, man, mistyped, providers, runs, sandbox, status, surface};

/// A verb as the tree has it.
struct Verb {
    name: &'static str,
    /// What the root's help says of it; the same as its arguments' own.
    about: &'static str,
    /// Puts its arguments on its command.
    augment: Augment,
    /// Takes them from what was parsed.
    read: Read,
}

type Augment = fn(clap::Command) -> clap::Command;
type Read = fn(&mut ArgMatches) -> Result<Command, clap::Error>;

const fn verb(name: &'static str, about: &'static str, augment: Augment, read: Read) -> Verb {
    Verb { name, about, augment, read }
}

/// The arguments of a verb.
fn own<A: FromArgMatches>(given: &mut ArgMatches) -> Result<A, clap::Error> {
    A::from_arg_matches_mut(given)
}

/// Every verb.
const VERBS: [Verb; 14] = [
    verb("cancel", "Cancel jobs and say truly what became of each", cancel::CancelArgs::augment_args, |given| {
        Ok(Command::Cancel(Box::new(own(given)?)))
    }),
    verb("status", "Read each job's state once", status::StatusArgs::augment_args, |given| {
        Ok(Command::Status(own(given)?))
    }),
    verb("wait", "Wait until jobs have ended", status::WaitArgs::augment_args, |given| Ok(Command::Wait(own(given)?))),
    verb("list", "List a provider's jobs: the live ones, or those asked for", list::ListArgs::augment_args, |given| {
        Ok(Command::List(own(given)?))
    }),
    verb("runs", "Look at the records of cancelling runs, and go on with one", runs::RunsArgs::augment_args, |given| {
        Ok(Command::Runs(own(given)?))
    }),
    verb(
        "auth",
        "Show which credentials are used, and keep secrets in the keychain",
        auth::AuthArgs::augment_args,
        |given| Ok(Command::Auth(own(given)?)),
    ),
    verb(
        "config",
        "Show the configuration file and where each value comes from",
        config::ConfigArgs::augment_args,
        |given| Ok(Command::Config(own(given)?)),
    ),
    verb("providers", "Show what each provider can do", providers::ProvidersArgs::augment_args, |given| {
        Ok(Command::Providers(own(given)?))
    }),
    verb(
        "doctor",
        "Check configuration, credentials, DNS, TLS, proxy and clock",
        doctor::DoctorArgs::augment_args,
        |given| Ok(Command::Doctor(own(given)?)),
    ),
    verb(
        "sandbox",
        "Rehearse with the vendors embedded: no account, no real job",
        sandbox::SandboxArgs::augment_args,
        |given| Ok(Command::Sandbox(own(given)?)),
    ),
    verb("schema", "Print the JSON Schema of a machine output", surface::SchemaArgs::augment_args, |given| {
        Ok(Command::Schema(own(given)?))
    }),
    verb("completions", "Print shell completions", surface::CompletionsArgs::augment_args, |given| {
        Ok(Command::Completions(own(given)?))
    }),
    verb("man", "Write manual pages into a folder", man::ManArgs::augment_args, |given| Ok(Command::Man(own(given)?))),
    verb(
        "help",
        "Explain a command, or exit-codes, environment, output, selection",
        help::HelpArgs::augment_args,
        |given| Ok(Command::Help(own(given)?)),
    ),
];

/// Parses arguments, the program's name first.
pub(super) fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    if let Some(cli) = alone(arguments) {
        return Ok(cli);
    }
    let typed = typed(arguments);
    let by_little = match VERBS.iter().find(|verb| typed == Some(verb.name)) {
        Some(verb) => by(Cli::without_verbs().subcommand((verb.augment)(clap::Command::new(verb.name))), arguments),
        // Only help can come of it, or the version.
        None => by(in_names(), arguments),
    };
    let parsed = match by_little {
        Err(error) if typed.is_some() || error.use_stderr() => by(whole(), arguments),
        settled => settled,
    };
    parsed.map_err(|error| mistyped::advise(error, arguments))
}

/// What a verb that is the first word says of the words after it, where they make sense.
fn alone(arguments: &[OsString]) -> Option<Cli> {
    let [program, first, rest @ ..] = arguments else { return None };
    let verb = VERBS.iter().find(|verb| first == verb.name)?;
    let mut command = GlobalArgs::augment_args((verb.augment)(Cli::base()));
    let parsed = command.try_get_matches_from_mut(std::iter::once(program).chain(rest));
    let parsed = parsed.and_then(|given| refuse_repeated(given, &command));
    // Nothing is gained by taking it apart: the call is short.
    std::mem::forget(command);
    let mut given = parsed.ok()?;
    Some(Cli { globals: own(&mut given).ok()?, command: (verb.read)(&mut given).ok()? })
}

/// Every verb's name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|verb| verb.name)
}

/// The first word that is a verb's name.
pub(super) fn typed(arguments: &[OsString]) -> Option<&'static str> {
    arguments.iter().skip(1).find_map(|word| names().find(|name| word == name))
}

/// The whole tree.
pub(super) fn whole() -> clap::Command {
    let verbs = VERBS.iter().map(|verb| (verb.augment)(clap::Command::new(verb.name)));
    Cli::without_verbs().subcommands(verbs)
}

/// The root, with no more of each verb than its help shows.
fn in_names() -> clap::Command {
    let verbs = VERBS.iter().map(|verb| clap::Command::new(verb.name).about(verb.about));
    Cli::without_verbs().subcommands(verbs).mut_args(|arg| arg.global(false))
}

/// Options that say which jobs are meant, or how many.
const ONCE: [(&str, &str); 5] = [
    ("older_than", "--older-than"),
    ("newer_than", "--newer-than"),
    ("name", "--name"),
    ("expect", "--expect"),
    ("max", "--max"),
];

/// Refuses a second filter or guard of one kind. Of other options the last one counts, as
/// aliases need it; here it would silently drop what the first has said.
fn refuse_repeated(given: ArgMatches, command: &clap::Command) -> Result<ArgMatches, clap::Error> {
    let of_verb = given.subcommand().map_or(&given, |(_, given)| given);
    let is_repeated = |id| of_verb.try_get_raw(id).ok().flatten().is_some_and(|values| values.count() > 1);
    let Some((_, flag)) = ONCE.iter().find(|(id, _)| is_repeated(id)) else { return Ok(given) };
    let mut error = clap::Error::new(clap::error::ErrorKind::ArgumentConflict).with_cmd(command);
    // The same argument twice: that is how the library says it of itself.
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        error.insert(kind, ContextValue::String((*flag).to_owned()));
    }
    let advice = StyledStr::from("give it once; of the filters only --state may be repeated");
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
    Err(error)
}

fn by(mut command: clap::Command, arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let parsed = command.try_get_matches_from_mut(arguments);
    let parsed = parsed.and_then(|given| refuse_repeated(given, &command));
    // Nothing is gained by taking it apart: the call is short.
    std::mem::forget(command);
    let mut given = parsed?;
    let globals = own(&mut given)?;
    let typed = given.remove_subcommand();
    let verb = VERBS.iter().find(|verb| typed.as_ref().is_some_and(|(name, _)| name == verb.name));
    match (verb, typed) {
        (Some(verb), Some((_, mut given))) => Ok(Cli { command: (verb.read)(&mut given)?, globals }),
        _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &str) -> Vec<OsString> {
        std::iter::once("jobctl").chain(words.split_whitespace()).map(Into::into).collect()
    }

    #[test]
    fn the_verbs_speak_for_themselves() {
        for verb in VERBS {
            let own = (verb.augment)(clap::Command::new(verb.name));
            assert_eq!(own.get_about().map(ToString::to_string).as_deref(), Some(verb.about));
        }
    }

    #[test]
    fn a_little_tree_says_what_the_whole_one_says() {
        for words in [
            "cancel datafold 1 -o json --expect 1",
            "-o json --profile prod status datafold:1",
            "--profile cancel list datafold",
            "--profile cancel",
            "runs show last",
            "runs -o json resume last -q",
            "cancel -o json -o csv --timeout 1m --timeout 2m datafold:1 -q -vv",
            "cancel datafold --name a --name b",
            "-q cancel datafold 1 --max 1 --max 2",
            "cancel datafold 1 --expect 1 --expect 1 -o json",
            "list veeva --state queued --older-than 1h --older-than 2h",
            "cancel datafold 1 --sandbox --profile prod",
            "cancel datafold 1 -f file --rate nonsense",
            "cancel datafold -- -1 --all",
            "list datafold --state running --state queued --limit 3 --no-config",
            "sandbox run -q -- jobctl cancel datafold 1 --profile prod -o json",
            "sandbox serve --port 0 -o json",
            "wait --for cancelled datafold:1 --timeout 1m",
            "help exit-codes",
            "status",
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
