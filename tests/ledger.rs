//! The ledger from statement to proof, on a real folder.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "common/house.rs"]
mod house;

use house::{ORIGIN, author, dataset, found, found_with};
use sagwan::{
    decide::Reader,
    event::{ActorId, Body, Digest, Env, Kind, Outcome, body::ModelPromoted, limits},
    ledger::{
        Asker, Busy, DecisionFilter, Host, IndexKind, Ledger, LedgerError, Options, Query, Rejection, Verdict,
        rebuild_index, verify_full,
    },
};
use std::sync::mpsc;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_founded_ledger_has_its_first_record_under_a_seal() {
    let dir = folder();
    let house = found(&dir.path().join("ledger"));
    let head = house.ledger().head();
    assert_eq!(head.size, 2);
    assert!(head.checkpoint.starts_with(&format!("{ORIGIN}\n2\n")));
    let first = house.ledger().record(0).unwrap();
    assert!(matches!(first.events[0].body, Body::LedgerCreated(_)));
    assert_eq!(first.seal, 1);
    assert!(house.ledger().record(1).unwrap().is_seal());
    assert!(matches!(house.ledger().record(2), Err(LedgerError::NotFound { size: 2, .. })));
}

#[test]
fn a_statement_is_recorded_proved_found_and_survives_a_restart() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let statement = house.sign(&engineer, &[house.event("dataset/d@1", Some(Env::Dev), dataset(false))]);
    let verdict = house.ledger().admit(statement.clone()).unwrap();
    let Verdict::Recorded { index, identity, known: false, events } = verdict else { panic!("{verdict:?}") };
    assert!(events[0].reasons.is_empty(), "{events:?}");
    let check = |ledger: &Ledger| {
        let record = ledger.record(index).unwrap();
        assert_eq!(&*record.bytes, &*statement);
        assert_eq!((record.identity, record.would_deny()), (identity, false));
        assert_eq!(ledger.find(&identity).unwrap(), Some(index));
        let receipt = ledger.receipt(index).unwrap();
        let keys = sagwan::verify::LogKeys::new(ORIGIN, &ledger.log_keys().unwrap()).unwrap();
        let verified = sagwan::verify::verify_receipt(&statement, &receipt, &keys).unwrap();
        assert_eq!((verified.index, verified.size), (index, ledger.head().size));
        let proof = ledger.tlog_proof(index).unwrap();
        sagwan::verify::verify_tlog_proof(&statement, proof.as_bytes(), &keys).unwrap();
        let transparent = ledger.transparent_statement(index).unwrap();
        sagwan::verify::verify_transparent_statement(&transparent, &keys).unwrap();
        let query = Query { subject: Some("dataset/d@1".parse().unwrap()), limit: 10, ..Query::default() };
        let found: Vec<u64> = ledger.query(&query).unwrap().records.iter().map(|record| record.index).collect();
        assert_eq!(found, [index]);
    };
    check(house.ledger());
    house.reopen();
    check(house.ledger());
    let again = house.ledger().admit(statement).unwrap();
    assert!(matches!(again, Verdict::Recorded { index: i, known: true, .. } if i == index), "{again:?}");
}

/// A model that nobody registered goes to prod: refused. To dev: recorded, and it says so.
#[test]
fn enforce_refuses_with_a_denial_and_observe_records_what_it_would_have_refused() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let scientist = author("user:sam", 11);
    house.enrol(&scientist, "role:data-scientist");
    let promote = |env| {
        let body = ModelPromoted { artifact: Digest([1; 32]), from: None, reason: None };
        house.event("model/m@1", Some(env), Body::ModelPromoted(body))
    };
    let statement = house.sign(&scientist, &[promote(Env::Prod)]);
    let verdict = house.ledger().admit(statement.clone()).unwrap();
    let Verdict::Refused { denial: Some(denial), reasons, known: false, .. } = verdict else { panic!("{verdict:?}") };
    assert!(!reasons.is_empty());
    let record = house.ledger().record(denial).unwrap();
    let Body::Denial(body) = &record.events[0].body else { panic!("{record:?}") };
    assert_eq!(body.actor, scientist.actor);
    let kept = house.ledger().vault().refused(&body.bytes.unwrap().0).unwrap();
    assert_eq!(kept.as_deref(), Some(&*statement), "the refused bytes stand in the vault");

    let Verdict::Recorded { index, events, .. } = house.submit(&scientist, &[promote(Env::Dev)]) else { panic!() };
    assert_eq!(events[0].outcome, Outcome::Recorded);
    assert!(!events[0].reasons.is_empty());
    for round in 0..2 {
        let ask = |decision| Query { decision: Some(decision), limit: 10, ..Query::default() };
        let denied = house.ledger().query(&ask(DecisionFilter::Deny)).unwrap().records;
        assert_eq!(denied.iter().map(|record| record.index).collect::<Vec<_>>(), [denial], "round {round}");
        let would = house.ledger().query(&ask(DecisionFilter::WouldDeny)).unwrap().records;
        assert_eq!(would.iter().map(|record| record.index).collect::<Vec<_>>(), [index], "round {round}");
        assert!(would[0].would_deny());
        let rule = body.rules[0].as_str().to_owned();
        let by_rule = Query { rule: Some(rule), decision: Some(DecisionFilter::Deny), limit: 10, ..Query::default() };
        assert_eq!(house.ledger().query(&by_rule).unwrap().records.len(), 1, "round {round}");
        let by_actor = Query { actor: Some(scientist.actor.clone()), limit: 10, ..Query::default() };
        assert_eq!(house.ledger().query(&by_actor).unwrap().records.len(), 2, "his record and his denial");
        let again = house.ledger().admit(statement.clone()).unwrap();
        assert!(matches!(again, Verdict::Refused { denial: Some(i), known: true, .. } if i == denial), "{again:?}");
        house.reopen();
    }
}

#[test]
fn what_cannot_be_judged_is_rejected_with_its_reason_and_leaves_no_trace() {
    let dir = folder();
    let house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let size = house.ledger().head().size;
    let event = house.event("dataset/d@1", Some(Env::Dev), dataset(false));
    let good = house.sign(&engineer, std::slice::from_ref(&event));
    let now = house.clock.wall_ms.load(std::sync::atomic::Ordering::SeqCst) / 1_000;
    let at = |seconds: i64| engineer.sign(std::slice::from_ref(&event), u64::try_from(seconds).unwrap(), None).unwrap();
    let window = limits::ADMISSION_WINDOW_MS / 1_000;
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let stranger = author("user:dana", 12);
    let thief = sagwan::ledger::Author { actor: "user:officer-1".parse().unwrap(), ..engineer.clone() };
    let elsewhere = sagwan::ledger::Author { audience: Some("other.example/log".into()), ..engineer.clone() };
    type Case = (&'static str, Vec<u8>, fn(&Rejection) -> bool);
    let cases: [Case; 8] = [
        ("garbage", b"garbage".to_vec(), |r| matches!(r, Rejection::Malformed(_))),
        ("too large", vec![0; limits::STATEMENT_BYTES_MAX + 1], |r| matches!(r, Rejection::TooLarge { .. })),
        ("flipped signature", flipped, |r| matches!(r, Rejection::BadSignature { .. })),
        ("unknown key", house.sign(&stranger, std::slice::from_ref(&event)), |r| {
            matches!(r, Rejection::KeyUnknown { .. })
        }),
        ("another's name", house.sign(&thief, std::slice::from_ref(&event)), |r| {
            matches!(r, Rejection::KeyOwner { .. })
        }),
        ("another log", house.sign(&elsewhere, std::slice::from_ref(&event)), |r| {
            matches!(r, Rejection::Audience { .. })
        }),
        ("too old", at(now - window - 1), |r| matches!(r, Rejection::Stale { .. })),
        ("from the future", at(now + window + 1), |r| matches!(r, Rejection::Stale { .. })),
    ];
    for (name, bytes, expected) in cases {
        let verdict = house.ledger().admit(bytes).unwrap();
        let Verdict::Invalid(rejection) = &verdict else { panic!("{name}: {verdict:?}") };
        assert!(expected(rejection), "{name}: {rejection:?}");
        assert!(rejection.to_string().len() > 20, "{name}: {rejection}");
    }
    assert_eq!(house.ledger().head().size, size, "nothing was recorded");
    assert!(matches!(house.ledger().admit(good).unwrap(), Verdict::Recorded { .. }));
}

#[test]
fn a_later_statement_sees_an_earlier_one_of_the_same_submission() {
    let dir = folder();
    let house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    let subject = "actor/user:dana";
    let enrolled = sagwan::event::body::ActorEnrolled { key: Some(engineer.enrolment()), title: None };
    let role =
        sagwan::event::body::RoleAssigned { role: "role:data-engineer".parse().unwrap(), until: None, reason: None };
    let statements = vec![
        house.sign(&house.officers[0], &[house.event(subject, None, Body::ActorEnrolled(enrolled))]),
        house.sign(&house.officers[0], &[house.event(subject, Some(Env::Dev), Body::RoleAssigned(role))]),
        house.sign(&engineer, &[house.event("dataset/d@1", Some(Env::Dev), dataset(false))]),
    ];
    let verdicts = house.ledger().admit_all(statements).unwrap();
    let indices: Vec<u64> = verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Recorded { index, events, .. } if events[0].reasons.is_empty() => *index,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(indices, [2, 3, 4]);
}

/// Seals, denials and the founding are written by the sequencer alone: who holds the log's key cannot hand them in, else
/// the log would hold a seal that covers nothing, and never open again.
#[test]
fn what_only_the_ledger_writes_is_not_taken_even_under_its_own_key() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let log = sagwan::ledger::Author { actor: house.actor("service:ledger"), key: house::key(200), audience: None };
    let written: Vec<Body> = (0..2).map(|index| house.ledger().record(index).unwrap().events.remove(0).body).collect();
    // Else the first one were the same statement again, and known.
    house.clock.advance(5_000);
    for body in written {
        let event = house.event("actor/service:ledger", None, body);
        for events in [vec![event.clone()], vec![event.clone(), event]] {
            let verdict = house.submit(&log, &events);
            assert!(matches!(verdict, Verdict::Invalid(Rejection::LogsOwn { .. })), "{verdict:?}");
        }
    }
    let folder = house.close();
    verify_full(&folder, &house.host, &mut |_, _| {}).unwrap();
}

/// The same read twice in one moment is two uses, by whichever key of the log signs now; and both stand after a restart.
#[test]
fn every_read_of_a_personal_subject_is_counted() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let people = house.record(&engineer, &[house.event("dataset/people@1", Some(Env::Prod), dataset(true))]);
    let asker = Asker {
        reader: Reader::Actor(engineer.actor.clone()),
        origin: "10.0.0.7".parse().unwrap(),
        purpose: Some("monitoring".parse().unwrap()),
    };
    let read = |ledger: &Ledger| ledger.as_reader(asker.clone()).record(people).unwrap();
    assert_eq!(read(house.ledger()).value.bytes, read(house.ledger()).value.bytes);
    let old = Digest(house.ledger().log_keys().unwrap()[0].thumbprint());
    house.ledger().rotate_log_key(house::key(201)).unwrap();
    house.ledger().revoke_log_key(old, "planned".parse().unwrap(), None).unwrap();
    assert!(read(house.ledger()).warned.is_empty());
    house.reopen();
    let uses = Query { kind: Some(Kind::AccessUsed), limit: 10, ..Query::default() };
    let uses = house.ledger().query(&uses).unwrap().records;
    assert_eq!(uses.len(), 3);
    assert!(
        uses.iter().all(|record| record.actor == ActorId::ledger() && record.rulings[0].rules[0].as_str() == "log-own")
    );
    let stranger = Asker { reader: Reader::Anyone, ..asker };
    let refused = house.ledger().as_reader(stranger).record(people);
    assert!(matches!(refused, Err(LedgerError::NotForYou { .. })), "{refused:?}");
    drop(verify_full(&house.close(), &house.host, &mut |_, _| {}).unwrap());
}

/// A checkpoint that a revoked key of the log signed is not believed, whatever else is right about it.
#[test]
fn a_checkpoint_under_a_revoked_key_is_refused() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let old = Digest(house.ledger().log_keys().unwrap()[0].thumbprint());
    house.ledger().rotate_log_key(house::key(201)).unwrap();
    house.ledger().revoke_log_key(old, "planned".parse().unwrap(), None).unwrap();
    let head = house.ledger().head();
    let folder = house.close();
    let text = head.checkpoint.split_inclusive("\n\n").next().unwrap().trim_end_matches('\n').to_owned() + "\n";
    let signer = sagwan::crypto::NoteSigner::new(ORIGIN, sagwan::codec::note::KeyType::Ed25519, house::key(200));
    let forged = sagwan::codec::note::format_note(&text, &[signer.unwrap().sign(&text, 0)]).unwrap();
    std::fs::write(folder.join("checkpoint"), forged).unwrap();
    let refused = verify_full(&folder, &house.host, &mut |_, _| {});
    assert!(matches!(refused, Err(LedgerError::Checkpoint { .. })), "{refused:?}");
    assert!(matches!(Ledger::open(&folder, &house.options, &house.host), Err(LedgerError::Checkpoint { .. })));
}

#[test]
fn a_client_id_names_one_content() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let sign = |house: &house::House, subject: &str, ahead: u64| {
        let now = u64::try_from(house.clock.wall_ms.load(std::sync::atomic::Ordering::SeqCst) / 1_000).unwrap();
        let event = house.event(subject, Some(Env::Dev), dataset(false));
        engineer.sign(&[event], now + ahead, Some(b"job-17")).unwrap()
    };
    let first = sign(&house, "dataset/a@1", 0);
    let Verdict::Recorded { index, .. } = house.ledger().admit(first.clone()).unwrap() else { panic!() };
    for _ in 0..2 {
        // Another content, signed in another hour: the id is remembered over the whole window.
        let other = house.ledger().admit(sign(&house, "dataset/b@1", 7_200)).unwrap();
        assert!(matches!(other, Verdict::Invalid(Rejection::ClientId { index: i }) if i == index), "{other:?}");
        assert!(matches!(house.ledger().admit(first.clone()).unwrap(), Verdict::Recorded { known: true, .. }));
        house.reopen();
    }
}

#[test]
fn a_flood_of_refusals_is_summed_up() {
    let dir = folder();
    let house = found(&dir.path().join("ledger"));
    let scientist = author("user:sam", 11);
    house.enrol(&scientist, "role:data-scientist");
    let promote = |n: u32| {
        let body = ModelPromoted { artifact: Digest([1; 32]), from: None, reason: None };
        house.sign(&scientist, &[house.event(&format!("model/m@{n}"), Some(Env::Prod), Body::ModelPromoted(body))])
    };
    let flood = limits::DENIALS_PER_MINUTE + 25;
    let verdicts = house.ledger().admit_all((0..flood).map(promote).collect()).unwrap();
    let with_denial = verdicts.iter().filter(|v| matches!(v, Verdict::Refused { denial: Some(_), .. })).count();
    assert_eq!(with_denial, limits::DENIALS_PER_MINUTE as usize);
    house.clock.advance(61_000);
    house.submit(&scientist, &[house.event("dataset/x@1", Some(Env::Dev), dataset(false))]);
    let query = Query { decision: Some(DecisionFilter::Deny), newest_first: true, limit: 1, ..Query::default() };
    let page = house.ledger().query(&query).unwrap();
    let Body::Denial(sum) = &page.records[0].events[0].body else { panic!() };
    assert_eq!(sum.suppressed, Some(25));
}

#[test]
fn the_logs_key_rotates_and_both_keys_sign_until_the_old_one_ends() {
    let dir = folder();
    let mut house = found(&dir.path().join("ledger"));
    let log_pub = || {
        let text = std::fs::read_to_string(dir.path().join("ledger/log.pub")).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(log_pub(), house.ledger().log_vkeys().unwrap());
    let old = house.ledger().log_keys().unwrap().remove(0);
    house.ledger().rotate_log_key(house::key(201)).unwrap();
    assert_eq!((log_pub().len(), log_pub()), (2, house.ledger().log_vkeys().unwrap()));
    let keys = house.ledger().log_keys().unwrap();
    assert_eq!(keys.len(), 2);
    for key in &keys {
        let pinned = sagwan::verify::LogKeys::new(ORIGIN, std::slice::from_ref(key)).unwrap();
        sagwan::verify::verify_checkpoint(house.ledger().head().checkpoint.as_bytes(), &pinned).unwrap();
    }
    house.reopen();
    let kid = Digest(old.thumbprint());
    house.ledger().revoke_log_key(kid, "planned".parse().unwrap(), None).unwrap();
    assert_eq!(house.ledger().log_keys().unwrap(), [house::key(201).public().clone()]);
    assert_eq!(log_pub(), house.ledger().log_vkeys().unwrap());
    assert_eq!(log_pub().len(), 1, "the revoked key is gone from log.pub");
    // A file that says otherwise does not stay.
    std::fs::write(dir.path().join("ledger/log.pub"), "somebody else's key\n").unwrap();
    house.reopen();
    assert_eq!(log_pub(), house.ledger().log_vkeys().unwrap());
    let folder = house.close();
    let report = verify_full(&folder, &Host::real(), &mut |_, _| {}).unwrap();
    assert_eq!(report.origin, ORIGIN);
}

#[test]
fn verify_full_counts_everything_and_the_index_rebuilds_to_the_same_content() {
    let dir = folder();
    let options = Options { index: IndexKind::Disk, stride_records: 64, ..Options::default() };
    let path = dir.path().join("ledger");
    let mut house = found_with(&path, options.clone(), Host::real());
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    for n in 0..40 {
        let batch: Vec<_> =
            (0..3).map(|k| house.event(&format!("dataset/d{k}@{n}"), Some(Env::Dev), dataset(k == 0))).collect();
        house.record(&engineer, &batch);
        let other = house.event(&format!("dataset/e@{n}"), Some(Env::Dev), dataset(false));
        house.record(&engineer, &[other]);
    }
    let size = house.ledger().head().size;
    assert!(matches!(Ledger::open(&path, &options, &house.host), Err(LedgerError::Storage(_))), "one process a folder");
    house.close();
    let mut seen = 0;
    let report = verify_full(&path, &house.host, &mut |done, _| seen = done).unwrap();
    assert_eq!((report.size, seen), (size, size));
    assert_eq!(report.totals.statements, 1 + 1 + 80);
    assert_eq!(report.totals.events, 1 + 4 + 40 * 4);
    assert_eq!(report.signatures, size);
    let first = rebuild_index(&path, &options, &house.host, &mut |_, _| {}).unwrap();
    let second = rebuild_index(&path, &options, &house.host, &mut |_, _| {}).unwrap();
    assert_eq!(first.before, Some(first.content), "what was written stride by stride, live, is what a rebuild writes");
    assert_eq!(second, first);
    std::fs::remove_dir_all(path.join("index")).unwrap();
    let ledger = Ledger::open(&path, &options, &house.host).unwrap();
    let query = Query { subject: Some("dataset/d0@7".parse().unwrap()), limit: 5, ..Query::default() };
    assert_eq!(ledger.query(&query).unwrap().records.len(), 1);
    ledger.close().unwrap();
    let third = rebuild_index(&path, &options, &house.host, &mut |_, _| {}).unwrap();
    assert_eq!(third, first);
}

#[test]
fn too_much_at_once_is_told_so_and_nothing_is_lost() {
    let dir = folder();
    let options = Options { queue_statements_max: 4, index: IndexKind::Memory, ..Options::default() };
    let house = found_with(&dir.path().join("ledger"), options, Host::real());
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let (sender, receiver) = mpsc::channel();
    let (mut taken, mut refused) = (0, 0);
    for n in 0..200 {
        let statement =
            house.sign(&engineer, &[house.event(&format!("dataset/d@{n}"), Some(Env::Dev), dataset(false))]);
        let sender = sender.clone();
        match house.ledger().submit(vec![statement], Box::new(move |verdicts| sender.send(verdicts).unwrap())) {
            Ok(()) => taken += 1,
            Err(Busy::Full { limit: 4, .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    drop(sender);
    let verdicts: Vec<Verdict> = receiver.into_iter().flatten().collect();
    assert_eq!(verdicts.len(), taken, "{refused} were told to come again");
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Recorded { .. })));
}

#[test]
fn pages_cover_everything_once_in_both_directions() {
    let dir = folder();
    let house = found(&dir.path().join("ledger"));
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    let mut expected = Vec::new();
    for n in 0..30 {
        house.clock.advance(1_000);
        expected
            .push(house.record(&engineer, &[house.event(&format!("dataset/d@{n}"), Some(Env::Dev), dataset(false))]));
    }
    for newest_first in [false, true] {
        let mut query = Query { actor: Some(engineer.actor.clone()), newest_first, limit: 7, ..Query::default() };
        let mut found = Vec::new();
        loop {
            let page = house.ledger().query(&query).unwrap();
            assert!(page.records.len() <= 7);
            found.extend(page.records.iter().map(|record| record.index));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        if newest_first {
            found.reverse();
        }
        assert_eq!(found, expected);
    }
    let t = |n: usize| house.ledger().record(expected[n]).unwrap().t;
    let query = Query { since: Some(t(10)), until: Some(t(20)), limit: 100, ..Query::default() };
    let found: Vec<u64> = house.ledger().query(&query).unwrap().records.iter().map(|record| record.index).collect();
    assert_eq!(found, expected[10..20]);
}
