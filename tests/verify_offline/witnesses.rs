//! Policies of witnesses (C2SP tlog-policy) and what cosignatures bound.

use proptest::prelude::*;
use sagwan::{
    codec::{
        checkpoint::Checkpoint,
        note::{KeyType, NoteSignature, format_note},
    },
    crypto::{NoteSigner, SecretKey},
    merkle::leaf_hash,
    verify::{LogKeys, VerifyError, Witnesses},
};

const ORIGIN: &str = "example.org/log";

fn signer(name: &str, kind: KeyType, seed: u8) -> NoteSigner {
    NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).unwrap()
}

fn witness(number: u8) -> NoteSigner {
    signer(&format!("witness.example/{number}"), KeyType::CosignatureEd25519, 100 + number)
}

fn log() -> NoteSigner {
    signer(ORIGIN, KeyType::Ed25519, 1)
}

fn keys() -> LogKeys {
    LogKeys::from_vkeys(ORIGIN, &[&log().vkey().to_string()]).unwrap()
}

fn text() -> String {
    Checkpoint { origin: ORIGIN.into(), size: 1, root: leaf_hash(b"x") }.format().unwrap()
}

/// The log's checkpoint with cosignatures: number of the witness, time.
fn note(by: &[(u8, u64)]) -> String {
    let mut lines: Vec<NoteSignature> = vec![log().sign(&text(), 0)];
    lines.extend(by.iter().map(|(number, time)| witness(*number).sign(&text(), *time)));
    format_note(&text(), &lines).unwrap()
}

/// The example of the specification: two of X and one of Y.
fn example() -> String {
    let mut text = format!("log {}\n\n", log().vkey());
    for (number, name) in ["X1", "X2", "X3", "Y1", "Y2", "Y3"].iter().enumerate() {
        let vkey = witness(u8::try_from(number).unwrap()).vkey().to_string();
        text.push_str(&format!(" witness\t{name}  {vkey} https://witness.example/{name} \n"));
    }
    text.push_str("# two organizations\ngroup X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n");
    text.push_str("group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n");
    text
}

#[test]
fn the_specifications_example_is_applied() {
    let policy = Witnesses::parse(example().as_bytes()).unwrap();
    let judged = |by: &[(u8, u64)]| policy.judge(note(by).as_bytes(), &keys()).unwrap();
    for enough in
        [&[(0, 5), (1, 6), (3, 7)][..], &[(5, 9), (2, 8), (0, 7)], &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]]
    {
        assert!(judged(enough).is_met && judged(enough).require().is_ok(), "{enough:?}");
    }
    for few in [
        &[][..],
        &[(0, 5)],
        &[(0, 5), (1, 5)],
        &[(0, 5), (3, 5), (4, 5), (5, 5)],
        &[(0, 5), (0, 6), (3, 7)],
        &[(9, 5), (8, 5), (7, 5)],
    ] {
        let judged = judged(few);
        assert!(!judged.is_met && judged.existed_by.is_none(), "{few:?}");
        assert!(matches!(judged.require(), Err(VerifyError::Quorum { size: 1, .. })), "{few:?}");
    }
    // The time of the one that completes it; those after it add nothing.
    assert_eq!(judged(&[(4, 90), (0, 10), (3, 30), (1, 20), (2, 5)]).existed_by, Some(30));
    let by: Vec<_> = judged(&[(3, 30), (0, 10), (9, 1)]).by.into_iter().map(|by| (by.witness, by.time)).collect();
    assert_eq!(by, [("witness.example/0".to_owned(), 10), ("witness.example/3".to_owned(), 30)]);
}

#[test]
fn what_is_written_is_read_again() {
    let policy = Witnesses::parse(example().as_bytes()).unwrap();
    assert_eq!(Witnesses::parse(policy.format().as_bytes()).unwrap(), policy);
    let keys: Vec<_> = (0..4).map(|number| (witness(number).verifier(), number < 2)).collect();
    for needed in 1..=4 {
        let policy = Witnesses::of(&keys, needed).unwrap().for_log(&self::keys());
        let again = Witnesses::parse(policy.format().as_bytes()).unwrap();
        assert_eq!(again, policy, "{}", policy.format());
        for chosen in 0..16_u8 {
            let by: Vec<(u8, u64)> =
                (0..4).filter(|number| chosen >> number & 1 == 1).map(|number| (number, 7)).collect();
            let is_met = chosen & 3 == 3 && by.len() >= needed;
            assert_eq!(
                policy.judge(note(&by).as_bytes(), &self::keys()).unwrap().is_met,
                is_met,
                "{needed} {chosen:b}"
            );
        }
    }
    assert!(Witnesses::of(&keys, 5).is_err() && Witnesses::of(&[keys[0].clone(), keys[0].clone()], 1).is_err());
    let nobody = Witnesses::parse(b"quorum none\n").unwrap();
    assert!(nobody.judge(note(&[]).as_bytes(), &self::keys()).unwrap().is_met);
}

#[test]
fn a_policy_that_says_anything_else_is_refused_by_line() {
    let (one, two, log) = (witness(1).vkey().to_string(), witness(2).vkey().to_string(), log().vkey().to_string());
    let same = signer("another.example", KeyType::CosignatureEd25519, 101).vkey().to_string();
    let ml_dsa = "w+00000000+Bg==".to_owned();
    for (line, bad) in [
        (0, String::new()),
        (0, "quorum none".to_owned()),
        (0, format!("witness a {one}\n")),
        (1, "quorum a\n".to_owned()),
        (2, "quorum none\nquorum none\n".to_owned()),
        (2, format!("witness a {one}\nwitness a {two}\nquorum a\n")),
        (2, format!("witness a {one}\nwitness b {one}\nquorum a\n")),
        (2, format!("witness a {one}\nwitness b {same}\nquorum a\n")),
        (1, format!("witness none {one}\nquorum none\n")),
        (1, format!("witness a {log}\nquorum a\n")),
        (1, format!("log {one}\nquorum none\n")),
        (2, format!("log {log}\nlog {log}\nquorum none\n")),
        (1, format!("witness a {ml_dsa}\nquorum a\n")),
        (1, format!("witness a {one} url more\nquorum a\n")),
        (2, format!("witness a {one}\ngroup g 2 a\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g 0 a\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g +1 a\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g all\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g any b\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g any g\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g any a a\nquorum g\n")),
        (2, format!("witness a {one}\ngroup g any none\nquorum g\n")),
        (3, format!("witness a {one}\ngroup g any a\ngroup h any a\nquorum h\n")),
        (1, "Quorum none\n".to_owned()),
        (1, "quorum none\r\n".to_owned()),
        (1, "quorum\u{1}none\n".to_owned()),
        (0, format!("{}quorum none\n", "#\n".repeat(200_000))),
        (
            257,
            (0..258).map(|n| format!("group g{n} any g{}\n", n - 1)).collect::<String>().replacen(
                "group g0 any g-1",
                &format!("witness g0 {one}"),
                1,
            ),
        ),
    ] {
        match Witnesses::parse(bad.as_bytes()) {
            Err(VerifyError::WitnessPolicy { line: found, .. }) => assert_eq!(found, line, "{bad:.200}"),
            other => panic!("{other:?} of {bad:.200}"),
        }
    }
    // Names are bytes.
    let odd = [b"witness \xff\xfe ".as_slice(), one.as_bytes(), b"\nquorum \xff\xfe\n"].concat();
    assert!(Witnesses::parse(&odd).unwrap().judge(note(&[(1, 5)]).as_bytes(), &keys()).unwrap().is_met);
}

#[test]
fn another_log_and_a_wrong_line_of_a_trusted_witness_are_refused() {
    let policy = Witnesses::of(&[(witness(1).verifier(), true)], 1).unwrap();
    let other = signer(ORIGIN, KeyType::Ed25519, 2);
    let elsewhere = policy.clone().for_log(&LogKeys::from_vkeys(ORIGIN, &[&other.vkey().to_string()]).unwrap());
    let good = note(&[(1, 5)]);
    assert!(matches!(elsewhere.judge(good.as_bytes(), &keys()), Err(VerifyError::NotThePolicysLog { .. })));
    let mut wrong = witness(1).sign(&text(), 5);
    wrong.signature[30] ^= 1;
    let wrong = format_note(&text(), &[log().sign(&text(), 0), wrong]).unwrap();
    assert!(matches!(policy.judge(wrong.as_bytes(), &keys()), Err(VerifyError::Cosignature { .. })));
    // Of a witness that is not trusted, it is passed over.
    let others = Witnesses::of(&[(witness(2).verifier(), true)], 1).unwrap();
    assert!(!others.judge(wrong.as_bytes(), &keys()).unwrap().is_met);
    // A plain signature of the witness's key, and times that cannot be.
    for line in [
        signer("witness.example/1", KeyType::Ed25519, 101).sign(&text(), 0),
        NoteSignature {
            key_id: witness(1).vkey().key_id(),
            ..signer("witness.example/1", KeyType::Ed25519, 101).sign(&text(), 0)
        },
        witness(1).sign(&text(), 0),
        witness(1).sign(&text(), 1 << 63),
    ] {
        let note = format_note(&text(), &[log().sign(&text(), 0), line]).unwrap();
        assert!(!policy.judge(note.as_bytes(), &keys()).is_ok_and(|judged| judged.is_met));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever is changed in a cosigned checkpoint: it does not count, or it says the same.
    #[test]
    fn no_change_makes_another_checkpoint_count(at in 0..1_000_usize, bit in 0..8_u8, cut in any::<bool>()) {
        let policy = Witnesses::parse(example().as_bytes()).unwrap();
        let good = note(&[(0, 5), (1, 6), (3, 7)]).into_bytes();
        let mut bad = good.clone();
        let at = at % bad.len();
        if cut {
            bad.remove(at);
        } else {
            bad[at] ^= 1 << bit;
        }
        let judged = policy.judge(&bad, &keys());
        prop_assert!(!judged.is_ok_and(|judged| judged.is_met), "byte {at}");
    }

    /// Any bytes give a policy or an error, and a policy reads as it is written.
    #[test]
    fn any_bytes_are_read_or_refused(noise in proptest::collection::vec(any::<u8>(), 0..60), at in 0..2_000_usize) {
        let mut text = example().into_bytes();
        let at = at % text.len();
        text.splice(at..at, noise);
        if let Ok(policy) = Witnesses::parse(&text) {
            prop_assert!(!policy.format().is_empty());
        }
    }
}
