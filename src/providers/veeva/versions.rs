//! Which API versions a Vault serves, asked only where it rejected a session: to
//! some Vaults a version that they do not serve looks like an expired session.
//!
//! Source: <https://general.veevavault.dev/vault-api/api-reference/26.2/authentication/retrieve-api-versions>.
//! Pure functions; no I/O.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::decode::Text;
use super::super::wire::Sight;
use super::{answer, version};
use crate::error::{Error, ErrorKind};
use crate::http::{Call, Operation, Reply};

/// `GET /api/`.
pub(super) fn call() -> Call {
    Call::get(Operation::Check, "/api/")
}

#[derive(Deserialize)]
struct Versions {
    /// Each version with its URL; not there in a refusal.
    #[serde(default)]
    values: BTreeMap<String, Text>,
}

/// The names of the versions that are served.
pub(super) fn read(reply: &Reply, asked: &str) -> Result<Sight<Vec<String>>, Error> {
    Ok(match answer::open::<Versions>(reply, asked)? {
        Sight::Blind(failure) => Sight::Blind(failure),
        Sight::Seen(found) => Sight::Seen(found.values.into_keys().collect()),
    })
}

/// The error where `asked` is none of `served`; `None` where the version is not
/// what is wrong.
pub(super) fn unserved(asked: &str, served: &[String]) -> Option<Error> {
    if served.iter().any(|one| one.eq_ignore_ascii_case(asked)) {
        return None;
    }
    // Those that can cancel, newest last.
    let mut usable: Vec<_> = served.iter().filter_map(|text| version(text).ok()).collect();
    usable.sort_unstable();
    let (major, minor) = usable.last()?;
    let error = Error::new(ErrorKind::CredentialsRejected, format!("this Vault does not serve API {asked}"));
    Some(error.with_hint(format!(
        "its newest version is v{major}.{minor}: set VEEVA_API_VERSION, or api_version in the profile; the session is probably fine"
    )))
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::reply;
    use super::*;

    fn served(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_version_that_is_not_served_is_told_from_an_expired_session() {
        let all = served(&["v9.0", "v25.2", "v25.3", "v26.10", "v26.2"]);
        assert_eq!(unserved("v25.3", &all), None);
        let error = unserved("v27.1", &all).unwrap();
        assert!(error.message.contains("v27.1") && error.hint().unwrap().contains("v26.10"), "{error:?}");
        assert_eq!(unserved("v27.1", &[]), None);
        assert_eq!(unserved("v27.1", &served(&["beta", "v24.1"])), None);
    }

    #[test]
    fn the_documented_list_is_read() {
        let body = r#"{"responseStatus":"SUCCESS","responseMessage":"Success","values":{"v25.3":"https://a.veevavault.com/api/v25.3","v26.1":"x"}}"#;
        let Ok(Sight::Seen(found)) = read(&reply(200, body), "v25.3") else { panic!() };
        assert_eq!(found, ["v25.3", "v26.1"]);
        let refused = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_SESSION_ID"}]}"#;
        assert!(matches!(read(&reply(200, refused), "v25.3"), Ok(Sight::Blind(_))));
        assert!(read(&reply(200, "<html>"), "v25.3").is_err());
    }
}
