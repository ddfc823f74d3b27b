//! The lines of a plan file (`jobctl.plan/1`), as types: a header, then a line per job.
//!
//! Must not know how a plan comes about or what is done with one.

use serde::{Deserialize, Serialize};

use crate::engine::journal::At;
use crate::job::JobState;

/// One line of a plan.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum PlanLine {
    /// The first line.
    Header(PlanHeader),
    /// Every other line.
    Job(PlanJob),
}

/// What a plan is for.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanHeader {
    /// The name of the form.
    #[cfg_attr(test, schemars(schema_with = "super::schema::made::plan_form"))]
    pub schema: String,
    /// When it was made.
    pub created_at: At,
    /// Whether it is for the embedded vendors.
    pub sandbox: bool,
    /// Where its jobs are.
    pub targets: Vec<PlanTarget>,
    /// The states that a job must be in still; none of a selection means live, and
    /// null that the jobs were named and need no look.
    pub guard: Option<Vec<JobState>>,
}

/// Where jobs of a plan are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanTarget {
    /// The provider's name.
    pub provider: String,
    /// The host as a URL.
    pub host: Option<String>,
    /// The profile whose host and credential were used.
    pub profile: Option<String>,
}

/// One job of a plan.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanJob {
    /// The job as every command accepts it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The state that it was seen in.
    pub state: Option<JobState>,
}

impl PlanHeader {
    /// The name of the form.
    pub const SCHEMA: &'static str = "jobctl.plan/1";
}
