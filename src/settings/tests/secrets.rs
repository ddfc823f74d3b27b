//! Secrets from files, standard input and commands, and what is refused.

use std::io::Read as _;
use std::time::Duration;

use super::*;
use crate::settings::command::Run;

const MISSING: ErrorKind = ErrorKind::CredentialsMissing;

/// A call whose default profile has this line for Datafold.
fn kept(line: &str) -> Call {
    Call::with(&format!("[profiles.default.datafold]\n{line}\n"))
}

/// A call whose default profile runs this shell script.
fn script(text: &str) -> Call {
    kept(&format!("token_command = ['sh', '-c', '''{text}''']"))
}

fn key(call: &Call) -> String {
    call.quiet(&DATAFOLD).split(' ').next_back().unwrap_or_default().to_owned()
}

#[test]
fn a_file_variable_names_a_mounted_secret() {
    let call = Call::bare();
    let path = call.file("key", "the-key\n", 0o644);
    let call = call.variable("DATAFOLD_API_KEY_FILE", path.to_str().unwrap());
    assert_eq!(key(&call), "the-key");
    let call = call.variable("DATAFOLD_API_KEY", "direct");
    assert_eq!(key(&call), "direct");
    let rows = call.settings().unwrap().explain(&DATAFOLD);
    assert_eq!(rows[1].beaten, ["DATAFOLD_API_KEY_FILE"]);
}

#[cfg(unix)]
#[test]
fn links_are_fine_where_secrets_are_mounted() {
    let call = Call::bare();
    let path = call.file("..data", "the-key", 0o440);
    let link = call.folder.path().join("key");
    std::os::unix::fs::symlink(path, &link).unwrap();
    assert_eq!(Token::from_file(&link).secret.unwrap().expose(), "the-key");
}

#[test]
fn what_is_no_secret_file_is_refused_by_name() {
    for (text, word) in [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("hunter2\nhunter2\n", "has more than one line"),
        ("hunter2\u{1b}", "characters other than visible ASCII"),
        ("hunter2ü", "characters other than visible ASCII"),
        (&"hunter2".repeat(10_000), "larger than 64 KiB"),
    ] {
        let call = Call::bare();
        let path = call.file("key", text, 0o600);
        let call = call.variable("DATAFOLD_API_KEY_FILE", path.to_str().unwrap());
        call.fails(&DATAFOLD, MISSING, &["DATAFOLD_API_KEY_FILE (", "/key", word]);
    }
    let call = Call::bare().variable("DATAFOLD_API_KEY_FILE", "/no/such/key");
    call.fails(&DATAFOLD, MISSING, &["DATAFOLD_API_KEY_FILE (/no/such/key): cannot read the file"]);
    // People put the secret itself there.
    let call = Call::bare().variable("DATAFOLD_API_KEY_FILE", "hunter2");
    call.fails(&DATAFOLD, MISSING, &["DATAFOLD_API_KEY_FILE: there is no such file", "not the secret itself"]);
    let call = Call::bare().variable("DATAFOLD_API_KEY_FILE", "/tmp");
    call.fails(&DATAFOLD, MISSING, &["is a folder"]);
}

#[test]
fn a_variable_is_held_to_the_same() {
    for (text, word) in
        [("hunter2\nhunter2", "has more than one line"), ("hun\tter2", "other than visible ASCII"), ("   ", "is empty")]
    {
        Call::bare().variable("DATAFOLD_API_KEY", text).fails(&DATAFOLD, MISSING, &["DATAFOLD_API_KEY: ", word]);
    }
    assert_eq!(key(&Call::bare().variable("DATAFOLD_API_KEY", " Key-abc \n")), "Key-abc");
}

#[test]
fn a_password_may_have_any_printable_character() {
    let call = Call::bare().variable("VEEVA_VAULT_DNS", "v.example").variable("VEEVA_USERNAME", "u");
    assert_eq!(call.variable("VEEVA_PASSWORD", "grün & 1").quiet(&VEEVA), "https://v.example password u+grün & 1");
    let call = Call::bare().variable("VEEVA_VAULT_DNS", "v.example").variable("VEEVA_USERNAME", "u");
    call.variable("VEEVA_PASSWORD", "hun\u{7}ter2").fails(&VEEVA, MISSING, &["VEEVA_PASSWORD: has control characters"]);
}

#[test]
fn tokens_from_flags() {
    let call = Call::bare();
    let token = Token::from_file(&call.file("key", "the-key\r\n", 0o644));
    assert_eq!(token.secret.unwrap().expose(), "the-key");
    assert!(token.source.starts_with("--token-file /"));
    let token = Token::from_stdin(&b"the-key\n"[..]);
    assert_eq!((token.secret.unwrap().expose(), token.source.as_str()), ("the-key", "--token-stdin"));
    for (bytes, word) in
        [(&b""[..], "--token-stdin: is empty"), (b"a\nb", "more than one line"), (b"\xff", "is not UTF-8 text")]
    {
        let error = Token::from_stdin(bytes).secret.unwrap_err();
        assert!(error.kind == MISSING && error.message.contains(word), "{error}");
    }
    assert!(Token::from_stdin(std::io::repeat(b'x').take(64 << 10)).secret.is_ok());
    assert!(Token::from_stdin(std::io::repeat(b'x')).secret.unwrap_err().message.contains("larger than 64 KiB"));
}

#[cfg(unix)]
#[test]
fn the_configs_token_file_must_be_private() {
    let call = kept("token_file = 'key'");
    let name = ".config/jobctl/key";
    call.file(name, "the-key", 0o600);
    assert_eq!(key(&call), "the-key");
    call.file(name, "the-key", 0o400);
    for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
        let path = call.file(name, SECRET, mode);
        call.fails(&DATAFOLD, ErrorKind::Configuration, &[&format!("(mode 0{mode:o})"), "token_file key", "chmod 600"]);
        assert!(call.settings().unwrap().token_file(&DATAFOLD).is_err());
        std::fs::remove_file(path).unwrap();
    }
    call.fails(&DATAFOLD, MISSING, &["token_file in [profiles.default.datafold]: there is no such file"]);
    std::fs::create_dir(call.folder.path().join(name)).unwrap();
    call.fails(&DATAFOLD, MISSING, &["is a folder"]);
    let device = kept("token_file = '/dev/null'");
    device.fails(&DATAFOLD, ErrorKind::Configuration, &["is no regular file"]);
}

#[test]
fn what_may_be_the_secret_itself_is_not_repeated_and_a_path_is() {
    let call = Call::bare();
    let folder = call.folder.path().display().to_string();
    let flag = |path: &str| Token::from_file(path.as_ref()).secret.unwrap_err();
    for secret in ["hunter2", "hunter2/abc+/d=", "eyJ.hunter2.x-_", &"hunter2".repeat(100)] {
        let error = flag(secret);
        assert_eq!(error.message, "--token-file: there is no such file");
        assert!(error.hint().unwrap().contains("not the secret itself"), "{error:?}");
        let call = kept(&format!("token_file = '{secret}'"));
        call.fails(&DATAFOLD, MISSING, &["token_file in [profiles.default.datafold]: there", "not the secret itself"]);
        let call = Call::bare().variable("DATAFOLD_API_KEY_FILE", secret);
        call.fails(&DATAFOLD, MISSING, &["DATAFOLD_API_KEY_FILE: there", "not the secret itself"]);
    }
    for path in ["/no/such/key", "./no-such-key", "src/no-such-key", "no-such.key", "~/key", &format!("{folder}/x")] {
        let message = flag(path).message;
        assert!(message.starts_with(&format!("--token-file {path}: cannot read the file")), "{message}");
    }
    for path in ["/no/such/key", "./no-such-key", "no-such.txt", "~/key"] {
        let title = format!("token_file {path} in [profiles.default.datafold]: cannot read");
        kept(&format!("token_file = '{path}'")).fails(&DATAFOLD, MISSING, &[&title]);
    }
}

#[test]
fn a_token_file_may_be_in_the_home_folder() {
    let call = kept("token_file = '~/key'");
    call.file("key", "the-key", 0o600);
    assert_eq!(key(&call), "the-key");
}

#[test]
fn a_command_prints_a_line_or_a_document() {
    assert_eq!(key(&script("echo the-key")), "the-key");
    assert_eq!(key(&script("printf the-key")), "the-key");
    assert_eq!(key(&script(r#"echo "{\"version\":1,\"token\":\"the-key\"}""#)), "the-key");
    let later = r#"printf %s "{\"version\":1,\"token\":\"the-key\",\"expires_at\":\"2999-01-01T00:00:00Z\",\"x\":1}""#;
    assert_eq!(key(&script(later)), "the-key");
}

#[test]
fn a_command_that_gives_no_secret_has_its_own_message() {
    let title = "token_command [\"sh\", ...] in [profiles.default.datafold]";
    for (text, word) in [
        ("true", "printed nothing"),
        ("echo; echo why >&2", "printed nothing: why"),
        ("echo hunter2; echo hunter2", "printed more than one line"),
        ("echo hunter2; exit 3", "failed (exit status: 3)"),
        ("echo no such item >&2; exit 1", "failed (exit status: 1): no such item"),
        ("echo a >&2; echo b >&2; exit 1", ": a | b"),
        ("echo hunter2; echo token is hunter2 >&2; exit 1", ": token is ***"),
        (r#"echo "{\"token\":\"hunter2\"}"; echo key=hunter2 >&2; exit 1"#, ": key=***"),
        (r"printf '\033[31mred' >&2; exit 1", r"\u{1b}[31mred"),
        ("kill -9 $$", "failed (signal: 9"),
        ("head -c 70000 /dev/zero | tr '\\0' x", "printed more than 64 KiB"),
        (r#"echo "{\"version\":1,\"tok\":\"hunter2\"}""#, "printed JSON of another form"),
        (r#"echo "{\"version\":1,\"token\":\"hunter2\"" #"#, "printed JSON of another form"),
        (r#"echo "{\"version\":2,\"token\":\"hunter2\"}""#, "version 2, and 1 is understood"),
        (r#"echo "{\"version\":1,\"token\":\"\"}""#, "is empty"),
        (
            r#"echo "{\"version\":1,\"token\":\"hunter2\",\"expires_at\":\"2020-01-01T00:00:00Z\"}""#,
            "printed a token that has expired",
        ),
    ] {
        script(text).fails(&DATAFOLD, MISSING, &[title, word]);
    }
}

#[test]
fn long_complaints_are_cut() {
    let error =
        script("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1").resolve(&DATAFOLD).map(|a| a.short()).unwrap_err();
    assert!(error.message.ends_with("xxx...") && error.message.matches('x').count() == 2048 + 1, "{error}");
    // The part of a secret at the end of what is shown would not be known for one.
    let text = "echo hunter2hunter2; (head -c 2040 /dev/zero | tr '\\0' x; echo hunter2hunter2) >&2; exit 1";
    script(text).fails(&DATAFOLD, MISSING, &[&format!("{}***", "x".repeat(2040))]);
}

#[test]
fn what_is_printed_is_read_up_to_a_limit() {
    let limit = Duration::from_secs(30);
    let zeros = |count: u32| run(&format!("head -c {count} /dev/zero"), limit).map(|text| text.len());
    assert_eq!(zeros(64 << 10).unwrap(), 64 << 10);
    assert!(zeros((64 << 10) + 1).unwrap_err().message.contains("more than 64 KiB"));
    // Nobody waits for the end of what has none, and nobody is stopped by complaining.
    assert!(run("yes", limit).unwrap_err().message.contains("more than 64 KiB"));
    assert_eq!(run("head -c 100000 /dev/zero >&2 && echo the-key", limit).unwrap(), "the-key\n");
}

#[cfg(unix)]
#[test]
fn a_program_is_never_taken_from_the_working_directory() {
    let call = kept("token_command = ['planted']");
    call.file("planted", "#!/bin/sh\necho hunter2\n", 0o755);
    let folder = call.folder.path().display().to_string();
    let here = std::env::current_dir().unwrap();
    let detour = "../".repeat(here.components().count()) + folder.trim_start_matches('/');
    assert!(std::path::Path::new(&detour).join("planted").exists(), "it would be found");
    for path in [detour, "::".to_owned()] {
        let call = kept("token_command = ['planted']").variable("PATH", &path);
        call.fails(&DATAFOLD, MISSING, &["no such program in PATH"]);
    }
    assert_eq!(key(&call.variable("PATH", &folder)), "hunter2");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let call = kept("token_command = ['no-such-program', 'hunter2']");
    call.fails(&DATAFOLD, MISSING, &["token_command [\"no-such-program\", ...]", "no such program in PATH"]);
    let call = kept("token_command = ['/no/such/program']");
    call.fails(&DATAFOLD, MISSING, &["[\"/no/such/program\"] in", "cannot be run: No such file"]);
}

#[cfg(unix)]
#[test]
fn a_program_is_the_first_file_in_path_that_can_be_run() {
    let call = Call::bare();
    for (folder, mode) in [("a", 0o644), ("b", 0o755), ("c", 0o700), ("d", 0o700)] {
        std::fs::create_dir(call.folder.path().join(folder)).unwrap();
        if folder == "b" {
            std::fs::create_dir(call.folder.path().join("b/get")).unwrap();
        } else {
            call.file(&format!("{folder}/get"), &format!("#!/bin/sh\necho {folder}\n"), mode);
        }
    }
    let path = std::env::join_paths(["a", "b", "c", "d"].map(|folder| call.folder.path().join(folder))).unwrap();
    let found = kept("token_command = ['get']").variable("PATH", path.to_str().unwrap());
    assert_eq!(key(&found), "c");
}

#[test]
fn a_command_sees_none_of_the_other_secrets_and_runs_beside_the_file() {
    let call = script("env > seen; pwd >> seen; echo the-key")
        .variable("VEEVA_PASSWORD", SECRET)
        .variable("VEEVA_SESSION_ID_FILE", SECRET)
        .variable("DATAFOLD_API_KEYS", "x")
        .variable("VEEVA_USERNAME", "u");
    assert_eq!(key(&call), "the-key");
    let folder = call.folder.path().join(".config/jobctl");
    let seen = std::fs::read_to_string(folder.join("seen")).unwrap();
    assert!(!seen.contains(SECRET), "{seen}");
    assert!(seen.contains("VEEVA_USERNAME=u") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("CARGO"), "only the given environment: {seen}");
    assert!(seen.contains(folder.to_str().unwrap()), "{seen}");
}

fn run(script: &str, limit: Duration) -> Result<String, Error> {
    let argv: Vec<String> = ["/bin/sh", "-c", script].map(str::to_owned).into();
    let environment = Environment::of([("PATH", "/usr/bin:/bin")]);
    let folder = std::env::temp_dir();
    let run = Run { argv: &argv, title: "it", folder: &folder, environment: &environment, hidden: &[], limit };
    run.output().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn a_command_that_hangs_is_stopped() {
    let error = run("echo hunter2; echo waiting >&2; exec sleep 60", Duration::from_millis(2500)).unwrap_err();
    assert_eq!(error.kind, MISSING);
    assert_eq!(error.message, "it did not end within 2.5 seconds: waiting");
}

#[test]
fn a_helper_left_running_does_not_hold_the_call_up() {
    let start = std::time::Instant::now();
    assert_eq!(run("sleep 20 & echo the-key", Duration::from_secs(30)).unwrap(), "the-key\n");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_command_reads_nothing_from_this_programs_input() {
    assert_eq!(run("cat; echo end", Duration::from_secs(30)).unwrap(), "end\n");
}

#[test]
fn the_first_source_of_a_profile_is_used_and_never_a_second_after_it_failed() {
    let call = kept("token_file = 'key'\ntoken_command = ['echo', 'command']");
    call.file(".config/jobctl/key", "file", 0o600);
    assert_eq!(key(&call), "command");
    let call = kept("token_file = 'key'\ntoken_command = ['false']");
    call.file(".config/jobctl/key", "file", 0o600);
    call.fails(&DATAFOLD, MISSING, &["failed (exit status: 1)"]);
}

#[cfg(not(feature = "keychain"))]
#[test]
fn a_keychain_that_is_not_built_in_is_said() {
    kept("keychain = true").fails(
        &DATAFOLD,
        MISSING,
        &["keychain in [profiles.default.datafold]", "this build has no keychain"],
    );
    assert!(kept("keychain = false").resolve(&DATAFOLD).is_err());
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_a_setting_to_be_repaired() {
    use std::os::unix::ffi::OsStringExt;
    let value = std::ffi::OsString::from_vec(b"hunter2\xff".to_vec());
    let environment = Environment::of([("DATAFOLD_API_KEY", value)]);
    let settings = Settings::load_for(VENDORS, Overrides::default(), environment).unwrap();
    let error = settings.resolve(&DATAFOLD).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Configuration, "DATAFOLD_API_KEY is not valid UTF-8"));
    check_explained(&settings);
}
