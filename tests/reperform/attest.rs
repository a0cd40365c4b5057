//! What an auditor signs, and what it is worth to somebody else.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    forge::Forgery,
    honest::{audit, lively},
    house::{House, ORIGIN, key},
    town::Town,
};
use sagwan::{
    audit::{attestation, sign_attestation},
    codec::{attestation::Attestation, note::KeyType, note::NoteKey as _},
    crypto::{NoteSigner, SecretKey},
    decide::Reader,
    event::Outcome,
    ledger::Asker,
    lineage::{Ask, Direction, Question, Verified, Walk, answer, evidence::Evidence, verify_attested},
    verify::{Auditors, LogKeys, verify_attestation},
};

const ANN: &str = "audit.example/ann";

fn ann() -> NoteSigner {
    NoteSigner::new(ANN, KeyType::Ed25519, SecretKey::from_seed(&[77; 32])).unwrap()
}

fn pinned(signer: &NoteSigner) -> Auditors {
    let mut auditors = Auditors::default();
    auditors.pin_vkey(&signer.verifier().vkey().to_string()).unwrap();
    auditors
}

fn log_keys() -> LogKeys {
    LogKeys::new(ORIGIN, &[key(200).public().clone()]).unwrap()
}

/// The evidence of an answer under the ledger's head.
fn evidence(house: &House) -> Evidence {
    let walk = Walk::new("dataset/fine@1".parse().unwrap(), Direction::Both);
    let question = Question { ask: Ask::Lineage(walk), as_of: None };
    let asker = Asker { reader: Reader::Operator(None), origin: "here".parse().unwrap(), purpose: None };
    let viewer = house.ledger().as_reader(asker);
    answer(&viewer, &question, true, "an audit").unwrap().value.evidence.unwrap()
}

/// A town at rest, and what Ann attests of it.
fn attested() -> (Town, Attestation) {
    let mut town = lively();
    let mut said = None;
    town.house.reopen_after(|folder| said = attestation(&audit(folder)));
    (town, said.unwrap())
}

fn verify(evidence: &Evidence, auditors: &Auditors, beside: &[Vec<u8>]) -> Result<Verified, String> {
    verify_attested(&evidence.to_cbor().unwrap(), &log_keys(), auditors, beside).map_err(|error| error.to_string())
}

#[test]
fn completeness_is_per_auditor_where_one_attested_the_very_tree() {
    let (town, said) = attested();
    assert_eq!((said.origin.as_str(), said.not_reperformed), (ORIGIN, 0));
    let note = sign_attestation(&said, &ann()).unwrap();
    assert_eq!(verify_attestation(note.as_bytes(), &pinned(&ann())).unwrap().attestation, said);
    let mut evidence = evidence(&town.house);
    let plain = verify(&evidence, &pinned(&ann()), &[]).unwrap();
    assert!(plain.attested_by.is_empty() && plain.report.claimed.iter().any(|line| line.contains("operator says so")));
    let beside = verify(&evidence, &pinned(&ann()), &[note.clone().into_bytes()]).unwrap();
    evidence.attach(note.as_bytes()).unwrap();
    let carried = verify(&evidence, &pinned(&ann()), &[]).unwrap();
    for verified in [&beside, &carried] {
        assert_eq!(verified.attested_by, [ANN]);
        let claimed = verified.report.claimed.join("\n");
        assert!(
            claimed.contains("audit.example/ann attested it") && !claimed.contains("operator says so"),
            "{claimed}"
        );
    }
    // A key without a name is as good, and goes by its thumbprint.
    let mut nameless = Auditors::default();
    nameless.pin_key(ann().verifier().key().clone());
    assert!(verify(&evidence, &nameless, &[]).unwrap().attested_by[0].starts_with("key "));
    // Who does not know Ann goes on relying on the operator, and is told.
    let stranger = verify(&evidence, &Auditors::default(), &[]).unwrap();
    assert!(stranger.attested_by.is_empty());
    assert!(stranger.report.claimed.iter().any(|line| line.contains("operator says so")));
    assert!(stranger.report.not_checked.iter().any(|line| line.contains("an attestation in it")));
    let error = verify(&evidence, &Auditors::default(), &[note.into_bytes()]).unwrap_err();
    assert!(error.contains("not signed by a pinned auditor"), "{error}");
}

#[test]
fn an_attestation_that_does_not_fit_is_refused() {
    let (town, said) = attested();
    let plain = evidence(&town.house);
    let with = |said: &Attestation, signer: &NoteSigner| {
        let mut evidence = plain.clone();
        evidence.attestations.push(sign_attestation(said, signer).unwrap());
        evidence
    };
    // Of other roots at this size: whoever signed it, one of both lies.
    for changed in [Attestation { index: [1; 32], ..said.clone() }, Attestation { tree: [1; 32], ..said.clone() }] {
        let error = verify(&with(&changed, &ann()), &Auditors::default(), &[]).unwrap_err();
        assert!(error.contains("another tree"), "{error}");
    }
    let later = Attestation { size: said.size + 2, ..said.clone() };
    assert!(verify(&with(&later, &ann()), &pinned(&ann()), &[]).unwrap_err().contains("entries, the tree has"));
    let elsewhere = Attestation { origin: "sagwan.example/other".into(), ..said.clone() };
    assert!(verify(&with(&elsewhere, &ann()), &pinned(&ann()), &[]).unwrap_err().contains("of the log"));
    // Altered under a pinned auditor's name.
    let mut altered = with(&said, &ann());
    altered.attestations[0] = altered.attestations[0].replace("not re-performed 0", "not re-performed 9");
    assert!(verify(&altered, &pinned(&ann()), &[]).is_err());
    // The log's own key is no auditor's.
    let log = NoteSigner::new("audit.example/himself", KeyType::Ed25519, key(200)).unwrap();
    let error = verify(&with(&said, &log), &pinned(&log), &[]).unwrap_err();
    assert!(error.contains("nobody audits himself"), "{error}");
    let mut many = plain.clone();
    many.attestations = vec![sign_attestation(&said, &ann()).unwrap(); 17];
    assert!(verify(&many, &pinned(&ann()), &[]).unwrap_err().contains("attestations"));
}

#[test]
fn an_attestation_of_a_shorter_log_says_nothing_of_the_head() {
    let (town, said) = attested();
    town.submit(town.dataset("since@1", 0));
    let note = sign_attestation(&said, &ann()).unwrap().into_bytes();
    let verified = verify(&evidence(&town.house), &pinned(&ann()), &[note]).unwrap();
    assert!(verified.attested_by.is_empty());
    assert!(verified.report.claimed.iter().any(|line| line.contains("operator says so")));
    let told = format!("what came after the first {} of these {} entries", said.size, said.size + 2);
    assert!(verified.report.not_checked.iter().any(|line| line.contains(&told)), "{:?}", verified.report.not_checked);
}

#[test]
fn nothing_is_attested_of_a_log_that_differs() {
    let mut forgery = Forgery::of_town(lively());
    let subject = "dataset/ahead@1".parse().unwrap();
    let at = forgery.find(|event| event.subject == subject);
    forgery.row(at).outcome = Outcome::Recorded;
    assert_eq!(attestation(&forgery.audit().unwrap()), None);
}

#[test]
fn an_attestation_is_read_strictly() {
    let said = attested().1;
    let text = said.format().unwrap();
    assert_eq!(Attestation::parse(&text), Ok(said));
    for (from, to) in [
        ("sagwan-attestation/v1", "sagwan-attestation/v2"),
        ("\nre-performed ", "\nre-performed  "),
        ("\nnot re-performed 0\n", "\nnot re-performed 00\n"),
        ("\nnot re-performed 0\n", "\nnot re-performed 0"),
        ("\nnot re-performed 0\n", "\nnot re-performed 0\nmore\n"),
        ("=\n", "\n"),
        (ORIGIN, "two words"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert!(Attestation::parse(&changed).is_err(), "{changed:?}");
    }
    assert!(sagwan::codec::checkpoint::Checkpoint::parse(&text).is_err(), "it is never taken for a checkpoint");
}
