//! The configuration file: where it is, what it may say, and how it is refused.

use super::*;
use crate::settings::Location;

/// The message for a file with this text, without the file's folder.
fn refused(config: &str) -> String {
    let call = Call::with(config);
    let error = call.settings().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration, "{error}");
    let text = format!("{} → {}", error.message, error.hint().unwrap_or_default());
    assert!(!text.contains(SECRET), "{text}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    let folder = call.folder.path().join(".config/jobctl");
    text.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn an_unknown_key_names_file_line_and_key() {
    for (config, want) in [
        ("\n\nprofile = 1", "config.toml:3: unknown key `profile`; did you mean `profiles`?"),
        ("[default.datafold]", "config.toml:1: unknown key `default`"),
        (
            "[profiles.prod]\nprotectd = true",
            "config.toml:2: unknown key `protectd` in [profiles.prod]; did you mean `protected`?",
        ),
        (
            "[profiles.prod.datafold]\n# c\ntoken_comand = []",
            "config.toml:3: unknown key `token_comand` in [profiles.prod.datafold]; did you mean `token_command`?",
        ),
        (
            "[profiles.prod.datafld]",
            "unknown provider `datafld` in [profiles.prod]; did you mean `datafold`? (there are: datafold, veeva)",
        ),
        ("[profiles.prod.datafold]\nusername = 'x'", "unknown key `username` in [profiles.prod.datafold]"),
        ("[profiles.prod.datafold.deep]", "unknown key `deep` in [profiles.prod.datafold]"),
        ("[profiles.prod]\nhost = 'x'", "`host` is no key of a profile: it belongs to a provider's table"),
        ("[profiles.prod]\ntoken = 'hunter2'", "`token` is no key of a profile: it belongs"),
        ("[profiles.prod]\n\"a\\u001bb\" = 1", "unknown key `a\\u{1b}b`"),
    ] {
        let text = refused(config);
        assert!(text.contains(want), "{config}: {text}");
    }
}

#[test]
fn a_wrong_type_names_file_line_and_key_and_never_the_value() {
    for (config, want) in [
        ("profiles = 'hunter2'", "config.toml:1: `profiles` must be a table, not a string"),
        ("[profiles]\nprod = true", "unknown key"),
        ("[profiles]\ndefault = 1", "config.toml:2: `profiles.default` must be a table, not a whole number"),
        ("[[profiles.prod]]", "`profiles.prod` must be a table, not an array"),
        ("[profiles.prod]\ndatafold = 'hunter2'", "`profiles.prod.datafold` must be a table, not a string"),
        (
            "[profiles.prod]\nprotected = 'yes'",
            "config.toml:2: `protected` in [profiles.prod] must be true or false, not a string",
        ),
        (
            "[profiles.prod.datafold]\nhost = 1",
            "`host` in [profiles.prod.datafold] must be a string, not a whole number",
        ),
        ("[profiles.prod.datafold]\nhost = ''", "`host` in [profiles.prod.datafold] is empty"),
        (
            "[profiles.prod.datafold]\ntoken_command = 'echo hunter2'",
            "`token_command` in [profiles.prod.datafold] must be an array of strings",
        ),
        ("[profiles.prod.datafold]\ntoken_command = ['a',\n 1]", "config.toml:3: `token_command`"),
        ("[profiles.prod.datafold]\ntoken_command = []", "names no program"),
        ("[profiles.prod.datafold]\ntoken_command = ['./get']", "by absolute path or from ~/"),
        ("[profiles.prod.datafold]\ntoken_command = ['bin/get']", "by absolute path or from ~/"),
        (
            "[profiles.prod.veeva]\napi_version = 26.1",
            "`api_version` in [profiles.prod.veeva] must be a string, not a number",
        ),
        ("[profiles.prod.veeva]\nkeychain = 2026-01-01", "must be true or false, not a date"),
        ("[profiles.'a b']", "`profiles.a b`: a profile's name has no spaces"),
        ("[profiles.'']", "a profile's name has no spaces"),
    ] {
        let text = refused(config);
        assert!(text.contains(want) || config.ends_with("prod = true"), "{config}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn only_a_slash_makes_a_path_of_a_program() {
    for program in ["get", "get:key", "get\\key", "/bin/get", "~/get"] {
        let config = format!("[profiles.prod.datafold]\ntoken_command = ['{program}']");
        assert!(Call::with(&config).settings().is_ok(), "{program}");
    }
}

#[test]
fn a_duplicate_is_refused_by_name() {
    let text = refused("[profiles.prod]\nprotected = true\n[profiles.prod]\nprotected = false");
    assert!(text.starts_with("config.toml:3: ") && text.contains("prod"), "{text}");
    let text = refused("[profiles.prod]\nprotected = true\nprotected = false");
    assert!(text.starts_with("config.toml:3: ") && text.contains("protected"), "{text}");
}

#[test]
fn a_secret_in_the_file_is_refused_without_being_shown() {
    for key in ["api_key", "token", "API_KEY", "password", "secret"] {
        let text = refused(&format!("[profiles.default.datafold]\n{key} = 'hunter2'"));
        assert!(text.contains("this file holds no secrets") && text.contains("token_command"), "{text}");
    }
    let text = refused("[profiles.default.veeva]\nsession_id = 'hunter2'");
    assert!(text.contains("this file holds no secrets"), "{text}");
}

#[test]
fn broken_text_is_refused_without_being_shown() {
    for config in
        ["api_key = hunter2", "hunter2", "[profiles", "x = 'hunter2", "= 1", "a = \"\\qhunter2\"", "\u{0}hunter2"]
    {
        let text = refused(config);
        assert!(text.starts_with("config.toml:1: "), "{text}");
    }
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused() {
    let call = Call::bare();
    let read = |path: PathBuf| {
        let overrides = Overrides { config: Some(path), ..Overrides::default() };
        Settings::load_for(VENDORS, overrides, Environment::of([("A", "b")])).map(drop)
    };
    assert!(read(call.file("large.toml", &"#\n".repeat(1 << 19), 0o600)).is_ok(), "1 MiB is not too large");
    let read = |path| read(path).unwrap_err();
    let path = call.folder.path().join("binary.toml");
    std::fs::write(&path, b"\xff\xfe").unwrap();
    assert!(read(path).message.contains("is not UTF-8"));
    assert!(read(call.file("large.toml", &"#\n".repeat(600_000), 0o600)).message.contains("larger than 1 MiB"));
    assert!(read(call.folder.path().to_owned()).message.contains("cannot read configuration file"));
    let missing = read(call.folder.path().join("none.toml"));
    assert!(missing.message.contains("none.toml (--config)"), "{missing}");
    assert_eq!(missing.kind, ErrorKind::Configuration);
    // What is in the usual place and is no file is not passed over.
    std::fs::create_dir_all(call.folder.path().join(".config/jobctl/config.toml")).unwrap();
    assert!(call.settings().unwrap_err().message.contains("cannot read configuration file"));
}

#[test]
fn an_empty_file_and_a_byte_order_mark_are_fine() {
    for config in ["", "# nothing\n", "\u{feff}[profiles.default]\n", "[profiles]\n"] {
        assert!(Call::with(config).settings().is_ok(), "{config:?}");
    }
}

#[test]
fn the_place_of_the_file() {
    let find = |variables: &[(&str, &str)]| {
        Location::find(None, &Environment::of(variables.iter().copied())).map(|l| (l.path, l.source))
    };
    let at = |path: &str, source| Some((PathBuf::from(path), source));
    let home = ("HOME", "/home/me");
    assert_eq!(find(&[home]), at("/home/me/.config/jobctl/config.toml", "default"));
    assert_eq!(find(&[home, ("XDG_CONFIG_HOME", "/xdg")]), at("/xdg/jobctl/config.toml", "default"));
    // Relative folders would lead into the working directory.
    assert_eq!(find(&[home, ("XDG_CONFIG_HOME", "xdg")]), at("/home/me/.config/jobctl/config.toml", "default"));
    assert_eq!(find(&[("HOME", ".")]), None);
    assert_eq!(find(&[]), None);
    assert_eq!(find(&[home, ("JOBCTL_CONFIG", "/c.toml")]), at("/c.toml", "JOBCTL_CONFIG"));
    let flag = Location::find(Some("/f.toml".as_ref()), &Environment::of([("JOBCTL_CONFIG", "/c.toml")])).unwrap();
    assert_eq!((flag.path, flag.source), ("/f.toml".into(), "--config"));
}

#[test]
fn a_missing_default_file_is_fine_and_a_missing_named_one_is_not() {
    assert!(!Call::bare().settings().unwrap().has_file());
    let call = Call::bare().variable("JOBCTL_CONFIG", "/no/such/config.toml");
    let error = call.settings().unwrap_err();
    assert!(error.message.contains("(JOBCTL_CONFIG)"), "{error}");
}

#[test]
fn no_config_reads_no_file() {
    let mut call = Call::with("this is no TOML");
    call.overrides.no_config = true;
    let call = call.variable("DATAFOLD_API_KEY", "key").variable("JOBCTL_CONFIG", "/no/such/file");
    assert_eq!(call.quiet(&DATAFOLD), "https://app.datafold.com api_key key");
    let error = call.profile("prod").settings().unwrap_err();
    assert!(error.message.contains("--no-config leaves no profiles"), "{error}");
    let homeless = Overrides { profile: Some("prod".into()), ..Overrides::default() };
    let error = Settings::load_for(VENDORS, homeless, Environment::of([("A", "b")])).unwrap_err();
    assert!(error.message.ends_with("(--profile), and there is no configuration file"), "{error}");
}

#[test]
fn an_unknown_profile_lists_those_there_are() {
    let error = Call::with("[profiles.prod]\n[profiles.staging]").profile("prdo").settings().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    for word in ["no profile `prdo` (--profile)", "did you mean `prod`?", "it has: prod, staging"] {
        assert!(error.message.contains(word), "{error}");
    }
    let error = Call::with("").profile("prod").settings().unwrap_err();
    assert!(error.message.contains("it has none"), "{error}");
    let error = Call::bare().variable("JOBCTL_PROFILE", "p\u{1b}[31m").settings().unwrap_err();
    assert!(
        error.message.contains(r"profile `p\u{1b}[31m` was named (JOBCTL_PROFILE), and there is no file"),
        "{error}"
    );
}

#[test]
fn whether_a_run_is_read_only_is_said_by_flag_then_variable_then_profile() {
    let source = |call: Call| call.settings().unwrap().read_only_source().map(str::to_owned);
    assert_eq!(source(Call::bare()), None);
    for (value, want) in [("1", true), ("true", true), ("yes", true), ("0", false), ("false", false), ("no", false)] {
        let settings = Call::bare().variable("JOBCTL_READ_ONLY", value).settings().unwrap();
        assert_eq!(settings.is_read_only(), want, "{value}");
    }
    let profile = || Call::with("[profiles.default]\nread_only = true");
    assert_eq!(source(profile()).as_deref(), Some("profile `default`"));
    assert_eq!(source(profile().variable("JOBCTL_READ_ONLY", "0")), None);
    let mut all = profile().variable("JOBCTL_READ_ONLY", "0");
    all.overrides.read_only = true;
    assert_eq!(source(all).as_deref(), Some("--read-only"));
    let mut flag = Call::bare().variable("JOBCTL_READ_ONLY", "1");
    assert_eq!(flag.settings().unwrap().read_only_source(), Some("JOBCTL_READ_ONLY"));
    flag.overrides.read_only = true;
    assert_eq!(source(flag).as_deref(), Some("--read-only"));
    let error = Call::bare().variable("JOBCTL_READ_ONLY", "maybe").settings().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("JOBCTL_READ_ONLY must be 1 or 0"), "{error}");
    // A profile that is not in effect has no say.
    assert_eq!(source(Call::with("[profiles.prod]\nread_only = true\nprotected = true")), None);
}

#[test]
fn a_hostile_file_neither_hangs_nor_overflows() {
    let deep = "a.".repeat(200_000);
    for config in [
        format!("{deep}b = 1"),
        format!("[{deep}b]"),
        format!("[profiles.{deep}b]"),
        format!("x = {}", "[".repeat(500_000)),
        format!("x = {}", "{a=".repeat(200_000)),
        format!("[profiles.default]\n{} = 1", "k".repeat(900_000)),
        "[profiles.p.datafold]\n".repeat(20_000),
        "[[profiles]]\n".repeat(20_000),
    ] {
        let start = std::time::Instant::now();
        let text = refused(&config);
        assert!(text.len() < 1500, "{} characters", text.len());
        assert!(start.elapsed().as_secs() < 30);
    }
}
