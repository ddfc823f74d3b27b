//! The signals that reach a call.
//!
//! Decides nothing about what they end.

use tokio::sync::mpsc;

use crate::engine::Signals;

/// Has a signal that was heard already heard again, before all others.
pub(super) fn put_back(number: u8, signals: &mut Signals) {
    let (sender, renewed) = mpsc::unbounded_channel();
    let mut rest = std::mem::replace(signals, renewed);
    // The receiver is at hand.
    let _ = sender.send(number);
    tokio::spawn(async move {
        while let Some(number) = rest.recv().await {
            if sender.send(number).is_err() {
                break;
            }
        }
    });
}

/// What comes first: the end of `work`, or a signal.
pub(super) async fn heed<T>(signals: &mut Signals, work: impl Future<Output = T>) -> Result<T, u8> {
    tokio::select! {
        biased;
        Some(number) = signals.recv() => Err(number),
        done = work => Ok(done),
    }
}

/// Listens for SIGHUP, SIGINT and SIGTERM from now on.
#[cfg(unix)]
pub(super) fn listen() -> Signals {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::unbounded_channel();
    // A file that may not grow any more (`ulimit -f`) is an error of that file, and does
    // not end the process in the middle of a run.
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    for (kind, number) in [(SignalKind::hangup(), 1u8), (SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
        // A signal that cannot be listened to keeps its default: it ends the process.
        let Ok(mut stream) = signal(kind) else { continue };
        let sender = sender.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if sender.send(number).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

/// Listens for Ctrl-C from now on.
#[cfg(not(unix))]
pub(super) fn listen() -> Signals {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(2).is_ok() {} });
    receiver
}
