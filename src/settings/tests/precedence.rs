//! Which source beats which, with one key and a default host.

use super::*;

const PROFILES: &str = r#"
[profiles.default.datafold]
host = "default.example"
token_command = ["echo", "default-key"]
[profiles.prod.datafold]
host = "prod.example"
token_command = ["echo", "prod-key"]
[profiles.hostless.datafold]
token_command = ["echo", "hostless-key"]
[profiles.keyless.datafold]
host = "keyless.example"
[profiles.other.veeva]
host = "other.example"
"#;

#[test]
fn variables_alone_are_enough() {
    let call = Call::bare().variable("DATAFOLD_API_KEY", "key");
    assert_eq!(call.quiet(&DATAFOLD), "https://app.datafold.com api_key key");
    let call = call.variable("DATAFOLD_HOST", "eu.example/api/v1/");
    assert_eq!(call.quiet(&DATAFOLD), "https://eu.example api_key key");
}

#[test]
fn the_default_profile_counts_where_no_variable_does() {
    assert_eq!(Call::with(PROFILES).quiet(&DATAFOLD), "https://default.example api_key default-key");
}

#[test]
fn variables_beat_the_default_profile() {
    let call = Call::with(PROFILES).variable("DATAFOLD_API_KEY", "key");
    assert_eq!(call.quiet(&DATAFOLD), "https://default.example api_key key");
    let call = call.variable("DATAFOLD_HOST", "eu.example");
    assert_eq!(call.quiet(&DATAFOLD), "https://eu.example api_key key");
}

#[test]
fn flags_beat_variables_and_profiles() {
    let call = Call::with(PROFILES).variable("DATAFOLD_API_KEY", "key").variable("DATAFOLD_HOST", "eu.example");
    let token = call.token("datafold", "flag");
    assert_eq!(token.quiet(&DATAFOLD), "https://eu.example api_key flag");
    let both = token.host("datafold", "flag.example");
    assert_eq!(both.quiet(&DATAFOLD), "https://flag.example api_key flag");
}

#[test]
fn flags_count_for_their_own_provider_only() {
    let call = Call::bare().variable("DATAFOLD_API_KEY", "key").token("veeva", "session").host("veeva", "v.example");
    assert_eq!(call.quiet(&DATAFOLD), "https://app.datafold.com api_key key");
    assert_eq!(call.quiet(&VEEVA), "https://v.example session_id session");
}

#[test]
fn a_variables_key_may_go_to_a_host_flag() {
    let call = Call::bare().variable("DATAFOLD_API_KEY", "key").host("datafold", "flag.example");
    assert_eq!(call.quiet(&DATAFOLD), "https://flag.example api_key key");
}

#[test]
fn a_profiles_secret_goes_to_its_own_host_only() {
    let words = [
        "no credential for datafold",
        "belongs to https://default.example",
        "not sent to https://x.example",
        "make https://x.example the host in [profiles.default.datafold]",
    ];
    Call::with(PROFILES).variable("DATAFOLD_HOST", "x.example").fails(&DATAFOLD, DATAFOLD_MISSING, &words);
    Call::with(PROFILES).host("datafold", "x.example").fails(&DATAFOLD, DATAFOLD_MISSING, &words);
    let named = Call::with(PROFILES).profile("prod").host("datafold", "x.example");
    named.fails(&DATAFOLD, DATAFOLD_MISSING, &["belongs to https://prod.example", "--token-file"]);
    // Another port, another path and another scheme are other hosts.
    for other in ["default.example:8443", "default.example/tenant"] {
        Call::with(PROFILES).host("datafold", other).fails(&DATAFOLD, DATAFOLD_MISSING, &["belongs to"]);
    }
    // Without a host of its own, a profile's secret belongs to the built-in one.
    let call = Call::with(PROFILES).profile("hostless");
    assert_eq!(call.quiet(&DATAFOLD), "https://app.datafold.com api_key hostless-key");
    call.host("datafold", "x.example").fails(&DATAFOLD, DATAFOLD_MISSING, &["belongs to https://app.datafold.com"]);
}

#[test]
fn another_spelling_of_the_same_host_is_the_same_host() {
    let call = Call::with(PROFILES).variable("DATAFOLD_HOST", "https://DEFAULT.example.:443/api/v1/");
    assert_eq!(call.quiet(&DATAFOLD), "https://default.example api_key default-key");
}

#[test]
fn with_a_profile_named_only_its_own_host_and_credential_count() {
    let call = Call::with(PROFILES).profile("prod");
    assert_eq!(call.quiet(&DATAFOLD), "https://prod.example api_key prod-key");
    let call = call.variable("DATAFOLD_HOST", "x.example").variable("DATAFOLD_API_KEY", "key");
    let answer = call.resolve(&DATAFOLD).unwrap();
    assert_eq!(answer.short(), "https://prod.example api_key prod-key");
    let [host, key] = &answer.warnings[..] else { panic!("{:?}", answer.warnings) };
    assert!(host.starts_with("DATAFOLD_HOST is ignored: profile `prod` was named"), "{host}");
    assert!(key.starts_with("DATAFOLD_API_KEY is ignored: profile `prod` was named"), "{key}");
}

#[test]
fn a_variable_that_says_the_same_does_not_conflict() {
    let call = Call::with(PROFILES).profile("prod");
    let call = call.variable("DATAFOLD_HOST", "https://prod.example/").variable("DATAFOLD_API_KEY", " prod-key\n");
    assert_eq!(call.quiet(&DATAFOLD), "https://prod.example api_key prod-key");
}

#[test]
fn the_profiles_variable_is_exactly_as_the_flag() {
    let call = Call::with(PROFILES).variable("JOBCTL_PROFILE", "prod");
    assert_eq!(call.quiet(&DATAFOLD), "https://prod.example api_key prod-key");
    assert_eq!(call.settings().unwrap().profile_source(), Some("JOBCTL_PROFILE"));
    let call = call.profile("hostless");
    assert_eq!(call.quiet(&DATAFOLD), "https://app.datafold.com api_key hostless-key");
    assert_eq!(call.settings().unwrap().profile_source(), Some("--profile"));
}

#[test]
fn the_default_profile_can_be_named() {
    let call = Call::with(PROFILES).profile("default").variable("DATAFOLD_API_KEY", "key");
    let answer = call.resolve(&DATAFOLD).unwrap();
    assert_eq!(answer.short(), "https://default.example api_key default-key");
    assert_eq!(answer.warnings.len(), 1);
}

#[test]
fn a_named_profile_without_a_credential_is_not_helped_out() {
    let call = Call::with(PROFILES).profile("keyless").variable("DATAFOLD_API_KEY", SECRET);
    let words =
        ["profile `keyless` has no credential for datafold", "DATAFOLD_API_KEY is ignored", "[profiles.keyless"];
    call.fails(&DATAFOLD, DATAFOLD_MISSING, &words);
    let call = Call::with(PROFILES).profile("other").variable("DATAFOLD_API_KEY", SECRET);
    call.fails(&DATAFOLD, DATAFOLD_MISSING, &["profile `other` has no credential for datafold"]);
    // A secret beside it does help, and goes to the profile's host.
    let call = Call::with(PROFILES).profile("keyless").token("datafold", "flag");
    assert_eq!(call.quiet(&DATAFOLD), "https://keyless.example api_key flag");
}

#[test]
fn flags_override_a_named_profile_without_a_warning() {
    let call = Call::with(PROFILES).profile("prod").variable("DATAFOLD_API_KEY", "key").variable("DATAFOLD_HOST", "x");
    let call = call.host("datafold", "flag.example").token("datafold", "flag");
    assert_eq!(call.quiet(&DATAFOLD), "https://flag.example api_key flag");
}

#[test]
fn nothing_at_all_names_the_quickest_fixes() {
    let words = ["no credential for datafold", "set DATAFOLD_API_KEY", "--token-file", "[profiles.default.datafold]"];
    Call::bare().fails(&DATAFOLD, DATAFOLD_MISSING, &words);
    let error = Call::bare().settings().unwrap().missing(&DATAFOLD).unwrap();
    assert_eq!(error.message, "no credential for datafold");
    let call = Call::bare().variable("DATAFOLD_API_KEY", SECRET);
    assert_eq!(call.settings().unwrap().missing(&DATAFOLD), None);
    let call = Call::bare().variable("DATAFOLD_APIKEY", SECRET);
    call.fails(&DATAFOLD, DATAFOLD_MISSING, &["DATAFOLD_APIKEY is set; did you mean DATAFOLD_API_KEY?"]);
}

#[test]
fn only_files_and_commands_keep_a_caller_waiting() {
    let at_hand = |call: Call| call.settings().unwrap().is_at_hand(&DATAFOLD);
    assert!(at_hand(Call::bare()));
    assert!(at_hand(Call::bare().variable("DATAFOLD_API_KEY", "key").variable("VEEVA_PASSWORD_FILE", "/x")));
    assert!(at_hand(Call::with(PROFILES).profile("other")));
    assert!(!at_hand(Call::bare().variable("DATAFOLD_API_KEY_FILE", "/x")));
    assert!(!at_hand(Call::with(PROFILES).variable("DATAFOLD_API_KEY", "key")));
}

#[test]
fn the_proxy_is_the_first_that_is_not_blank() {
    let proxy = |flag: Option<&str>, variables: &[(&str, &str)]| {
        let overrides = Overrides { proxy: flag.map(str::to_owned), ..Overrides::default() };
        let environment = Environment::of(variables.iter().copied());
        let settings = Settings::load_for(VENDORS, overrides, environment).unwrap();
        assert_eq!(settings.no_proxy().unwrap().as_deref(), Some("local"));
        settings.proxy().unwrap()
    };
    let all = [("HTTPS_PROXY", "h"), ("ALL_PROXY", "a"), ("no_proxy", "local")];
    assert_eq!(proxy(Some("f"), &all).as_deref(), Some("f"));
    assert_eq!(proxy(Some(" "), &all).as_deref(), Some("h"));
    assert_eq!(proxy(None, &all[1..]).as_deref(), Some("a"));
    let lower = [("https_proxy", "h"), ("ALL_PROXY", "a"), ("NO_PROXY", "local")];
    assert_eq!(proxy(None, &lower).as_deref(), Some("h"));
    let blank = [("HTTPS_PROXY", " "), ("ALL_PROXY", "\t"), ("NO_PROXY", "local")];
    assert_eq!(proxy(None, &blank), None);
}

#[test]
fn an_empty_variable_is_no_variable() {
    let call = Call::with(PROFILES).variable("DATAFOLD_API_KEY", "").variable("JOBCTL_PROFILE", "");
    assert_eq!(call.quiet(&DATAFOLD), "https://default.example api_key default-key");
}

#[test]
fn a_bad_host_is_named_by_its_source() {
    let call = Call::bare().variable("DATAFOLD_API_KEY", SECRET);
    let bad = call.variable("DATAFOLD_HOST", "http://eu.example");
    bad.fails(&DATAFOLD, ErrorKind::Configuration, &["DATAFOLD_HOST: ", "not https"]);
    bad.host("datafold", "https://me:hunter2@x").fails(&DATAFOLD, ErrorKind::Configuration, &["--host: "]);
    let call = Call::with("[profiles.default.datafold]\nhost = \"ftp://x\"").variable("DATAFOLD_API_KEY", SECRET);
    call.fails(&DATAFOLD, ErrorKind::Configuration, &["host in [profiles.default.datafold] of /", "config.toml"]);
}

#[test]
fn a_command_is_not_run_for_a_host_that_cannot_be() {
    let call = Call::bare();
    let mark = call.folder.path().join("ran");
    let config = format!(
        "[profiles.default.datafold]\nhost = \"http://x.example\"\ntoken_command = [\"touch\", \"{}\"]",
        mark.display()
    );
    let config = call.file("config.toml", &config, 0o600);
    let mut call = call;
    call.overrides.config = Some(config);
    call.fails(&DATAFOLD, ErrorKind::Configuration, &["not https"]);
    assert!(!mark.exists());
}
