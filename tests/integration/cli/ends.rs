//! Readers that go away.

use std::process::Stdio;

use super::{sent, world};
use crate::support::{KEY, home};

/// As a shell runs `jobctl … | head -1`: the reader is gone after a line.
#[cfg(unix)]
#[tokio::test]
async fn a_closed_pipe_stops_no_cancelling_and_keeps_the_exit_code() {
    for (format, last, code) in
        [("ndjson", "1999", "0"), ("human", "1999", "0"), ("name", "1999", "0"), ("csv", "8", "3")]
    {
        let stage = world().await;
        let ids: Vec<String> = (0..300).map(|n| (2 * n + 1).to_string()).chain([last.to_owned()]).collect();
        let script = format!(
            "{{ \"$JOBCTL\" cancel datafold -o {format} --concurrency 2 {}; echo $? >&3; }} | head -n 1 >/dev/null",
            ids.join(" ")
        );
        let output = tokio::process::Command::new("sh")
            .args(["-c", &format!("exec 3>&2 2>/dev/null; {script}")])
            .env("JOBCTL", env!("CARGO_BIN_EXE_jobctl"))
            .env("DATAFOLD_HOST", stage.server.uri())
            .env("DATAFOLD_API_KEY", KEY)
            .env("HOME", home())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), code, "{format}");
        assert_eq!(sent(&stage).await, ids.len(), "{format}: everything is sent");
    }
}
