//! Colours, and whether to use them; durations as people read them.
//!
//! Must not read the environment: values are handed in.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::canceller::Outcome;
use crate::error::ExitCode;
use crate::job::JobState;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where it is wanted and can be shown.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The variables that have a say in colour.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColorVariables<'a> {
    /// `NO_COLOR`: any text turns colour off.
    pub no_color: Option<&'a str>,
    /// `CLICOLOR_FORCE`: any text but `0` turns it on.
    pub clicolor_force: Option<&'a str>,
    /// `CLICOLOR`: `0` turns it off.
    pub clicolor: Option<&'a str>,
    /// `TERM`: `dumb` turns it off.
    pub term: Option<&'a str>,
}

/// Whether one stream gets colour: the flag, then the variables in the order of
/// their fields, then whether the stream is a terminal.
#[must_use]
pub fn color_wanted(choice: ColorChoice, variables: ColorVariables<'_>, terminal: bool) -> bool {
    let set = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set(variables.no_color) => false,
        ColorChoice::Auto if set(variables.clicolor_force) && variables.clicolor_force != Some("0") => true,
        ColorChoice::Auto => terminal && variables.clicolor != Some("0") && variables.term != Some("dumb"),
    }
}

/// Whether the locale has Unicode, from `LC_ALL`, `LC_CTYPE` and `LANG`: the first
/// that is set decides.
#[must_use]
pub fn unicode_locale(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
    [lc_all, lc_ctype, lang]
        .into_iter()
        .flatten()
        .find(|value| !value.is_empty())
        .map(str::to_ascii_lowercase)
        .is_some_and(|value| value.contains("utf-8") || value.contains("utf8"))
}

/// The ornaments that there are, as far as the locale has them.
pub(super) struct Glyphs {
    /// From one state to the next, and before the next step.
    pub(super) arrow: &'static str,
    /// Where text was cut.
    pub(super) more: &'static str,
    /// A done and an open piece of a bar.
    pub(super) bar: [&'static str; 2],
}

impl Glyphs {
    pub(super) const fn of(unicode: bool) -> Self {
        if unicode {
            Self { arrow: "→", more: "…", bar: ["█", "░"] }
        } else {
            Self { arrow: "->", more: "...", bar: ["#", "-"] }
        }
    }
}

pub(super) const PLAIN: Style = Style::new();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const WAITING: Style = AnsiColor::Yellow.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const STRONG_BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const ADVICE: Style = AnsiColor::Cyan.on_default();

/// The colour of a result.
pub(super) const fn of_outcome(outcome: Outcome, ok: bool) -> Style {
    match outcome {
        Outcome::Requested | Outcome::Pending => WAITING,
        Outcome::Skipped => DIM,
        _ if ok => GOOD,
        _ => BAD,
    }
}

/// An outcome in words, and the colour that it usually has.
pub(super) fn counted(outcome: Outcome, count: u64) -> (Style, String) {
    let usual = of_outcome(outcome, outcome.exit() == ExitCode::Ok);
    (usual, format!("{count} {}", outcome.as_str().replace('_', " ")))
}

/// The colour of a state.
pub(super) const fn of_state(state: JobState) -> Style {
    match state {
        JobState::Cancelled | JobState::Succeeded => GOOD,
        JobState::Cancelling | JobState::Blocked => WAITING,
        JobState::Failed => BAD,
        JobState::Unknown => DIM,
        JobState::Queued | JobState::Running => PLAIN,
    }
}

/// Appends text, styled where colour is on and the style says anything.
pub(super) fn paint(line: &mut String, color: bool, style: Style, text: &str) {
    if color && !style.is_plain() && !text.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, "{style}{text}{style:#}");
    } else {
        line.push_str(text);
    }
}

/// How long something took: `87 ms`, `1.2 s`, `2 min 5 s`, `3 h 20 min`.
pub(super) fn took(time: Duration) -> String {
    if time.as_millis() < 1000 { format!("{} ms", time.as_millis()) } else { seconds(time) }
}

/// Like [`took`], never finer than tenths of a second.
pub(super) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    match whole {
        0..60 => format!("{}.{} s", whole, time.subsec_millis() / 100),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// How long a call took: milliseconds only where tenths of a second say nothing.
pub(super) fn whole_call(time: Duration) -> String {
    if time < Duration::from_millis(100) { took(time) } else { seconds(time) }
}

/// Like [`seconds`], as coarse as a guess is.
pub(super) fn roughly(time: Duration) -> String {
    match (time + Duration::from_millis(500)).as_secs() {
        whole @ 0..60 => format!("{whole} s"),
        whole => seconds(Duration::from_secs(whole)),
    }
}

/// How old something is, in one unit: `45s`, `12m`, `3h`, `9d`.
pub(super) fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_beats_the_variables_and_these_beat_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        let none = ColorVariables::default();
        let no_color = ColorVariables { no_color: Some("1"), clicolor_force: Some("1"), ..none };
        let forced = ColorVariables { clicolor_force: Some("1"), clicolor: Some("0"), term: Some("dumb"), ..none };
        let rows = [
            (Always, no_color, false, true),
            (Never, forced, true, false),
            (Auto, no_color, true, false),
            (Auto, forced, false, true),
            (Auto, ColorVariables { clicolor_force: Some("0"), ..none }, false, false),
            (Auto, ColorVariables { clicolor: Some("0"), ..none }, true, false),
            (Auto, ColorVariables { term: Some("dumb"), ..none }, true, false),
            (Auto, ColorVariables { no_color: Some(""), ..none }, true, true),
            (Auto, none, true, true),
            (Auto, none, false, false),
        ];
        for (choice, variables, terminal, expected) in rows {
            assert_eq!(color_wanted(choice, variables, terminal), expected, "{choice:?} {variables:?} {terminal}");
        }
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(unicode_locale(None, None, Some("de_DE.UTF-8")));
        assert!(unicode_locale(Some(""), Some("C.utf8"), None));
        assert!(!unicode_locale(Some("C"), None, Some("de_DE.UTF-8")));
        assert!(!unicode_locale(None, None, None));
    }

    #[test]
    fn durations_read_well() {
        let millis = Duration::from_millis;
        assert_eq!([87, 999, 1200].map(|ms| took(millis(ms))), ["87 ms", "999 ms", "1.2 s"]);
        assert_eq!([950, 125_000, 12_000_000].map(|ms| seconds(millis(ms))), ["0.9 s", "2 min 5 s", "3 h 20 min"]);
        assert_eq!([45, 720, 10_800, 777_600].map(age), ["45s", "12m", "3h", "9d"]);
    }
}
