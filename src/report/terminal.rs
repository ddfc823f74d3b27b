//! Makes text from servers and files harmless to look at.
//!
//! Must not know where the text comes from or where it is printed. Machine formats keep
//! the original text; JSON escapes the same characters.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use crate::text::is_dangerous;

/// So many marks without a width of their own may follow one another; real
/// scripts need two or three, a flood draws over the neighbouring lines.
const MARKS_IN_A_ROW: usize = 4;

/// The longest piece of text that is shown on one line, in columns.
pub const LINE_MAX: usize = 400;

/// The text on one line, with every dangerous character as `\u{…}`.
///
/// Borrowed when there was nothing to do. Harmless text comes out unchanged, so
/// that applying this twice is applying it once.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for c in text.chars() {
        marks = if width_of(c) == 0 { marks + 1 } else { 0 };
        if is_dangerous(c) || marks > MARKS_IN_A_ROW {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            marks = 0;
        } else {
            shown.push(c);
        }
    }
    if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) }
}

/// [`harmless`], and not wider than `columns`: what is cut ends in `more`.
#[must_use]
pub fn fit<'a>(text: &'a str, columns: usize, more: &str) -> Cow<'a, str> {
    let shown = harmless(text);
    if width(&shown) <= columns {
        return shown;
    }
    let Some(mut room) = columns.checked_sub(width(more)) else { return Cow::Borrowed("") };
    let kept = shown.chars().take_while(|c| {
        let fits = width_of(*c) <= room;
        room = room.saturating_sub(width_of(*c));
        fits
    });
    Cow::Owned(kept.chain(more.chars()).collect())
}

/// Appends harmless text to a line on which `at` columns are taken, and goes on in
/// lines indented by `indent` where a terminal of `columns` is full. Breaks at blanks
/// only: a path or an id stays whole, so that it can be copied.
pub fn wrap(line: &mut String, text: &str, at: usize, indent: usize, columns: Option<usize>) {
    let Some(columns) = columns else { return line.push_str(text) };
    let mut taken = at;
    for (number, word) in text.split(' ').enumerate() {
        let blank = usize::from(number > 0);
        let wide = width(word);
        if number > 0 && taken + blank + wide > columns && taken > indent {
            line.push('\n');
            line.extend(std::iter::repeat_n(' ', indent));
            taken = indent + wide;
        } else {
            line.extend(std::iter::repeat_n(' ', blank));
            taken += blank + wide;
        }
        line.push_str(word);
    }
}

/// How many columns harmless text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(width_of).sum() }
}

fn width_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(harmless("\u{1b}[2J\u{1b}]0;owned\u{7}"), r"\u{1b}[2J\u{1b}]0;owned\u{7}");
        assert_eq!(harmless("one\r\ntwo\tthree\u{7f}\u{9b}31m"), r"one\u{d}\u{a}two\u{9}three\u{7f}\u{9b}31m");
    }

    #[test]
    fn hidden_and_reordering_characters_become_visible() {
        assert_eq!(harmless("a\u{202e}b\u{2066}c\u{200b}d\u{feff}"), r"a\u{202e}b\u{2066}c\u{200b}d\u{feff}");
        assert_eq!(harmless("x\u{2028}y\u{e0041}\u{fff9}z"), r"x\u{2028}y\u{e0041}\u{fff9}z");
    }

    #[test]
    fn a_flood_of_combining_marks_is_dammed() {
        let flood = format!("a{}", "\u{301}".repeat(50));
        let shown = harmless(&flood);
        let longest = shown.split(|c: char| width_of(c) > 0).map(|run| run.chars().count()).max();
        assert_eq!(longest, Some(MARKS_IN_A_ROW));
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in
            ["nightly load", "Ночной прогон", "毎晩の同期", "naïve e\u{301}", "ตั้งค่า", "❤\u{fe0f} 🚀", r"C:\u{dir}"]
        {
            assert!(matches!(harmless(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn long_text_is_cut_to_its_columns() {
        assert_eq!(fit("abcdef", 6, "…"), "abcdef");
        assert_eq!(fit("abcdefg", 6, "…"), "abcde…");
        assert_eq!(fit("abcdefg", 6, "..."), "abc...");
        assert_eq!(fit("毎晩の同期", 6, "…"), "毎晩…");
        assert_eq!((fit("abc", 0, "…"), fit("abcd", 2, "...")), ("".into(), "".into()));
    }

    #[test]
    fn sentences_are_broken_at_blanks_and_words_never() {
        let wrapped = |text, columns| {
            let mut line = "hint: ".to_owned();
            wrap(&mut line, text, 6, 2, columns);
            line
        };
        assert_eq!(wrapped("one two three", None), "hint: one two three");
        assert_eq!(wrapped("one two three", Some(13)), "hint: one two\n  three");
        assert_eq!(wrapped("one two three four", Some(12)), "hint: one\n  two three\n  four");
        assert_eq!(wrapped("/a/long/path is whole", Some(8)), "hint: /a/long/path\n  is\n  whole");
    }

    /// Mostly the characters that matter, and any others.
    fn text() -> impl Strategy<Value = String> {
        let picked = prop_oneof![
            any::<char>(),
            proptest::char::range('\u{0}', '\u{a0}'),
            proptest::char::range('\u{300}', '\u{36f}'),
            proptest::char::range('\u{2000}', '\u{2070}'),
            proptest::char::range('\u{e0000}', '\u{e01ff}'),
        ];
        proptest::collection::vec(picked, 0..60).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_dangerous_comes_out(text in text(), columns in 0_usize..80) {
            prop_assert!(!harmless(&text).chars().any(is_dangerous));
            let cut = fit(&text, columns, "…");
            prop_assert!(!cut.chars().any(|c| is_dangerous(c) || c.is_control()));
            prop_assert!(width(&cut) <= columns);
        }

        #[test]
        fn twice_is_once(text in text(), columns in 0_usize..80) {
            let once = harmless(&text).into_owned();
            prop_assert_eq!(harmless(&once), once.as_str());
            let cut = fit(&text, columns, "…").into_owned();
            prop_assert_eq!(fit(&cut, columns, "…"), cut.as_str());
        }
    }
}
