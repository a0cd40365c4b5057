//! The one who writes the story down: signs each event as the one who did it, submits it, and keeps what became of it.
//! Where something else becomes of it than the story says, the demo stops: it shows nothing that did not happen.

use super::{data::Data, unexpected};
use crate::{
    cli::{failure::Done, ledger_failure, secret},
    codec::event as event_codec,
    decide::Reason,
    event::{ActorId, DataSubject, Decision, Digest, Event, Timestamp},
    ledger::{Author, Ledger, Verdict},
};
use serde_json::Value as Json;

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Recorded, and no rule was against it.
    Recorded,
    /// Recorded, although a rule would have refused it: its scope is in observe or warn.
    WouldDeny,
    /// Refused; a denial stands in its place.
    Refused,
}

/// One statement of the story and what became of it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Step {
    /// The log index of the record, or of the denial.
    pub index: u64,
    /// Who signed it.
    pub actor: String,
    /// The kinds of its events.
    pub kinds: Vec<String>,
    /// What its first event is about.
    pub subject: String,
    /// The environment of its first event; empty for the whole ledger.
    pub env: String,
    /// What became of it.
    pub fate: Fate,
    /// The rules that were against it, each with what it said.
    pub reasons: Vec<Why>,
}

/// A rule and what it said.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Why {
    /// The rule's id.
    pub rule: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A part of the story.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Chapter {
    /// What happens in it, with its numbers.
    pub title: String,
    /// Its statements, in order.
    pub steps: Vec<Step>,
}

/// A statement to be: who signs, what is to become of it, its events.
pub type Line<'a> = (&'a Author, Fate, Vec<Event>);

/// The story as it is being written.
pub struct Tale<'l> {
    /// Where it is written.
    pub ledger: &'l Ledger,
    /// What it is about.
    pub data: &'l Data,
    /// What is written.
    pub chapters: Vec<Chapter>,
}

impl Tale<'_> {
    /// Begins a chapter.
    pub fn chapter(&mut self, title: impl Into<String>) {
        self.chapters.push(Chapter { title: title.into(), steps: Vec::new() });
    }

    /// The ledger's own first record.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn founding(&mut self) -> Done {
        self.own(0)
    }

    /// A record that the ledger signed itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn own(&mut self, index: u64) -> Done {
        let record = self.ledger.record(index).map_err(|error| ledger_failure::of(&error))?;
        let step = Step::of(&record.actor, &record.events, index, Fate::Recorded, Vec::new());
        if let Some(chapter) = self.chapters.last_mut() {
            chapter.steps.push(step);
        }
        Ok(())
    }

    /// Now, by the ledger's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ledger.host().clock.now()
    }

    /// An event from its JSON form.
    ///
    /// # Errors
    /// When it is none.
    pub fn event(&self, json: &Json) -> Done<Event> {
        event_codec::from_json_value(json, self.now()).map_err(|error| unexpected(format!("{json}: {error}")))
    }

    /// One event, signed and submitted: its log index.
    ///
    /// # Errors
    /// When something else becomes of it than `fate`.
    pub fn tell(&mut self, author: &Author, fate: Fate, json: &Json) -> Done<u64> {
        let event = self.event(json)?;
        self.tell_all(&[(author, fate, vec![event])])
    }

    /// Statements that are submitted together, judged in their order: the log index of the last.
    ///
    /// # Errors
    /// When something else becomes of one than its `fate`.
    pub fn tell_all(&mut self, lines: &[Line<'_>]) -> Done<u64> {
        let now = u64::try_from(self.now().0 / 1_000).unwrap_or_default();
        let sign = |(author, _, events): &Line<'_>| {
            author.sign(events, now, None).map_err(|error| unexpected(format!("cannot sign: {error}")))
        };
        let statements = lines.iter().map(sign).collect::<Done<_>>()?;
        let verdicts = self.ledger.admit_all(statements).map_err(|error| unexpected(error.to_string()))?;
        let mut last = 0;
        for ((author, fate, events), verdict) in lines.iter().zip(verdicts) {
            let step = step(author, events, verdict)?;
            if step.fate != *fate {
                let what = step.kinds.join(", ");
                return Err(unexpected(format!(
                    "{} of {}: {:?} instead of {fate:?} {:?}",
                    what, step.actor, step.fate, step.reasons
                )));
            }
            last = step.index;
            if let Some(chapter) = self.chapters.last_mut() {
                chapter.steps.push(step);
            }
        }
        Ok(last)
    }

    /// Leaves a field out of an event: a commitment takes its place, and the vault keeps value and salt.
    ///
    /// # Errors
    /// When the event has no such field, or the disk fails.
    pub fn commit(&self, event: Event, path: &str) -> Done<Event> {
        let (event, openings) = secret::commit(event, &[path.to_owned()])?;
        secret::keep(self.ledger, openings.iter().collect())?;
        Ok(event)
    }

    /// A pseudonym of a data subject; the vault says who it is.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn pseudonym(&self, who: &str) -> Done<DataSubject> {
        secret::pseudonym(self.ledger, who)
    }

    /// Puts a value into `blobs/`: its digest.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn blob(&self, bytes: &[u8]) -> Done<Digest> {
        self.ledger.blobs().put(bytes).map(Digest).map_err(|error| ledger_failure::of_storage(&error))
    }
}

fn step(author: &Author, events: &[Event], verdict: Verdict) -> Done<Step> {
    let (index, fate, reasons) = match verdict {
        Verdict::Recorded { index, events, .. } => {
            let against = events.iter().any(|ruling| ruling.decision == Decision::Deny);
            let reasons: Vec<_> = events.into_iter().flat_map(|ruling| ruling.reasons).collect();
            (index, if against { Fate::WouldDeny } else { Fate::Recorded }, reasons)
        }
        Verdict::Refused { denial: Some(index), reasons, .. } => (index, Fate::Refused, reasons),
        Verdict::Refused { denial: None, .. } => return Err(unexpected("a refusal left no denial")),
        Verdict::Invalid(rejection) => return Err(unexpected(rejection.to_string())),
        Verdict::Failed(why) => return Err(unexpected(why)),
    };
    let why = |reason: Reason| Why { rule: reason.rule.to_string(), message: reason.message };
    Ok(Step::of(&author.actor, events, index, fate, reasons.into_iter().map(why).collect()))
}

impl Step {
    fn of(actor: &ActorId, events: &[Event], index: u64, fate: Fate, reasons: Vec<Why>) -> Self {
        let first = events.first();
        Self {
            index,
            actor: actor.to_string(),
            kinds: events.iter().map(|event| event.kind().to_string()).collect(),
            subject: first.map_or_else(String::new, |event| event.subject.to_string()),
            env: first.and_then(|event| event.env).map_or_else(String::new, |env| env.to_string()),
            fate,
            reasons,
        }
    }
}
