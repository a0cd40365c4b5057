//! A small ledger in which plugins are published, bound and approved.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::house::{self, House, author, dataset, found};
use sagwan::{
    event::{
        Body, Digest, Env, Event, Reference, Subject,
        body::{PluginApproved, PluginBound, PluginPublished, PluginUnbound, Seal, Stage},
    },
    ledger::{Author, Verdict},
};
use tempfile::TempDir;

pub struct Town {
    pub house: House,
    pub engineer: Author,
    _folder: TempDir,
}

/// Settings of a binding that enforces on datasets.
pub fn on_datasets(component: Digest, mode: Stage) -> PluginBound {
    PluginBound {
        component,
        mode,
        settings: None,
        kinds: vec!["dataset.registered".parse().unwrap()],
        subjects: Vec::new(),
        environments: vec![Env::Dev],
        fail_open: false,
    }
}

impl Town {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let house = found(&folder.path().join("ledger"));
        let engineer = author("user:dana", 10);
        house.enrol(&engineer, "role:data-engineer");
        Self { house, engineer, _folder: folder }
    }

    /// Takes a component in and publishes it; its digest.
    pub fn publish(&self, name: &str, component: &[u8]) -> Digest {
        let described = self.house.ledger().register_plugin(component).unwrap();
        let capabilities = described.capabilities.iter().map(|name| name.to_string().parse().unwrap()).collect();
        let body = PluginPublished { component: described.component, world: described.world, capabilities };
        let event = self.house.event(&format!("plugin/{name}"), None, Body::PluginPublished(body));
        self.house.record(&self.house.officers[0], &[event]);
        described.component
    }

    /// Binds, and has it approved by the other officer; the identity of the binding.
    pub fn bind(&self, name: &str, body: PluginBound) -> Digest {
        let binding = self.bound(name, body);
        self.approve(name, binding, 1);
        binding
    }

    /// Binds, without approval.
    pub fn bound(&self, name: &str, body: PluginBound) -> Digest {
        let event = self.house.event(&format!("plugin/{name}"), None, Body::PluginBound(body));
        match self.house.submit(&self.house.officers[0], &[event]) {
            Verdict::Recorded { identity, .. } => identity,
            other => panic!("not recorded: {other:?}"),
        }
    }

    pub fn approve(&self, name: &str, binding: Digest, officer: usize) {
        let body = Body::PluginApproved(PluginApproved { binding });
        let event = self.house.event(&format!("plugin/{name}"), None, body);
        self.house.submit(&self.house.officers[officer], &[event]);
    }

    pub fn unbind(&self, name: &str, binding: Digest) {
        let body = Body::PluginUnbound(PluginUnbound { binding, reason: "it did its work".parse().unwrap() });
        let event = self.house.event(&format!("plugin/{name}"), None, body);
        self.house.record(&self.house.officers[0], &[event]);
    }

    /// A dataset that claims to have been registered so much after now.
    pub fn dataset(&self, name: &str, ms_ahead: i64) -> Event {
        let mut event = self.house.event(&format!("dataset/{name}"), Some(Env::Dev), dataset(false));
        event.time = event.time.plus_ms(ms_ahead);
        event
    }

    pub fn submit(&self, event: Event) -> Verdict {
        self.house.submit(&self.engineer, &[event])
    }

    /// The seal of a record.
    pub fn seal(&self, index: u64) -> Seal {
        let at = self.house.ledger().record(index).unwrap().seal;
        match self.house.ledger().record(at).unwrap().events.remove(0).body {
            Body::Seal(seal) => seal,
            other => panic!("no seal: {other:?}"),
        }
    }

    pub fn knows(&self, subject: &str) -> bool {
        let subject: Subject = subject.parse().unwrap();
        self.house.ledger().state(|state| state.subject(&subject).is_some()).unwrap()
    }
}

pub fn model() -> Body {
    let text = format!(
        r#"{{"kind":"model.registered","subject":"model/x","env":"dev","body":{{"artifact":"sha256:{}"}}}}"#,
        "ab".repeat(32)
    );
    sagwan::codec::event::from_json(&text, sagwan::event::Timestamp(START_MS)).unwrap().body
}

pub fn input(subject: &str) -> Reference {
    Reference { subject: subject.parse().unwrap(), digest: None, external: false }
}

pub use house::START_MS;
