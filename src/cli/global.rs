//! Options that every command takes.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Command, ValueEnum};

use crate::error::{Error, ErrorKind};
use crate::http::Policy;
use crate::report::{ColorChoice, Format};
use crate::settings::Overrides;
use crate::settings::environment::{self, Environment};

/// Options that every command takes. The short help shows those that people need
/// every day. No default stands in the tree: it is copied for every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalArgs {
    /// human, json, ndjson, csv or name [env: JOBCTL_OUTPUT]
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = Formats, hide_possible_values = true)]
    output: Option<Format>,
    /// No progress, hints and warnings on stderr
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Rehearse with embedded vendors: no real job is touched
    #[arg(long, global = true, conflicts_with_all = ["profile", "config"])]
    pub(super) sandbox: bool,
    /// Log each exchange on stderr; twice for headers too
    #[arg(short, long, global = true, hide_short_help = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Colour: auto, always or never
    #[arg(long, global = true, hide_short_help = true, value_name = "WHEN", hide_possible_values = true)]
    color: Option<When>,
    /// Profile of the configuration file [env: JOBCTL_PROFILE]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Configuration file [env: JOBCTL_CONFIG]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "config")]
    pub(super) no_config: bool,
    /// Calls at once, per provider (8)
    #[arg(long, global = true, hide_short_help = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Calls a second at most, per provider (adaptive)
    #[arg(long, global = true, hide_short_help = true, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Repeats of a failed call, per job (4)
    #[arg(long, global = true, hide_short_help = true, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    retries: Option<u32>,
    /// How long repeats of one job may go on (60s)
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME", value_parser = duration)]
    retry_max_time: Option<Duration>,
    /// Longest time for one request (30s)
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME", value_parser = positive)]
    request_timeout: Option<Duration>,
    /// Longest time to connect (5s)
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME", value_parser = positive)]
    connect_timeout: Option<Duration>,
    /// Trust the certificates in FILE too
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(super) ca_cert: Option<PathBuf>,
    /// Proxy for https [env: HTTPS_PROXY, NO_PROXY]
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    pub(super) proxy: Option<String>,
    /// Refuse everything that changes a job [env: JOBCTL_READ_ONLY]
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) read_only: bool,
    /// Never ask
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) no_input: bool,
    /// Write every exchange to FILE, a JSON line each, without secrets
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(super) trace_http: Option<PathBuf>,
    /// Print help; --help has every option
    #[arg(id = "help", short, long = "help", global = true, action = clap::ArgAction::Help)]
    _help: Option<bool>,
    /// Print the version
    #[arg(id = "version", short = 'V', long = "version", global = true, hide_short_help = true, action = clap::ArgAction::Version)]
    _version: Option<bool>,
    /// Everything that was typed, the program's name first.
    #[arg(skip)]
    pub(super) argv: Vec<OsString>,
}

/// Reads `--output`, and lets errors and completions know its words. It holds nothing:
/// a global option is copied for every command whenever the tree is built.
#[derive(Clone)]
struct Formats;

impl TypedValueParser for Formats {
    type Value = Format;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Format, clap::Error> {
        let words = PossibleValuesParser::new(Format::ALL.map(Format::as_str));
        words.try_map(|word| word.parse::<Format>()).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::ALL.into_iter().map(|format| PossibleValue::new(format.as_str()))))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl GlobalArgs {
    /// The format: the flag's, else the variable's, else human.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where the variable holds no format.
    pub(super) fn format(&self, environment: &Environment) -> Result<Format, Error> {
        if let Some(format) = self.output {
            return Ok(format);
        }
        match environment.get(environment::OUTPUT.name)? {
            None => Ok(Format::Human),
            Some(word) => word
                .parse()
                .map_err(|wrong| Error::new(ErrorKind::Usage, format!("{}: {wrong}", environment::OUTPUT.name))),
        }
    }

    /// Refuses `--output` where a command has one form only. The variable is passed
    /// over: it is there for all commands, and shells ask for completions at every start.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`], saying what the command `prints`.
    pub(super) fn refuse_output(&self, prints: &str) -> Result<(), Error> {
        match self.output {
            None | Some(Format::Human) => Ok(()),
            Some(other) => Err(Error::new(ErrorKind::Usage, format!("{prints}, so there is no `-o {other}`"))
                .with_hint("leave -o out")),
        }
    }

    /// What has to be typed again for the same settings and the same way out.
    pub(super) fn settings_words(&self) -> Vec<String> {
        let path = |path: &PathBuf| path.display().to_string();
        let valued = [
            ("--profile", self.profile.clone()),
            ("--config", self.config.as_ref().map(path)),
            ("--ca-cert", self.ca_cert.as_ref().map(path)),
            // A proxy's password is not to be shown.
            ("--proxy", self.proxy.clone().filter(|proxy| !proxy.contains('@'))),
        ];
        let switches = [("--no-config", self.no_config), ("--sandbox", self.sandbox)];
        let valued = valued.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten();
        valued.chain(switches.iter().filter(|(_, on)| *on).map(|(flag, _)| (*flag).to_owned())).collect()
    }

    /// What these options say about settings.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            profile: self.profile.clone(),
            config: self.config.clone(),
            no_config: self.no_config,
            read_only: self.read_only,
            proxy: self.proxy.clone(),
            given: None,
        }
    }

    pub(super) fn color(&self) -> ColorChoice {
        match self.color {
            None | Some(When::Auto) => ColorChoice::Auto,
            Some(When::Always) => ColorChoice::Always,
            Some(When::Never) => ColorChoice::Never,
        }
    }

    pub(super) fn concurrency(&self) -> usize {
        usize::from(self.concurrency.unwrap_or(8))
    }

    pub(super) fn policy(&self) -> Policy {
        let usual = Policy::default();
        Policy {
            retries: self.retries.unwrap_or(usual.retries),
            retry_max_time: self.retry_max_time.unwrap_or(usual.retry_max_time),
            request_timeout: self.request_timeout.unwrap_or(usual.request_timeout),
            connect_timeout: self.connect_timeout.unwrap_or(usual.connect_timeout),
        }
    }
}

/// Nobody waits longer; what is added to a moment must stay one.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Less is no pace any more: one call in about eleven days.
const SLOWEST: f64 = 1e-6;

/// Reads `90s`, `15m`, `2h`, `3d` or combinations such as `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map(|time| time.min(FOREVER)).map_err(|_| {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("the unit is missing; write {text}s, {text}m or {text}h")
        } else {
            "it is no length of time; write it as 90s, 15m, 2h or 3d".to_owned()
        }
    })
}

/// As [`duration`], without zero.
pub(super) fn positive(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be longer than nothing".into()),
        time => Ok(time),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate.max(SLOWEST)),
        _ => Err("write a number of calls a second above zero, such as 20 or 0.5".into()),
    }
}

/// The words that can be options.
fn words(arguments: &[OsString]) -> Vec<&str> {
    arguments.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| *word != "--").collect()
}

/// The format that arguments ask for which could not be parsed as a whole.
pub(super) fn guess_format(arguments: &[OsString], environment: &Environment) -> Format {
    let words = words(arguments);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let value = match word.strip_prefix("--output") {
            Some("") => words.get(at + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => short_output(word, words.get(at + 1).copied()),
        };
        found = value.and_then(|word| word.parse().ok()).or(found);
    }
    found.or_else(|| environment.text(environment::OUTPUT.name)?.parse().ok()).unwrap_or(Format::Human)
}

/// What arguments that may not parse as a whole say about colour.
pub(super) fn guess_color(arguments: &[OsString]) -> ColorChoice {
    let words = words(arguments);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let value = if *word == "--color" { words.get(at + 1).copied() } else { word.strip_prefix("--color=") };
        found = value.or(found);
    }
    match found {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// Whether arguments that may not parse as a whole ask for `-q`, also among other
/// switches (`-nq`, `-qojson`).
pub(super) fn guess_quiet(arguments: &[OsString]) -> bool {
    let switches = |word: &str| {
        word.strip_prefix('-').map(|rest| rest.chars().take_while(|c| "qvny".contains(*c)).any(|c| c == 'q'))
    };
    words(arguments).into_iter().any(|word| word == "--quiet" || switches(word).unwrap_or(false))
}

/// The value of `-o`, also behind other switches (`-qo json`) or glued (`-ojson`).
fn short_output<'a>(word: &'a str, next: Option<&'a str>) -> Option<&'a str> {
    let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
    let (switches, rest) = cluster.split_once('o')?;
    if !switches.chars().all(|c| "qvny".contains(c)) {
        return None;
    }
    if rest.is_empty() { next } else { Some(rest.trim_start_matches('=')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(words: &[&str]) -> Format {
        let arguments: Vec<OsString> = std::iter::once("jobctl").chain(words.iter().copied()).map(Into::into).collect();
        guess_format(&arguments, &Environment::of([("JOBCTL_OUTPUT", "csv")]))
    }

    #[test]
    fn the_format_is_found_in_arguments_that_do_not_parse() {
        assert_eq!(guess(&["cancel", "--bad", "-o", "json"]), Format::Json);
        assert_eq!(guess(&["cancel", "-ojson", "--bad"]), Format::Json);
        assert_eq!(guess(&["-qo", "ndjson", "cancel"]), Format::Ndjson);
        assert_eq!(guess(&["--output=name"]), Format::Name);
        assert_eq!(guess(&["--output", "json", "-o", "nonsense"]), Format::Json);
        assert_eq!(guess(&["cancel", "--", "-o", "json"]), Format::Csv);
        assert_eq!(guess(&["cancel", "--bad"]), Format::Csv);
    }

    #[test]
    fn durations_and_rates_say_how_to_write_them() {
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("10").unwrap_err().contains("10s, 10m or 10h"));
        assert!(duration("10x").unwrap_err().contains("15m"));
        assert!(positive("0s").is_err());
        assert!(rate("0").is_err() && rate("-1").is_err() && rate("inf").is_err());
        assert_eq!(rate("0.5"), Ok(0.5));
    }
}
