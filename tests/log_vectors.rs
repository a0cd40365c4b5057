//! A whole small log, pinned: the founding, a signed batch, a denial and their seals. It verifies from its bytes alone, and
//! fixed seeds give exactly these bytes. A change here is a change of the format, or of what is decided.
//!
//! `SAGWAN_WRITE_VECTORS=1 cargo test --test log_vectors` writes the files anew.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

#[path = "common/house.rs"]
mod house;

use house::{ORIGIN, START_MS, TestClock, author, dataset, enrolment, event, options};
use sagwan::{
    codec::{event::payload_from_cbor, statement::Statement},
    crypto::{Algorithm, PublicKey},
    event::{
        Body, Decision, Digest, Env, Event, Outcome, Timestamp,
        body::{KeyEntry, ModelPromoted, Seal},
    },
    ledger::{Author, Founding, Host, Ledger, Verdict},
    merkle::{BundleId, Frontier, TilePath, bundle_entries, encode_bundle, leaf_hash, tile_bytes},
    policy::Bundle,
    verify::{LogKeys, verify_checkpoint, verify_statement},
};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

const FILES: [&str; 5] = ["log-entries.bin", "log-tile.bin", "log-checkpoint.txt", "log-vkeys.txt", "log-leaves.txt"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// A policy that stays as it is, whatever becomes of the one that is compiled in.
fn policy() -> Bundle {
    let files = [
        ("model.conf", include_str!("../policies/model.conf")),
        (
            "vocabulary.toml",
            r#"roles = ["role:governance-officer", "role:data-engineer"]
environments = ["dev", "staging", "prod"]
actions = ["enroll", "assign-role", "register", "promote"]
purposes = ["audit"]
[objects]
actor = ["enroll", "assign-role"]
dataset = ["register"]
model = ["promote"]
"#,
        ),
        (
            "rules/officers.csv",
            "p, role:governance-officer, *, actor/*, enroll, allow, go-enroll\n\
             p, role:governance-officer, *, actor/*, assign-role, allow, go-assign\n",
        ),
        ("deny.csv", "p, role:data-engineer, prod, model/*, promote, deny, deny-promote\n"),
        (
            "constraints.toml",
            "[grants]\nlongest-hours = { dev = 1, staging = 1, prod = 1 }\n[break-glass]\nlongest-hours = 4\nreview-within-hours = 72\n",
        ),
        ("stages.toml", "[default]\ndev = \"observe\"\nstaging = \"warn\"\nprod = \"enforce\"\n"),
    ];
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    Bundle::from_files(files).unwrap()
}

/// The statements: an officer enrols Dana and registers a dataset, which no rule allows but dev only observes, all in one
/// signed batch; Dana promotes a model that nobody registered, which is refused.
fn statements(officer: &Author) -> Vec<Vec<u8>> {
    let dana = author("user:dana", 10);
    let at = u64::try_from(START_MS / 1_000).unwrap();
    let mut batch = enrolment(&dana, "role:data-engineer");
    batch.push(event(Timestamp(START_MS), "dataset/loans@1", Some(Env::Dev), dataset(false)));
    let promoted = Body::ModelPromoted(ModelPromoted { artifact: Digest([7; 32]), from: None, reason: None });
    let promoted = event(Timestamp(START_MS), "model/credit@1", Some(Env::Prod), promoted);
    vec![officer.sign(&batch, at, None).unwrap(), dana.sign(&[promoted], at, None).unwrap()]
}

/// The files, made by the ledger itself.
fn made() -> BTreeMap<&'static str, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let officer = author("user:officer", 1);
    let founding = Founding { policy: policy(), ..house::founding(std::slice::from_ref(&officer)) };
    let host = Host { clock: TestClock::at(START_MS), ..Host::real() };
    let ledger = Ledger::create(&dir.path().join("ledger"), founding, &options(), &host).unwrap();
    let verdicts = ledger.admit_all(statements(&officer)).unwrap();
    assert!(matches!(verdicts[0], Verdict::Recorded { index: 2, .. }), "{verdicts:?}");
    assert!(matches!(verdicts[1], Verdict::Refused { denial: Some(3), .. }), "{verdicts:?}");
    let head = ledger.head();
    let entries: Vec<_> = (0..head.size).map(|index| ledger.record(index).unwrap().bytes).collect();
    let vkeys = ledger.log_vkeys().unwrap().join("\n") + "\n";
    let line = |(index, entry): (usize, &std::sync::Arc<[u8]>)| {
        let (_, events) = read(entry);
        let kinds: Vec<_> = events.iter().map(|event| event.kind().to_string()).collect();
        format!("{index} {} {}\n", hex::encode(leaf_hash(entry)), kinds.join(","))
    };
    let leaves: String = entries.iter().enumerate().map(line).collect();
    let tile: TilePath = "tile/0/000.p/5".parse().unwrap();
    BTreeMap::from([
        ("log-entries.bin", encode_bundle(&entries).unwrap()),
        ("log-tile.bin", ledger.tile(&tile).unwrap()),
        ("log-checkpoint.txt", head.checkpoint.clone().into_bytes()),
        ("log-vkeys.txt", vkeys.into_bytes()),
        ("log-leaves.txt", leaves.into_bytes()),
    ])
}

fn read(entry: &[u8]) -> (Statement<'_>, Vec<Event>) {
    let statement = Statement::parse(entry).unwrap();
    let events = payload_from_cbor(statement.payload).unwrap();
    (statement, events)
}

fn stored(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_log_is_made_again_byte_for_byte() {
    let made = made();
    assert!(made.keys().all(|name| FILES.contains(name)) && made.len() == FILES.len());
    for (name, bytes) in made {
        if std::env::var_os("SAGWAN_WRITE_VECTORS").is_some() {
            std::fs::write(path(name), &bytes).unwrap();
        }
        assert!(stored(name) == bytes, "{name} is not what the ledger makes today");
    }
}

/// The keys that a log's own records make known, in order: each signs only what comes after the record that names it, but
/// for the log's own keys, which sign the founding too.
#[derive(Default)]
struct Keys(HashMap<[u8; 32], (String, PublicKey)>);

impl Keys {
    fn learn(&mut self, events: &[Event]) {
        let mut enrol = |actor: &str, entry: &KeyEntry| {
            let key = PublicKey::from_raw(Algorithm::Ed25519, &entry.public.0).unwrap();
            self.0.insert(key.thumbprint(), (actor.to_owned(), key));
        };
        for event in events {
            match &event.body {
                Body::LedgerCreated(body) => {
                    body.keys.iter().for_each(|key| enrol("service:ledger", key));
                    body.officers.iter().for_each(|officer| enrol(officer.actor.as_str(), &officer.key));
                }
                Body::ActorEnrolled(body) => {
                    body.key.iter().for_each(|key| enrol(event.subject.name(), &key.key));
                }
                _ => {}
            }
        }
    }
}

/// What a verifier finds in the bytes: an error names the first thing that is wrong.
fn verified(entries: &[u8], checkpoint: &[u8], vkeys: &str) -> Result<Vec<Seal>, String> {
    let keys = LogKeys::from_vkeys(ORIGIN, &vkeys.lines().collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    let head = verify_checkpoint(checkpoint, &keys).map_err(|error| error.to_string())?;
    let width = u16::try_from(head.size).map_err(|error| error.to_string())?;
    let entries = bundle_entries(&BundleId { index: 0, width }, entries).map_err(|error| error.to_string())?;
    let mut frontier = Frontier::new();
    frontier.extend(entries.iter().map(|entry| leaf_hash(entry)));
    if frontier.root() != head.root {
        return Err("another root".to_owned());
    }
    let (mut known, mut seals, mut tree, mut open) = (Keys::default(), Vec::new(), Frontier::new(), 0_u64);
    for (index, entry) in entries.iter().enumerate() {
        let (statement, events) = read(entry);
        if index == 0 {
            known.learn(&events);
        }
        let (actor, key) = known.0.get(statement.kid).ok_or("an unknown key")?;
        verify_statement(entry, key).map_err(|error| error.to_string())?;
        assert_eq!(statement.iss, actor, "record {index}");
        known.learn(&events);
        if let [Event { body: Body::Seal(seal), .. }] = events.as_slice() {
            let covered: u64 = seal.codes.iter().map(|(count, _)| u64::from(*count)).sum();
            assert_eq!((seal.first, seal.size, covered), (open, index as u64, index as u64 - open));
            assert_eq!(seal.tree.0, tree.root());
            open = index as u64 + 1;
            seals.push(seal.clone());
        }
        tree.push(leaf_hash(entry));
    }
    assert_eq!(open, head.size, "the last leaf is a seal");
    Ok(seals)
}

#[test]
fn the_log_verifies_from_its_bytes_alone() {
    let (entries, checkpoint) = (stored("log-entries.bin"), stored("log-checkpoint.txt"));
    let vkeys = String::from_utf8(stored("log-vkeys.txt")).unwrap();
    let seals = verified(&entries, &checkpoint, &vkeys).unwrap();
    assert_eq!(seals.len(), 2);
    let bundle = bundle_entries(&BundleId { index: 0, width: 5 }, &entries).unwrap();
    let leaves: Vec<_> = bundle.iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(tile_bytes(&leaves), stored("log-tile.bin"));

    // The batch: five events, of which a rule was against the last, and dev only observes.
    let (_, batch) = read(bundle[2]);
    assert_eq!(batch.len(), 5);
    let table = &seals[1].table;
    let runs = &table.iter().find(|row| !row.events.is_empty()).unwrap().events;
    assert_eq!(runs.iter().map(|(count, _)| count).sum::<u32>(), 5, "{table:?}");
    let said = |row: u32| (table[row as usize].decision, table[row as usize].outcome);
    assert_eq!(said(runs.first().unwrap().1), (Decision::Allow, Outcome::Recorded), "{table:?}");
    assert_eq!(said(runs.last().unwrap().1), (Decision::Deny, Outcome::Recorded), "{table:?}");
    // The denial names what it refused, by digest, and the rules.
    let (statement, denial) = read(bundle[3]);
    assert_eq!(statement.iss, "service:ledger");
    let Body::Denial(denial) = &denial[0].body else { panic!("no denial") };
    let refused = &statements(&author("user:officer", 1))[1];
    assert_eq!(denial.statement, Some(Digest(Statement::parse(refused).unwrap().identity())));
    assert_eq!(denial.actor.as_str(), "user:dana");
    assert!(denial.rules.iter().any(|rule| rule.as_str() == "deny-promote"), "{:?}", denial.rules);
}

#[test]
fn one_bit_anywhere_is_found() {
    let (entries, checkpoint) = (stored("log-entries.bin"), stored("log-checkpoint.txt"));
    let vkeys = String::from_utf8(stored("log-vkeys.txt")).unwrap();
    for at in 0..entries.len() {
        let mut changed = entries.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(verified(&changed, &checkpoint, &vkeys).is_err(), "byte {at}");
    }
}
