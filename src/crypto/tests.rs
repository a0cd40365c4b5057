//! Keys, notes, statements and receipts together: what one half makes, the other accepts.

use super::*;
use crate::codec::{
    checkpoint::Checkpoint,
    note::{KeyType, Note, Vkey, format_note},
    receipt::{Receipt, UnsignedHead},
    statement::{EVENT_MEDIA_TYPE, Statement, Unsigned, attach_receipts, split_receipts},
    tlog_proof::TlogProof,
};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

#[test]
fn a_statement_is_signed_parsed_and_judged() {
    let (key, other) = (key(1), key(2));
    let kid = key.public().thumbprint();
    let unsigned = Unsigned {
        alg: key.algorithm().cose(),
        kid: &kid,
        iss: "user:ada",
        sub: "dataset/german-credit@1",
        aud: Some("example.org/sagwan"),
        iat: 1_700_000_000,
        cti: Some(b"one"),
        content_type: EVENT_MEDIA_TYPE,
        payload: &[0xa0],
    };
    let bytes = unsigned.sign(|tbs| key.sign(tbs)).unwrap();
    let statement = Statement::parse(&bytes).unwrap();
    assert_eq!((statement.iss, statement.sub, statement.aud), (unsigned.iss, unsigned.sub, unsigned.aud));
    assert_eq!((statement.iat, statement.cti, statement.payload), (unsigned.iat, unsigned.cti, unsigned.payload));
    assert_eq!((statement.kid, statement.is_event()), (&kid, true));
    assert_eq!(key.public().verify(&statement.signed_bytes(), statement.signature), Ok(()));
    let by_other = other.public().verify(&statement.signed_bytes(), statement.signature);
    assert_eq!(by_other, Err(SignatureError::Invalid));

    let transparent = attach_receipts(&bytes, &[b"r1", b"r2"]).unwrap();
    assert!(Statement::parse(&transparent).is_err());
    assert_eq!(split_receipts(&transparent).unwrap(), (bytes.clone(), vec![b"r1".as_slice(), b"r2"]));
    assert_eq!(split_receipts(&bytes).unwrap(), (bytes.clone(), vec![]));
}

#[test]
fn one_signature_serves_every_receipt_of_a_tree_head() {
    let key = key(3);
    let (root, kid) = ([7; 32], key.public().thumbprint());
    let head = UnsignedHead { alg: -8, kid: &kid, origin: "example.org/sagwan", size: 2, root: &root };
    let head = head.sign(|tbs| key.sign(tbs)).unwrap();
    for (index, path) in [(0, vec![[1; 32]]), (1, vec![])] {
        let bytes = head.receipt(index, &path).unwrap();
        let receipt = Receipt::parse(&bytes).unwrap();
        assert_eq!((receipt.tree_size, receipt.leaf_index, &receipt.path), (2, index, &path));
        assert_eq!((receipt.origin, receipt.kid, receipt.alg), ("example.org/sagwan", &kid, -8));
        assert_eq!(key.public().verify(&receipt.signed_bytes(&root), receipt.signature), Ok(()));
        assert!(key.public().verify(&receipt.signed_bytes(&[8; 32]), receipt.signature).is_err());
    }
    assert!(head.receipt(2, &[]).is_err());
}

#[test]
fn a_checkpoint_note_is_signed_cosigned_and_judged() {
    let log = NoteSigner::new("example.org/sagwan", KeyType::Ed25519, key(4)).unwrap();
    let witness = NoteSigner::new("witness.example", KeyType::CosignatureEd25519, key(5)).unwrap();
    let checkpoint = Checkpoint { origin: "example.org/sagwan".to_owned(), size: 9, root: [6; 32] };
    let text = checkpoint.format().unwrap();
    let bytes = format_note(&text, &[log.sign(&text, 0), witness.sign(&text, 77)]).unwrap();
    let note = Note::parse(bytes.as_bytes()).unwrap();
    assert_eq!(Checkpoint::parse(note.text).unwrap(), checkpoint);
    let good = note.verify(&[witness.verifier(), log.verifier()]).unwrap();
    assert_eq!(good.iter().map(|v| (v.key, v.time)).collect::<Vec<_>>(), [(1, None), (0, Some(77))]);
    let vkey: Vkey = witness.vkey().to_string().parse().unwrap();
    assert_eq!(&vkey, witness.vkey());

    let proof = TlogProof { extra: None, index: 3, path: vec![[1; 32], [2; 32]], checkpoint: bytes };
    assert_eq!(TlogProof::parse(proof.format().unwrap().as_bytes()).unwrap(), proof);
}
