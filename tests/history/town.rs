//! A real ledger with the people of the random histories in it.

use crate::{
    house::{TestClock, options},
    random::{Random, random_event, random_signer},
    world::{START, STRICT, event, key_proof, secret, who},
};
use sagwan::{
    event::{Body, Digest, Event},
    ledger::{Author, Clock as _, Founding, Host, Ledger, Verdict, key_entry},
    policy::Bundle,
    state::{Position, State},
};
use serde_json::json;
use std::{path::Path, sync::Arc};

pub struct Town {
    pub ledger: Ledger,
    pub clock: Arc<TestClock>,
}

fn author(name: &str) -> Author {
    let (_, actor, seed) = who(name);
    Author { actor: actor.parse().unwrap(), key: secret(seed), audience: None }
}

/// Lets some events name others about whom policy is asked too: whom a gateway speaks for, whose account was used.
fn ask_about_others(random: &mut Random, event: &mut Event) {
    if let Body::AccessUsed(body) = &mut event.body
        && random.below(2) == 0
    {
        body.grant = None;
    }
    if random.below(6) == 0 {
        event.claimed_by = who(random_signer(random)).1.parse().ok();
    }
}

impl Town {
    /// A ledger in `folder` with everybody enrolled, in his role, in every environment.
    pub fn found(folder: &Path) -> Self {
        let clock = TestClock::at(START.0);
        let host = Host { clock: clock.clone(), ..Host::real() };
        let officers = ["olga", "otto"].map(author);
        let officers = officers
            .iter()
            .map(|officer| sagwan::event::body::Officer { actor: officer.actor.clone(), key: key_entry(&officer.key) });
        let founding = Founding {
            origin: "example.org/test".parse().unwrap(),
            officers: officers.collect(),
            quorum: 1,
            policy: Bundle::embedded(),
            log_key: secret(8),
        };
        let ledger = Ledger::create(folder, founding, &options(), &host).unwrap();
        ledger.blobs().put(&STRICT.to_bytes()).unwrap();
        let town = Self { ledger, clock };
        let roles = [
            ("bea", "business-stakeholder"),
            ("dan", "data-engineer"),
            ("ada", "data-scientist"),
            ("mel", "ml-engineer"),
            ("ci", "pipeline"),
        ];
        for (name, role) in roles {
            let (_, actor, seed) = who(name);
            let subject = format!("actor/{actor}");
            let mut events =
                vec![json!({"kind": "actor.enrolled", "subject": subject, "body": {"key": key_proof(actor, seed)}})];
            for env in ["dev", "staging", "prod"] {
                let body = json!({"role": format!("role:{role}")});
                events.push(json!({"kind": "role.assigned", "subject": subject, "env": env, "body": body}));
            }
            let events: Vec<Event> = events.iter().map(|json| event(json, START)).collect();
            let verdict = town.submit("olga", &events);
            assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
        }
        town
    }

    pub fn submit(&self, name: &str, events: &[Event]) -> Verdict {
        let seconds = u64::try_from(self.clock.now().0 / 1_000).unwrap();
        self.ledger.admit(author(name).sign(events, seconds, None).unwrap()).unwrap()
    }

    /// A run in dev by one actor, ended by another, and the model that came of it, registered by a third.
    pub fn a_model_is_made(&self) {
        let t = self.clock.now();
        let run = json!([{"subject": "run/1"}]);
        for (name, kind, subject, body, more) in [
            ("ada", "run.started", "run/1", json!({"trigger": "manual"}), None),
            ("ci", "run.completed", "run/1", json!({}), Some(("outputs", json!([{"subject": "model/m@1"}])))),
            (
                "mel",
                "model.registered",
                "model/m@1",
                json!({"artifact": Digest([0; 32]).to_string()}),
                Some(("inputs", run)),
            ),
        ] {
            let mut json = json!({"kind": kind, "subject": subject, "env": "dev", "body": body});
            if let Some((field, value)) = more {
                json[field] = value;
            }
            let verdict = self.submit(name, &[event(&json, t)]);
            assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
        }
    }

    /// A random statement by a random signer, sometimes the approval of a plugin that was bound.
    pub fn step(&self, random: &mut Random) -> Verdict {
        let t = self.clock.now();
        let count = if random.below(3) == 0 { random.below(3) + 2 } else { 1 };
        let name = random_signer(random);
        let mut events: Vec<Event> = (0..count).map(|_| random_event(random, t, false)).collect();
        events.iter_mut().for_each(|event| ask_about_others(random, event));
        let verdict = self.submit(name, &events);
        if let Verdict::Recorded { identity, .. } = &verdict
            && random.below(2) == 0
        {
            let kind = *random.pick(&["plugin.approved", "plugin.unbound"]);
            let mut body = json!({"binding": identity.to_string()});
            if kind == "plugin.unbound" {
                body["reason"] = "r".into();
            }
            if events.iter().any(|event| event.kind().as_str() == "plugin.bound") {
                self.submit("otto", &[event(&json!({"kind": kind, "subject": "plugin/a", "body": body}), t)]);
            }
        }
        self.clock.advance(random.below(4) as i64 * 1_300_000);
        verdict
    }

    /// Folds the record at `index` onto the state before it.
    pub fn fold_one(&self, state: &mut State, index: u64) {
        let record = self.ledger.record(index).unwrap();
        for (event, position) in record.events.iter().zip(0..) {
            let at = Position { index, t: record.t, position, identity: record.identity };
            state.apply(at, &record.actor, &record.kid, event);
        }
    }
}
