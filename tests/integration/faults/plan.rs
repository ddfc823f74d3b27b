//! What can befall a request, and which requests it befalls.

use crate::support::Op;

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It does not.
    Well,
    /// This status with a JSON error.
    Status(u16),
    /// 429, with this many seconds of `Retry-After`.
    Limited(Option<u32>),
    /// The connection is reset.
    Reset,
    /// The connection is closed without a byte.
    Close,
    /// Nothing ever comes.
    Stall,
    /// A byte now and then, for much longer than anybody waits.
    Drip,
    /// A byte now and then, and all of it in time.
    SlowButWhole,
    /// Half of the answer, then the end.
    Half,
    /// Half of the status line, then the end.
    HalfHead,
    /// A body without end.
    Endless,
    /// 200 with bytes that are no text.
    Garbage,
    /// Bytes that are no HTTP.
    NoHttp,
    /// 200 with a web page.
    Html,
    /// A redirect to a server that nobody may call.
    Redirect,
    /// A length that is longer than the body.
    TooLong,
    /// A length that is shorter than the body.
    TooShort,
    /// 200 about another job.
    OtherJob,
    /// 200 with nothing.
    Empty,
    /// 200 with a JSON value of another shape.
    OtherShape,
}

/// One fault: whether the request is served before the answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) how: How,
    pub(super) applies: bool,
}

pub(super) const WELL: Fault = Fault { how: How::Well, applies: true };

/// A fault that strikes before anything is done.
pub(super) const fn before(how: How) -> Fault {
    Fault { how, applies: false }
}

/// A fault that strikes when all is done.
pub(super) const fn after(how: How) -> Fault {
    Fault { how, applies: true }
}

/// A request that has come in.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) op: Op,
    pub(super) vendor: &'static str,
    /// The first job that it is about.
    pub(super) id: &'a str,
    /// How many requests were about that job before.
    pub(super) step: usize,
}

/// Decides what befalls a request.
pub(super) type Plan = Box<dyn Fn(&Exchange<'_>) -> Fault + Send + Sync>;

/// Faults after which everything may still come out well.
pub(super) const TRANSIENT: &[Fault] = &[
    before(How::Status(500)),
    after(How::Status(500)),
    before(How::Status(502)),
    after(How::Status(502)),
    before(How::Status(503)),
    after(How::Status(504)),
    before(How::Status(599)),
    before(How::Status(408)),
    before(How::Status(425)),
    before(How::Limited(None)),
    before(How::Limited(Some(0))),
    before(How::Limited(Some(1))),
    before(How::Reset),
    after(How::Reset),
    before(How::Close),
    after(How::Close),
    before(How::Stall),
    after(How::Stall),
    after(How::Drip),
    after(How::SlowButWhole),
    before(How::Half),
    after(How::Half),
    after(How::HalfHead),
    after(How::Endless),
    before(How::Garbage),
    after(How::Garbage),
    before(How::NoHttp),
    after(How::NoHttp),
    before(How::Html),
    after(How::Html),
    after(How::TooLong),
    before(How::TooShort),
    after(How::TooShort),
    before(How::OtherJob),
    after(How::OtherJob),
];

/// Faults that are answers, or look like one.
pub(super) const FINAL: &[Fault] = &[
    before(How::Status(400)),
    before(How::Status(403)),
    before(How::Status(404)),
    before(How::Status(405)),
    before(How::Status(409)),
    before(How::Status(410)),
    before(How::Status(418)),
    before(How::Status(422)),
    before(How::Status(501)),
    before(How::Limited(Some(3600))),
    before(How::Redirect),
    after(How::Empty),
    after(How::OtherShape),
];
