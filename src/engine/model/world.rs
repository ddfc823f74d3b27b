//! The world that a run acts in: jobs that live and end, vendors that answer well or
//! badly, and a diary of all that happened.
//!
//! What is true is decided when a request arrives; what the program can know of it,
//! when the answer does. Rules that hold at the moment of a request are in `guard`.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::{Instant, sleep};

use super::guard::{Guard, Stops, Tail};
use super::life::{Fact, Life, Nature};
use super::tongue::{self, Ask, Treatment, Word};
use crate::engine::{Settled, Subject};
use crate::http::{Reply, Said};
use crate::job::JobState;
use crate::providers::Entry;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Well,
    NotSent,
    Lost,
    Stalled,
    Busy,
    Trouble,
    Nonsense,
    Redirected,
}

impl Fate {
    pub(super) const ALL: [Self; 8] = [
        Self::Well,
        Self::NotSent,
        Self::Lost,
        Self::Stalled,
        Self::Busy,
        Self::Trouble,
        Self::Nonsense,
        Self::Redirected,
    ];
}

/// How likely each fate is.
pub(super) type Weather = [u32; Fate::ALL.len()];

/// One vendor.
pub(super) struct Side {
    pub(super) entry: &'static Entry,
    /// The weather, and what it changes to.
    pub(super) weather: [Weather; 2],
    pub(super) turns: Instant,
    /// From then on the credential is not accepted.
    pub(super) revoked: Option<Instant>,
    /// Longest time that an answer takes that is not lost.
    pub(super) slow: Duration,
    /// The run has signed in here itself, and may do so again.
    pub(super) signs_in: bool,
    pub(super) guard: Guard,
}

/// All of it.
pub(super) struct World {
    pub(super) dice: Rng,
    pub(super) began: Instant,
    pub(super) lives: Vec<Life>,
    pub(super) sides: Vec<Side>,
    pub(super) stops: Stops,
    /// The record as it stands in the file, where one is kept.
    pub(super) record: Option<Tail>,
    pub(super) diary: Vec<(Duration, Option<usize>, String)>,
    /// Rules that were broken, each with the job it is about.
    pub(super) wrong: Vec<(Option<usize>, String)>,
}

pub(super) type Shared = Arc<Mutex<World>>;

/// What an answer will bring when it comes.
struct Coming {
    after: Duration,
    said: Said,
    facts: Vec<(usize, Fact)>,
    rejects: bool,
    pause: Option<Duration>,
}

/// A request on its way, counted until it is answered or given up.
struct Flight(Shared, usize);

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.0).sides[self.1].guard.in_flight -= 1;
    }
}

pub(super) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What a vendor does about a request.
pub(super) fn answer(world: &Shared, side: usize, request: &reqwest::Request) -> Said {
    let mut here = lock(world);
    let ask = Ask::of(here.sides[side].entry.name, request);
    here.guard(side, &ask);
    let coming = here.receive(side, &ask);
    let flight = Flight(Arc::clone(world), side);
    Said::Later(Box::pin(async move {
        sleep(coming.after).await;
        lock(&flight.0).deliver(side, &ask, coming)
    }))
}

impl World {
    pub(super) fn note(&mut self, life: Option<usize>, what: String) {
        self.diary.push((self.began.elapsed(), life, what));
    }

    pub(super) fn accuse(&mut self, life: Option<usize>, why: impl Into<String>) {
        let why = why.into();
        self.note(life, format!("WRONG: {why}"));
        self.wrong.push((life, why));
    }

    /// A result has come out.
    pub(super) fn reported(&mut self, row: &Settled, fail_fast: bool) {
        let life = self.lives.iter().position(|life| row.subject == Subject::Job(life.job.clone()));
        let Settled { outcome, provider_state, attempts, .. } = row;
        self.note(life, format!("REPORTED {outcome} ({provider_state:?}, {attempts} attempts)"));
        if let Some(at) = life
            && self.lives[at].row.replace(row.clone()).is_some()
        {
            self.accuse(life, "reported twice");
        }
        if fail_fast && !row.ok {
            self.stops.failed.get_or_insert(Instant::now());
        }
    }

    /// The jobs that a request is about.
    pub(super) fn about(&self, side: usize, ask: &Ask) -> Vec<usize> {
        let provider = self.sides[side].entry.name;
        let find = |id: &str| {
            let is = |life: &Life| life.job.provider == provider && life.job.id.as_str() == id;
            self.lives.iter().position(is).unwrap_or_else(|| panic!("nobody named {provider}:{id}"))
        };
        match ask {
            Ask::Cancel(ids) => ids.iter().map(|id| find(id)).collect(),
            Ask::Read(id) => vec![find(id)],
            Ask::List { .. } | Ask::SignIn | Ask::SignOut => Vec::new(),
        }
    }

    fn fate(&mut self, side: usize) -> Fate {
        let side = &self.sides[side];
        let weather = side.weather[usize::from(side.turns <= Instant::now())];
        let mut at = self.dice.u32(..weather.iter().sum::<u32>());
        let picked = weather.iter().position(|weight| at.checked_sub(*weight).map(|rest| at = rest).is_none());
        Fate::ALL[picked.unwrap_or(0)]
    }

    /// Decides what is true from now on, and what will be said of it.
    fn receive(&mut self, side: usize, ask: &Ask) -> Coming {
        let mut fate = self.fate(side);
        if *ask == Ask::SignIn && fate == Fate::Nonsense {
            fate = Fate::Well;
        }
        let lives = self.about(side, ask);
        let now = Instant::now();
        let name = self.sides[side].entry.name;
        let rejects = fate == Fate::Well && self.sides[side].revoked.is_some_and(|at| at <= now);
        let pause = (fate == Fate::Busy && self.dice.bool()).then(|| [0, 1, 3, 30, 3600][self.dice.usize(..5)]);
        let shown = if rejects { "rejected".to_owned() } else { format!("{fate:?}") };
        let what = match ask {
            Ask::Cancel(_) => "cancel",
            Ask::Read(_) => "read",
            Ask::List { .. } => "list",
            Ask::SignIn => "sign-in",
            Ask::SignOut => "sign-out",
        };
        for at in &lives {
            self.note(Some(*at), format!("{what}: {shown}"));
        }
        if lives.is_empty() {
            self.note(None, format!("{name} {what}: {shown}"));
        }
        if fate != Fate::Well || rejects {
            for at in if lives.is_empty() { self.of(side) } else { lives.clone() } {
                self.lives[at].troubled = true;
            }
        }
        if let Ask::Cancel(_) = ask {
            self.suffer(&lives, fate, rejects);
        }
        let mut facts = Vec::new();
        let said = match fate {
            Fate::Well if rejects => Said::Reply(tongue::rejected(name, &mut self.dice)),
            Fate::Well => Said::Reply(self.speak(side, ask, &lives, &mut facts)),
            Fate::NotSent => Said::NotSent,
            Fate::Lost | Fate::Stalled => Said::Lost,
            Fate::Busy => Said::Reply(tongue::busy(pause, &mut self.dice)),
            Fate::Trouble => Said::Reply(tongue::trouble(&mut self.dice)),
            Fate::Nonsense => Said::Reply(tongue::nonsense(name, ask, &mut self.dice)),
            Fate::Redirected => Said::Reply(tongue::redirect()),
        };
        if rejects || matches!(fate, Fate::NotSent | Fate::Busy | Fate::Redirected) {
            facts.extend(lives.iter().map(|at| (*at, Fact::TurnedAway)));
        }
        let slow = u64::try_from(self.sides[side].slow.as_millis()).unwrap();
        let after = match fate {
            Fate::Stalled => Duration::from_secs(100_000),
            _ => Duration::from_millis(self.dice.u64(..=slow)),
        };
        Coming { after, said, facts, rejects, pause: pause.map(Duration::from_secs) }
    }

    fn of(&self, side: usize) -> Vec<usize> {
        let provider = self.sides[side].entry.name;
        (0..self.lives.len()).filter(|at| self.lives[*at].job.provider == provider).collect()
    }

    /// What a cancel does to its jobs, whatever is said of it.
    fn suffer(&mut self, lives: &[usize], fate: Fate, rejects: bool) {
        let now = Instant::now();
        for at in lives {
            let late = Duration::from_millis(self.dice.u64(..3000));
            let applied = self.dice.bool();
            let life = &mut self.lives[*at];
            life.tries += 1;
            life.blind |= fate != Fate::NotSent;
            life.taken += u32::from(!rejects && !matches!(fate, Fate::NotSent | Fate::Busy | Fate::Redirected));
            match fate {
                Fate::Well if !rejects => life.apply(now),
                Fate::Lost | Fate::Stalled if applied => life.apply(now + late),
                Fate::Trouble | Fate::Nonsense if applied => life.apply(now),
                _ => {}
            }
        }
    }

    /// A true answer.
    fn speak(&mut self, side: usize, ask: &Ask, lives: &[usize], facts: &mut Vec<(usize, Fact)>) -> Reply {
        let name = self.sides[side].entry.name;
        match ask {
            Ask::Cancel(_) => {
                let treatments: Vec<Treatment> = lives.iter().map(|at| self.treat(name, *at, facts)).collect();
                let ids = lives.iter().map(|at| self.lives[*at].job.id.as_str());
                let items: Vec<_> = ids.zip(treatments).collect();
                tongue::cancel(name, &items, &mut self.dice)
            }
            Ask::Read(_) if self.lives[lives[0]].nature == Nature::Missing => {
                facts.push((lives[0], Fact::Absent));
                tongue::absent(name, &mut self.dice)
            }
            Ask::Read(id) => {
                let word = self.word(lives[0]);
                facts.push((lives[0], Fact::Told(word.clone())));
                tongue::status(name, id, &word)
            }
            Ask::List { ended } => {
                let mut rows = Vec::new();
                for at in self.of(side) {
                    let word = self.word(at);
                    if word.ended == *ended && self.lives[at].nature != Nature::Missing {
                        facts.push((at, Fact::Told(word.clone())));
                        rows.push((at, word));
                    }
                }
                let rows: Vec<_> = rows.into_iter().map(|(at, word)| (self.lives[at].job.id.as_str(), word)).collect();
                tongue::list(&rows)
            }
            Ask::SignIn => {
                self.sides[side].signs_in = true;
                tongue::signed_in()
            }
            Ask::SignOut => tongue::redirect(),
        }
    }

    fn word(&mut self, at: usize) -> Word {
        let word = self.lives[at].word(Instant::now(), &mut self.dice);
        self.lives[at].troubled |= word.state == JobState::Unknown;
        word
    }

    /// What becomes of one job of a cancel that was understood; `suffer` went before.
    fn treat(&mut self, vendor: &str, at: usize, facts: &mut Vec<(usize, Fact)>) -> Treatment {
        let word = self.word(at);
        let life = &self.lives[at];
        let over = life.stop != Some(Instant::now()) && (word.ended || word.state == JobState::Cancelling);
        let takes = match (life.nature, vendor) {
            (Nature::Plain, "datafold") => true,
            // A job that is stopping already, or is over, may be refused or not.
            (Nature::Plain, "veeva") => !over,
            (Nature::Plain, _) => !over || self.dice.bool(),
            _ => false,
        };
        let (fact, treatment) = match life.nature {
            Nature::Missing => (Fact::Declined, Treatment::KnowsNot),
            Nature::Forbidden => (Fact::Forbidden, Treatment::Forbids),
            Nature::Malformed => (Fact::Malformed, Treatment::CannotRead),
            _ if takes => {
                let mute = vendor == "unstructured" || self.dice.usize(..4) == 0;
                if !mute && vendor != "veeva" {
                    facts.push((at, Fact::Told(word.clone())));
                }
                // What an Unstructured 2xx says of a state is no news of the job.
                let mute = mute && (vendor != "unstructured" || self.dice.bool());
                (Fact::Accepted, Treatment::Takes { word, mute })
            }
            _ => (Fact::Declined, Treatment::Declines),
        };
        facts.push((at, fact));
        treatment
    }

    /// The answer comes through.
    fn deliver(&mut self, side: usize, ask: &Ask, coming: Coming) -> Said {
        let now = Instant::now();
        let never_left = matches!((ask, &coming.said), (Ask::Cancel(_), Said::NotSent));
        for (at, fact) in coming.facts {
            self.note(Some(at), format!("heard: {fact:?}"));
            let life = &mut self.lives[at];
            if matches!((ask, &fact), (Ask::Read(_), Fact::Told(_))) {
                life.read = Some(now);
            }
            // That a read was turned away is no look at the job.
            if fact != Fact::TurnedAway || matches!(ask, Ask::Cancel(_)) {
                life.blind = false;
            }
            life.tries -= u32::from(never_left);
            life.facts.push(fact);
        }
        let guard = &mut self.sides[side].guard;
        if coming.rejects {
            guard.rejected.get_or_insert(now);
        }
        if let Some(pause) = coming.pause {
            guard.pause(pause, now);
        }
        coming.said
    }
}
