//! A whole conversation with a vendor: what is sent again, under which session, and
//! for how long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::feed::Feed;
use super::stage::{self, HOST, SECRET, STATUSES};
use crate::base_url::BaseUrl;
use crate::http::{Reply, Said};
use crate::providers::VENDORS;

/// What the vendor made of one request.
#[derive(Clone)]
enum Fate {
    Answered(Reply),
    NotSent,
    Lost,
}

/// One request, and what became of it.
struct Asked {
    path: String,
    method: String,
    session: Option<String>,
    fate: Fate,
}

/// `VENDOR WAY CALL JOBS RETRIES`, a digit each, to the line's end; then answers with
/// `~` between: a digit for the status, `RETRY-AFTER|LIMIT|REMAINING|DELAY` to the
/// line's end, the body. `-` instead of the digit is a request that does not leave,
/// `!` one that is lost, and so is each after the last.
pub fn exchanges(data: &[u8]) {
    let mut feed = Feed::new(data);
    let entry = &VENDORS[feed.below(VENDORS.len())];
    let (way, call) = (feed.below(3), feed.below(3));
    let jobs = stage::jobs(entry, 1 + feed.below(3));
    let retries = feed.below(4);
    feed.until(b'\n');
    let mut fates = Vec::new();
    while !feed.is_empty() && fates.len() < 32 {
        fates.push(fate(feed.until(b'~')));
    }
    let told: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let canceller = {
        let told = Arc::clone(&told);
        stage::open(entry, way, u32::try_from(retries).unwrap(), move |request| {
            let mut told = told.lock().unwrap();
            let fate = fates.get(told.len()).cloned().unwrap_or(Fate::Lost);
            let session = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let (path, method) = (request.url().path().to_owned(), request.method().to_string());
            told.push(Asked { path, method, session, fate: fate.clone() });
            match fate {
                Fate::Answered(reply) => Said::Reply(reply),
                Fate::NotSent => Said::NotSent,
                Fate::Lost => Said::Lost,
            }
        })
    };
    let printed = stage::drive(async {
        let begun = Instant::now();
        let mut budget = stage::budget(u32::try_from(retries).unwrap());
        let printed = match call {
            0 => {
                let answers = canceller.cancel_dyn(&jobs, &mut budget).await;
                assert_eq!(answers.len(), jobs.len());
                format!("{answers:?}")
            }
            1 => format!("{:?}", canceller.read_dyn(&jobs[0], &mut budget).await),
            _ => format!("{:?}", canceller.check_dyn(&mut budget).await),
        };
        canceller.close_dyn(&mut stage::budget(0)).await;
        assert!(begun.elapsed() <= Duration::from_secs(3600), "it took {:?}", begun.elapsed());
        printed
    });
    assert!(!printed.contains(SECRET), "a secret came through: {printed}");
    let told = told.lock().unwrap();
    let each = jobs.len() * (retries + 1);
    assert!(told.len() <= 4 * each + 8, "{} requests", told.len());
    let signed_in = entry.ways[way % entry.ways.len()].name == "password";
    check_cancels(&told, signed_in);
    if signed_in {
        check_sessions(&told);
    }
}

fn fate(text: &[u8]) -> Fate {
    let mut feed = Feed::new(text);
    let status = match feed.byte() {
        b'-' => return Fate::NotSent,
        b'!' => return Fate::Lost,
        digit => STATUSES[usize::from(digit.wrapping_sub(b'0')) % STATUSES.len()],
    };
    let mut headers = Feed::new(feed.until(b'\n'));
    let headers =
        ["retry-after", "x-vaultapi-burstlimit", "x-vaultapi-burstlimitremaining", "x-vaultapi-responsedelay"]
            .map(|name| (name, headers.until(b'|')));
    Fate::Answered(stage::reply(status, &headers, feed.rest()))
}

impl Asked {
    /// Whether it is known to have had no effect.
    fn had_no_effect(&self) -> bool {
        match &self.fate {
            Fate::NotSent => true,
            Fate::Answered(reply) => matches!(reply.status, 408 | 425 | 429),
            Fate::Lost => false,
        }
    }

    /// Whether it was refused for its session.
    fn was_rejected(&self) -> bool {
        const KINDS: [&str; 6] = [
            "INVALID_SESSION_ID",
            "USERNAME_OR_PASSWORD_INCORRECT",
            "AUTHENTICATION_FAILED",
            "INACTIVE_USER",
            "USER_LOCKED_OUT",
            "PASSWORD_CHANGE_REQUIRED",
        ];
        match &self.fate {
            Fate::Answered(reply) => {
                let json = serde_json::from_slice::<Value>(&reply.body).unwrap_or_default().to_string();
                reply.status == 401 || KINDS.iter().any(|kind| json.contains(kind))
            }
            _ => false,
        }
    }

    fn is_sign_in(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/auth")
    }
}

/// What may have been applied is never sent again without a look.
fn check_cancels(told: &[Asked], signed_in: bool) {
    let cancels: Vec<_> = told.iter().filter(|asked| asked.path.ends_with("/cancel")).collect();
    for pair in cancels.windows(2).filter(|pair| pair[0].path == pair[1].path) {
        let renewed = signed_in && pair[0].was_rejected();
        assert!(pair[0].had_no_effect() || renewed, "{} was sent again", pair[0].path);
    }
}

/// A password that was refused is not sent again, and no call is made under a session
/// for another Vault.
fn check_sessions(told: &[Asked]) {
    let sign_ins: Vec<_> = told.iter().filter(|asked| asked.is_sign_in()).collect();
    for pair in sign_ins.windows(2) {
        let opened = pair[0].session_given().is_some();
        assert!(pair[0].had_no_effect() || opened, "a password was sent again");
    }
    assert!(sign_ins.iter().filter(|asked| !asked.had_no_effect()).count() <= 2, "too many sign-ins");
    for (at, asked) in told.iter().enumerate() {
        if asked.is_sign_in() {
            assert_eq!(asked.session, None);
        } else if asked.path == "/api/" && asked.session.is_none() {
            // Which versions there are is asked without a session, after a refusal.
        } else if asked.method != "DELETE" {
            let given = told[..at].iter().rev().find_map(Asked::session_given);
            assert!(given.is_some() && given == asked.session, "under a session that was not given for this Vault");
        }
    }
}

impl Asked {
    /// The session that this sign-in gave for the Vault that was asked for.
    fn session_given(&self) -> Option<String> {
        let Fate::Answered(reply) = &self.fate else { return None };
        if !self.is_sign_in() || !(200..300).contains(&reply.status) {
            return None;
        }
        let json: Value = serde_json::from_slice(&stage::without_secrets(&reply.body)).ok()?;
        let word = json["responseStatus"].as_str()?;
        if !word.eq_ignore_ascii_case("SUCCESS") && !word.eq_ignore_ascii_case("WARNING") {
            return None;
        }
        let number = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => None,
        };
        let wanted = number(&json["vaultId"])?;
        let vault = json["vaultIds"].as_array()?.iter().find(|vault| number(&vault["id"]).as_ref() == Some(&wanted))?;
        let url = BaseUrl::parse(&number(&vault["url"])?).ok()?;
        let session = number(&json["sessionId"])?.trim().to_owned();
        (url.host() == HOST).then_some(session)
    }
}
