use super::*;
use crate::event::Timestamp;

const SALT: [u8; 32] = [7; 32];

fn used() -> Event {
    let text = r#"{"kind": "access.used", "subject": "dataset/german-credit@1994", "env": "prod",
        "time": "2026-01-31T09:00:00Z",
        "body": {"account": "user:analyst-7", "origin": "10.0.0.7", "task": "complaint 4711",
                 "grant": "grant/complaints-2026", "purpose": "complaints", "records": 1},
        "facets": {"a/b": {"~": [1, {"x": 2}]}}}"#;
    event_codec::from_json(text, Timestamp(0)).unwrap()
}

#[test]
fn the_exact_bytes_are_those_documented() {
    let mut input = b"sagwan commitment v1\0".to_vec();
    input.extend([7; 32]);
    input.extend([0, 0, 0, 12]);
    input.extend(b"/body/origin");
    input.extend(b"\x6810.0.0.7");
    let digest = Digest(Sha256::digest(&input).into());
    assert_eq!(commit("/body/origin", &Value::Text("10.0.0.7".into()), &SALT), digest);
}

#[test]
fn a_field_is_taken_out_and_shown_again() {
    let event = used();
    let (rest, opening) = take_out(&event, "/body/origin", &SALT).unwrap();
    assert!(!event_codec::to_json(&rest).to_string().contains("10.0.0.7"));
    assert_eq!(event_codec::from_cbor(&event_codec::to_cbor(&rest)).unwrap(), rest);
    verify_opening(&rest, &opening).unwrap();
    let (rest, nested) = take_out(&rest, "/facets/a~1b/~0", &[8; 32]).unwrap();
    verify_opening(&rest, &opening).unwrap();
    verify_opening(&rest, &nested).unwrap();
    assert_eq!(event_codec::to_json(&rest)["facets"], serde_json::json!({"a/b": {}}));
    let kept = serde_json::to_string(&nested).unwrap();
    assert_eq!(serde_json::from_str::<Opening>(&kept).unwrap(), nested);
    assert_eq!(crate::codec::cbor::decode::<Opening>(&crate::codec::cbor::encode(&nested).unwrap()).unwrap(), nested);
    assert!(!format!("{nested:?}").contains("salt"));
}

#[test]
fn another_value_salt_path_or_event_does_not_fit() {
    let (rest, opening) = take_out(&used(), "/body/origin", &SALT).unwrap();
    let mismatch = CommitError::Mismatch { path: "/body/origin".into() };
    let changed = Opening { value: Value::Text("10.0.0.8".into()), ..opening.clone() };
    assert_eq!(verify_opening(&rest, &changed), Err(mismatch.clone()));
    let changed = Opening { salt: [8; 32], ..opening.clone() };
    assert_eq!(verify_opening(&rest, &changed), Err(mismatch));
    let moved = Opening { path: "/body/task".into(), ..opening.clone() };
    assert!(matches!(verify_opening(&rest, &moved), Err(CommitError::NotCommitted { .. })));
    assert!(matches!(verify_opening(&used(), &opening), Err(CommitError::NotCommitted { .. })));
}

#[test]
fn what_cannot_be_left_out_is_refused() {
    let refused = |path: &str| take_out(&used(), path, &SALT).unwrap_err();
    assert!(matches!(refused("/subject"), CommitError::Path(_)));
    assert!(matches!(refused("body/origin"), CommitError::Path(_)));
    assert!(matches!(refused("/body/purpose"), CommitError::Required { .. }));
    assert!(matches!(refused("/body/nothing"), CommitError::Absent { .. }));
    assert!(matches!(refused("/body/origin/x"), CommitError::Absent { .. }));
    let list = refused("/facets/a~1b/~0/1/x");
    assert!(matches!(&list, CommitError::InList { list, .. } if list == "/facets/a~1b/~0"), "{list}");
    let mut large = used();
    large.facets.insert("large".into(), Value::Text("x".repeat(20_000)));
    assert!(matches!(take_out(&large, "/facets/large", &SALT), Err(CommitError::TooLarge { .. })));
    let (rest, _) = take_out(&used(), "/body/origin", &SALT).unwrap();
    assert!(matches!(take_out(&rest, "/body/origin", &SALT), Err(CommitError::Absent { .. })));
}
