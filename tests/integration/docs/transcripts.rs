//! The `console` blocks, each run as one session of a shell.
//!
//! A session has a home of its own and can reach nothing but loopback. A command that
//! opens another shell (`jobctl sandbox run -- bash`) has the rest of the block typed
//! into that one.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::markdown::{Block, parts};
use super::{Page, check, pages};

/// Printed between the commands of a session.
const MARK: char = '\u{1e}';

/// A command of a block, and what is shown of it.
#[derive(Debug, Default, PartialEq)]
struct Step<'a> {
    /// As it stands on the page, prompts included.
    typed: Vec<&'a str>,
    shown: Vec<&'a str>,
}

/// `$ ` begins a command; `> `, or a backslash at the end of a line, goes on with it.
fn steps<'a>(block: &Block<'a>) -> Vec<Step<'a>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in &block.text {
        if line.starts_with("$ ") {
            steps.push(Step { typed: vec![line], shown: Vec::new() });
            continue;
        }
        let step = steps.last_mut().expect("a block of the kind console begins with a command");
        let unfinished = step.shown.is_empty() && step.typed.last().is_some_and(|line| line.ends_with('\\'));
        if unfinished || (step.shown.is_empty() && line.starts_with("> ")) {
            step.typed.push(line);
        } else {
            step.shown.push(line);
        }
    }
    steps
}

impl Step<'_> {
    fn command(&self) -> String {
        let bare = |line: &str| line.strip_prefix("$ ").or(line.strip_prefix("> ")).unwrap_or(line).to_owned();
        let lines: Vec<_> = self.typed.iter().map(|line| bare(line)).collect();
        lines.join("\n").replace("cargo run -- ", "jobctl ")
    }
}

/// Runs a block; what each of its commands printed.
fn play(steps: &[Step]) -> Vec<Vec<String>> {
    let home = tempfile::tempdir().unwrap();
    let mut path = Path::new(env!("CARGO_BIN_EXE_jobctl")).parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    // `$?` survives the mark.
    let mark = format!("__exit=$?; printf '{MARK}'; (exit $__exit)\n");
    let begin = "exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null' EXIT\n";
    let commands: Vec<_> = steps.iter().map(|step| format!("{}\n{mark}", step.command())).collect();
    let commands = commands.concat();
    let mut shell = Command::new("bash")
        .current_dir(home.path())
        .env_clear()
        .env("PATH", &path)
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("USER", "ops")
        // Nobody listens there: what is not for loopback fails at once.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all([begin, &commands].concat().as_bytes()).unwrap();
    let mut printed = String::new();
    shell.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    shell.wait().unwrap();
    let printed = printed.replace(home.path().to_str().unwrap(), "/home/ops");
    let pieces: Vec<_> = printed.split(MARK).collect();
    assert!(pieces.len() > steps.len(), "the session broke off: {commands}\n{printed}");
    let lines = |text: &str| text.lines().map(|line| elsewhere(line.trim_end())).collect();
    pieces.into_iter().take(steps.len()).map(lines).collect()
}

/// A line without what betrays the machine that refreshed the pages.
fn elsewhere(line: &str) -> String {
    match line.strip_prefix("who ").and_then(|rest| rest.split_once(" at ")) {
        Some(_) => "who       ops at laptop".to_owned(),
        None => line.to_owned(),
    }
}

/// What differs from run to run, taken out: times, ids of runs, ports. Jobs are put in
/// order, because they are printed as they are known.
fn steady<S: AsRef<str>>(lines: &[S]) -> Vec<String> {
    let mut jobs: Vec<String> = Vec::new();
    for line in lines {
        let line = masked(line.as_ref());
        match jobs.last_mut() {
            Some(job) if line.starts_with(' ') => *job = format!("{job}\n{line}"),
            _ => jobs.push(line),
        }
    }
    jobs.sort();
    jobs
}

fn masked(line: &str) -> String {
    let mut line = line.to_owned();
    // The sandbox takes a free port.
    mask(&mut line, "127.0.0.1:", "<port>", |c| c.is_ascii_digit());
    for key in ["elapsed_ms", "pid"] {
        mask(&mut line, &format!("\"{key}\":"), "<number>", |c| c.is_ascii_digit() || c == ' ');
    }
    let word = |c: char| c.is_ascii_alphanumeric() || "-:.+".contains(c);
    let words = line.split_inclusive(|c| !word(c)).map(|piece| {
        let text = piece.trim_end_matches(|c| !word(c));
        match text {
            text if is_run(text) => piece.replace(text, "<run>"),
            text if is_time(text) => piece.replace(text, "<time>"),
            _ => piece.to_owned(),
        }
    });
    without_times(&words.collect::<String>())
}

/// Replaces what follows each `before`.
fn mask(line: &mut String, before: &str, by: &str, part: impl Fn(char) -> bool) {
    let mut from = 0;
    while let Some(at) = line[from..].find(before) {
        let start = from + at + before.len();
        let end = line[start..].find(|c| !part(c)).map_or(line.len(), |length| start + length);
        line.replace_range(start..end, by);
        from = start + by.len();
    }
}

/// A version 7 UUID, as all ids of runs are; with `.jsonl` it is a record's name.
fn is_run(word: &str) -> bool {
    let id = word.strip_suffix(".jsonl").unwrap_or(word);
    id.len() == 36 && id.as_bytes()[14] == b'7' && id.split('-').count() == 5
}

/// A time in RFC 3339.
fn is_time(word: &str) -> bool {
    word.len() >= 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T' && word.starts_with("20")
}

/// `12 ms` and `0.1 s` anywhere in a line.
fn without_times(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for at in 1..words.len() {
        let is_unit = matches!(words[at].trim_end_matches(')'), "ms" | "s");
        if is_unit && words[at - 1].trim_start_matches('(').parse::<f64>().is_ok() {
            words[at - 1] = "<time>";
            words[at] = "";
        }
    }
    words.join(" ").trim_end().to_owned()
}

/// Whether all commands printed what is shown.
fn as_shown(steps: &[Step], printed: &[Vec<String>]) -> bool {
    steps.iter().zip(printed).all(|(step, printed)| steady(printed) == steady(&step.shown))
}

/// What each session printed. Many at once; what differs is run again, one by one,
/// because on a busy machine a job may be late.
fn play_all(sessions: &[Vec<Step>]) -> Vec<Vec<Vec<String>>> {
    let next = AtomicUsize::new(0);
    let alone = Mutex::new(());
    let played = Mutex::new(vec![Vec::new(); sessions.len()]);
    std::thread::scope(|scope| {
        // They mostly wait.
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(steps) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut printed = play(steps);
                    if !as_shown(steps, &printed) {
                        let _alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
                        printed = play(steps);
                    }
                    let at = sessions.iter().position(|other| std::ptr::eq(other, steps)).unwrap();
                    played.lock().unwrap_or_else(PoisonError::into_inner)[at] = printed;
                }
            });
        }
    });
    played.into_inner().unwrap()
}

/// The transcripts of a page that are run, with the blocks that they are from.
fn transcripts(page: &Page, has_jq: bool) -> Vec<Block<'_>> {
    let blocks = parts(&page.text).blocks.into_iter();
    let runs = |block: &Block| has_jq || block.text.iter().all(|line| !line.contains("jq "));
    blocks.filter(|block| block.language == "console" && block.excuse.is_none() && runs(block)).collect()
}

#[test]
fn the_transcripts_are_what_happens() {
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    if !has_jq {
        eprintln!("jq is not there, so the transcripts with it were not run");
    }
    check(|pages| {
        let blocks: Vec<Vec<Block>> = pages.iter().map(|page| transcripts(page, has_jq)).collect();
        let sessions: Vec<Vec<Step>> = blocks.iter().flatten().map(steps).collect();
        assert!(sessions.len() > 20);
        let mut played = play_all(&sessions).into_iter().zip(&sessions);
        let renewed = pages.iter().zip(&blocks);
        renewed.map(|(page, blocks)| renew(&page.text, blocks, &mut played)).collect()
    });
}

/// The page with every output that has changed.
fn renew<'a>(
    text: &str,
    blocks: &[Block],
    played: &mut impl Iterator<Item = (Vec<Vec<String>>, &'a Vec<Step<'a>>)>,
) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let sessions: Vec<_> = played.take(blocks.len()).collect();
    for (block, (printed, steps)) in blocks.iter().zip(sessions).rev() {
        let mut session = Vec::new();
        for (step, printed) in steps.iter().zip(printed) {
            session.extend(step.typed.iter().map(|line| (*line).to_owned()));
            if steady(&printed) == steady(&step.shown) {
                session.extend(step.shown.iter().map(|line| (*line).to_owned()));
            } else {
                session.extend(printed);
            }
        }
        lines.splice(block.lines.clone(), session);
    }
    lines.join("\n") + "\n"
}

#[test]
fn commands_that_cannot_be_run_are_few() {
    let pages = pages();
    let blocks = pages.iter().flat_map(|page| parts(&page.text).blocks);
    let (skipped, run): (Vec<_>, Vec<_>) =
        blocks.filter(|block| block.language == "console").partition(|block| block.excuse.is_some());
    assert!(skipped.len() * 4 <= run.len(), "{} blocks are not run, {} are", skipped.len(), run.len());
    for block in skipped {
        let shows = block.text.iter().find(|line| !line.starts_with("$ ") && !line.starts_with("> "));
        assert_eq!(shows, None, "nothing makes sure of what is printed here");
    }
}

#[test]
fn what_differs_from_run_to_run_is_masked() {
    let run = "01a216c2-2581-71c9-8c99-dbb1bdbcd92b";
    for (line, masks) in [
        ("cancelled  datafold:123  14 ms", "cancelled  datafold:123  <time>"),
        ("1 job (0.0 s)", "1 job <time>"),
        ("at http://127.0.0.1:4711; the", "at http://127.0.0.1:<port>; the"),
        (r#"{"elapsed_ms":14,"ok":true}"#, r#"{"elapsed_ms":<number>,"ok":true}"#),
        (r#"  "elapsed_ms": 1,"#, r#"  "elapsed_ms":<number>,"#),
        (&format!(r#""run_id":"{run}","at":"2026-11-26T07:29:12.065Z""#), r#""run_id":"<run>","at":"<time>""#),
        (&format!("/runs/{run}.jsonl"), "/runs/<run>"),
        ("unstructured:3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d01", "unstructured:3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d01"),
    ] {
        assert_eq!(masked(line), masks);
    }
}

#[test]
fn a_session_keeps_its_state_and_its_exit_codes() {
    let page = "```console\n$ x=1; false\n$ echo $? \\\n$x\nshown\n$ cat <<'END'\n> a\n> END\n$ bash\n$ echo in; exit 3\n$ echo $?\n```\n";
    let parts = parts(page);
    let steps = steps(&parts.blocks[0]);
    assert_eq!(steps[1], Step { typed: vec!["$ echo $? \\", "$x"], shown: vec!["shown"] });
    assert_eq!(play(&steps)[..3], [vec![], vec!["1 1".to_owned()], vec!["a".to_owned()]]);
}
