//! Pinned bytes: fixed seeds give exactly these statements, receipts, checkpoints and proofs. A change here is a change
//! of the format, which every log already written would feel.
//!
//! `SAGWAN_WRITE_VECTORS=1 cargo test --test codec_vectors` writes the files anew.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sagwan::{
    codec::{
        Hash,
        attestation::Attestation,
        cbor,
        checkpoint::Checkpoint,
        note::{KeyType, Note, NoteSignature, format_note},
        receipt::{Receipt, UnsignedHead},
        statement::{EVENT_MEDIA_TYPE, Statement, Unsigned, attach_receipts, identity, split_receipts},
        tlog_proof::TlogProof,
        witness::AddCheckpoint,
    },
    crypto::{NoteSigner, PublicKey, SecretKey, possession_message},
    verify::{LogKeys, Witnesses},
};
use sha2::{Digest as _, Sha256};

const ORIGIN: &str = "example.org/sagwan";

fn actor() -> SecretKey {
    SecretKey::from_seed(&[0x01; 32])
}

fn log() -> SecretKey {
    SecretKey::from_seed(&[0x02; 32])
}

fn witness() -> SecretKey {
    SecretKey::from_seed(&[0x03; 32])
}

/// An event's payload, written by hand: `{"kind": "run.started", "time": 1700000000000, "metric": 0.5}`.
fn payload() -> Vec<u8> {
    hex::decode("a3646b696e646b72756e2e737461727465646474696d651b0000018bcfe56800666d6574726963f93800").unwrap()
}

fn statement() -> Vec<u8> {
    let key = actor();
    let unsigned = Unsigned {
        alg: -8,
        kid: &key.public().thumbprint(),
        iss: "user:ada",
        sub: "run/2026-11-23-1",
        aud: Some(ORIGIN),
        iat: 1_700_000_000,
        cti: Some(&[0xc7; 16]),
        content_type: EVENT_MEDIA_TYPE,
        payload: &payload(),
    };
    unsigned.sign(|tbs| key.sign(tbs)).unwrap()
}

/// RFC 6962 section 2.1 for a tree of two leaves, the statement and one byte: the leaf's sibling and the root.
fn tree() -> (Hash, Hash) {
    let hash = |parts: &[&[u8]]| -> Hash { Sha256::digest(parts.concat()).into() };
    let (leaf, sibling) = (hash(&[&[0], &statement()]), hash(&[&[0], b"s"]));
    (sibling, hash(&[&[1], &leaf, &sibling]))
}

fn receipt() -> Vec<u8> {
    let (sibling, root) = tree();
    let kid = log().public().thumbprint();
    let head = UnsignedHead { alg: -8, kid: &kid, origin: ORIGIN, size: 2, root: &root };
    head.sign(|tbs| log().sign(tbs)).unwrap().receipt(0, &[sibling]).unwrap()
}

fn checkpoint() -> String {
    let text = Checkpoint { origin: ORIGIN.to_owned(), size: 2, root: tree().1 }.format().unwrap();
    let signer = NoteSigner::new(ORIGIN, KeyType::Ed25519, log()).unwrap();
    let cosigner = NoteSigner::new("witness.example/w1", KeyType::CosignatureEd25519, witness()).unwrap();
    format_note(&text, &[signer.sign(&text, 0), cosigner.sign(&text, 1_700_000_060)]).unwrap()
}

fn proof() -> String {
    let proof = TlogProof { extra: None, index: 0, path: vec![tree().0], checkpoint: checkpoint() };
    proof.format().unwrap()
}

/// From the tree of the first leaf to the checkpoint: its proof is the leaf's sibling.
fn consistency() -> String {
    AddCheckpoint { old: 1, proof: vec![tree().0], checkpoint: checkpoint() }.format().unwrap()
}

/// The policy under which that checkpoint counts: its one witness must have cosigned.
fn policy() -> String {
    let cosigner = NoteSigner::new("witness.example/w1", KeyType::CosignatureEd25519, witness()).unwrap();
    let keys = LogKeys::new(ORIGIN, &[log().public().clone()]).unwrap();
    Witnesses::of(&[(cosigner.verifier(), true)], 1).unwrap().for_log(&keys).format()
}

fn keys() -> String {
    let mut out = String::new();
    for (name, key) in [("actor", actor()), ("log", log()), ("witness", witness())] {
        out.push_str(&format!("{name}.public {}\n", hex::encode(key.public().raw())));
        out.push_str(&format!("{name}.thumbprint {}\n", hex::encode(key.public().thumbprint())));
    }
    let possession = possession_message("user:ada", &actor().public().thumbprint());
    out.push_str(&format!("possession.message {}\n", hex::encode(&possession)));
    out.push_str(&format!("possession.signature {}\n", hex::encode(actor().sign(&possession))));
    let parsed = statement();
    let identity = Statement::parse(&parsed).unwrap().identity();
    out.push_str(&format!("statement.identity {}\n", hex::encode(identity)));
    out
}

fn vkeys() -> String {
    let signer = NoteSigner::new(ORIGIN, KeyType::Ed25519, log()).unwrap();
    let cosigner = NoteSigner::new("witness.example/w1", KeyType::CosignatureEd25519, witness()).unwrap();
    format!("{}\n{}\n", signer.vkey(), cosigner.vkey())
}

/// What an auditor says of the same tree.
fn attestation() -> String {
    let said = Attestation {
        origin: ORIGIN.to_owned(),
        size: 2,
        tree: tree().1,
        index: [0; 32],
        reperformed: 1,
        not_reperformed: 0,
    };
    let auditor = NoteSigner::new("audit.example/ann", KeyType::Ed25519, SecretKey::from_seed(&[0x04; 32])).unwrap();
    let text = said.format().unwrap();
    format_note(&text, &[auditor.sign(&text, 0)]).unwrap()
}

#[test]
fn the_formats_are_as_pinned() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let transparent = attach_receipts(&statement(), &[&receipt()]).unwrap();
    let files: [(&str, Vec<u8>); 12] = [
        ("cose-statement.cbor", statement()),
        ("cose-transparent-statement.cbor", transparent),
        ("receipt.cbor", receipt()),
        ("note-checkpoint.txt", checkpoint().into_bytes()),
        ("note-proof.tlog-proof", proof().into_bytes()),
        ("note-consistency.txt", consistency().into_bytes()),
        ("note-policy.txt", policy().into_bytes()),
        ("note-vkeys.txt", vkeys().into_bytes()),
        ("note-attestation.txt", attestation().into_bytes()),
        ("keys.txt", keys().into_bytes()),
        ("keys-actor-public.pem", actor().public().to_pem().into_bytes()),
        ("keys-log-public.pem", log().public().to_pem().into_bytes()),
    ];
    for (name, bytes) in files {
        let path: PathBuf = folder.join(name);
        if std::env::var_os("SAGWAN_WRITE_VECTORS").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(hex::encode(std::fs::read(&path).unwrap()), hex::encode(bytes), "{name}");
    }
}

#[test]
fn the_pinned_files_verify() {
    let (statement, receipt) = (statement(), receipt());
    let parsed = Statement::parse(&statement).unwrap();
    assert_eq!(actor().public().verify(&parsed.signed_bytes(), parsed.signature), Ok(()));
    let parsed = Receipt::parse(&receipt).unwrap();
    assert_eq!(log().public().verify(&parsed.signed_bytes(&tree().1), parsed.signature), Ok(()));
    let checkpoint = checkpoint();
    let note = Note::parse(checkpoint.as_bytes()).unwrap();
    let signer = NoteSigner::new(ORIGIN, KeyType::Ed25519, log()).unwrap();
    assert_eq!(note.verify(&[signer.verifier()]).unwrap().len(), 1);
}

/// RFC 9679 does the same for an EC key; for Ed25519 the hashed CBOR is written out here by hand.
#[test]
fn the_thumbprint_is_that_of_the_key_s_required_members() {
    let key = actor();
    let members = [&[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20], key.public().raw()].concat();
    assert_eq!(cbor::check(&members), Ok(()));
    assert_eq!(key.public().thumbprint(), <[u8; 32]>::from(Sha256::digest(&members)));
}

/// The public key of RFC 8032 section 7.1, test 1, and the signature over the empty message.
#[test]
fn rfc_8032_test_1() {
    let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let key = SecretKey::from_seed(seed.as_slice().try_into().unwrap());
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(hex::encode(key.public().raw()), public);
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    assert_eq!(hex::encode(key.sign(b"")), signature);
}

/// The example note and key of the C2SP signed-note specification, as Go's `sumdb/note` made them.
#[test]
fn the_note_of_the_go_documentation() {
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\n\
                — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let verifier = sagwan::crypto::NoteVerifier::parse(vkey).unwrap();
    let parsed = Note::parse(note.as_bytes()).unwrap();
    assert_eq!(parsed.verify(std::slice::from_ref(&verifier)).unwrap().len(), 1);
    let changed = note.replace("answer", "anzwer");
    assert!(Note::parse(changed.as_bytes()).unwrap().verify(&[verifier]).is_err());
}

mod note_semantics {
    use sagwan::codec::{CodecError, note::NoteKey as _};

    use super::*;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, KeyType::Ed25519, SecretKey::from_seed(&[seed; 32])).unwrap()
    }

    #[test]
    fn unknown_keys_are_ignored_and_bad_signatures_of_known_ones_refuse() {
        let (a, b, text) = (signer("a", 1), signer("b", 2), "hello\n");
        let forged = NoteSignature { signature: vec![0; 64], ..b.sign(text, 0) };
        let note = format_note(text, &[a.sign(text, 0), forged]).unwrap();
        let note = Note::parse(note.as_bytes()).unwrap();
        assert_eq!(note.verify(&[a.verifier()]).unwrap().len(), 1, "b is unknown, so its line says nothing");
        let refused = note.verify(&[a.verifier(), b.verifier()]);
        assert_eq!(refused, Err(CodecError::BadNoteSignature("b".to_owned())));
        assert_eq!(note.verify(&[signer("c", 3).verifier()]), Err(CodecError::Unverified));
        let twice = format_note(text, &[a.sign(text, 0), a.sign(text, 0)]).unwrap();
        let twice = Note::parse(twice.as_bytes()).unwrap().verify(&[a.verifier()]).unwrap();
        assert_eq!(twice.len(), 1, "one key counts once, however often its line stands there");
        assert_eq!(note.verify::<sagwan::crypto::NoteVerifier>(&[]), Err(CodecError::Unverified));
    }

    #[test]
    fn the_same_name_with_another_key_is_another_key() {
        let (old, new, text) = (signer("log", 1), signer("log", 2), "hello\n");
        let note = format_note(text, &[old.sign(text, 0), new.sign(text, 0)]).unwrap();
        let note = Note::parse(note.as_bytes()).unwrap();
        assert_eq!(note.verify(&[new.verifier()]).unwrap().len(), 1);
        assert_eq!(note.verify(&[new.verifier(), old.verifier()]).unwrap().len(), 2);
        let twice = note.verify(&[new.verifier(), new.verifier()]);
        assert_eq!(twice, Err(CodecError::AmbiguousKey("log".to_owned())));
        assert_eq!(new.verifier().vkey(), new.vkey());
    }

    #[test]
    fn a_cosignature_covers_its_time_and_is_no_plain_signature() {
        let key = SecretKey::from_seed(&[5; 32]);
        let cosigner = NoteSigner::new("w", KeyType::CosignatureEd25519, key.clone()).unwrap();
        let plain = NoteSigner::new("w", KeyType::Ed25519, key).unwrap();
        assert_ne!(cosigner.vkey().key_id(), plain.vkey().key_id());
        let text = "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        let mut signature = cosigner.sign(text, 1_700_000_000);
        signature.signature[7] ^= 1;
        let later = format_note(text, &[signature]).unwrap();
        assert!(Note::parse(later.as_bytes()).unwrap().verify(&[cosigner.verifier()]).is_err());
        let short = NoteSignature { signature: vec![1; 7], ..cosigner.sign(text, 1) };
        let short = format_note(text, &[short]).unwrap();
        assert!(Note::parse(short.as_bytes()).unwrap().verify(&[cosigner.verifier()]).is_err());
    }

    #[test]
    fn what_a_note_cannot_carry_is_not_written() {
        let line = signer("a", 1).sign("x\n", 0);
        for text in ["no line feed", "", "bell\u{7}\n"] {
            assert!(format_note(text, std::slice::from_ref(&line)).is_err(), "{text:?}");
        }
        assert!(NoteSigner::new("a b", KeyType::Ed25519, actor()).is_err());
        assert!(Checkpoint { origin: "a+b".to_owned(), size: 0, root: [0; 32] }.format().is_err());
    }
}

mod round_trips {
    use sagwan::event::Value;

    use super::*;

    /// Any value of an event; floats that are finite.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            prop_oneof![any::<i16>().prop_map(f64::from), any::<f32>().prop_map(f64::from), any::<f64>()]
                .prop_filter("finite", |float| float.is_finite())
                .prop_map(Value::Float),
            ".{0,30}".prop_map(Value::Text),
        ];
        leaf.prop_recursive(5, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
                prop::collection::btree_map("[a-z가-힣 .]{1,30}", inner, 0..8).prop_map(Value::Map),
            ]
        })
    }

    /// Many cases from a seed that is printed; `PROPTEST_RNG_SEED` gives one again.
    fn config() -> ProptestConfig {
        let given = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| getrandom::u64().unwrap());
        println!("PROPTEST_RNG_SEED={seed}");
        let rng_seed = proptest::test_runner::RngSeed::Fixed(seed);
        ProptestConfig { cases: 400, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn cbor(value in value()) {
            let bytes = cbor::encode(&value).unwrap();
            prop_assert_eq!(cbor::check(&bytes), Ok(()));
            prop_assert_eq!(&cbor::decode::<Value>(&bytes).unwrap(), &value);
        }

        #[test]
        fn whatever_is_accepted_is_the_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if cbor::check(&bytes).is_ok() && let Ok(value) = cbor4ii::serde::from_slice::<cbor4ii::core::Value>(&bytes) {
                prop_assert_eq!(cbor::encode(&value).unwrap(), bytes);
            }
        }

        #[test]
        fn statements(
            payload in prop::collection::vec(any::<u8>(), 1..600),
            (iss, sub) in ("[a-z]{1,70}", ".{1,60}"),
            aud in prop::option::of("[a-z./]{1,200}"),
            iat in 0..=253_402_300_799_u64,
            cti in prop::option::of(prop::collection::vec(any::<u8>(), 1..=64)),
            seed in any::<[u8; 32]>(),
        ) {
            let key = SecretKey::from_seed(&seed);
            let kid = key.public().thumbprint();
            let (aud, cti) = (aud.as_deref(), cti.as_deref());
            let unsigned = Unsigned {
                alg: -8, kid: &kid, iss: &iss, sub: &sub, aud, iat, cti, content_type: "a/b", payload: &payload,
            };
            let bytes = unsigned.sign(|tbs| key.sign(tbs)).unwrap();
            let parsed = Statement::parse(&bytes).unwrap();
            prop_assert_eq!((parsed.iss, parsed.sub, parsed.aud), (iss.as_str(), sub.as_str(), aud));
            prop_assert_eq!((parsed.iat, parsed.cti, parsed.payload), (iat, cti, payload.as_slice()));
            prop_assert_eq!(parsed.identity(), identity(&unsigned.protected(), &payload));
            prop_assert!(key.public().verify(&parsed.signed_bytes(), parsed.signature).is_ok());
            let pem = key.public().to_pem();
            prop_assert_eq!(&PublicKey::from_pem(&pem).unwrap(), key.public());
            prop_assert_eq!(SecretKey::from_pem(&key.to_pem()).unwrap().to_pem(), key.to_pem());
            let transparent = attach_receipts(&bytes, &[b"receipt"]).unwrap();
            prop_assert_eq!(split_receipts(&transparent).unwrap().0, bytes);
        }

        #[test]
        fn receipts_and_proofs(
            size in 1..=u64::MAX, index in any::<u64>(), path in prop::collection::vec(any::<[u8; 32]>(), 0..=63),
            extra in prop::option::of(prop::collection::vec(any::<u8>(), 0..50)), root in any::<[u8; 32]>(),
        ) {
            let index = index % size;
            let kid = log().public().thumbprint();
            let head = UnsignedHead { alg: -8, kid: &kid, origin: ORIGIN, size, root: &root };
            let head = head.sign(|tbs| log().sign(tbs)).unwrap();
            let bytes = head.receipt(index, &path).unwrap();
            let parsed = Receipt::parse(&bytes).unwrap();
            prop_assert_eq!((parsed.tree_size, parsed.leaf_index, &parsed.path), (size, index, &path));
            let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root };
            prop_assert_eq!(&Checkpoint::parse(&checkpoint.format().unwrap()).unwrap(), &checkpoint);
            let proof = TlogProof { extra, index, path, checkpoint: super::checkpoint() };
            prop_assert_eq!(&TlogProof::parse(proof.format().unwrap().as_bytes()).unwrap(), &proof);
        }

        #[test]
        fn no_parser_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (Statement::parse(&bytes), split_receipts(&bytes), Receipt::parse(&bytes), Note::parse(&bytes));
            let _ = (TlogProof::parse(&bytes), cbor::Map::parse(&bytes), cbor::Map::of_checked(&bytes));
            let text = String::from_utf8_lossy(&bytes);
            let _ = (Checkpoint::parse(&text), SecretKey::from_pem(&text), PublicKey::from_pem(&text));
        }
    }
}
