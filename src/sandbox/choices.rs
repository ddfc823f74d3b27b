//! The sandbox's choices where the vendors' documents are silent.
//!
//! Owns [`Choices`] (one field per open question, each switchable by name) and
//! [`choices`], the table of them for help and documentation. Must not know HTTP,
//! jobs or the command line.

use std::fmt;
use std::str::FromStr;

/// One open question of a vendor's documents, as the documentation lists it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ChoiceRow {
    /// The name it is switched by, such as `veeva-item-errors`.
    pub name: &'static str,
    /// The values it can take; the first one is the default.
    pub values: &'static [&'static str],
    /// What is chosen here, and why the documents leave it open.
    pub about: &'static str,
    set: fn(&mut Choices, usize),
}

/// A text that switches no choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Not `name=value`.
    #[error("`{0}` is not NAME=VALUE")]
    Shape(String),
    /// No choice has this name.
    #[error("no choice is named `{0}`; they are {names}", names = names())]
    Name(String),
    /// The choice exists, the value does not.
    #[error("`{name}` takes {values}, not `{value}`", values = values.join("|"))]
    Value {
        /// The choice.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it takes.
        values: &'static [&'static str],
    },
}

fn names() -> String {
    ROWS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// Declares each choice once: its type, its field, its words and its row.
macro_rules! choices {
    ($($(#[$doc:meta])+ $field:ident, $name:literal: $kind:ident {
        $($(#[$vdoc:meta])+ $value:ident = $word:literal),+ $(,)?
    } $about:literal)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            #[non_exhaustive]
            pub enum $kind { $($(#[$vdoc])+ $value),+ }

            impl $kind {
                const ALL: &'static [Self] = &[$(Self::$value),+];
            }

            impl Default for $kind {
                fn default() -> Self {
                    Self::ALL[0]
                }
            }
        )+

        /// What the sandbox does where the vendors' documents are silent.
        ///
        /// [`Default`] is the first value of every row of [`choices`]. As text it is
        /// `NAME=VALUE,NAME=VALUE`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Choices {
            $($(#[$doc])+ pub $field: $kind),+
        }

        const ROWS: &[ChoiceRow] = &[
            $(ChoiceRow {
                name: $name,
                values: &[$($word),+],
                about: $about,
                set: |choices, at| choices.$field = $kind::ALL.get(at).copied().unwrap_or_default(),
            }),+
        ];
    };
}

choices! {
    /// How Datafold words 401, 403 and 404.
    datafold_errors, "datafold-errors": DatafoldErrors {
        /// `application/problem+json`, as the vendor's 2022 error page says.
        Problem = "problem",
        /// `FastAPI`'s `{"detail": "…"}`, as today's 422 suggests.
        Detail = "detail",
    } "Body of Datafold's 401, 403 and 404: the old error page says problem+json, today's spec is FastAPI's"

    /// When a cancelled Datafold diff says so.
    datafold_cancel, "datafold-cancel": DatafoldCancel {
        /// In the answer to the cancel.
        AtOnce = "at-once",
        /// The answer still says `processing`; the word changes after the cancel delay.
        Later = "later",
    } "Whether the answer to a Datafold cancel already says `cancelled`"

    /// Whether a diff that waits for a person can be cancelled.
    datafold_blocked, "datafold-blocked": DatafoldBlocked {
        /// It is cancelled like any other.
        Cancelled = "cancelled",
        /// Nothing changes, and the answer gives the present status.
        Unchanged = "unchanged",
    } "Whether `needs_confirmation` and `needs_authentication` diffs can be cancelled (text: queued or running)"

    /// Whether this Datafold is old enough to lack the cancel path.
    datafold_cancel_path, "datafold-cancel-path": DatafoldCancelPath {
        /// It is served.
        Served = "served",
        /// 404 for the path, though the diff exists: an older dedicated deployment.
        Missing = "missing",
    } "Whether the deployment has the cancel path at all; it is a late addition to the API"

    /// What a `page_size` above Datafold's maximum does.
    datafold_page_size, "datafold-page-size": DatafoldPageSize {
        /// 100 rows come, and the answer says `page_size: 100`.
        Clamped = "clamped",
        /// 422.
        Refused = "refused",
    } "What a list's `page_size` above 100 does; no maximum is documented"

    /// The status words of a Prequel integrity job.
    prequel_words, "prequel-words": PrequelWords {
        /// Those of its transfers, in upper case, with `CANCELLING` in between.
        Transfer = "transfer",
        /// The American spelling, in lower case.
        American = "american",
        /// Words nobody published; only `ended_at` tells that a job ended.
        Unlisted = "unlisted",
    } "Prequel's status values are published nowhere; its transfers' vocabulary is the best guess"

    /// How Prequel shows a time that is not there yet.
    prequel_unset, "prequel-unset": PrequelUnset {
        /// Go's zero time.
        Zero = "zero",
        /// `null`.
        Null = "null",
        /// The field is left out.
        Missing = "missing",
    } "What `started_at` and `ended_at` hold before they happen; the schema calls them required"

    /// What Prequel answers to the cancel of an ended job.
    prequel_ended, "prequel-ended": PrequelEnded {
        /// 200 with the job as it is.
        Same = "200",
        /// 400.
        BadRequest = "400",
    } "Prequel's answer to cancelling a job that has ended"

    /// Whether Prequel insists on its version header.
    prequel_version, "prequel-version": PrequelVersion {
        /// Calls without it are served.
        Optional = "optional",
        /// Calls without it are 400.
        Required = "required",
    } "Whether a call without X-Prequel-Api-Version is served; the pages disagree on the default version"

    /// The body of Unstructured's answer to a cancel.
    unstructured_body, "unstructured-body": UnstructuredBody {
        /// `null`.
        Null = "null",
        /// Nothing at all.
        Empty = "empty",
        /// An object with `id`, `status` (`cancelled`) and `message`.
        Object = "object",
        /// A JSON string.
        Text = "text",
    } "Body of Unstructured's 200 to a cancel; its schema is `{}`, anything"

    /// What Unstructured answers to the cancel of an ended job.
    unstructured_ended, "unstructured-ended": UnstructuredEnded {
        /// 200, and nothing changes.
        Accepted = "200",
        /// 400.
        BadRequest = "400",
        /// 409.
        Conflict = "409",
    } "Unstructured's answer to cancelling a job that has ended"

    /// Whether Unstructured's status filter minds the letter case.
    unstructured_filter, "unstructured-filter": UnstructuredFilter {
        /// Only the enum's own form matches.
        Exact = "exact",
        /// Any letter case matches.
        AnyCase = "any-case",
        /// The filter is ignored: everything comes.
        Ignored = "ignored",
    } "How Unstructured's list matches `status`; enum and page disagree on the case"

    /// The order of Unstructured's list.
    unstructured_order, "unstructured-order": UnstructuredOrder {
        /// The newest job first.
        Newest = "newest",
        /// The oldest job first.
        Oldest = "oldest",
    } "Order of Unstructured's list, which nothing documents"

    /// Whether Unstructured's 401 repeats the key that was sent.
    unstructured_echo, "unstructured-echo": UnstructuredEcho {
        /// It does not.
        Silent = "silent",
        /// It does, as older self-hosted servers do.
        Echoes = "echoes",
    } "Whether a 401 repeats the submitted key (unstructured-api pull request 578)"

    /// The shape of `errors` in an item of Veeva's cancel answer.
    veeva_item_errors, "veeva-item-errors": VeevaItemErrors {
        /// One object, as in the sample.
        Object = "object",
        /// An array, as in the prose.
        Array = "array",
    } "Shape of `errors` in a failed item: the sample shows an object, the prose says array"

    /// Which job states Veeva lets be cancelled.
    veeva_eligible, "veeva-eligible": VeevaEligible {
        /// `SCHEDULED`, `QUEUED` and `QUEUEING`.
        Waiting = "waiting",
        /// `RUNNING` as well.
        Running = "running",
    } "Whether a RUNNING Veeva job can be cancelled; the full rules are not in the API's pages"

    /// What Veeva does with more than 500 jobs in one call.
    veeva_over_500, "veeva-over-500": VeevaOver500 {
        /// The whole call fails; nothing is cancelled.
        Refused = "refused",
        /// The first 500 are taken, and the answer has 500 items.
        Cut = "cut",
    } "What more than 500 jobs in one Veeva call does"

    /// Whether a job that is being cancelled stands among the unfinished ones.
    veeva_monitors, "veeva-monitors": VeevaMonitors {
        /// It does, until it is cancelled.
        Cancelling = "cancelling",
        /// It does not: only scheduled, queued and running jobs do.
        Documented = "documented",
    } "Whether Veeva's monitors list a CANCELLING job; the word is in no documented list of statuses"

    /// How Veeva reports a session that is not valid.
    veeva_session, "veeva-session": VeevaSession {
        /// In `errors[].type`.
        Listed = "listed",
        /// In the top-level `errorType`, with `errors` empty.
        Top = "top",
    } "Where INVALID_SESSION_ID stands; both places were measured"

    /// What Veeva answers to a cancel below v25.3.
    veeva_old_version, "veeva-old-version": VeevaOldVersion {
        /// `METHOD_NOT_SUPPORTED`.
        NotSupported = "not-supported",
        /// `INVALID_SESSION_ID`.
        Session = "invalid-session",
    } "Veeva's answer to a cancel in an API version below v25.3"

    /// Which Vault a sign-in gets a session for.
    veeva_login, "veeva-login": VeevaLogin {
        /// The one that was asked for.
        Same = "same",
        /// Another one, as happens when the user may not enter the first.
        Other = "other",
    } "Documented, and dangerous: SUCCESS with a session for another Vault; switch to `other` to rehearse it"
}

/// Every choice, for help and documentation.
#[must_use]
pub fn choices() -> &'static [ChoiceRow] {
    ROWS
}

impl Choices {
    /// Switches one choice.
    ///
    /// # Errors
    /// [`ChoiceError`] when no choice has the name, or it lacks the value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ChoiceError> {
        let row = ROWS.iter().find(|row| row.name == name).ok_or_else(|| ChoiceError::Name(name.into()))?;
        let at = row.values.iter().position(|known| *known == value).ok_or_else(|| ChoiceError::Value {
            name: row.name,
            value: value.into(),
            values: row.values,
        })?;
        (row.set)(self, at);
        Ok(())
    }
}

impl FromStr for Choices {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        let mut choices = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| ChoiceError::Shape(part.into()))?;
            choices.set(name.trim(), value.trim())?;
        }
        Ok(choices)
    }
}

impl fmt::Display for ChoiceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.values.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_switches_its_own_field_and_its_first_value_is_the_default() {
        for row in choices() {
            for (at, value) in row.values.iter().enumerate() {
                let mut switched = Choices::default();
                switched.set(row.name, value).unwrap();
                assert_eq!(switched == Choices::default(), at == 0, "{row} at {value}");
            }
            assert!(!row.about.is_empty());
        }
    }

    #[test]
    fn text_switches_several_and_says_what_is_wrong() {
        let choices: Choices = "veeva-item-errors=array, prequel-ended=400,".parse().unwrap();
        assert_eq!(choices.veeva_item_errors, VeevaItemErrors::Array);
        assert_eq!(choices.prequel_ended, PrequelEnded::BadRequest);
        let wrong = "prequel-ended=409".parse::<Choices>().unwrap_err().to_string();
        assert_eq!(wrong, "`prequel-ended` takes 200|400, not `409`");
        let unknown = "x=1".parse::<Choices>().unwrap_err();
        assert_eq!(unknown, ChoiceError::Name("x".into()));
        assert!(super::choices().iter().all(|row| unknown.to_string().contains(row.name)), "{unknown}");
        assert_eq!("x".parse::<Choices>().unwrap_err(), ChoiceError::Shape("x".into()));
    }
}
