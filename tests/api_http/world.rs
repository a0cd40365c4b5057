//! A ledger with people in it, and a server in front of it.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};

use sagwan::{
    codec::event::from_json_value,
    crypto::{PublicKey, SecretKey},
    event::{Event, Timestamp, body::Officer},
    ledger::{Author, Founding, Host, Ledger, Options, Verdict, key_entry},
    policy::Bundle,
    server::{GatewayConfig, Notices, Scope, ServerConfig, ServerError, Token, Tokens, serve},
    verify::LogKeys,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::Client;

pub const ORIGIN: &str = "example.org/api-test";

/// A token of all scopes, in the name of `user:engineer`.
pub const TOKEN: &str = "token-of-the-engineer";
/// A token of all scopes, in the name of `user:officer`, who may read everything.
pub const OFFICER: &str = "token-of-the-officer";
/// A token that may only read, in the name of `user:officer`.
pub const READ_ONLY: &str = "token-that-reads";
/// A token whose actor has no role.
pub const STRANGER: &str = "token-of-a-stranger";
/// A token that has expired.
pub const EXPIRED: &str = "token-of-yesterday";

/// An author with a key that follows from his name.
pub fn author(actor: &str) -> Author {
    let key = SecretKey::from_seed(&Sha256::digest(actor).into());
    Author { actor: actor.parse().unwrap(), key, audience: None }
}

/// An event from JSON; its time is now.
pub fn event(json: Value) -> Event {
    from_json_value(&json, now()).unwrap()
}

pub fn now() -> Timestamp {
    Host::real().clock.now()
}

/// One event as a Signed Statement of now.
pub fn sign(author: &Author, json: Value) -> Vec<u8> {
    author.sign(&[event(json)], u64::try_from(now().0 / 1_000).unwrap(), None).unwrap()
}

/// An event about a dataset that anybody in these tests may record.
pub fn dataset(name: &str) -> Value {
    json!({"kind": "dataset.registered", "subject": format!("dataset/{name}"), "env": "dev", "body": {
        "digest": format!("sha256:{:064}", 1), "source": "https://example.org/data", "purpose": "tests", "legal_basis": "none",
    }})
}

fn enrol(whom: &Author) -> Value {
    let key = serde_json::to_value(whom.enrolment()).unwrap();
    json!({"kind": "actor.enrolled", "subject": format!("actor/{}", whom.actor), "body": {"key": key}})
}

fn assign(whom: &str, role: &str, env: &str) -> Value {
    json!({"kind": "role.assigned", "subject": format!("actor/{whom}"), "env": env, "body": {"role": role}})
}

/// A server, its ledger's folder and its people.
pub struct World {
    pub address: SocketAddr,
    pub client: Client,
    pub folder: TempDir,
    pub log_key: PublicKey,
    pub notices: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
}

/// A ledger with an officer, an engineer with a role, a stranger without one, and a gateway.
pub fn ledger(folder: &TempDir) -> (Ledger, PublicKey) {
    ledger_with(folder, &Options::default())
}

pub fn ledger_with(folder: &TempDir, options: &Options) -> (Ledger, PublicKey) {
    let officer = author("user:officer");
    let log_key = SecretKey::from_seed(&[7; 32]);
    let public = log_key.public().clone();
    let founding = Founding {
        origin: ORIGIN.parse().unwrap(),
        officers: vec![Officer { actor: officer.actor.clone(), key: key_entry(&officer.key) }],
        quorum: 1,
        policy: Bundle::embedded(),
        log_key,
    };
    let ledger = Ledger::create(&folder.path().join("ledger"), founding, options, &Host::real()).unwrap();
    let people = ["user:engineer", "user:stranger", "service:gateway"];
    let mut events: Vec<Value> = people.iter().map(|name| enrol(&author(name))).collect();
    events.push(assign("user:engineer", "role:data-engineer", "dev"));
    events.push(assign("user:engineer", "role:data-engineer", "prod"));
    events.push(assign("service:gateway", "role:data-engineer", "dev"));
    events.push(assign("service:gateway", "role:data-engineer", "prod"));
    for event in events {
        let said = format!("{event}");
        let verdict = ledger.admit(sign(&officer, event)).unwrap();
        assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?} of {said}");
    }
    (ledger, public)
}

pub fn tokens() -> Tokens {
    let token = |text: &str, actor: &str, scopes: &[Scope], expires| Token {
        sha256: sagwan::event::Digest(Sha256::digest(text).into()),
        actor: actor.parse().unwrap(),
        scopes: scopes.to_vec(),
        expires,
    };
    let all = [Scope::Read, Scope::Record, Scope::Metrics];
    Tokens {
        token: vec![
            token(TOKEN, "user:engineer", &all, None),
            token(OFFICER, "user:officer", &all, None),
            token(READ_ONLY, "user:officer", &[Scope::Read], None),
            token(STRANGER, "user:stranger", &all, None),
            token(EXPIRED, "user:engineer", &all, Some(Timestamp(1_000))),
        ],
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server whose settings are changed by `change`.
    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, log_key) = ledger(&folder);
        Self::serve(folder, ledger, log_key, change)
    }

    pub fn serve(folder: TempDir, ledger: Ledger, log_key: PublicKey, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        std::fs::write(path("tokens.toml"), toml::to_string(&tokens()).unwrap()).unwrap();
        std::fs::write(path("gateway.pem"), author("service:gateway").key.to_pem().as_bytes()).unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&notices);
        let mut config = ServerConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            tokens: Some(path("tokens.toml")),
            gateway: Some(GatewayConfig { actor: author("service:gateway").actor, key: path("gateway.pem") }),
            notices: Notices::to(move |line| sink.lock().unwrap().push(line.to_owned())),
            ..ServerConfig::default()
        };
        change(&mut config);
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = sagwan::server::runtime(&config)?;
            let shutdown = async move { drop(stopped.await) };
            runtime.block_on(serve(ledger, config, move |address| sender.send(address).unwrap(), shutdown))
        });
        let Ok(address) = receiver.recv() else {
            panic!("{:?}", thread.join().unwrap());
        };
        let client = Client::new(format!("{scheme}://localhost:{}", address.port()));
        Self { address, client, folder, log_key, notices, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks the server to stop, without waiting.
    pub fn ask_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub fn stop(mut self) -> (TempDir, Result<(), ServerError>) {
        self.ask_to_stop();
        let result = self.thread.take().unwrap().join().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (folder, result)
    }

    /// What an auditor pins.
    pub fn log_keys(&self) -> LogKeys {
        LogKeys::new(ORIGIN, std::slice::from_ref(&self.log_key)).unwrap()
    }

    /// Records an event of the engineer and gives its index.
    #[track_caller]
    pub fn record(&self, json: Value) -> u64 {
        let statement = sign(&author("user:engineer"), json);
        let answer = self.client.post("/api/v1/statements", &[("content-type", "application/cose")], &statement);
        answer.is(201).json()["index"].as_u64().unwrap()
    }

    /// What the officer reads.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        self.client.get(path, &[bearer(OFFICER)]).is(200).json()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            let result = thread.join();
            if !std::thread::panicking() {
                result.unwrap().unwrap();
            }
        }
    }
}

/// The header of a token.
pub fn bearer(token: &'static str) -> (&'static str, &'static str) {
    let header: &'static str = match token {
        TOKEN => "Bearer token-of-the-engineer",
        OFFICER => "Bearer token-of-the-officer",
        READ_ONLY => "Bearer token-that-reads",
        STRANGER => "Bearer token-of-a-stranger",
        EXPIRED => "Bearer token-of-yesterday",
        _ => "Bearer nobody-knows-it",
    };
    ("authorization", header)
}
