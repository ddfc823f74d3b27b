//! Secrets in a real Secret Service. Run by `tests/keychain.sh`, which starts one of
//! its own; elsewhere these tests are passed over.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jobctl::sandbox::{Options, Sandbox};

/// A home of this test's own, in the one that the session has.
fn home(name: &str) -> PathBuf {
    let home = PathBuf::from(std::env::var_os("JOBCTL_TEST_HOME").expect("tests/keychain.sh sets it")).join(name);
    std::fs::create_dir_all(home.join(".config/jobctl")).unwrap();
    home
}

fn jobctl(name: &str, arguments: &[&str], input: &str) -> (i32, String) {
    jobctl_with(name, arguments, input, &[])
}

fn jobctl_with(name: &str, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobctl"))
        .args(arguments)
        .env("HOME", home(name))
        .env_remove("XDG_CONFIG_HOME")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("hunter2"), "{text}");
    (output.status.code().unwrap(), text)
}

fn configure(name: &str, text: &str) {
    std::fs::write(home(name).join(".config/jobctl/config.toml"), text).unwrap();
}

#[test]
#[ignore = "needs a Secret Service: run tests/keychain.sh"]
fn a_secret_is_stored_used_replaced_and_removed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(Options::default())).unwrap();
    let (url, key) = (sandbox.url(), sandbox.variables()[1].1.clone());
    // The vendors answer while the program, which is waited for, runs.
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let vendors = std::thread::spawn(move || runtime.block_on(async { drop(stopped.await) }));

    let name = "used";
    configure(name, &format!("[profiles.default.datafold]\nhost = '{url}'\nkeychain = true\n"));
    let (code, text) = jobctl(name, &["auth", "status", "datafold", "--check"], "");
    assert!(code == 4 && text.contains("auth login datafold"), "{text}");

    let (code, text) = jobctl(name, &["auth", "login", "datafold", "--token-stdin"], "hunter2-wrong\n");
    assert!(code == 0 && text.contains("stored"), "{text}");
    let (code, text) = jobctl(name, &["auth", "status", "datafold", "--check"], "");
    assert!(code == 4 && text.contains("rejected"), "{text}");

    let (code, text) = jobctl(name, &["auth", "login", "datafold", "--token-stdin", "-o", "json"], &key);
    assert!(code == 0 && text.contains("\"action\":\"stored\"") && !text.contains(&key), "{text}");
    let (code, text) = jobctl(name, &["auth", "status", "datafold", "--check"], "");
    assert!(code == 0 && text.contains("keychain in [profiles.default.datafold]"), "{text}");
    let (code, text) = jobctl(name, &["doctor", "datafold"], "");
    assert!(code == 0 && text.contains("accepted"), "{text}");

    // Another host in the file: the secret was given for the first one.
    configure(name, "[profiles.default.datafold]\nhost = 'eu.datafold.com'\nkeychain = true\n");
    let (code, text) = jobctl(name, &["cancel", "datafold", "1"], "");
    assert!(code == 4 && text.contains("no secret for https://eu.datafold.com"), "{text}");

    configure(name, &format!("[profiles.default.datafold]\nhost = '{url}'\nkeychain = true\n"));
    let (code, text) = jobctl(name, &["auth", "logout", "datafold"], "");
    assert!(code == 0 && text.contains("removed"), "{text}");
    let (code, text) = jobctl(name, &["auth", "logout", "datafold"], "");
    assert!(code == 0 && text.contains("absent"), "{text}");
    assert_eq!(jobctl(name, &["auth", "status", "datafold", "--check"], "").0, 4);
    drop(stop);
    vendors.join().unwrap();
}

#[test]
#[ignore = "needs a Secret Service: run tests/keychain.sh"]
fn a_secret_that_is_not_used_yet_is_said_with_the_lines_to_add() {
    let (code, text) = jobctl("unused", &["auth", "login", "prequel", "--token-stdin"], "hunter2\n");
    assert!(code == 0 && text.contains("[profiles.default.prequel]") && text.contains("keychain = true"), "{text}");
    let (code, text) = jobctl("unused", &["auth", "login", "veeva", "--token-stdin"], "hunter2\n");
    assert!(code == 2 && text.contains("set host in [profiles.default.veeva]"), "{text}");
    let (code, text) = jobctl("unused", &["auth", "login", "prequel"], "hunter2\n");
    assert!(code == 9 && text.contains("--token-stdin"), "{text}");
    let (code, text) = jobctl("unused", &["auth", "login", "prequel", "--token-stdin"], "");
    assert!(code == 4 && text.contains("empty"), "{text}");
}

#[test]
#[ignore = "needs a Secret Service: run tests/keychain.sh"]
fn without_a_service_nothing_is_kept_and_nobody_waits() {
    let began = Instant::now();
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")];
    let (code, text) = jobctl_with("nowhere", &["auth", "login", "prequel", "--token-stdin"], "hunter2\n", &nowhere);
    assert!(code == 2 && text.contains("keychain") && text.contains("token_command"), "{text}");
    assert!(began.elapsed() < Duration::from_secs(20));
    configure("nowhere", "[profiles.default.prequel]\nkeychain = true\n");
    let (code, text) = jobctl_with("nowhere", &["cancel", "prequel", "d/1"], "", &nowhere);
    assert!(code == 4 && text.contains("cannot be read"), "{text}");
}

#[test]
#[ignore = "needs a Secret Service: run tests/keychain.sh"]
fn a_service_that_hangs_is_given_up_after_three_seconds() {
    let socket = home("hangs").join("bus");
    // Accepts and never says a word.
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let hanging = [("DBUS_SESSION_BUS_ADDRESS", address.as_str())];
    let began = Instant::now();
    let (code, text) = jobctl_with("hangs", &["auth", "login", "prequel", "--token-stdin"], "hunter2\n", &hanging);
    assert!(code == 2 && text.contains("3 seconds"), "{text}");
    assert!((3..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    drop(listener);
}
