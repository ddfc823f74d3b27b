//! How a command line names jobs: a provider and ids, refs, or a file of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, Args, Command};
use tokio::task::spawn_blocking;

use crate::canceller::Capabilities;
use crate::engine::{Destination, Input, RefReader, Source};
use crate::error::{Error, ErrorKind};
use crate::http::Redactor;
use crate::providers::{self, DESTINATION, Entry, VENDORS};
use crate::settings::{Given, Settings, Token, may_be_secret};

/// Any words; completions offer these.
#[derive(Clone)]
pub(super) struct Words(pub(super) fn() -> Vec<&'static str>);

impl Words {
    /// Completions offer the providers.
    pub(super) const PROVIDERS: Self = Self(|| VENDORS.iter().map(|entry| entry.name).collect());
}

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// Which jobs, and with whose host and credential.
#[derive(Args, Clone, Debug)]
pub(super) struct TargetArgs {
    /// A provider and its ids (datafold 123), or refs (datafold:123 veeva:7)
    #[arg(value_name = "PROVIDER ID|REF", hide_short_help = true, value_parser = Words::PROVIDERS, hide_possible_values = true)]
    targets: Vec<String>,
    /// Read jobs from FILE, a ref or JSON a line; - is stdin
    #[arg(short = 'f', long = "file", value_name = "FILE", action = ArgAction::Append)]
    file: Vec<PathBuf>,
    /// Prequel: the destination of ids that name none [env: PREQUEL_DESTINATION]
    #[arg(long, hide_short_help = true, value_name = "D")]
    destination: Option<String>,
    #[command(flatten)]
    pub(super) own: OwnArgs,
}

/// Host and credential for the one provider that is named.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct OwnArgs {
    /// The provider's host (only after PROVIDER)
    #[arg(long, hide_short_help = true, value_name = "URL")]
    host: Option<String>,
    /// Read the provider's secret from FILE (only after PROVIDER)
    #[arg(long, hide_short_help = true, value_name = "FILE", conflicts_with = "token_stdin")]
    token_file: Option<PathBuf>,
    /// Read the provider's secret from standard input (only after PROVIDER)
    #[arg(long, hide_short_help = true)]
    pub(super) token_stdin: bool,
}

impl OwnArgs {
    /// What has to be typed again to call the same host with the same secret.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(host) = &self.host {
            words.extend(["--host".to_owned(), host.clone()]);
        }
        if let Some(path) = self.token_file.as_ref().filter(|path| !may_be_secret(path)) {
            words.extend(["--token-file".to_owned(), path.display().to_string()]);
        }
        if self.token_stdin {
            words.push("--token-stdin".to_owned());
        }
        words
    }

    /// What was given for `provider`, with the secret read: away from the thread that
    /// hears signals, because whoever writes it may take his time.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where no provider is named.
    pub(super) async fn given(&self, provider: Option<&'static Entry>) -> Result<Option<Given>, Error> {
        if self.host.is_none() && self.token_file.is_none() && !self.token_stdin {
            return Ok(None);
        }
        let Some(entry) = provider else {
            return Err(Error::new(
                ErrorKind::Usage,
                "--host, --token-file and --token-stdin need a provider named first, so that no secret can reach another",
            )
            .with_hint("for example: jobctl cancel datafold --token-file key.txt 123"));
        };
        let reading = match self.token_file.clone() {
            Some(path) => Some(spawn_blocking(move || Token::from_file(&path))),
            None => self.token_stdin.then(|| spawn_blocking(|| Token::from_stdin(std::io::stdin()))),
        };
        let token = match reading {
            Some(reading) => Some(reading.await.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?),
            None => None,
        };
        Ok(Some(Given::flags(entry.name, self.host.clone(), token)))
    }
}

/// The one provider of a plan or a run, if it has only one: then a host and a secret can
/// be given for it.
pub(super) fn only(known: &[&'static Entry]) -> Option<&'static Entry> {
    match known {
        [only] => Some(only),
        _ => None,
    }
}

/// The providers of these names, each once.
pub(super) fn distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'static Entry> {
    let mut found: Vec<&'static Entry> = Vec::new();
    for entry in names.into_iter().filter_map(providers::find) {
        if found.iter().all(|known| known.name != entry.name) {
            found.push(entry);
        }
    }
    found
}

/// The names of the providers that can do something.
pub(super) fn those(able: fn(&Capabilities) -> bool) -> String {
    let able = VENDORS.iter().filter(|entry| able(&entry.capabilities));
    able.map(|entry| entry.name).collect::<Vec<_>>().join(" and ")
}

impl TargetArgs {
    /// The provider named first, if one is.
    pub(super) fn provider(&self) -> Option<&'static Entry> {
        self.targets.first().and_then(|word| providers::find(word))
    }

    /// What stands behind the provider, or everything.
    pub(super) fn words(&self) -> &[String] {
        &self.targets[usize::from(self.provider().is_some())..]
    }

    /// The widest ref or id to come, as far as it is known.
    pub(super) fn ref_width(&self) -> usize {
        let provider = self.provider().map_or(0, |entry| entry.name.len() + 1);
        let own = |word: &String| word.len() + if word.contains(':') { 0 } else { provider };
        self.words().iter().map(own).max().unwrap_or(0).min(60)
    }

    /// Whether nothing names single jobs.
    pub(super) fn names_nothing(&self) -> bool {
        self.words().is_empty() && self.file.is_empty()
    }

    /// Where jobs are read from, if not from the arguments.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.first().map(PathBuf::as_path)
    }

    /// Whether jobs come from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.file().is_some_and(|path| path.as_os_str() == "-")
    }

    /// Checks what can be checked before anything is read.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for combinations that make no sense.
    pub(super) fn check(&self) -> Result<(), Error> {
        let usage = |message: &str| Err(Error::new(ErrorKind::Usage, message));
        if self.file().is_some() && !self.words().is_empty() {
            return usage("give either ids or -f, not both");
        }
        if self.file.len() > 1 {
            return usage("-f is given more than once; for several files: cat FILE... | jobctl ... -f -");
        }
        if self.reads_stdin() && self.own.token_stdin {
            return usage("--token-stdin and -f - cannot both read standard input");
        }
        if self.destination.is_some() && self.provider().is_some_and(|entry| !entry.capabilities.needs_destination) {
            let takers = those(|capabilities| capabilities.needs_destination);
            return usage(&format!("--destination belongs to {takers} jobs only"));
        }
        Ok(())
    }

    /// `--destination`, as it was given.
    pub(super) fn destination_flag(&self) -> Option<&str> {
        self.destination.as_deref()
    }

    /// The destination for ids that lack it: the flag's, else the setting's.
    pub(super) fn destination(&self, settings: &Settings) -> Destination {
        if let Some(text) = &self.destination {
            return Destination::Flag(text.clone());
        }
        let takes_one = |entry: &&Entry| entry.capabilities.needs_destination;
        let entry = match self.provider() {
            Some(entry) => Some(entry).filter(takes_one),
            None => VENDORS.iter().find(takes_one),
        };
        match entry.map(|entry| settings.option(entry, DESTINATION)).transpose() {
            Ok(setting) => setting.flatten().map_or(Destination::None, Destination::Setting),
            Err(error) => Destination::BadSetting(error),
        }
    }

    /// How what was named is read, without a word of what `redactor` takes out.
    pub(super) fn reader(&self, settings: &Settings, redactor: Redactor) -> RefReader {
        let provider = self.provider().map(|entry| entry.name);
        RefReader::new(provider, self.destination(settings)).hiding(redactor)
    }

    /// Everything that was named, ready to be read one by one.
    ///
    /// # Errors
    /// The first bad id among arguments; a file that cannot be opened.
    pub(super) fn source(&self, reader: RefReader) -> Result<Source, Error> {
        match self.file() {
            Some(_) if self.reads_stdin() => Ok(Source::stdin(reader)),
            Some(path) => Source::file(path, reader),
            None => {
                let jobs = self.words().iter().map(|word| reader.parse(word)).collect::<Result<Vec<_>, _>>()?;
                Ok(Source::given(jobs.into_iter().map(|job| Input::Job { line: None, job, state: None }).collect()))
            }
        }
    }

    /// The providers that are known to be called before anything is read.
    pub(super) fn known_providers(&self) -> Vec<&'static Entry> {
        if let Some(entry) = self.provider() {
            return vec![entry];
        }
        distinct(self.words().iter().filter_map(|word| Some(word.split_once(':')?.0)))
    }
}
