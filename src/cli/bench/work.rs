//! The workload: a ledger with 64 actors and 100,000 datasets, and statements of 600 bytes that mention three each.

use crate::{
    cli::failure::{Done, Failure},
    codec::event::from_json,
    crypto::SecretKey,
    event::{
        ActorId, Body, Digest, Env, Event, Map, Reference, Subject, SubjectKind, Timestamp, Value,
        body::{ActorEnrolled, DataProfiled, Officer, RoleAssigned},
    },
    ledger::{Author, Founding, Host, Ledger, Options, Verdict, key_entry},
    policy::Bundle,
};
use std::{path::Path, thread};

/// Actors that sign.
pub const ACTORS: usize = 64;
/// Subjects that are mentioned.
pub const SUBJECTS: u64 = 100_000;
/// Events of a registration batch.
const REGISTER: u64 = 200;

/// The actors, and where in the stream of statements it stands.
pub struct Work {
    authors: Vec<Author>,
    /// Bytes of all statements so far.
    bytes: u64,
    next: u64,
    seed: u64,
}

fn fail(what: &str, why: impl std::fmt::Display) -> Failure {
    Failure::fault(format!("the benchmark cannot {what}: {why}"))
}

/// Seeds of keys: the benchmark's ledger is thrown away, and its keys are the same every time.
fn key(n: u64) -> SecretKey {
    let mut seed = [7; 32];
    seed.iter_mut().zip(n.to_be_bytes()).for_each(|(byte, other)| *byte = other);
    SecretKey::from_seed(&seed)
}

fn actor(n: usize) -> Done<ActorId> {
    format!("user:bench-{n:02}").parse().map_err(|error| fail("name an actor", error))
}

fn dataset(n: u64) -> Done<Subject> {
    Subject::new(SubjectKind::Dataset, &format!("bench/{n:06}")).map_err(|error| fail("name a dataset", error))
}

/// A dataset by its name.
pub fn dataset_named(name: &str) -> Done<Subject> {
    Subject::new(SubjectKind::Dataset, name).map_err(|error| fail("name a dataset", error))
}

/// The officer who founds the ledger.
pub fn officer() -> Done<Author> {
    Ok(Author { actor: actor(99)?, key: key(1_000), audience: None })
}

/// Another officer, for what one alone may not do; to be enrolled by the first.
pub fn second_officer() -> Done<Author> {
    Ok(Author { actor: actor(98)?, key: key(1_001), audience: None })
}

/// An event with nothing but the necessary.
pub fn event(subject: Subject, env: Option<Env>, time: Timestamp, body: Body) -> Event {
    Event {
        subject,
        env,
        inputs: Vec::new(),
        outputs: Vec::new(),
        time,
        body,
        facets: Map::new(),
        commitments: Vec::new(),
        imported: false,
        claimed_by: None,
    }
}

impl Work {
    /// A new ledger in `folder`, with the actors enrolled; the workload of `seed`.
    pub fn found(folder: &Path, options: &Options, seed: u64) -> Done<(Ledger, Self)> {
        let host = Host::real();
        let officer = officer()?;
        let founding = Founding {
            origin: "sagwan.example/bench".parse().map_err(|error| fail("name the log", error))?,
            officers: vec![Officer { actor: officer.actor.clone(), key: key_entry(&officer.key) }],
            quorum: 1,
            policy: Bundle::embedded(),
            log_key: key(2_000),
        };
        let ledger = Ledger::create(folder, founding, options, &host).map_err(|error| fail("make a ledger", error))?;
        let authors = (0..ACTORS).map(|n| Ok(Author { actor: actor(n)?, key: key(n as u64), audience: None }));
        let work = Self { authors: authors.collect::<Done<_>>()?, bytes: 0, next: 0, seed };
        work.enrol(&ledger, &officer)?;
        Ok((ledger, work))
    }

    fn enrol(&self, ledger: &Ledger, officer: &Author) -> Done {
        let now = ledger.host().clock.now();
        let mut events = Vec::new();
        for author in &self.authors {
            let subject = Subject::new(SubjectKind::Actor, author.actor.as_str());
            let subject = subject.map_err(|error| fail("name an actor", error))?;
            let enrolled = ActorEnrolled { key: Some(author.enrolment()), title: None };
            events.push(event(subject.clone(), None, now, Body::ActorEnrolled(enrolled)));
            let role = "role:data-engineer".parse().map_err(|error| fail("name a role", error))?;
            let assigned = RoleAssigned { role, until: None, reason: None };
            events.push(event(subject, Some(Env::Dev), now, Body::RoleAssigned(assigned)));
        }
        let statement = sign(officer, &events, now)?;
        admit(ledger, vec![statement])
    }

    /// Registers the datasets, in signed batches.
    pub fn register(&mut self, ledger: &Ledger, mut progress: impl FnMut(u64)) -> Done {
        let now = ledger.host().clock.now();
        let author = self.author(0)?.clone();
        for from in (0..SUBJECTS).step_by(usize::try_from(REGISTER).unwrap_or(1)) {
            let events = (from..from + REGISTER).map(|n| {
                let text = r#"{"kind":"dataset.registered","subject":"dataset/any","env":"dev","body":
                    {"source":"generated","purpose":"benchmark","legal_basis":"none needed"}}"#;
                let made = from_json(text, now).map_err(|error| fail("make an event", error))?;
                Ok(Event { subject: dataset(n)?, ..made })
            });
            let statement = sign(&author, &events.collect::<Done<Vec<_>>>()?, now)?;
            self.bytes += statement.len() as u64;
            admit(ledger, vec![statement])?;
            progress(from + REGISTER);
        }
        Ok(())
    }

    /// One of the actors.
    pub fn author(&self, n: u64) -> Done<&Author> {
        let at = usize::try_from(n).unwrap_or_default() % ACTORS;
        self.authors.get(at).ok_or_else(|| fail("find an actor", n))
    }

    /// Bytes of the statements that were made.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next `count` statements of one event each, signed on all cores.
    pub fn statements(&mut self, count: u64, now: Timestamp) -> Done<Vec<Vec<u8>>> {
        self.signed(count, |work, n| sign(work.author(n)?, &[work.profiled(n, now, true)?], now))
    }

    /// The event of the next statement.
    pub fn one(&self, now: Timestamp) -> Done<Event> {
        self.profiled(self.next, now, true)
    }

    /// The next `count` signed batches of `events` events each.
    pub fn batches(&mut self, count: u64, events: u64, now: Timestamp) -> Done<Vec<Vec<u8>>> {
        self.signed(count, |work, n| {
            let list = (0..events).map(|k| work.profiled(n * events + k, now, false)).collect::<Done<Vec<_>>>()?;
            sign(work.author(n)?, &list, now)
        })
    }

    fn signed(&mut self, count: u64, make: impl Fn(&Self, u64) -> Done<Vec<u8>> + Sync) -> Done<Vec<Vec<u8>>> {
        let range = self.next..self.next + count;
        self.next += count;
        let work = &*self;
        let make = &make;
        let middle = range.start + count / 2;
        let (first, second) = thread::scope(|scope| {
            let other = scope.spawn(move || (middle..range.end).map(|n| make(work, n)).collect::<Done<Vec<_>>>());
            let first = (range.start..middle).map(|n| make(work, n)).collect::<Done<Vec<_>>>();
            (first, other.join())
        });
        let second = second.map_err(|_| fail("sign", "a thread ended by a panic"))?;
        let statements = [first?, second?].concat();
        self.bytes += statements.iter().map(|statement| statement.len() as u64).sum::<u64>();
        Ok(statements)
    }

    /// One profile of a dataset that also mentions two others, drawn by a fixed generator (splitmix64).
    fn profiled(&self, n: u64, now: Timestamp, padded: bool) -> Done<Event> {
        let draw = |k: u64| {
            let mut z = (self.seed ^ (n * 3 + k)).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let mut profile = [0; 32];
        profile.iter_mut().zip(n.to_be_bytes()).for_each(|(byte, other)| *byte = other);
        let body = DataProfiled { profile: Digest(profile), rows: 1_000, from: None, to: None };
        let mut event = event(dataset(draw(0) % SUBJECTS)?, Some(Env::Dev), now, Body::DataProfiled(body));
        for k in 1..3 {
            let subject = dataset(draw(k) % SUBJECTS)?;
            event.inputs.push(Reference { subject, digest: None, external: false });
        }
        if padded {
            event.facets.insert("note".into(), Value::Text("x".repeat(PADDING)));
        }
        Ok(event)
    }
}

/// Makes the statement 600 bytes long; held by a test.
const PADDING: usize = 162;

/// A statement of now.
pub fn sign(author: &Author, events: &[Event], now: Timestamp) -> Done<Vec<u8>> {
    let seconds = u64::try_from(now.0 / 1_000).unwrap_or_default();
    author.sign(events, seconds, None).map_err(|error| fail("sign", error))
}

/// Admits statements and insists that each is recorded, without a rule against it.
pub fn admit(ledger: &Ledger, statements: Vec<Vec<u8>>) -> Done {
    let verdicts = ledger.admit_all(statements).map_err(|error| fail("record", error))?;
    verdicts.iter().try_for_each(check)
}

/// Whether a verdict is what the workload expects.
pub fn check(verdict: &Verdict) -> Done {
    match verdict {
        Verdict::Recorded { events, .. } if events.iter().all(|ruling| ruling.reasons.is_empty()) => Ok(()),
        other => Err(fail("record", format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ceiling::STATEMENT_BYTES, *};

    #[test]
    fn a_statement_of_the_workload_has_600_bytes() {
        let authors = (0..ACTORS).map(|n| Author { actor: actor(n).unwrap(), key: key(n as u64), audience: None });
        let mut work = Work { authors: authors.collect(), bytes: 0, next: 0, seed: 1 };
        let statements = work.statements(64, Timestamp(1_790_000_000_000)).unwrap();
        let lengths: Vec<usize> = statements.iter().map(Vec::len).collect();
        assert_eq!(lengths, [STATEMENT_BYTES; 64]);
    }
}
