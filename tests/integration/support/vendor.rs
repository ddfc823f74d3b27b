//! The vendors as their documents describe them, written down a second time and
//! without a look at the program's own code.

use serde_json::{Value, json};

/// The credential of every test. Looks like nothing else, so that a leak is found.
pub(crate) const KEY: &str = "kE7-zQ9.sEcReT_42xY";

pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    /// Two ids of two jobs.
    pub(crate) id: &'static str,
    pub(crate) other: &'static str,
    pub(crate) host_variable: &'static str,
    pub(crate) key_variable: &'static str,
    pub(crate) auth_header: &'static str,
    /// What stands before the key in that header.
    pub(crate) auth_prefix: &'static str,
    /// Other headers of every request.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// The state comes with the answer to a cancel.
    pub(crate) says_state: bool,
    /// A 2xx is documented as acceptance.
    pub(crate) accepts: bool,
}

pub(crate) const ALL: &[Vendor] = &[
    Vendor {
        name: "datafold",
        id: "123",
        other: "456",
        host_variable: "DATAFOLD_HOST",
        key_variable: "DATAFOLD_API_KEY",
        auth_header: "authorization",
        auth_prefix: "Key ",
        headers: &[],
        says_state: true,
        accepts: false,
    },
    Vendor {
        name: "prequel",
        id: "d1/j9",
        other: "d1/j8",
        host_variable: "PREQUEL_HOST",
        key_variable: "PREQUEL_API_KEY",
        auth_header: "x-api-key",
        auth_prefix: "",
        headers: &[("x-prequel-api-version", "2023-12-01")],
        says_state: true,
        accepts: true,
    },
    Vendor {
        name: "unstructured",
        id: "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162",
        other: "00000000-0000-4000-8000-000000000001",
        host_variable: "UNSTRUCTURED_API_URL",
        key_variable: "UNSTRUCTURED_API_KEY",
        auth_header: "unstructured-api-key",
        auth_prefix: "",
        headers: &[],
        says_state: false,
        accepts: true,
    },
    Vendor {
        name: "veeva",
        id: "1046892",
        other: "1043341",
        host_variable: "VEEVA_VAULT_DNS",
        key_variable: "VEEVA_SESSION_ID",
        auth_header: "authorization",
        auth_prefix: "",
        headers: &[("x-vaultapi-clientid", "jobctl")],
        says_state: false,
        accepts: false,
    },
];

/// The vendor of that name.
pub(crate) fn called(name: &str) -> &'static Vendor {
    ALL.iter().find(|vendor| vendor.name == name).unwrap()
}

impl Vendor {
    pub(crate) fn is_veeva(&self) -> bool {
        self.name == "veeva"
    }

    /// The `n`th of many ids.
    pub(crate) fn nth(&self, n: usize) -> String {
        match self.name {
            "prequel" => format!("dest/job-{n}"),
            "unstructured" => format!("00000000-0000-4000-8000-{n:012x}"),
            _ => (n + 1).to_string(),
        }
    }

    pub(crate) fn reference(&self, id: &str) -> String {
        format!("{}:{id}", self.name)
    }

    pub(crate) fn cancel_path(&self, id: &str) -> String {
        if self.is_veeva() {
            return "/api/v25.3/services/jobs/actions/cancel".to_owned();
        }
        format!("{}/cancel", self.read_path(id))
    }

    pub(crate) fn read_path(&self, id: &str) -> String {
        match self.name {
            "datafold" => format!("/api/v1/datadiffs/{id}"),
            "prequel" => {
                let (destination, job) = id.split_once('/').unwrap();
                format!("/destinations/{destination}/data-integrity/{job}")
            }
            "unstructured" => format!("/api/v1/jobs/{id}"),
            _ => format!("/api/v25.3/services/jobs/{id}"),
        }
    }

    /// The body of a cancel of these jobs.
    pub(crate) fn cancel_body(&self, ids: &[&str]) -> Option<Value> {
        self.is_veeva()
            .then(|| ids.iter().map(|id| json!({"job_id": id.parse::<u64>().unwrap()})).collect::<Vec<_>>().into())
    }

    /// A 2xx to a cancel, with the state where this vendor tells it.
    pub(crate) fn accepted(&self, id: &str, word: Option<&str>) -> Value {
        match self.name {
            "unstructured" => json!({"id": id, "status": word, "message": "ok"}),
            "veeva" => {
                json!({"responseStatus": "SUCCESS", "data": [{"responseStatus": "SUCCESS", "data": {"id": number(id)}}]})
            }
            _ => self.state(id, word),
        }
    }

    /// The vendor's own way to say no to a cancel: a conflict, or an item that failed.
    pub(crate) fn declined(&self) -> (u16, Value) {
        if self.is_veeva() {
            let item = json!({"responseStatus": "FAILURE", "errors": {"type": "INVALID_DATA", "message": "not now"}});
            return (200, json!({"responseStatus": "SUCCESS", "data": [item]}));
        }
        (409, json!({"detail": "not now", "status": "error", "message": "not now", "data": null}))
    }

    /// The answer to a read.
    pub(crate) fn state(&self, id: &str, word: Option<&str>) -> Value {
        match self.name {
            "datafold" => json!({"id": number(id), "status": word, "created_at": "2026-01-01T00:00:00"}),
            "prequel" => {
                let (destination, job) = id.split_once('/').unwrap();
                json!({"status": "success", "message": "fine", "data": {"job": {
                    "id": job, "destination_id": destination, "status": word,
                    "submitted_at": "2026-01-01T00:00:00Z", "ended_at": "0001-01-01T00:00:00Z"}}})
            }
            "unstructured" => {
                json!({"id": id, "workflow_id": id, "workflow_name": "w", "status": word, "created_at": "2026-01-01T00:00:00"})
            }
            _ => {
                json!({"responseStatus": "SUCCESS", "data": {"id": number(id), "status": word, "method": "GET", "created_by": 7}})
            }
        }
    }

    /// The answer to a read of a job that does not exist.
    pub(crate) fn absent(&self) -> (u16, Value) {
        match self.name {
            "prequel" => (404, json!({"status": "error", "message": "not found", "data": null})),
            "veeva" => (
                200,
                json!({"responseStatus": "FAILURE", "errors": [{"type": "INVALID_DATA", "message": "no such job"}]}),
            ),
            _ => (404, json!({"detail": "not found"})),
        }
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap()
}
