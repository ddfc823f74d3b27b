//! Signals for the program, sent when it can hear them.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

/// Sends a signal as soon as the program listens for it: an earlier one would just end it.
pub(crate) async fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    listens(pid, signal).await;
    kill_process(pid, signal).unwrap();
}

/// Waits until the kernel has a handler of the program's for that signal.
#[cfg(target_os = "linux")]
async fn listens(pid: Pid, signal: Signal) {
    for _ in 0..6000 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
        if (caught >> (signal.as_raw() - 1)) & 1 == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never listened for {signal:?}");
}

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
async fn listens(_: Pid, _: Signal) {
    tokio::time::sleep(Duration::from_secs(1)).await;
}
