//! What `decide` is given when it decides again: the policies and plugins of the time. Verdicts that depended on the
//! machine, then or now, are taken from the log, and noted.

use super::{ATTEMPTS, rows::Heard};
use crate::{
    codec::cbor,
    decide::{Context, PolicySource, Signed, Validators},
    event::{
        Body, Digest, Event, Text, Timestamp,
        body::{PluginWorld, VerdictWord},
    },
    ledger::Ground,
    plugin::{Cause, Class, Cost, EventView, Fault, Finding, Judged, Label, Severity, Verdict},
    policy::Policy,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The hand that gives, for one statement.
pub(super) struct Hand<'a> {
    ground: &'a Arc<Ground>,
    validators: Box<dyn Validators>,
    statement: Signed<'a>,
    /// What the log says that plugins said, by the position of the event. Positions that it does not speak of are not
    /// there.
    heard: BTreeMap<u32, Vec<Heard>>,
    /// The profile of the engine then.
    engine: Option<&'a str>,
    noted: RefCell<Noted>,
}

/// What was noted on the way.
#[derive(Default)]
pub(super) struct Noted {
    /// Verdicts that were taken from the log, by position and place, and why.
    pub(super) taken: BTreeMap<(u32, usize), String>,
    /// Why the statement cannot be decided again.
    pub(super) blocked: Option<String>,
    /// How many verdicts each event was given.
    given: BTreeMap<u32, usize>,
}

impl Noted {
    pub(super) fn places(&self) -> BTreeSet<(u32, usize)> {
        self.taken.keys().copied().collect()
    }
}

impl<'a> Hand<'a> {
    pub(super) fn new(
        ground: &'a Arc<Ground>,
        index: u64,
        statement: Signed<'a>,
        heard: BTreeMap<u32, Vec<Heard>>,
        engine: Option<&'a str>,
    ) -> Self {
        let (validators, noted) = (ground.validators(index), RefCell::default());
        Self { ground, validators, statement, heard, engine, noted }
    }

    /// The context of the decision.
    pub(super) fn context(&self, index: u64, t: Timestamp, rules: u32) -> Context<'_> {
        Context { policies: self, index, t, rules, validators: Some(self) }
    }

    pub(super) fn into_noted(self) -> Noted {
        self.noted.into_inner()
    }

    fn block(&self, why: String) {
        self.noted.borrow_mut().blocked.get_or_insert(why);
    }

    fn run(&self, component: &Digest, settings: &str, event: &Event, view: &EventView) -> Judged {
        let mut judged = self.validators.validate(component, settings, event, view);
        for _ in 1..ATTEMPTS {
            if word(&judged) != VerdictWord::Indeterminate {
                break;
            }
            judged = self.validators.validate(component, settings, event, view);
        }
        judged
    }

    /// A verdict as the log has it: with its findings, if they are at hand.
    fn as_recorded(&self, component: &Digest, heard: &Heard) -> Judged {
        let fault = |cause| Err(Fault { plugin: Label { name: None, component: *component }, call: "validate", cause });
        let outcome = match heard.word {
            VerdictWord::Abstain => Ok(Verdict::Abstain),
            VerdictWord::Accept => Ok(Verdict::Accept(Vec::new())),
            VerdictWord::Reject => Ok(Verdict::Reject(self.findings(heard))),
            VerdictWord::Fault => fault(Cause::Trap { what: "as the log says".into() }),
            VerdictWord::Indeterminate => fault(Cause::Host { what: "as the log says".into() }),
        };
        Judged { outcome, cost: Cost::default() }
    }

    fn findings(&self, heard: &Heard) -> Vec<Finding> {
        let bytes = heard.findings.and_then(|digest| self.ground.blobs().get(&digest.0).ok());
        let kept: Option<Vec<Finding>> = bytes.and_then(|bytes| cbor::decode(&bytes).ok());
        kept.filter(|findings| !findings.is_empty()).unwrap_or_else(|| {
            let text = |text: &str| text.parse().ok();
            let (code, message) = (text("not-at-hand"), text("the finding is not at hand"));
            let one = code.zip(message).map(|(code, message)| Finding {
                code,
                severity: Severity::Info,
                message,
                pointer: None,
                evidence: Vec::new(),
                attributes: BTreeMap::new(),
            });
            one.into_iter().collect()
        })
    }

    /// Why a verdict is not the log's to compare: one of both depended on a machine.
    fn reason(&self, heard: &Heard, judged: &Judged) -> Option<String> {
        let word = word(judged);
        if let (VerdictWord::Indeterminate, Err(fault)) = (word, &judged.outcome) {
            return Some(format!("the validator gives no verdict here: {}", fault.cause));
        }
        let same = heard.word == word
            && heard.fault.as_ref().map(Text::as_str) == judged.outcome.as_ref().err().map(Fault::code);
        let faults = [heard.word, word].contains(&VerdictWord::Fault) && !same;
        let ours = self.ground.engine();
        (faults && ours.as_deref() != self.engine).then(|| {
            let profile = |profile: Option<&str>| profile.unwrap_or("none").to_owned();
            let (then, now) = (profile(self.engine), profile(ours.as_deref()));
            format!("a fault under the limits {then}, which are {now} here")
        })
    }
}

fn word(judged: &Judged) -> VerdictWord {
    match &judged.outcome {
        Ok(Verdict::Abstain) => VerdictWord::Abstain,
        Ok(Verdict::Accept(_)) => VerdictWord::Accept,
        Ok(Verdict::Reject(_)) => VerdictWord::Reject,
        Err(fault) if fault.class() == Class::Indeterminate => VerdictWord::Indeterminate,
        Err(_) => VerdictWord::Fault,
    }
}

impl PolicySource for Hand<'_> {
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>> {
        let found = self.ground.policies().policy(digest);
        if found.is_none() {
            self.block(format!("the policy bundle {digest} is not at hand, or does not load"));
        }
        found
    }
}

impl Validators for Hand<'_> {
    fn described(&self, component: &Digest) -> Result<(PluginWorld, Vec<String>), String> {
        self.validators.described(component).or_else(|why| {
            self.block(why);
            // What the statement says of it stands until somebody has the component.
            let claims = self.statement.events.iter().find_map(|event| match &event.body {
                Body::PluginPublished(body) if body.component == *component => Some(body),
                _ => None,
            });
            let claims = claims.map(|body| (body.world, body.capabilities.iter().map(|one| one.as_str().to_owned())));
            claims.map(|(world, capabilities)| (world, capabilities.collect())).ok_or_else(String::new)
        })
    }

    fn check_settings(&self, component: &Digest, settings: &str) -> Result<Vec<String>, String> {
        self.validators.check_settings(component, settings).or_else(|why| {
            self.block(why);
            Ok(Vec::new())
        })
    }

    fn validate(&self, component: &Digest, settings: &str, event: &Event, view: &EventView) -> Judged {
        let position = view.position();
        let place = {
            let mut noted = self.noted.borrow_mut();
            let given = noted.given.entry(position).or_default();
            *given += 1;
            *given - 1
        };
        let heard = self.heard.get(&position).and_then(|heard| heard.get(place));
        let heard = heard.filter(|heard| heard.plugin.component == *component);
        let take = |why: String, heard: &Heard| {
            self.noted.borrow_mut().taken.insert((position, place), why);
            self.as_recorded(component, heard)
        };
        match heard {
            Some(heard) if heard.word == VerdictWord::Indeterminate => {
                take("the validator gave no verdict, for a reason of the ledger's host".into(), heard)
            }
            Some(heard) => {
                let judged = self.run(component, settings, event, view);
                match self.reason(heard, &judged) {
                    Some(why) => take(why, heard),
                    None => judged,
                }
            }
            None => {
                let judged = self.run(component, settings, event, view);
                if let (false, Err(fault)) = (self.heard.contains_key(&position), &judged.outcome)
                    && fault.class() == Class::Indeterminate
                {
                    self.block(format!("event {position}: {fault}"));
                }
                judged
            }
        }
    }
}
