//! A progress line on stderr, for calls of more than a second on a terminal.
//!
//! One line that is redrawn by `tick` and gives way to everything else; no thread
//! and no escape sequences but colours. Must not know what the jobs are.

use std::io::Write;
use std::time::{Duration, Instant};

use anstyle::Style;

use super::options::ReportOptions;
use super::style::{DIM, GOOD, Glyphs, PLAIN, counted, paint, roughly};
use super::tally::Tally;
use super::terminal::{fit, width};

/// Shorter calls show nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Columns of the bar itself, at most and at least.
const BAR: usize = 20;
const LEAST_BAR: usize = 6;

/// `[`, `]` and a blank.
const BAR_ENDS: usize = 3;

/// The progress line.
pub(super) struct Progress {
    enabled: bool,
    color: bool,
    glyphs: Glyphs,
    columns: usize,
    total: Option<u64>,
    began: Instant,
    drawn: Option<Instant>,
    /// How many columns are on the screen now.
    shown: usize,
    /// Whether it gave way to something, and wants back.
    gone: bool,
}

impl Progress {
    pub(super) fn new(options: &ReportOptions) -> Self {
        Self {
            enabled: options.progress && !options.quiet,
            color: options.color.stderr,
            glyphs: Glyphs::of(options.unicode),
            columns: options.columns.stderr.unwrap_or(80),
            total: None,
            began: Instant::now(),
            drawn: None,
            shown: 0,
            gone: false,
        }
    }

    pub(super) fn expect_total(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// Draws, if it is time to.
    pub(super) fn tick(&mut self, tally: &Tally, err: &mut dyn Write) {
        if self.enabled {
            self.tick_at(Instant::now(), tally, err);
        }
    }

    fn tick_at(&mut self, now: Instant, tally: &Tally, err: &mut dyn Write) {
        let elapsed = now.saturating_duration_since(self.began);
        let due = self.gone || self.drawn.is_none_or(|drawn| now.saturating_duration_since(drawn) >= PAUSE);
        if elapsed < PATIENCE || !due {
            return;
        }
        let mut line = String::new();
        let mut columns = 0;
        // The last column stays free: some terminals wrap when it is filled.
        for (look, text) in self.line(elapsed, tally, self.columns.saturating_sub(1)) {
            paint(&mut line, self.color, look, &text);
            columns += width(&text);
        }
        let rest = self.shown.saturating_sub(columns);
        let _ = write!(err, "\r{line}{:rest$}", "");
        let _ = err.flush();
        self.shown = columns;
        self.drawn = Some(now);
        self.gone = false;
    }

    /// Takes the line away.
    pub(super) fn hide(&mut self, err: &mut dyn Write) {
        if self.shown > 0 {
            let _ = write!(err, "\r{:width$}\r", "", width = self.shown);
            let _ = err.flush();
            self.shown = 0;
            self.gone = true;
        }
    }

    /// The pieces of the line, at most `room` columns of them: on a narrow terminal the
    /// bar shrinks first, then the rate is left out, then the bar, then the rest is cut.
    fn line(&self, elapsed: Duration, tally: &Tally, room: usize) -> Vec<Piece> {
        let done = tally.total();
        let mut counts = Vec::new();
        for (number, (outcome, count)) in tally.outcomes().enumerate() {
            counts.push((PLAIN, if number == 0 { "  " } else { ", " }.to_owned()));
            counts.push(counted(outcome, count));
        }
        let rate = u128::from(done) * 10_000 / elapsed.as_millis().max(1);
        let rate = (DIM, format!("  {}.{}/s", rate / 10, rate % 10));
        let left = self.total.and_then(|total| time_left(done, total, elapsed));
        let left = left.map(|left| (DIM, format!("  {} left", roughly(left))));
        let so_far = self.total.map_or_else(|| done.to_string(), |total| format!("{done}/{total}"));
        let so_far = vec![(PLAIN, so_far)];
        let left: Vec<Piece> = left.into_iter().collect();
        let whole = [&so_far, &counts, &vec![rate], &left].map(Vec::as_slice).concat();
        let brief = [so_far, counts, left].concat();
        let bars = [&whole, &brief].map(|pieces| self.bar(done, room.saturating_sub(taken(pieces))));
        match bars {
            [Some(bar), _] => [bar, whole].concat(),
            [None, Some(bar)] => [bar, brief].concat(),
            _ if taken(&whole) <= room => whole,
            _ => cut(brief, room, self.glyphs.more),
        }
    }

    /// A bar that takes what room there is; none where the total is not known or the
    /// bar would say nothing.
    fn bar(&self, done: u64, room: usize) -> Option<Vec<Piece>> {
        let (total, long) = (self.total?, room.checked_sub(BAR_ENDS)?.min(BAR));
        if long < LEAST_BAR {
            return None;
        }
        let [full, empty] = self.glyphs.bar;
        let filled = u128::from(done) * long as u128 / u128::from(total.max(1));
        let filled = usize::try_from(filled).unwrap_or(long).min(long);
        Some(vec![
            (PLAIN, "[".to_owned()),
            (GOOD, full.repeat(filled)),
            (DIM, empty.repeat(long - filled)),
            (PLAIN, "] ".to_owned()),
        ])
    }
}

/// Text and its look.
type Piece = (Style, String);

fn taken(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(_, text)| width(text)).sum()
}

/// What of the pieces fits into `room` columns.
fn cut(pieces: Vec<Piece>, room: usize, more: &str) -> Vec<Piece> {
    if taken(&pieces) <= room {
        return pieces;
    }
    let mut left = room;
    let mut kept = Vec::new();
    for (look, text) in pieces {
        let whole = width(&text) <= left.saturating_sub(width(more));
        let text = if whole { text } else { fit(&format!("{text}{}", " ".repeat(room)), left, more).into_owned() };
        left = left.saturating_sub(width(&text));
        kept.push((look, text));
        if !whole {
            break;
        }
    }
    kept
}

/// From the mean rate so far; nothing while nothing is done or all is.
fn time_left(done: u64, total: u64, elapsed: Duration) -> Option<Duration> {
    let left = total.checked_sub(done).filter(|left| *left > 0 && done > 0)?;
    let millis = elapsed.as_millis() * u128::from(left) / u128::from(done);
    Some(Duration::from_millis(u64::try_from(millis).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::options::{Format, RunMeta, Verb};
    use super::*;
    use crate::canceller::Outcome;
    use crate::error::ExitCode;

    fn progress(columns: usize, unicode: bool) -> Progress {
        let mut options = ReportOptions::plain(Format::Human, Verb::Cancel, RunMeta::now(false, false));
        options.progress = true;
        options.unicode = unicode;
        options.columns.stderr = Some(columns);
        Progress::new(&options)
    }

    fn shown(progress: &Progress, tally: &Tally, room: usize) -> String {
        progress.line(Duration::from_secs(4), tally, room).into_iter().map(|(_, text)| text).collect()
    }

    fn tally() -> Tally {
        let mut tally = Tally::default();
        for number in 0..50 {
            let outcome = if number % 10 == 0 { Outcome::NotFound } else { Outcome::Cancelled };
            tally.add(Some(outcome), outcome.exit() == ExitCode::Ok, outcome.exit());
        }
        tally
    }

    #[test]
    fn done_counts_rate_and_time_left() {
        let mut progress = progress(120, true);
        progress.expect_total(200);
        let shown = |room| shown(&progress, &tally(), room);
        insta::assert_snapshot!(shown(119), @"[█████░░░░░░░░░░░░░░░] 50/200  45 cancelled, 5 not found  12.5/s  12 s left");
        insta::assert_snapshot!(shown(66), @"[██░░░░░░░░░] 50/200  45 cancelled, 5 not found  12.5/s  12 s left");
        insta::assert_snapshot!(shown(60), @"[███░░░░░░░░░░] 50/200  45 cancelled, 5 not found  12 s left");
        insta::assert_snapshot!(shown(46), @"50/200  45 cancelled, 5 not found  12 s left");
        insta::assert_snapshot!(shown(30), @"50/200  45 cancelled, 5 not f…");
    }

    #[test]
    fn a_stream_has_a_count_alone() {
        let progress = progress(120, false);
        insta::assert_snapshot!(shown(&progress, &tally(), 119), @"50  45 cancelled, 5 not found  12.5/s");
        insta::assert_snapshot!(shown(&progress, &Tally::default(), 119), @"0  0.0/s");
    }

    #[test]
    fn a_line_is_never_wider_than_its_room() {
        for unicode in [true, false] {
            let mut progress = progress(120, unicode);
            for total in [None, Some(200)] {
                progress.total = total;
                assert!((0..120).all(|room| width(&shown(&progress, &tally(), room)) <= room));
            }
        }
    }

    #[test]
    fn it_waits_a_second_then_redraws_in_place_and_leaves_no_trace() {
        let (mut progress, mut err) = (progress(30, false), Vec::new());
        progress.expect_total(100);
        let began = progress.began;
        let at = |millis| began + Duration::from_millis(millis);
        progress.tick_at(at(999), &tally(), &mut err);
        assert!(err.is_empty());
        progress.tick_at(at(1_000), &tally(), &mut err);
        progress.tick_at(at(1_099), &tally(), &mut err);
        progress.tick_at(at(1_100), &tally(), &mut err);
        progress.hide(&mut err);
        progress.hide(&mut err);
        let drawn = String::from_utf8(err).unwrap();
        let parts: Vec<_> = drawn.split('\r').collect();
        assert_eq!(parts.len(), 5, "{drawn:?}");
        assert_eq!(parts[1], parts[2]);
        assert_eq!(width(parts[1]), 29);
        assert_eq!(parts[3], " ".repeat(29));
        assert_eq!(parts[4], "");
    }

    #[test]
    fn nothing_is_drawn_where_it_is_not_wanted() {
        let mut options = ReportOptions::plain(Format::Human, Verb::Cancel, RunMeta::now(false, false));
        options.progress = true;
        options.quiet = true;
        assert!(!Progress::new(&options).enabled);
    }
}
