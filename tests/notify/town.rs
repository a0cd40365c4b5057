//! A ledger, a webhook, and its courier.

use crate::house::{House, author, dataset, found};
use sagwan::{
    event::{Body, Env, Kind, body::NotificationRecorded},
    ledger::{Author, Query},
    notify::{Courier, Secret, Store, Turn, WebhookConfig, endpoints},
};
use std::{path::PathBuf, sync::atomic::AtomicBool};
use tempfile::TempDir;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub struct Town {
    dir: TempDir,
    pub house: House,
    pub dana: Author,
    /// The lines of the webhook's section.
    pub settings: String,
}

impl Town {
    pub fn new(url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secret"), format!("{SECRET}\n")).unwrap();
        let house = found(&dir.path().join("ledger"));
        let dana = author("user:dana", 10);
        house.enrol(&dana, "role:data-engineer");
        let settings = format!(
            "name = \"pipeline\"\nurl = \"{url}\"\nsecret_file = \"secret\"\nkinds = [\"dataset.*\"]\n\
             allow_private = true\nattempts = 3\nretry_ms = 1000\n"
        );
        Self { dir, house, dana, settings }
    }

    pub fn set(&mut self, from: &str, to: &str) {
        assert!(self.settings.contains(from), "{from}");
        self.settings = self.settings.replace(from, to);
    }

    pub fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    pub fn secret_file(&self) -> PathBuf {
        self.dir.path().join("secret")
    }

    pub fn courier(&self) -> Courier {
        let section: WebhookConfig = toml::from_str(&self.settings).unwrap();
        let endpoint = endpoints(&[section], self.dir.path()).unwrap().remove(0);
        Courier::open(self.house.ledger().clone(), endpoint).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::new(self.house.ledger().folder(), "pipeline")
    }

    /// Records a dataset; its index.
    pub fn dataset(&self, name: &str, env: Env) -> u64 {
        self.house.record(&self.dana, &[self.house.event(&format!("dataset/{name}"), Some(env), dataset(false))])
    }

    /// What the ledger recorded of notifications.
    pub fn told(&self) -> Vec<NotificationRecorded> {
        let query = Query { kind: Some(Kind::NotificationRecorded), limit: 1_000, ..Query::default() };
        let records = self.house.ledger().query(&query).unwrap().records;
        let events = records.into_iter().flat_map(|record| record.events);
        let bodies = events.map(|event| match event.body {
            Body::NotificationRecorded(body) => body,
            other => panic!("{other:?}"),
        });
        bodies.collect()
    }
}

pub fn turn(courier: &mut Courier) -> Turn {
    courier.turn(&AtomicBool::new(false)).unwrap()
}

pub fn did(found: u64, delivered: u64, failed: u64, dead: u64) -> Turn {
    Turn { found, delivered, failed, dead }
}
