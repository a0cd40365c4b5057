//! Reads of subjects marked personal are themselves recorded: one `access.used` for each such subject that an answer
//! touches, signed by the log's own key, durable before the answer leaves. The simplest thing that is exact: an answer
//! is one use, and nothing is summed up over time. Recording a read is not itself a read.

use super::{
    super::{Author, error::LedgerError, surroundings::Surroundings, verdict::Verdict},
    Viewer,
};
use crate::{
    codec::{commit::commit, event::value_to_cbor},
    decide::Reader,
    event::{
        ActorId, Body, Commitment, Digest, Env, Event, Map, Subject, SubjectKind, Text, Timestamp, Value,
        body::AccessUsed, limits,
    },
    state::{EnvSet, State, SubjectState},
    storage::Opening,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// What a read is for when the reader does not say: a word of the default policy's purposes.
pub const PURPOSE: &str = "audit";
/// The account where anybody may read.
pub const ANYONE: &str = "anyone";
/// The account of whoever has the folder and gives no name.
pub const OPERATOR: &str = "operator";

/// The field that is committed to.
const ORIGIN: &str = "/body/origin";

/// The personal subjects that an answer touches: the strictest environment in which it does, and in how many records,
/// summaries or grants.
#[derive(Default)]
pub(super) struct Touched(BTreeMap<Subject, (Env, u64)>);

impl Touched {
    pub(super) fn add(&mut self, subject: &Subject, env: Env) {
        let (strictest, count) = self.0.entry(subject.clone()).or_insert((env, 0));
        *strictest = env.max(*strictest);
        *count += 1;
    }

    /// A subject whose state the answer tells, as of some environments.
    pub(super) fn subject(&mut self, subject: &Subject, known: &SubjectState, envs: EnvSet) {
        if let Some(env) = envs.iter().last().filter(|_| known.is_personal()) {
            self.add(subject, env);
        }
    }

    /// Subjects that something in `env` names.
    pub(super) fn named(&mut self, state: &State, subjects: &[Subject], env: Env) {
        subjects.iter().filter(|subject| is_personal(state, subject)).for_each(|subject| self.add(subject, env));
    }

    /// What a record names, if that leaves no more subjects than one signed batch has events. The first always does.
    pub(super) fn record_within_limit<'r>(
        &mut self,
        names: impl Iterator<Item = (Env, &'r Subject)>,
        personal: &HashSet<Subject>,
    ) -> bool {
        let mut here: BTreeMap<&Subject, Env> = BTreeMap::new();
        for (env, subject) in names.filter(|(_, subject)| personal.contains(*subject)) {
            let strictest = here.entry(subject).or_insert(env);
            *strictest = env.max(*strictest);
        }
        let fresh = here.keys().filter(|subject| !self.0.contains_key(**subject)).count();
        if !self.0.is_empty() && self.0.len() + fresh > limits::BATCH_EVENTS_MAX {
            return false;
        }
        here.into_iter().for_each(|(subject, env)| self.add(subject, env));
        true
    }
}

fn is_personal(state: &State, subject: &Subject) -> bool {
    subject.kind() == SubjectKind::Dataset && state.is_personal(subject)
}

impl Viewer<'_> {
    /// Records that an answer that was drawn from the ledger's state or history shows `subjects`, each in an environment:
    /// one use of each that is marked personal, with how often it is named. `task` is what was asked. Nothing is decided
    /// here: it is for whoever may read everything and gets no records, such as a report on the command line.
    ///
    /// # Errors
    /// [`LedgerError::Purpose`] as for every reader; [`LedgerError::Unrecorded`]: then the answer must not leave.
    pub fn tell<'s>(&self, subjects: impl Iterator<Item = (&'s Subject, Env)>, task: &str) -> Result<(), LedgerError> {
        let mut touched = Touched::default();
        self.look(|state, _| {
            subjects
                .filter(|(subject, _)| is_personal(state, subject))
                .for_each(|(subject, env)| touched.add(subject, env));
        })?;
        self.trace(touched, task)
    }

    /// The subjects marked personal among those that records mention or name.
    pub(super) fn personal_in<'r>(
        &self,
        names: impl Iterator<Item = (Env, &'r Subject)>,
    ) -> Result<HashSet<Subject>, LedgerError> {
        self.ledger.state(|state| match state.has_personal_data() {
            true => names.map(|(_, subject)| subject).filter(|subject| is_personal(state, subject)).cloned().collect(),
            false => HashSet::new(),
        })
    }

    /// Those of some surroundings in which something is named that was ever marked personal.
    pub(super) fn perhaps_personal<'s>(
        &self,
        surveyed: &'s [Arc<Surroundings>],
    ) -> Result<Vec<&'s Surroundings>, LedgerError> {
        self.ledger.state(|state| {
            let (marked, is_marked) = (state.ever_personal(), |subject: &Subject| state.was_ever_personal(subject));
            surveyed.iter().map(|around| &**around).filter(|around| !around.is_plain(marked, is_marked)).collect()
        })
    }

    /// Records what the answer touches; returns once that is durable. `task` is what was asked.
    pub(super) fn trace(&self, touched: Touched, task: &str) -> Result<(), LedgerError> {
        if touched.0.is_empty() {
            return Ok(());
        }
        let now = self.ledger.core.host.clock.now();
        let origin = self.commit_origin()?;
        let events: Vec<Event> = touched
            .0
            .into_iter()
            .map(|(subject, (env, records))| self.used(subject, env, records, task, &origin, now))
            .collect::<Result<_, _>>()?;
        let left = self.submit_reads(events, now)?;
        // A key of the log that was rotated out meanwhile signs nothing any more: then the new one does.
        let left = if left.events.is_empty() { left } else { self.submit_reads(left.events, now)? };
        if left.events.is_empty() { Ok(()) } else { Err(LedgerError::Unrecorded(left.why)) }
    }

    /// One commitment for the whole answer: it is one origin, and one salt tells no more than that.
    fn commit_origin(&self) -> Result<Digest, LedgerError> {
        let mut salt = [0; limits::SALT_BYTES];
        self.ledger.core.host.entropy.fill(&mut salt).map_err(LedgerError::Entropy)?;
        let value = Value::Text(self.asker.origin.as_str().to_owned());
        let digest = commit(ORIGIN, &value, &salt);
        let opening = Opening { path: ORIGIN.to_owned(), value: value_to_cbor(&value), salt };
        self.ledger.core.vault.put_all(std::iter::once((&digest.0, &opening)))?;
        Ok(digest)
    }

    fn used(
        &self,
        subject: Subject,
        env: Env,
        records: u64,
        task: &str,
        origin: &Digest,
        now: Timestamp,
    ) -> Result<Event, LedgerError> {
        let text = |text: &str| text.parse::<Text>().map_err(|error| LedgerError::Own(error.to_string()));
        let account = match &self.asker.reader {
            Reader::Actor(actor) | Reader::Operator(Some(actor)) => actor.as_str(),
            Reader::Anyone => ANYONE,
            Reader::Operator(None) => OPERATOR,
        };
        let body = AccessUsed {
            account: Some(text(account)?),
            origin: None,
            task: Some(text(task)?),
            purpose: self.asker.purpose.clone().map_or_else(|| text(PURPOSE), Ok)?,
            grant: None,
            data_subject: None,
            records: Some(records),
            download: false,
        };
        Ok(Event {
            subject,
            env: Some(env),
            inputs: Vec::new(),
            outputs: Vec::new(),
            time: now,
            body: Body::AccessUsed(body),
            facets: Map::new(),
            commitments: vec![Commitment { path: ORIGIN.to_owned(), digest: *origin }],
            imported: false,
            claimed_by: None,
        })
    }

    /// Signs the events by the log's newest key and has them recorded; those that were not.
    fn submit_reads(&self, events: Vec<Event>, now: Timestamp) -> Result<Left, LedgerError> {
        let core = &*self.ledger.core;
        let pen = core.read_state(|state, head| core.pen(state, head.size))??;
        let author = Author { actor: ActorId::ledger(), key: pen.secret().clone(), audience: None };
        let seconds = u64::try_from(now.0.div_euclid(1_000)).unwrap_or_default();
        let mut statements = Vec::new();
        for part in events.chunks(limits::READS_PER_STATEMENT_MAX) {
            // Two equal reads in one moment are two statements, so that both are counted.
            let mut id = [0; 16];
            core.host.entropy.fill(&mut id).map_err(LedgerError::Entropy)?;
            let signed = author.sign(part, seconds, Some(&id));
            statements.push(signed.map_err(|error| LedgerError::Own(error.to_string()))?);
        }
        let verdicts = self.ledger.admit_all(statements).map_err(|busy| LedgerError::Unrecorded(busy.to_string()))?;
        let mut left = Left::default();
        for (part, verdict) in events.chunks(limits::READS_PER_STATEMENT_MAX).zip(verdicts) {
            left.why = match verdict {
                Verdict::Recorded { .. } => continue,
                Verdict::Invalid(rejection) => rejection.to_string(),
                Verdict::Refused { reasons, .. } => {
                    let reasons: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
                    reasons.join("; ")
                }
                Verdict::Failed(why) => return Err(LedgerError::Stopped(why)),
            };
            left.events.extend_from_slice(part);
        }
        Ok(left)
    }
}

/// The reads that were not recorded, and why.
#[derive(Default)]
struct Left {
    events: Vec<Event>,
    why: String,
}
