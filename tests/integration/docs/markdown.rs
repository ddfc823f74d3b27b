//! As much of Markdown as the pages use: fenced blocks, headings, links, code spans.

use std::ops::Range;

/// A fenced block.
pub(super) struct Block<'a> {
    /// The word behind the opening fence.
    pub(super) language: &'a str,
    /// Why the block is not run or parsed, where the comment before it says so.
    pub(super) excuse: Option<&'a str>,
    /// The numbers of its lines in the page, from 0.
    pub(super) lines: Range<usize>,
    /// Those lines.
    pub(super) text: Vec<&'a str>,
}

/// What a page consists of.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) blocks: Vec<Block<'a>>,
    /// The lines outside the blocks, with their numbers from 0.
    pub(super) prose: Vec<(usize, &'a str)>,
}

pub(super) fn parts(page: &str) -> Parts<'_> {
    let mut parts = Parts::default();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let before = parts.prose.iter().rev().map(|(_, line)| *line).find(|line| !line.is_empty());
                let next = at + 1;
                open = Some(Block { language, excuse: before.and_then(excuse), lines: next..next, text: Vec::new() });
            }
            (Some(block), None) => {
                block.text.push(line);
                block.lines.end = at + 1;
            }
            (Some(_), Some(_)) => parts.blocks.extend(open.take()),
            (None, None) => {
                assert!(!line.trim_start().starts_with("```"), "line {}: a fence that is indented", at + 1);
                parts.prose.push((at, line));
            }
        }
    }
    assert!(open.is_none(), "a block that is never closed");
    parts
}

/// `<!-- not run: REASON -->`
fn excuse(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- not run: ")?.strip_suffix(" -->")
}

/// The text in backticks of a line of prose.
pub(super) fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A line of prose without what is in backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// Where the links of a line lead to.
pub(super) fn links(line: &str) -> Vec<String> {
    let line = without_code(line);
    let ends = line.split("](").skip(1);
    ends.filter_map(|end| Some(end.split_once(')')?.0.to_owned())).collect()
}

/// The anchors of a page's headings, made as GitHub makes them.
pub(super) fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in parts(page).prose {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug: String = kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let earlier = anchors.iter().filter(|known| **known == slug).count();
        anchors.push(if earlier == 0 { slug } else { format!("{slug}-{earlier}") });
    }
    anchors
}

#[test]
fn blocks_links_and_anchors_are_found() {
    let page = "# A `b`-c, d!\n<!-- not run: no account -->\n\n```console\n$ x\n```\n[a](b.md#c) `[no](x)` [d](#e)\n## A b-c d\n";
    let parts = parts(page);
    assert_eq!(parts.blocks.len(), 1);
    let block = &parts.blocks[0];
    assert_eq!((block.language, block.excuse, block.lines.clone()), ("console", Some("no account"), 4..5));
    assert_eq!(links(parts.prose[3].1), ["b.md#c", "#e"]);
    assert_eq!(anchors(page), ["a-b-c-d", "a-b-c-d-1"]);
}
