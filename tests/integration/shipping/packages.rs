//! The archives, the Debian package, the formula, and the names and versions on which all
//! of these must agree.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{VERSION, has, read, root};

fn script(name: &str, args: &[&str]) -> Output {
    Command::new("bash").arg(root().join("packaging").join(name)).args(args).output().unwrap()
}

#[track_caller]
fn text(output: Output) -> String {
    assert!(output.status.success(), "{output:#?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The targets of the release workflow.
fn targets() -> Vec<String> {
    let workflow = read(".github/workflows/release.yml");
    let targets = workflow.lines().filter_map(|line| line.trim().strip_prefix("- { target: ")?.split(',').next());
    targets.map(str::to_owned).collect()
}

/// The archive of a target, unpacked, of a program that is this one by another name.
fn archive(target: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_jobctl"))).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    text(script("archive.sh", &[target, &path(&program), &path(folder.path())]));
    folder
}

#[test]
fn an_archive_has_the_program_its_manual_and_its_completions() {
    if !has(&["bash", "tar"]) {
        return;
    }
    let folder = archive("aarch64-apple-darwin");
    let name = format!("jobctl-v{VERSION}-aarch64-apple-darwin");
    let listed = Command::new("tar").arg("-tzf").arg(folder.path().join(format!("{name}.tar.gz"))).output().unwrap();
    let listed = text(listed);
    for file in [
        "jobctl",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "man/jobctl.1",
        "man/jobctl-cancel.1",
        "completions/jobctl.bash",
        "completions/_jobctl",
        "completions/jobctl.fish",
        "completions/_jobctl.ps1",
    ] {
        assert!(listed.lines().any(|line| line == format!("{name}/{file}")), "no {file}:\n{listed}");
    }
}

#[test]
fn a_debian_package_puts_everything_where_debian_has_it() {
    if !has(&["bash", "tar", "dpkg-deb", "md5sum"]) {
        return;
    }
    let folder = archive("aarch64-unknown-linux-musl");
    let out = folder.path().to_str().unwrap();
    text(script("deb.sh", &[&format!("{out}/jobctl-v{VERSION}-aarch64-unknown-linux-musl/"), out]));
    let package = folder.path().join(format!("jobctl_{VERSION}_arm64.deb"));
    let listed = text(Command::new("dpkg-deb").arg("-c").arg(&package).output().unwrap());
    for (mode, file) in [
        ("-rwxr-xr-x", "usr/bin/jobctl"),
        ("-rw-r--r--", "usr/share/man/man1/jobctl-cancel.1.gz"),
        ("-rw-r--r--", "usr/share/bash-completion/completions/jobctl"),
        ("-rw-r--r--", "usr/share/zsh/vendor-completions/_jobctl"),
        ("-rw-r--r--", "usr/share/fish/vendor_completions.d/jobctl.fish"),
        ("-rw-r--r--", "usr/share/doc/jobctl/copyright"),
        ("-rw-r--r--", "usr/share/doc/jobctl/changelog.gz"),
    ] {
        let is_it =
            |line: &&str| line.starts_with(&format!("{mode} root/root ")) && line.ends_with(&format!(" ./{file}"));
        assert!(listed.lines().any(|line| is_it(&line)), "no {file}:\n{listed}");
    }
    let field = |name: &str| text(Command::new("dpkg-deb").arg("-f").arg(&package).arg(name).output().unwrap());
    assert_eq!((field("Version").trim(), field("Architecture").trim()), (&*format!("{VERSION}-1"), "arm64"));
    let other = script("deb.sh", &[&format!("{out}/jobctl-v{VERSION}-x86_64-apple-darwin"), out]);
    assert!(!other.status.success());
}

#[test]
fn the_formula_has_the_checksum_of_each_archive() {
    if !has(&["bash", "awk"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sums = folder.path().join("sums");
    let archives: Vec<_> = targets().into_iter().filter(|target| !target.contains("windows")).collect();
    let sum = |at: usize| at.to_string().repeat(64);
    let lines = archives.iter().enumerate().map(|(at, target)| format!("{}  jobctl-v1.2.3-{target}.tar.gz\n", sum(at)));
    std::fs::write(&sums, lines.collect::<String>()).unwrap();
    let fill = |version| script("homebrew/fill.sh", &["https://git.example/o/jobctl", version, sums.to_str().unwrap()]);
    let formula = text(fill("1.2.3"));
    for (at, target) in archives.iter().enumerate() {
        let url = format!("https://git.example/o/jobctl/releases/download/v1.2.3/jobctl-v1.2.3-{target}.tar.gz");
        let both = format!("url \"{url}\"\n      sha256 \"{}\"", sum(at));
        assert!(formula.contains(&both), "{target}:\n{formula}");
    }
    assert!(!formula.contains('@'), "{formula}");
    assert!(!fill("1.2.4").status.success(), "no checksums of that version");
}

#[test]
fn everybody_means_the_same_assets() {
    let targets = targets();
    assert_eq!(targets.len(), 5);
    let (archive, action) = (read("packaging/archive.sh"), read(".github/action/install.sh"));
    assert!(archive.contains("name=jobctl-v$version-$target\n") && action.contains("name=jobctl-v$version-$target\n"));
    let (_, binstall) = {
        let manifest = read("Cargo.toml");
        let (before, after) = manifest.split_once("[package.metadata.binstall]\n").unwrap();
        (before.to_owned(), after.to_owned())
    };
    let name = "jobctl-v{ version }-{ target }";
    assert!(
        binstall
            .contains(&format!("pkg-url = \"{{ repo }}/releases/download/v{{ version }}/{name}{{ archive-suffix }}\""))
    );
    assert!(binstall.contains(&format!("bin-dir = \"{name}/{{ bin }}{{ binary-ext }}\"")));
    for target in targets {
        assert!(action.contains(&format!(" target={target} ")), "the action knows no {target}");
        let zip = binstall.contains(&format!("[package.metadata.binstall.overrides.{target}]\npkg-fmt = \"zip\""));
        assert_eq!(zip, target.contains("windows"), "{target}");
    }
}

/// Runs check-version.sh on a copy in which one text is replaced, as on a tag or not.
fn versions(file: &str, from: &str, to: &str, tag: Option<&str>) -> Output {
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("docs")).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "CHANGELOG.md", "README.md", "action.yml", "docs/ci.md"] {
        let mut text = read(name);
        if name == file {
            assert!(text.contains(from), "{name} has no {from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(copy.path().join(name), text).unwrap();
    }
    let mut command = Command::new("bash");
    command.arg(root().join("packaging/check-version.sh")).arg(copy.path());
    command.env("GITHUB_REF_TYPE", if tag.is_some() { "tag" } else { "branch" });
    command.env("GITHUB_REF_NAME", tag.unwrap_or("main")).output().unwrap()
}

#[test]
fn versions_that_disagree_stop_a_release() {
    if !has(&["bash", "awk"]) {
        return;
    }
    let package = format!("version = \"{VERSION}\"");
    let changelog = read("CHANGELOG.md");
    let heading = changelog.lines().find(|line| line.starts_with("## ")).unwrap().to_owned();
    let (tag, released) = (format!("v{VERSION}"), format!("## {VERSION} (2026-11-26)"));
    let as_it_is = versions("CHANGELOG.md", &heading, &heading, None);
    assert!(as_it_is.status.success(), "{as_it_is:#?}");
    let on_the_tag = versions("CHANGELOG.md", &heading, &released, Some(&tag));
    assert!(on_the_tag.status.success(), "{on_the_tag:#?}");
    for (file, from, to, tag) in [
        ("Cargo.toml", package.as_str(), "version = \"9.9.9\"", None),
        ("Cargo.lock", &format!("name = \"jobctl\"\n{package}"), "name = \"jobctl\"\nversion = \"9.9.9\"", None),
        ("CHANGELOG.md", &heading, "## 9.9.9 (unreleased)", None),
        ("CHANGELOG.md", &heading, &format!("## {VERSION}"), None),
        ("docs/ci.md", "jobctl@v0", "jobctl@v9", None),
        ("CHANGELOG.md", &heading, &released, Some("v9.9.9")),
        ("CHANGELOG.md", &heading, &format!("## {VERSION} (unreleased)"), Some(&tag)),
    ] {
        let output = versions(file, from, to, tag);
        assert_eq!(output.status.code(), Some(1), "{file} with {to}: {output:#?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{output:#?}");
    }
}

/// Every action is pinned by its full commit, and what can write builds nothing.
#[test]
fn workflows_are_pinned_and_have_least_rights() {
    for name in ["ci.yml", "mutants.yml", "release.yml"] {
        let workflow = read(&format!(".github/workflows/{name}"));
        for line in workflow.lines().filter(|line| !line.trim().starts_with('#') && line.contains("uses: ")) {
            let reference = line.split_once("uses: ").unwrap().1;
            let pinned = reference.split_once('@').is_some_and(|(_, after)| {
                let (commit, version) = after.split_once(" # v").unwrap_or((after, ""));
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) && !version.is_empty()
            });
            assert!(pinned || reference.starts_with("./ "), "{name}: {line}");
        }
    }
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("\npermissions: {}\n"));
    let (before, publish) = release.split_once("\n  publish:\n").unwrap();
    assert!(!before.contains(": write"), "only `publish` may write");
    assert!(!publish.contains("actions/checkout") && !publish.contains("cargo"), "{publish}");
}
