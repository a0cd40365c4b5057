//! A small ledger with people in it, for tests of what stands above the ledger room.
#![allow(dead_code, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests: what fails, fails the test")]

use sagwan::{
    crypto::SecretKey,
    event::{
        ActorId, Body, Env, Event, Map, Subject, Timestamp,
        body::{ActorEnrolled, Officer, RoleAssigned},
    },
    ledger::{Author, Clock, Founding, Host, IndexKind, Ledger, Options, Verdict, key_entry},
    policy::Bundle,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// A clock that stands still until a test moves it. Both hands move together unless told otherwise.
pub struct TestClock {
    pub wall_ms: AtomicI64,
    pub monotonic_ms: AtomicI64,
}

impl TestClock {
    pub fn at(wall_ms: i64) -> Arc<Self> {
        Arc::new(Self { wall_ms: AtomicI64::new(wall_ms), monotonic_ms: AtomicI64::new(0) })
    }

    pub fn now_ms(&self) -> i64 {
        self.wall_ms.load(Ordering::SeqCst)
    }

    pub fn advance(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.wall_ms.load(Ordering::SeqCst))
    }
    fn monotonic_ms(&self) -> i64 {
        self.monotonic_ms.load(Ordering::SeqCst)
    }
}

/// 2026-06-01T00:00:00Z.
pub const START_MS: i64 = 1_780_272_000_000;

pub const ORIGIN: &str = "sagwan.example/test";

pub struct House {
    open: Option<Ledger>,
    pub clock: Arc<TestClock>,
    pub host: Host,
    pub options: Options,
    pub officers: [Author; 2],
}

pub fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n; 32])
}

pub fn author(name: &str, n: u8) -> Author {
    Author { actor: name.parse().unwrap(), key: key(n), audience: None }
}

pub fn options() -> Options {
    Options { index: IndexKind::Memory, ..Options::default() }
}

/// A ledger in `folder` with two officers and a clock of its own, on the real disk.
pub fn found(folder: &Path) -> House {
    found_with(folder, options(), Host::real())
}

pub fn found_with(folder: &Path, options: Options, host: Host) -> House {
    let clock = TestClock::at(START_MS);
    let host = Host { clock: clock.clone(), ..host };
    let officers = [author("user:officer-1", 1), author("user:officer-2", 2)];
    let founding = founding(&officers);
    let ledger = Ledger::create(folder, founding, &options, &host).unwrap();
    House { open: Some(ledger), clock, host, options, officers }
}

pub fn founding(officers: &[Author]) -> Founding {
    Founding {
        origin: ORIGIN.parse().unwrap(),
        officers: officers
            .iter()
            .map(|officer| Officer { actor: officer.actor.clone(), key: key_entry(&officer.key) })
            .collect(),
        quorum: 1,
        policy: Bundle::embedded(),
        log_key: key(200),
    }
}

impl House {
    /// An event of now.
    pub fn event(&self, subject: &str, env: Option<Env>, body: Body) -> Event {
        event(self.clock.now(), subject, env, body)
    }

    pub fn sign(&self, author: &Author, events: &[Event]) -> Vec<u8> {
        author.sign(events, u64::try_from(self.clock.now().0 / 1_000).unwrap(), None).unwrap()
    }

    pub fn submit(&self, author: &Author, events: &[Event]) -> Verdict {
        self.ledger().admit(self.sign(author, events)).unwrap()
    }

    /// Submits and insists on a record; its index.
    pub fn record(&self, author: &Author, events: &[Event]) -> u64 {
        match self.submit(author, events) {
            Verdict::Recorded { index, .. } => index,
            other => panic!("not recorded: {other:?}"),
        }
    }

    /// Enrols an actor with its key and a role in all environments.
    pub fn enrol(&self, author: &Author, role: &str) {
        let mut events = enrolment(author, role);
        events.iter_mut().for_each(|event| event.time = self.clock.now());
        self.record(&self.officers[0], &events);
    }

    /// Opens the ledger in a folder, with the people, clock and settings of another house.
    pub fn open(folder: &Path, like: &Self) -> Self {
        let open = Some(Ledger::open(folder, &like.options, &like.host).unwrap());
        let (clock, host, options) = (like.clock.clone(), like.host.clone(), like.options.clone());
        Self { open, clock, host, options, officers: like.officers.clone() }
    }

    pub fn ledger(&self) -> &Ledger {
        self.open.as_ref().unwrap()
    }

    /// Closes the ledger; its folder.
    pub fn close(&mut self) -> PathBuf {
        let ledger = self.open.take().unwrap();
        let folder = ledger.folder().to_owned();
        ledger.close().unwrap();
        folder
    }

    /// Closes the ledger and opens it again from its folder.
    pub fn reopen(&mut self) {
        self.reopen_after(|_| {});
    }

    /// Closes the ledger, does something to its folder, and opens it again.
    pub fn reopen_after(&mut self, change: impl FnOnce(&Path)) {
        let folder = self.close();
        change(&folder);
        self.open = Some(Ledger::open(&folder, &self.options, &self.host).unwrap());
    }

    pub fn actor(&self, name: &str) -> ActorId {
        name.parse().unwrap()
    }
}

/// What enrols an actor with its key and a role in all environments.
pub fn enrolment(author: &Author, role: &str) -> Vec<Event> {
    let subject = format!("actor/{}", author.actor);
    let enrolled = ActorEnrolled { key: Some(author.enrolment()), title: None };
    let mut events = vec![event(Timestamp(START_MS), &subject, None, Body::ActorEnrolled(enrolled))];
    for env in Env::ALL {
        let assigned = RoleAssigned { role: role.parse().unwrap(), until: None, reason: None };
        events.push(event(Timestamp(START_MS), &subject, Some(env), Body::RoleAssigned(assigned)));
    }
    events
}

pub fn event(time: Timestamp, subject: &str, env: Option<Env>, body: Body) -> Event {
    Event {
        subject: subject.parse::<Subject>().unwrap(),
        env,
        inputs: vec![],
        outputs: vec![],
        time,
        body,
        facets: Map::new(),
        commitments: vec![],
        imported: false,
        claimed_by: None,
    }
}

pub fn dataset(personal: bool) -> Body {
    let text = format!(
        r#"{{"kind":"dataset.registered","subject":"dataset/x","env":"dev","body":{{"source":"a test","purpose":"testing","legal_basis":"none needed"{}}}}}"#,
        if personal { r#","personal":true"# } else { "" }
    );
    sagwan::codec::event::from_json(&text, Timestamp(START_MS)).unwrap().body
}
