//! The vendors' APIs inside the process, on a loopback port: for rehearsals and tests.
//!
//! [`Sandbox::start`] opens a port on 127.0.0.1 and serves four vendors on the
//! caller's runtime until it is dropped: real HTTP, the vendors' own auth headers,
//! bodies and oddities, jobs that move with time, and the faults that were asked
//! for. Owns nothing outside itself: must not know jobctl's client, engine,
//! settings or command line, so that it can prove them wrong.
//!
//! Where is what: `server` (sockets, routing, faults on the wire), `faults` (which
//! request meets which), `course` and `world` (jobs and time), `seeds` (the table of jobs),
//! `choices` (what the documents leave open), and a file per vendor.

mod choices;
mod course;
mod datafold;
mod faults;
mod prequel;
mod seeds;
mod server;
mod state;
mod unstructured;
mod veeva;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;

pub use choices::*;
pub use faults::{FaultError, Faults};
pub use seeds::{SeedRow, seeded_jobs};
pub use state::Totals;
pub use world::JobRecord;

use self::faults::Dice;
use self::seeds::Vendor;
use self::server::Shared;
use self::state::State;
use self::veeva::Vault;
use self::world::World;

/// How a sandbox is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; a free one by default.
    pub port: Option<u16>,
    /// Faults to rehearse; none by default.
    pub faults: Faults,
    /// What to do where the vendors' documents are silent.
    pub choices: Choices,
    /// What the dice of the faults start from.
    pub seed: u64,
    /// Live jobs per vendor beyond the seeded ones: Datafold from 1000000, Veeva from
    /// 2000000, Prequel from `bulk/0`, Unstructured from
    /// `00000000-0000-4000-8000-000000000000`. They cost nothing until touched; at
    /// most [`u32::MAX`].
    pub bulk: u64,
    /// From the acceptance of a cancel until the job is cancelled; 2 s by default.
    pub cancel_delay: Duration,
    /// Least time between two status answers about one Veeva job; zero turns the
    /// limit off. The documented 10 s by default.
    pub veeva_status_every: Duration,
    /// Veeva calls in five minutes before answers are held back by 500 ms; 2000 by
    /// default, the documents' example.
    pub veeva_burst: u32,
    /// How long a Veeva session from a sign-in lasts; for ever by default.
    pub veeva_session_lasts: Option<Duration>,
    /// The wall clock at the start; the real one by default.
    pub now: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            faults: Faults::default(),
            choices: Choices::default(),
            seed: 0,
            bulk: 0,
            cancel_delay: Duration::from_secs(2),
            veeva_status_every: Duration::from_secs(10),
            veeva_burst: 2000,
            veeva_session_lasts: None,
            now: None,
        }
    }
}

/// The four vendors on a loopback port; dropping it stops them.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Sandbox {
    /// Opens the port and begins to serve, on the caller's tokio runtime.
    ///
    /// # Errors
    /// When the port cannot be opened.
    pub async fn start(options: Options) -> io::Result<Self> {
        let now = options.now.unwrap_or_else(Timestamp::now);
        let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let state = State::new(
            World::new(whole, u32::try_from(options.bulk).unwrap_or(u32::MAX)),
            options.choices,
            Vault::new(options.veeva_status_every, options.veeva_burst, options.veeva_session_lasts),
            options.cancel_delay,
            Dice::new(options.faults, options.seed),
        );
        let shared = Arc::new(Shared::new(state));
        let (address, accepting) = server::start(Arc::clone(&shared), options.port.unwrap_or(0)).await?;
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens: always on 127.0.0.1.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The vendors' variables that point a client here.
    ///
    /// Veeva's sign-in works as well, with [`veeva_login`]; and so does
    /// [`veeva_access_token`].
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DATAFOLD_HOST", self.url()),
            ("DATAFOLD_API_KEY", datafold::KEY.to_owned()),
            ("PREQUEL_HOST", self.url()),
            ("PREQUEL_API_KEY", prequel::KEY.to_owned()),
            ("UNSTRUCTURED_API_URL", self.url()),
            ("UNSTRUCTURED_API_KEY", unstructured::KEY.to_owned()),
            ("VEEVA_VAULT_DNS", self.url()),
            ("VEEVA_SESSION_ID", veeva::SESSION.to_owned()),
        ]
    }

    /// What was asked of every job that anybody named, in a stable order.
    #[must_use]
    pub fn record(&self) -> Vec<JobRecord> {
        self.shared.state().world.records()
    }

    /// What was asked of one job; nothing when there is no such job.
    #[must_use]
    pub fn job(&self, provider: &str, id: &str) -> Option<JobRecord> {
        let state = self.shared.state();
        let view = state.world.find(Vendor::named(provider)?, id)?;
        Some(state.world.record(&view))
    }

    /// What the server saw in all.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.shared.state().totals
    }

    /// Other faults from now on, with the dice started again: an incident that
    /// begins, or ends.
    pub fn set_faults(&self, faults: Faults, seed: u64) {
        self.shared.state().set_faults(faults, seed);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The user name and the password that Veeva's sign-in accepts here.
#[must_use]
pub fn veeva_login() -> (&'static str, &'static str) {
    (veeva::USERNAME, veeva::PASSWORD)
}

/// The access token that Veeva accepts here, after `Bearer`.
#[must_use]
pub fn veeva_access_token() -> &'static str {
    veeva::ACCESS_TOKEN
}
