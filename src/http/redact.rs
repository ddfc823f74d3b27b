//! Blots secrets out of whatever a server said: [`Redactor`].
//!
//! A server may echo a credential in an error text, a header or a page. Nothing
//! above this room ever sees one. Must not know any vendor or reqwest.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use memchr::memmem::Finder;

use super::HeaderMap;
use crate::secret::Secret;

/// What stands where a secret stood.
const BLOT: &str = "***";

/// Shorter secrets are left alone: blotting `1` out would ruin every answer.
const SHORTEST: usize = 4;

/// JSON inside JSON inside JSON writes a quote with seven backslashes; beyond this
/// many nobody is quoting any more.
const DEEPEST: usize = 15;

/// The most that stands between two lines of a secret that was wrapped. Without an end
/// to it, a server could have this looked through from each of its letters anew.
const LONGEST_BREAK: usize = 128;

/// Finds an endpoint's secrets in text, however JSON, URLs, forms and HTML write them:
/// every character may stand as itself or escaped, each in its own way, and a line may
/// end between any two.
#[derive(Default)]
pub struct Redactor {
    needles: Vec<Needle>,
    /// How many letters the shortest of them has.
    shortest: usize,
}

/// One secret to look for.
struct Needle {
    letters: Vec<char>,
    /// The secret as it is.
    raw: Finder<'static>,
}

impl Redactor {
    /// A redactor for `secrets`. Of a value such as `Bearer KEY` the key counts too.
    #[must_use]
    pub fn new(secrets: &[Secret]) -> Self {
        let whole = secrets.iter().map(Secret::expose);
        let keys = secrets.iter().filter_map(|secret| Some(secret.expose().split_once(' ')?.1.trim()));
        let mut texts: Vec<&str> = whole.chain(keys).filter(|text| text.len() >= SHORTEST).collect();
        texts.sort_unstable();
        texts.dedup();
        let needles: Vec<_> = texts.into_iter().map(Needle::new).collect();
        let shortest = needles.iter().map(|needle| needle.letters.len()).min().unwrap_or(0);
        Self { needles, shortest }
    }

    /// `text` without secrets; nothing where there was none.
    fn blot(&self, text: &[u8]) -> Option<Vec<u8>> {
        // However it is spelt, each letter of a secret takes a byte at least.
        if self.needles.is_empty() || text.len() < self.shortest {
            return None;
        }
        // Without any of these nothing is escaped or broken.
        let plain =
            memchr::memchr3(b'\\', b'%', b'+', text).is_none() && memchr::memchr3(b'&', b'\n', b'\r', text).is_none();
        let mut spans: Vec<_> = self
            .needles
            .iter()
            .flat_map(|needle| if plain { needle.places(text) } else { needle.places_in_any_spelling(text) })
            .collect();
        if spans.is_empty() {
            return None;
        }
        // Of secrets that overlap, no part may be left.
        spans.sort_unstable_by_key(|span| span.start);
        let mut clean = Vec::with_capacity(text.len());
        let mut done = 0;
        for span in spans {
            if span.start >= done {
                clean.extend_from_slice(text.get(done..span.start).unwrap_or_default());
                clean.extend_from_slice(BLOT.as_bytes());
            }
            done = done.max(span.end);
        }
        clean.extend_from_slice(text.get(done..).unwrap_or_default());
        Some(clean)
    }

    /// Text without secrets: also text that was decoded from an answer.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.blot(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(clean) => Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
        }
    }

    /// A body without secrets. Where they stood in strings, JSON stays JSON.
    #[must_use]
    pub fn body(&self, body: Bytes) -> Bytes {
        self.blot(&body).map_or(body, Bytes::from)
    }

    /// Takes the secrets out of header values.
    pub fn headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            if let Some(clean) = self.blot(value.as_bytes()) {
                // What is left of a valid value is valid; were it not, it goes.
                *value = clean.as_slice().try_into().unwrap_or_else(|_| super::HeaderValue::from_static(BLOT));
            }
        }
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), raw: Finder::new(text).into_owned() }
    }

    /// Where the secret stands as it is.
    fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.raw.find_iter(text).map(|start| start..start + self.raw.needle().len()).collect()
    }

    /// Where the secret stands in any spelling.
    fn places_in_any_spelling(&self, text: &[u8]) -> Vec<Range<usize>> {
        let Some(first) = self.raw.needle().first().copied() else { return Vec::new() };
        // Each looks on from where it was: begun again at every backslash, a search for
        // an `&` that is not there would go through the rest of the text every time.
        let mut escapes = memchr::memchr3_iter(b'\\', b'%', first, text).peekable();
        let mut others = memchr::memchr_iter(b'&', text).peekable();
        let (mut spans, mut ends) = (Vec::<Range<usize>>::new(), Ends::default());
        while let Some(start) = earlier(escapes.peek().copied(), others.peek().copied()) {
            escapes.next_if_eq(&start);
            others.next_if_eq(&start);
            let from = spans.last().map_or(0, |span| span.end);
            if start >= from
                && let Some(end) = self.end(text, start, &mut ends)
            {
                spans.push(whole(text, from, start..end));
            }
        }
        spans
    }

    /// Where the secret ends, if it begins at `start`; the last such place, since a
    /// backslash or a `%` may be read in two ways.
    fn end(&self, text: &[u8], start: usize, ends: &mut Ends) -> Option<usize> {
        ends.here.clear();
        ends.here.push(start);
        for (number, letter) in self.letters.iter().enumerate() {
            for end in ends.here.drain(..) {
                spellings(text, end, *letter, &mut ends.next);
                if number > 0
                    && let Some(end) = after_break(text, end)
                {
                    spellings(text, end, *letter, &mut ends.next);
                }
            }
            ends.next.sort_unstable();
            ends.next.dedup();
            std::mem::swap(&mut ends.here, &mut ends.next);
            if ends.here.is_empty() {
                return None;
            }
        }
        ends.here.last().copied()
    }
}

/// Where the letters so far may end, and where those with the next one may; kept from one
/// start to the next, because nearly all of them come to nothing.
#[derive(Default)]
struct Ends {
    here: Vec<usize>,
    next: Vec<usize>,
}

fn earlier(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Adds where `letter` ends, for every way in which it may stand at `at`.
fn spellings(text: &[u8], at: usize, letter: char, ends: &mut Vec<usize>) {
    let Some(rest) = text.get(at..) else { return };
    let mut buffer = [0; 4];
    let bytes = letter.encode_utf8(&mut buffer).as_bytes();
    if rest.starts_with(bytes) {
        ends.push(at + bytes.len());
    }
    match rest.first() {
        Some(b'+') if letter == ' ' => ends.push(at + 1),
        Some(b'%') => {
            let mut quoted = rest.chunks(3);
            let same = |byte: &u8| matches!(quoted.next(), Some([b'%', high, low]) if hex(&[*high, *low]) == Some(u32::from(*byte)));
            if bytes.iter().all(same) {
                ends.push(at + 3 * bytes.len());
            }
        }
        Some(b'\\') => json_spellings(text, at, letter, ends),
        Some(b'&') => ends.extend(html_spelling(rest, letter).map(|length| at + length)),
        _ => {}
    }
}

/// How long the reference is that HTML text begins with, if it stands for `letter`.
fn html_spelling(text: &[u8], letter: char) -> Option<usize> {
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let found = match std::str::from_utf8(text.get(1..end)?).ok()? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    (found == letter).then_some(end + 1)
}

/// Where the next line goes on, if a line ends at `at`, as it is or escaped.
fn after_break(text: &[u8], at: usize) -> Option<usize> {
    let (mut end, mut broken) = (at, false);
    while end - at < LONGEST_BREAK {
        match text.get(end) {
            Some(b'\n' | b'\r') => (end, broken) = (end + 1, true),
            Some(b' ' | b'\t') => end += 1,
            Some(b'\\') => {
                let after = after_backslashes(text, end);
                if !matches!(text.get(after), Some(b'n' | b'r')) {
                    break;
                }
                (end, broken) = (after + 1, true);
            }
            _ => break,
        }
    }
    broken.then_some(end)
}

/// The ways of JSON, also of JSON inside the strings of JSON.
fn json_spellings(text: &[u8], at: usize, letter: char, ends: &mut Vec<usize>) {
    let after = after_backslashes(text, at);
    let short = match letter {
        '"' | '/' => u8::try_from(letter).ok(),
        '\n' => Some(b'n'),
        '\r' => Some(b'r'),
        '\t' => Some(b't'),
        '\u{8}' => Some(b'b'),
        '\u{c}' => Some(b'f'),
        '\\' => {
            ends.extend([2, 4, 8].map(|count| at + count).into_iter().filter(|end| *end <= after));
            None
        }
        _ => None,
    };
    if let Some(short) = short
        && text.get(after) == Some(&short)
    {
        ends.push(after + 1);
    }
    let mut units = [0; 2];
    let mut end = at;
    for unit in letter.encode_utf16(&mut units) {
        let after = after_backslashes(text, end);
        let digits = text.get(after + 1..after + 5);
        if text.get(after) != Some(&b'u') || digits.and_then(hex) != Some(u32::from(*unit)) {
            return;
        }
        end = after + 5;
    }
    ends.push(end);
}

/// Where the backslashes that begin at `at` end.
fn after_backslashes(text: &[u8], at: usize) -> usize {
    at + text.iter().skip(at).take(DEEPEST).take_while(|byte| **byte == b'\\').count()
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// Whether what stands before `at`, but not before `from`, escapes what stands there.
fn escaped(text: &[u8], from: usize, at: usize) -> bool {
    let before = text.get(from..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// `span`, and with it the rest of an escape that it would cut in two: half an
/// escape would spoil the JSON around it.
fn whole(text: &[u8], from: usize, span: Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = span;
    // `\n1234` holds no `n1234`, and `\u00412345` no `00412345`.
    let within = |back: &usize| {
        let Some(at) = start.checked_sub(*back) else { return false };
        let unicode = text.get(at..start).is_some_and(|head| match head {
            [] => true,
            [b'u', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
            _ => false,
        });
        unicode && escaped(text, from, at)
    };
    if let Some(back) = (0..=4).find(within) {
        start -= back + 1;
    }
    if escaped(text, start, end) && text.get(end).is_some_and(u8::is_ascii) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests;
