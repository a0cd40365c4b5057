//! A small world to decide in: two officers, one actor for each other role, a pipeline, the embedded policy.

use sagwan::{
    codec::event::from_json_value,
    crypto::{SecretKey, possession_message},
    decide::{Context, Invalid, PolicySource, RULES_VERSION, Ruling, Signed, decide},
    event::{ActorId, Digest, Event, Timestamp},
    policy::{Bundle, Policy},
    state::State,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// 2026-01-31T09:00:00Z.
pub const START: Timestamp = Timestamp(1_769_850_000_000);

/// The policies at hand: the embedded one, and those that differ from it in one thing.
pub struct Policies(BTreeMap<Digest, Arc<Policy>>);

impl PolicySource for Policies {
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>> {
        self.0.get(digest).cloned()
    }
}

pub static EMBEDDED: LazyLock<Digest> = LazyLock::new(|| Bundle::embedded().digest());

/// The embedded bundle with every scope enforced.
pub static STRICT: LazyLock<Bundle> = LazyLock::new(|| {
    let mut files = Bundle::embedded().files().clone();
    files.insert(
        "stages.toml".into(),
        b"[default]\ndev = \"enforce\"\nstaging = \"enforce\"\nprod = \"enforce\"\n".to_vec(),
    );
    Bundle::from_files(files).unwrap()
});

/// The embedded bundle with something after the first `from` of a file.
fn embedded_with(file: &str, from: &str, to: &str) -> Bundle {
    let mut files = Bundle::embedded().files().clone();
    let text = String::from_utf8(files[file].clone()).unwrap();
    assert!(text.contains(from), "{from} in {file}");
    files.insert(file.into(), text.replacen(from, to, 1).into_bytes());
    Bundle::from_files(files).unwrap()
}

/// A senior engineer has the rights of an engineer, by a role link, and of engineers there may be one.
pub static LINKED: LazyLock<Bundle> = LazyLock::new(|| {
    let mut files =
        embedded_with("vocabulary.toml", "roles = [", "roles = [\n    \"role:senior-engineer\",").files().clone();
    let mut add = |file: &str, text: &str| files.get_mut(file).unwrap().extend_from_slice(text.as_bytes());
    add("rules/ml-engineering.csv", "g, role:senior-engineer, role:ml-engineer, *, senior-is-engineer\n");
    add("constraints.toml", "\n[[role-maximum]]\nid = \"max-engineer\"\nrole = \"role:ml-engineer\"\nat-most = 1\n");
    Bundle::from_files(files).unwrap()
});

/// Officers may not approve policies any more: whatever comes after it could never be approved.
pub static FROZEN: LazyLock<Bundle> = LazyLock::new(|| {
    let row = "p, role:governance-officer, *, policy/*, approve, allow, go-policy-approve\n";
    embedded_with("rules/governance.csv", row, "")
});

pub static POLICIES: LazyLock<Policies> = LazyLock::new(|| {
    let bundles = [Bundle::embedded(), STRICT.clone(), LINKED.clone(), FROZEN.clone()];
    let load = |bundle: &Bundle| (bundle.digest(), Arc::new(Policy::load(bundle).unwrap()));
    Policies(bundles.iter().map(load).collect())
});

/// Who is who; the number is the seed of the first key.
pub const PEOPLE: [(&str, &str, u8); 8] = [
    ("olga", "user:olga", 1),
    ("otto", "user:otto", 2),
    ("bea", "user:bea", 3),
    ("dan", "user:dan", 4),
    ("ada", "user:ada", 5),
    ("mel", "user:mel", 6),
    ("ci", "service:ci", 7),
    ("log", "service:ledger", 8),
];

pub fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub fn kid(seed: u8) -> Digest {
    Digest(secret(seed).public().thumbprint())
}

/// A key entry in JSON.
pub fn key_entry(seed: u8) -> Value {
    json!({"algorithm": "ed25519", "public": hex::encode(secret(seed).public().raw())})
}

/// A key entry with the proof that `actor` holds it.
pub fn key_proof(actor: &str, seed: u8) -> Value {
    let message = possession_message(actor, &kid(seed).0);
    json!({"key": key_entry(seed), "possession": hex::encode(secret(seed).sign(&message))})
}

pub fn event(json: &Value, t: Timestamp) -> Event {
    from_json_value(json, t).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A state, and what a ledger would pass in beside it.
#[derive(Clone)]
pub struct World {
    pub state: State,
    pub index: u64,
    pub t: Timestamp,
    /// What was recorded, for a second fold.
    pub recorded: Vec<(u64, Timestamp, ActorId, Digest, Digest, Vec<Event>)>,
    statements: u64,
}

impl World {
    /// Before the first record.
    pub fn empty() -> Self {
        Self { state: State::new(), index: 0, t: START, recorded: Vec::new(), statements: 0 }
    }

    /// With `ledger.created` and nothing more.
    pub fn created() -> Self {
        let mut world = Self::empty();
        let ruling = world.sign("log", &[event(&creation(), START)]).unwrap();
        assert!(ruling.is_recorded(), "{ruling:?}");
        world
    }

    /// With everybody enrolled, in his role, in every environment.
    pub fn new() -> Self {
        let mut world = Self::created();
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
                // A scientist may not be an engineer in prod, and nobody here is both.
                events.push(json!({"kind": "role.assigned", "subject": subject, "env": env, "body": body}));
            }
            let events: Vec<Event> = events.iter().map(|json| event(json, START)).collect();
            let ruling = world.sign("olga", &events).unwrap();
            assert!(ruling.is_recorded() && ruling.events.iter().all(|one| one.reasons.is_empty()), "{ruling:?}");
        }
        world
    }

    /// Signs as `name`, with his first key.
    pub fn sign(&mut self, name: &str, events: &[Event]) -> Result<Ruling, Invalid> {
        let (_, actor, seed) = who(name);
        self.sign_with(actor, kid(seed), events)
    }

    pub fn sign_with(&mut self, actor: &str, kid: Digest, events: &[Event]) -> Result<Ruling, Invalid> {
        let actor: ActorId = actor.parse().unwrap();
        self.statements += 1;
        let identity = identity(self.statements);
        let context =
            Context { policies: &*POLICIES, index: self.index, t: self.t, rules: RULES_VERSION, validators: None };
        let signed = Signed { actor: &actor, kid, events, identity };
        let ruling = decide(&mut self.state, &context, &signed)?;
        if ruling.is_recorded() {
            self.recorded.push((self.index, self.t, actor, kid, identity, events.to_vec()));
            self.index += 1;
        }
        Ok(ruling)
    }

    /// The identity that the last statement had.
    pub fn last_identity(&self) -> Digest {
        identity(self.statements)
    }
}

fn identity(statement: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&statement.to_be_bytes());
    Digest(bytes)
}

pub fn who(name: &str) -> (&'static str, &'static str, u8) {
    *PEOPLE.iter().find(|(short, ..)| *short == name).unwrap_or_else(|| panic!("nobody is called {name}"))
}

pub fn creation() -> Value {
    json!({
        "kind": "ledger.created",
        "subject": "actor/service:ledger",
        "body": {
            "origin": "example.org/test",
            "officers": [{"actor": "user:olga", "key": key_entry(1)}, {"actor": "user:otto", "key": key_entry(2)}],
            "quorum": 1,
            "keys": [key_entry(8)],
            "policy": EMBEDDED.to_string(),
        },
    })
}
