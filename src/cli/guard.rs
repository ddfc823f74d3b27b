//! Asking for a protected profile's name before anything is stopped.
//!
//! Owns the question and what counts as its answer. Must not know jobs.

use std::io::{self, BufRead, IsTerminal as _, Write};

use super::global::GlobalArgs;
use crate::error::{Error, ErrorKind};
use crate::settings::Settings;
use crate::settings::environment::Environment;

/// Sees to it that whoever cancels under a protected profile means that profile:
/// its name is typed, or given as `--confirm NAME`. `--yes` is not enough.
///
/// # Errors
/// [`ErrorKind::NotConfirmed`], naming the flag that would have allowed it.
pub(super) async fn confirm_profile(
    settings: &Settings,
    confirm: Option<&str>,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<(), Error> {
    let machine = globals.format(environment)?.is_machine();
    let ask = !machine && !globals.no_input && io::stdin().is_terminal() && io::stderr().is_terminal();
    let profile = settings.profile_name().map(str::to_owned);
    let protected = settings.is_protected();
    if !ask {
        // Locking standard input waits for whoever reads jobs from it (`-f -`), and he
        // for the next job.
        return check(profile.as_deref(), protected, confirm, ask, &mut io::empty(), &mut io::stderr());
    }
    let confirm = confirm.map(str::to_owned);
    let asking = move || {
        let (profile, confirm) = (profile.as_deref(), confirm.as_deref());
        check(profile, protected, confirm, ask, &mut io::stdin().lock(), &mut io::stderr())
    };
    // Away from the thread that hears signals: people take their time.
    tokio::task::spawn_blocking(asking).await.unwrap_or_else(|error| Err(refused(&error.to_string())))
}

/// The rule itself. A name that was given must be the profile's also where the
/// profile is not protected: whoever wrote it counted on that profile.
fn check(
    profile: Option<&str>,
    protected: bool,
    confirm: Option<&str>,
    ask: bool,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<(), Error> {
    match (profile, confirm) {
        (Some(profile), Some(name)) if name == profile => Ok(()),
        (profile, Some(name)) => {
            let in_effect = profile.map_or_else(|| "no profile is".to_owned(), |profile| format!("`{profile}` is"));
            Err(refused(&format!("--confirm names `{name}`, and {in_effect} in effect")))
        }
        (Some(profile), None) if protected => type_name(profile, ask, input, output),
        (_, None) => Ok(()),
    }
}

fn type_name(profile: &str, ask: bool, input: &mut dyn BufRead, output: &mut dyn Write) -> Result<(), Error> {
    let hint = format!("to confirm without being asked, give --confirm {profile}; --yes is not enough");
    if !ask {
        return Err(refused(&format!("profile `{profile}` is protected, and nobody could be asked")).with_hint(hint));
    }
    let cannot =
        |error: io::Error| refused(&format!("profile `{profile}` is protected, and nobody could be asked: {error}"));
    write!(output, "Profile `{profile}` is protected. Type its name to go on: ").map_err(cannot)?;
    output.flush().map_err(cannot)?;
    let mut typed = String::new();
    input.read_line(&mut typed).map_err(cannot)?;
    // Without its end it is no answer: EOF is no.
    if typed.strip_suffix('\n').is_some_and(|typed| typed.trim_end_matches('\r') == profile) {
        return Ok(());
    }
    Err(refused(&format!("profile `{profile}` is protected, and its name was not typed")).with_hint(hint))
}

fn refused(reason: &str) -> Error {
    Error::new(ErrorKind::NotConfirmed, format!("nothing is cancelled: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of `typed`, and what was asked.
    fn asked(
        profile: Option<&str>,
        protected: bool,
        confirm: Option<&str>,
        typed: &str,
    ) -> (Result<(), Error>, String) {
        let mut output = Vec::new();
        let result = check(profile, protected, confirm, true, &mut typed.as_bytes(), &mut output);
        (result, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_protected_profile_wants_its_name_exactly() {
        for typed in ["prod\n", "prod\r\n"] {
            let (result, question) = asked(Some("prod"), true, None, typed);
            assert_eq!(result, Ok(()), "{typed:?}");
            assert!(question.contains("`prod` is protected"));
        }
        for typed in ["", "prod", "\n", "y\n", "yes\n", "Prod\n", "prod2\n", " prod\n", "staging\n"] {
            let (result, _) = asked(Some("prod"), true, None, typed);
            let error = result.unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotConfirmed, "{typed:?}");
            assert!(error.hint().unwrap().contains("--confirm prod"));
        }
    }

    #[test]
    fn nobody_is_asked_where_nothing_is_protected_or_the_name_was_given() {
        for (profile, protected, confirm) in [
            (None, false, None),
            (Some("dev"), false, None),
            (Some("prod"), true, Some("prod")),
            (Some("dev"), false, Some("dev")),
        ] {
            assert_eq!(asked(profile, protected, confirm, ""), (Ok(()), String::new()));
        }
    }

    #[test]
    fn another_name_is_refused_without_asking() {
        for (profile, protected) in [(Some("prod"), true), (Some("dev"), false), (None, false)] {
            let (result, question) = asked(profile, protected, Some("other"), "prod\n");
            assert_eq!(result.unwrap_err().kind, ErrorKind::NotConfirmed);
            assert!(question.is_empty());
        }
    }

    #[test]
    fn where_nobody_can_be_asked_the_flag_is_named() {
        let mut output = Vec::new();
        let error = check(Some("prod"), true, None, false, &mut "prod\n".as_bytes(), &mut output).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotConfirmed);
        assert!(error.hint().unwrap().contains("--confirm prod") && output.is_empty());
    }

    #[test]
    fn a_terminal_that_goes_away_is_no_yes() {
        struct Gone;
        impl io::Read for Gone {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let mut gone = io::BufReader::new(Gone);
        assert!(check(Some("prod"), true, None, true, &mut gone, &mut Vec::new()).is_err());
    }
}
