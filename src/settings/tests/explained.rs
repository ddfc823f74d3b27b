//! Explanations: every value, its source and what it beat; never a secret, and
//! nothing is run.

use super::*;
use crate::settings::Explained;

fn rows(call: &Call, entry: &Entry) -> Vec<Explained> {
    call.settings().unwrap().explain(entry)
}

const PROFILES: &str = r#"
[profiles.default.datafold]
host = "default.example"
token_command = ["touch", "ran"]
token_file = "key"
[profiles.default.veeva]
username = "ops@vault.example"
token_file = "~/key"
[profiles.prod]
protected = true
[profiles.prod.veeva]
host = "v.example"
username = "prod@vault.example"
keychain = true
token_command = ["echo"]
api_version = "v26.1"
"#;

/// A call with this configuration file, beside which its `token_file` lies.
fn with_key(config: &str) -> Call {
    let call = Call::with(config);
    call.file(".config/jobctl/key", "the-key", 0o600);
    call
}

#[test]
fn the_file_is_shown_without_what_a_command_is_given() {
    let call = with_key(PROFILES);
    let shown = call.settings().unwrap().show();
    let lines: Vec<_> = shown
        .into_iter()
        .map(|row| {
            let (profile, value) = (row.profile.unwrap_or_default(), row.value.unwrap_or_default());
            format!("{profile}.{} {} = {value}", row.provider.unwrap_or_default(), row.key)
        })
        .collect();
    let expected = r#"
default. protected = false
default. read_only = false
default.datafold host = "default.example"
default.datafold token_command = ["touch", ...]
default.datafold token_file = "key"
default.veeva token_file = "~/key"
default.veeva username = "ops@vault.example"
prod. protected = true
prod. read_only = false
prod.veeva host = "v.example"
prod.veeva token_command = ["echo"]
prod.veeva keychain = true
prod.veeva api_version = "v26.1"
prod.veeva username = "prod@vault.example""#;
    assert_eq!(lines.join("\n"), expected.trim());
}

#[test]
fn a_command_is_described_and_not_run() {
    let call = with_key(PROFILES);
    let rows = rows(&call, &DATAFOLD);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].value.as_deref(), Some("https://default.example"));
    assert!(rows[0].source.starts_with("host in [profiles.default.datafold] of /"), "{}", rows[0].source);
    assert_eq!(rows[1].source, "token_command [\"touch\", ...] in [profiles.default.datafold] (not run)");
    assert_eq!(rows[1].beaten, ["token_file key in [profiles.default.datafold]"]);
    assert_eq!(rows[1].value, None);
    assert!(!call.folder.path().join(".config/jobctl/ran").exists());
}

#[test]
fn once_a_command_has_been_run_it_is_not_said_to_wait() {
    let rows = rows(&with_key(PROFILES), &DATAFOLD);
    assert_eq!(rows[1].asked_source(), "token_command [\"touch\", ...] in [profiles.default.datafold]");
    assert_eq!(rows[0].asked_source(), rows[0].source);
}

#[test]
fn a_secret_in_the_place_of_its_file_is_not_shown() {
    let call = Call::with("[profiles.default.datafold]\ntoken_file = 'hunter2'\n");
    let settings = call.settings().unwrap();
    assert_eq!(settings.explain(&DATAFOLD)[1].source, "token_file in [profiles.default.datafold]");
    let text = format!("{:?} {}", settings.show(), settings.missing(&DATAFOLD).unwrap());
    assert!(!text.contains(SECRET) && text.contains("***") && text.contains("there is no such file"), "{text}");
}

#[test]
fn of_the_file_everything_is_shown_but_what_was_meant_to_be_a_password() {
    let call = Call::with("[profiles.p.datafold]\nhost = 'me:hunter2@h.example'\n[profiles.q.datafold]\nhost = 'h'\n");
    let shown = call.settings().unwrap().show();
    let hosts: Vec<_> = shown.iter().filter(|row| row.key == "host").filter_map(|row| row.value.as_deref()).collect();
    assert_eq!(hosts, ["***", "\"h\""]);
}

#[test]
fn losers_are_listed() {
    let call = Call::with(PROFILES).variable("DATAFOLD_HOST", "x.example").variable("DATAFOLD_API_KEY", "hunter2");
    let found = rows(&call, &DATAFOLD);
    assert_eq!((found[0].source.as_str(), found[0].beaten.len()), ("DATAFOLD_HOST", 1));
    assert_eq!(found[1].source, "DATAFOLD_API_KEY");
    assert!(found[1].beaten[0].ends_with("(for another host)"), "{:?}", found[1].beaten);
    let found = rows(&call.profile("default"), &DATAFOLD);
    assert_eq!(found[0].beaten, ["DATAFOLD_HOST"]);
    assert!(found[1].beaten.contains(&"DATAFOLD_API_KEY".to_owned()));
    assert!(found[0].warnings.len() == 1 && found[1].warnings.len() == 1, "{found:?}");
}

#[test]
fn what_is_missing_or_wrong_becomes_a_warning() {
    let found = rows(&Call::bare(), &VEEVA);
    assert!(!found[0].is_set() && !found[1].is_set());
    assert!(found[0].warnings[0].contains("no host for veeva"), "{found:?}");
    assert!(found[1].warnings[0].contains("no host and no credential for veeva"), "{found:?}");
    let call = Call::bare().variable("VEEVA_VAULT_DNS", "https://me:hunter2@x").variable("VEEVA_API_VERSION", "1");
    let found = rows(&call, &VEEVA);
    assert_eq!((found[0].value.as_deref(), found[0].source.as_str()), (None, "VEEVA_VAULT_DNS"));
    assert!(found[0].warnings[0].contains("user name or password"), "{found:?}");
    assert_eq!(found[2].warnings, ["VEEVA_API_VERSION: `1` is no version"]);
}

#[test]
fn fields_that_are_no_secret_are_shown() {
    let call = Call::with(PROFILES).variable("VEEVA_VAULT_DNS", "v.example");
    // The file's secret has no host of its own, so it is not used and not shown as used.
    assert!(!rows(&call, &VEEVA)[1].is_set());
    let call = call.variable("VEEVA_USERNAME", "u").variable("VEEVA_PASSWORD", SECRET);
    let found = rows(&call, &VEEVA);
    assert_eq!(found[1].source, "VEEVA_USERNAME and VEEVA_PASSWORD");
    assert_eq!((found[2].key.as_str(), found[2].value.as_deref()), ("username", Some("u")));
    assert!(found.iter().all(Explained::is_set));
    assert_eq!((found[3].key.as_str(), found[3].value.as_deref()), ("api_version", Some("v25.3")));
    assert_eq!(found[3].source, "built in");
    // The profile's own, beside its own secret.
    let found = rows(&call.host("veeva", "v.example").profile("prod"), &VEEVA);
    assert_eq!((found[2].key.as_str(), found[2].value.as_deref()), ("username", Some("prod@vault.example")));
    assert_eq!((found[2].source.as_str(), found.len()), ("username in [profiles.prod.veeva]", 4));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_warned_of() {
    use std::os::unix::ffi::OsStringExt;
    let bad = |name: &str| (name.to_owned(), std::ffi::OsString::from_vec(b"\xff".to_vec()));
    let environment = Environment::of(["HTTPS_PROXY", "NO_PROXY", "DATAFOLD_HOST", "VEEVA_API_VERSION"].map(bad));
    let settings = Settings::load_for(VENDORS, Overrides::default(), environment).unwrap();
    let mut rows = settings.explain_run();
    rows.extend(VENDORS.iter().flat_map(|entry| settings.explain(entry)));
    for (key, provider, name) in [
        ("proxy", None, "HTTPS_PROXY"),
        ("no_proxy", None, "NO_PROXY"),
        ("host", Some("datafold"), "DATAFOLD_HOST"),
        ("api_version", Some("veeva"), "VEEVA_API_VERSION"),
    ] {
        let row = rows.iter().find(|row| row.key == key && row.provider == provider).unwrap();
        assert_eq!(row.warnings, [format!("{name} is not valid UTF-8")]);
        assert!(!row.is_set() && row.value.is_none(), "{row:?}");
    }
}

#[test]
fn the_run_itself_is_explained() {
    let call = Call::with("[profiles.prod]\nread_only = true").variable("JOBCTL_PROFILE", "other").profile("prod");
    let rows = call.settings().unwrap().explain_run();
    let value = |key: &str| rows.iter().find(|row| row.key == key).unwrap();
    assert_eq!((value("profile").value.as_deref(), value("profile").source.as_str()), (Some("prod"), "--profile"));
    assert_eq!(value("profile").beaten, ["JOBCTL_PROFILE"]);
    assert_eq!(value("read_only").source, "profile `prod`");
    assert_eq!(value("protected").value.as_deref(), Some("false"));
    assert_eq!(value("config").source, "default");
    let rows = Call::bare().settings().unwrap().explain_run();
    assert_eq!(rows[0].warnings, ["there is no such file"]);
    assert!(!rows[1].is_set());
    // Only what has a value was beaten, and only by a flag.
    let mut call = Call::with("[profiles.prod]").profile("prod");
    call.overrides.config = Some(call.folder.path().join(".config/jobctl/config.toml"));
    let beaten = |call: &Call| {
        let rows = call.settings().unwrap().explain_run();
        rows.into_iter().flat_map(|row| row.beaten).collect::<Vec<_>>()
    };
    assert_eq!(beaten(&call), Vec::<String>::new());
    let call = call.variable("JOBCTL_CONFIG", "/other.toml");
    assert_eq!(beaten(&call), ["JOBCTL_CONFIG"]);
    let config = call.overrides.config.as_ref().and_then(|path| path.to_str()).unwrap();
    let call = Call::bare().variable("JOBCTL_CONFIG", config).variable("JOBCTL_PROFILE", "prod");
    assert_eq!(beaten(&call), Vec::<String>::new());
}

/// The source of a value of the run, and what it beat.
fn run_sources(call: &Call, key: &str) -> String {
    let rows = call.settings().unwrap().explain_run();
    let row = rows.into_iter().find(|row| row.key == key).unwrap();
    format!("{:?} of {} beats [{}]", row.value, row.source, row.beaten.join(", "))
}

#[test]
fn the_losers_for_the_proxy_are_named() {
    let mut call = Call::bare();
    for (name, value) in [
        ("HTTPS_PROXY", "http://me:hunter2@b:2"),
        ("https_proxy", "c:3"),
        ("ALL_PROXY", " "),
        ("all_proxy", "hunter2@d:4"),
        ("no_proxy", "e"),
    ] {
        call = call.variable(name, value);
    }
    assert_eq!(run_sources(&call, "proxy"), "Some(\"b:2\") of HTTPS_PROXY beats [https_proxy, all_proxy]");
    assert_eq!(run_sources(&call, "no_proxy"), "Some(\"e\") of no_proxy beats []");
    call.overrides.proxy = Some("http://a:1".into());
    let all = "Some(\"http://a:1\") of --proxy beats [HTTPS_PROXY, https_proxy, all_proxy]";
    assert_eq!(run_sources(&call, "proxy"), all);
    let call = call.variable("NO_PROXY", "f");
    assert_eq!(run_sources(&call, "no_proxy"), "Some(\"f\") of NO_PROXY beats [no_proxy]");
    assert_eq!(run_sources(&Call::bare(), "proxy"), "None of not set beats []");
}

#[test]
fn the_losers_for_read_only_are_named() {
    let said = |value: bool, source: &str, beaten: &str| format!("Some(\"{value}\") of {source} beats [{beaten}]");
    let file = "[profiles.default]\nread_only = true";
    let mut call = Call::with(file).variable("JOBCTL_READ_ONLY", "0");
    assert_eq!(run_sources(&call, "read_only"), said(false, "JOBCTL_READ_ONLY", "profile `default`"));
    call.overrides.read_only = true;
    assert_eq!(run_sources(&call, "read_only"), said(true, "--read-only", "JOBCTL_READ_ONLY, profile `default`"));
    assert_eq!(run_sources(&Call::with(file), "read_only"), said(true, "profile `default`", ""));
    let no = Call::with("[profiles.default]\nread_only = false");
    assert_eq!(run_sources(&no, "read_only"), said(false, "profile `default`", ""));
    assert_eq!(run_sources(&Call::bare(), "read_only"), said(false, "built in", ""));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_change_is_warned_of() {
    let call = Call::with("");
    call.file(".config/jobctl/config.toml", "", 0o622);
    let rows = call.settings().unwrap().explain_run();
    assert!(rows[0].warnings[0].contains("others can change this file"), "{rows:?}");
    call.file(".config/jobctl/config.toml", "", 0o644);
    assert_eq!(call.settings().unwrap().explain_run()[0].warnings, Vec::<String>::new());
    // In a sticky folder everyone may add files, and replace none.
    for (mode, warned) in [(0o777, true), (0o702, true), (0o755, false), (0o1777, false)] {
        use std::os::unix::fs::PermissionsExt;
        let folder = call.folder.path().join(".config/jobctl");
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        let warnings = call.settings().unwrap().explain_run().swap_remove(0).warnings;
        assert_eq!(warnings.iter().any(|text| text.contains("everyone can replace this file")), warned, "{mode:o}");
    }
}
