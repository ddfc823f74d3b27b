//! Text in messages: foreign text made harmless, words as a shell takes them, and the
//! nearest known word.
//!
//! Owns the answer to "which characters can deceive or disturb a terminal". Must not know what the text is about.

/// How much of a foreign text a message shows.
const SHOWN: usize = 200;

/// `text` on one line, with control and direction characters made visible, cut
/// where it is long.
pub(crate) fn visible(text: &str) -> String {
    visible_up_to(text, SHOWN)
}

/// As [`visible`], with room for `most` characters.
pub(crate) fn visible_up_to(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == most {
            out.push_str("...");
            break;
        }
        if is_dangerous(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Whether a character moves the cursor, reorders, hides or forges text when it is
/// shown: controls (C0, DEL, C1), line and paragraph separators, bidi controls,
/// invisible characters, tags, annotations and noncharacters.
pub(crate) fn is_dangerous(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}'
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul and Khmer fillers.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        // Zero width, direction marks, separators, embeddings, isolates, operators.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        // Noncharacters, interlinear annotations.
        | '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        // Format controls of hieroglyphs, shorthand and music.
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // Tags and further variation selectors, which can carry hidden text.
        | '\u{e0000}'..='\u{e0fff}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Words as they are typed into a shell.
pub(crate) fn typed<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The known word that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_made_visible() {
        assert_eq!(visible("a\u{1b}[31m\nb\u{202e}c"), r"a\u{1b}[31m\nb\u{202e}c");
        assert_eq!(visible("grün"), "grün");
        assert!(['\u{fffe}', '\u{1fffe}', '\u{10ffff}'].into_iter().all(is_dangerous) && !is_dangerous('\u{1fffd}'));
        assert_eq!(visible(&"x".repeat(1000)).chars().count(), SHOWN + 3);
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(typed(["--profile", "my profile", "it's", ""]), r"--profile 'my profile' 'it'\''s' ''");
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("datafld", ["veeva", "datafold"]), Some("datafold"));
        assert_eq!(nearest("token_comand", ["token_file", "token_command"]), Some("token_command"));
        assert_eq!(nearest("zzz", ["veeva", "datafold"]), None);
    }
}
