//! Several ways of signing in, a host without default, and a setting.

use super::*;

const PROFILE: &str = r#"
[profiles.default.veeva]
host = "vault.example"
username = "ops@vault.example"
token_command = ["echo", "password"]
api_version = "v26.1"
[profiles.prod]
protected = true
[profiles.prod.veeva]
host = "prod.example"
username = "prod@vault.example"
[profiles.session.veeva]
host = "session.example"
token_command = ["echo", "session"]
[profiles.nohost.veeva]
token_command = ["echo", "session"]
"#;

fn at_vault() -> Call {
    Call::bare().variable("VEEVA_VAULT_DNS", "v.example")
}

#[test]
fn each_way_works_from_variables() {
    assert_eq!(at_vault().variable("VEEVA_SESSION_ID", "s").quiet(&VEEVA), "https://v.example session_id s");
    assert_eq!(at_vault().variable("VEEVA_ACCESS_TOKEN", "a").quiet(&VEEVA), "https://v.example access_token a");
    let call = at_vault().variable("VEEVA_USERNAME", "u").variable("VEEVA_PASSWORD", "p");
    assert_eq!(call.quiet(&VEEVA), "https://v.example password u+p");
}

#[test]
fn the_first_complete_way_wins() {
    let call = at_vault().variable("VEEVA_ACCESS_TOKEN", "a").variable("VEEVA_USERNAME", "u");
    assert_eq!(call.quiet(&VEEVA), "https://v.example access_token a");
    let call = call.variable("VEEVA_PASSWORD", "p").variable("VEEVA_SESSION_ID", "s");
    assert_eq!(call.quiet(&VEEVA), "https://v.example session_id s");
    let rows = call.settings().unwrap().explain(&VEEVA);
    assert_eq!(rows[1].source, "VEEVA_SESSION_ID");
    assert_eq!(rows[1].beaten, ["VEEVA_ACCESS_TOKEN", "VEEVA_USERNAME and VEEVA_PASSWORD"]);
}

#[test]
fn an_unfinished_way_is_named() {
    let words = ["VEEVA_USERNAME is set, but VEEVA_PASSWORD is not"];
    at_vault().variable("VEEVA_USERNAME", "u").fails(&VEEVA, ErrorKind::CredentialsMissing, &words);
    let words = ["VEEVA_PASSWORD is set, but VEEVA_USERNAME is not"];
    let call = at_vault().variable("VEEVA_PASSWORD", SECRET);
    call.fails(&VEEVA, ErrorKind::CredentialsMissing, &words);
    // What has a value, here or in a file, was not misspelt.
    for set in [call, at_vault().variable("VEEVA_PASSWORD_FILE", "/x")] {
        let error = set.variable("VEEVA_PASWORD", SECRET).settings().unwrap().missing(&VEEVA).unwrap();
        assert!(!error.message.contains("VEEVA_PASWORD"), "{error}");
    }
}

#[test]
fn a_missing_host_is_a_setting_and_both_missing_is_a_credential() {
    let words = ["no host for veeva: set VEEVA_VAULT_DNS", "[profiles.default.veeva]"];
    Call::bare().variable("VEEVA_SESSION_ID", SECRET).fails(&VEEVA, ErrorKind::Configuration, &words);
    let words = [
        "no host and no credential for veeva",
        "VEEVA_VAULT_DNS and VEEVA_SESSION_ID",
        "VEEVA_PASSWORD",
        "or add host and token_command to [profiles.default.veeva]",
    ];
    Call::bare().fails(&VEEVA, ErrorKind::CredentialsMissing, &words);
    let call = Call::with(PROFILE).profile("nohost").variable("VEEVA_VAULT_DNS", "v.example");
    call.fails(&VEEVA, ErrorKind::Configuration, &["profile `nohost` has no host", "VEEVA_VAULT_DNS is ignored"]);
    call.host("veeva", "v.example").fails(&VEEVA, ErrorKind::CredentialsMissing, &["names no host for its secret"]);
}

#[test]
fn a_profiles_token_is_the_password_of_its_user() {
    let call = Call::with(PROFILE);
    assert_eq!(call.quiet(&VEEVA), "https://vault.example password ops@vault.example+password");
    assert_eq!(call.profile("session").quiet(&VEEVA), "https://session.example session_id session");
}

#[test]
fn a_password_variable_completes_the_profiles_user_at_the_profiles_host_only() {
    let call = Call::with(PROFILE).variable("VEEVA_PASSWORD", "p");
    assert_eq!(call.quiet(&VEEVA), "https://vault.example password ops@vault.example+p");
    let call = call.variable("VEEVA_VAULT_DNS", "x.example");
    call.fails(&VEEVA, ErrorKind::CredentialsMissing, &["VEEVA_PASSWORD is set, but VEEVA_USERNAME is not"]);
}

#[test]
fn an_unfinished_way_warns_before_the_default_profile_is_used() {
    let answer = Call::with(PROFILE).variable("VEEVA_USERNAME", "alice").resolve(&VEEVA).unwrap();
    assert_eq!(answer.short(), "https://vault.example password ops@vault.example+password");
    assert_eq!(answer.warnings.len(), 1);
    assert!(answer.warnings[0].contains("the credential of profile `default` is used"), "{:?}", answer.warnings);
}

#[test]
fn a_token_flag_is_a_password_only_beside_a_user() {
    assert_eq!(at_vault().token("veeva", "t").quiet(&VEEVA), "https://v.example session_id t");
    let user = at_vault().variable("VEEVA_USERNAME", "u");
    assert_eq!(user.token("veeva", "t").quiet(&VEEVA), "https://v.example password u+t");
    let prod = Call::with(PROFILE).profile("prod").token("veeva", "t");
    assert_eq!(prod.quiet(&VEEVA), "https://prod.example password prod@vault.example+t");
    // At another host the profile's user has no say.
    assert_eq!(prod.host("veeva", "x.example").quiet(&VEEVA), "https://x.example session_id t");
    let whole = Call::with(PROFILE).variable("VEEVA_USERNAME", "u").variable("VEEVA_PASSWORD", "p");
    assert_eq!(whole.token("veeva", "t").quiet(&VEEVA), "https://vault.example session_id t");
    let whole = at_vault().variable("VEEVA_USERNAME", "u").variable("VEEVA_PASSWORD", "p");
    assert_eq!(whole.token("veeva", "t").quiet(&VEEVA), "https://v.example session_id t");
    let whole = at_vault().variable("VEEVA_USERNAME", "u").variable("VEEVA_SESSION_ID", "s");
    assert_eq!(whole.token("veeva", "t").quiet(&VEEVA), "https://v.example session_id t");
}

#[test]
fn a_lone_token_is_held_to_what_its_way_can_send() {
    let word = "--token-stdin: has characters other than visible ASCII";
    at_vault().token("veeva", "hunter2ü").fails(&VEEVA, ErrorKind::CredentialsMissing, &[word]);
    let user = at_vault().variable("VEEVA_USERNAME", "u").token("veeva", "pä");
    assert_eq!(user.quiet(&VEEVA), "https://v.example password u+pä");
    let settings = Call::with(PROFILE).settings().unwrap();
    let check = |entry, text| settings.check_secret(entry, &Secret::new(text).unwrap(), "it").map_err(|e| e.kind);
    assert_eq!(check(&VEEVA, "pä"), Ok(()), "a password");
    assert_eq!(check(&DATAFOLD, "kä"), Err(ErrorKind::CredentialsMissing));
}

#[test]
fn a_token_told_by_its_form_is_never_a_password() {
    let prod = Call::with(PROFILE).profile("prod").token("veeva", "veeva-vault-1");
    assert_eq!(prod.quiet(&VEEVA), "https://prod.example access_token veeva-vault-1");
    let config = PROFILE.replace("\"password\"", "\"veeva-vault-2\"");
    assert_eq!(Call::with(&config).quiet(&VEEVA), "https://vault.example access_token veeva-vault-2");
}

#[test]
fn settings_come_from_the_variable_the_profile_or_the_default() {
    let version = |call: &Call| call.resolve(&VEEVA).unwrap().options;
    let call = at_vault().variable("VEEVA_SESSION_ID", "s");
    assert_eq!(version(&call), [("api_version", "v25.3".to_owned())]);
    assert_eq!(version(&Call::with(PROFILE)), [("api_version", "v26.1".to_owned())]);
    let call = Call::with(PROFILE).variable("VEEVA_API_VERSION", "v26.2");
    assert_eq!(version(&call), [("api_version", "v26.2".to_owned())]);
    // It is no host and no credential, so the variable counts beside a named profile.
    assert_eq!(version(&call.profile("session")), [("api_version", "v26.2".to_owned())]);
}

#[test]
fn a_bad_setting_names_where_it_was_given() {
    let call = Call::with(&PROFILE.replace("v26.1", "26.1"));
    call.fails(
        &VEEVA,
        ErrorKind::Configuration,
        &["api_version in [profiles.default.veeva] of /", "`26.1` is no version"],
    );
    let call = Call::with(PROFILE).variable("VEEVA_API_VERSION", "26\u{1b}");
    call.fails(&VEEVA, ErrorKind::Configuration, &["VEEVA_API_VERSION: `26\\u{1b}` is no version"]);
}

#[test]
fn host_and_settings_can_be_read_without_a_credential() {
    let settings = Call::with(PROFILE).profile("prod").settings().unwrap();
    assert_eq!(settings.host(&VEEVA).unwrap(), base("prod.example"));
    assert_eq!(settings.option(&VEEVA, "api_version").unwrap().as_deref(), Some("v25.3"));
    assert_eq!(settings.option(&VEEVA, "nonsense").unwrap(), None);
    assert!(settings.is_protected());
    assert_eq!((settings.profile_name(), settings.profile_for(&DATAFOLD)), (Some("prod"), Some("prod")));
    let settings = Call::with(PROFILE).settings().unwrap();
    assert_eq!((settings.profile_name(), settings.profile_for(&DATAFOLD)), (Some("default"), None));
    assert_eq!(settings.host(&DATAFOLD).unwrap(), base("app.datafold.com"));
    assert!(Call::bare().settings().unwrap().host(&VEEVA).is_err());
    assert_eq!(Call::bare().settings().unwrap().profile_name(), None);
}

#[test]
fn a_user_without_a_password_is_told_so() {
    let call = Call::with(PROFILE).profile("prod");
    call.fails(&VEEVA, ErrorKind::CredentialsMissing, &["profile `prod` has no credential for veeva", "token_command"]);
}
