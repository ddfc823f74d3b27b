//! Where this program runs: the folder of its records, the user, the machine and the
//! pipeline that called it.
//!
//! Owns what is asked of the system and of variables for that. Must not know what a
//! record is.

use std::path::PathBuf;

use url::Url;

use super::environment::{self as variables, Environment};

/// The folder of the records of runs; those of rehearsals have one of their own.
/// `None` where there is no home.
#[must_use]
pub fn runs_folder(environment: &Environment, sandbox: bool) -> Option<PathBuf> {
    let state = if cfg!(windows) {
        environment.absolute(variables::LOCALAPPDATA.name)
    } else {
        environment
            .absolute(variables::XDG_STATE_HOME.name)
            .or_else(|| environment.absolute(variables::HOME.name).map(|home| home.join(".local").join("state")))
    };
    state.map(|state| state.join("jobctl").join(if sandbox { "sandbox-runs" } else { "runs" }))
}

/// Who runs this process: by the system's own list of users, else by what the
/// variables say, else by number.
#[must_use]
pub fn user(environment: &Environment) -> Option<String> {
    let named = || {
        [variables::USER, variables::LOGNAME, variables::USERNAME]
            .iter()
            .find_map(|variable| environment.text(variable.name))
    };
    #[cfg(unix)]
    {
        let number = rustix::process::getuid().as_raw().to_string();
        listed(&number).or_else(named).or(Some(number))
    }
    #[cfg(not(unix))]
    named()
}

/// The name that the system's list has for a user's number.
#[cfg(unix)]
fn listed(number: &str) -> Option<String> {
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

/// The machine's name.
#[must_use]
pub fn hostname(environment: &Environment) -> Option<String> {
    #[cfg(unix)]
    {
        let _ = environment;
        rustix::system::uname().nodename().to_str().ok().filter(|name| !name.is_empty()).map(str::to_owned)
    }
    #[cfg(not(unix))]
    environment.text(variables::COMPUTERNAME.name)
}

/// The page of the pipeline that called this program, where the environment shows one.
#[must_use]
pub fn ci_url(environment: &Environment) -> Option<String> {
    let get = |variable: variables::Variable| environment.text(variable.name);
    let github = || {
        let server = get(variables::GITHUB_SERVER_URL)?;
        let (repository, run) = (get(variables::GITHUB_REPOSITORY)?, get(variables::GITHUB_RUN_ID)?);
        Some(format!("{}/{repository}/actions/runs/{run}", server.trim_end_matches('/')))
    };
    let page = github()
        .or_else(|| get(variables::CI_JOB_URL))
        .or_else(|| get(variables::BUILDKITE_BUILD_URL))
        .or_else(|| get(variables::CIRCLE_BUILD_URL))
        .or_else(|| get(variables::BUILD_URL))?;
    let mut url = Url::parse(&page).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // A password has no place in a record; without these two nothing is left of it.
    url.set_password(None).ok()?;
    url.set_username("").ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_folder_is_an_absolute_one() {
        let state = |variables: &[(&str, &str)], sandbox| {
            runs_folder(&Environment::of(variables.iter().copied()), sandbox).map(|path| path.display().to_string())
        };
        assert_eq!(state(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")], false).as_deref(), Some("/s/jobctl/runs"));
        assert_eq!(
            state(&[("XDG_STATE_HOME", "s"), ("HOME", "/h")], false).as_deref(),
            Some("/h/.local/state/jobctl/runs")
        );
        assert_eq!(state(&[("XDG_STATE_HOME", "/s")], true).as_deref(), Some("/s/jobctl/sandbox-runs"));
        assert_eq!(state(&[("HOME", "h")], false), None);
    }

    #[test]
    fn the_pipelines_page_comes_without_a_password() {
        let page = |variables: &[(&str, &str)]| ci_url(&Environment::of(variables.iter().copied()));
        let github =
            [("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_RUN_ID", "7")];
        assert_eq!(page(&github).as_deref(), Some("https://github.com/o/r/actions/runs/7"));
        assert_eq!(page(&github[..2]), None);
        assert_eq!(page(&[("BUILD_URL", "https://me:pw@ci/job/1")]).as_deref(), Some("https://ci/job/1"));
        assert_eq!(page(&[("CI_JOB_URL", "javascript:alert(1)")]), None);
    }

    #[cfg(unix)]
    #[test]
    fn who_and_where_is_what_the_system_says() {
        assert_eq!(listed("0").as_deref(), Some("root"));
        assert_eq!(listed("root"), None, "a name is no number");
        let number = rustix::process::getuid().as_raw().to_string();
        let environment = Environment::of([("USER", ""), ("LOGNAME", "somebody"), ("USERNAME", "else")]);
        assert_eq!(user(&environment), listed(&number).or(Some("somebody".to_owned())));
        assert_eq!(user(&Environment::of([("A", "b")])), listed(&number).or(Some(number)));
        let name = std::process::Command::new("uname").arg("-n").output().unwrap().stdout;
        assert_eq!(hostname(&environment).unwrap(), String::from_utf8(name).unwrap().trim());
    }
}
