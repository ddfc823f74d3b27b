//! `-o name`: refs only, a line each, for `xargs` and friends.
//!
//! Must not know any other format.

use super::printer::Printer;
use super::row::{Head, Ref, Tail};
use super::sink::Sink;
use super::terminal::harmless;
use crate::engine::{Seen, Settled, Subject};

/// Writes the refs of jobs; text that names no job is left out.
pub(super) struct Name {
    only_ok: bool,
}

impl Name {
    /// `only_ok`: leave out the jobs that are not ok.
    pub(super) const fn new(only_ok: bool) -> Self {
        Self { only_ok }
    }

    fn write(&self, subject: &Subject, ok: bool, out: &mut Sink) {
        if matches!(subject, Subject::Job(_)) && (ok || !self.only_ok) {
            let name = Ref(subject).to_string();
            // Validated ids have nothing to escape; a line must stay a line anyway.
            out.line(format!("{}\n", harmless(&name)).as_bytes());
        }
    }
}

impl Printer for Name {
    fn start(&mut self, _: Head<'_>, _: &mut Sink) {}

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        self.write(&settled.subject, settled.ok, out);
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        self.write(&seen.subject, seen.ok, out);
    }

    fn finish(&mut self, _: Head<'_>, _: Tail<'_>, _: &[String], _: &mut Sink) {}
}
