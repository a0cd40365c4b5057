use super::*;
use crate::event::EventError;

const NOW: Timestamp = Timestamp(1_769_850_000_000);

fn used() -> String {
    format!(
        r#"{{"kind": "access.used", "subject": "dataset/german-credit@1994", "env": "prod",
            "inputs": [{{"subject": "model/credit-risk@3", "digest": "sha256:{0}", "external": true}}],
            "body": {{"account": "user:analyst-7", "task": "complaint 4711", "grant": "grant/complaints-2026",
                      "purpose": "complaints", "records": 1}},
            "facets": {{"a-long-name": [1, 1.0, 1.5, 0.1, -1, null, true, "x", {{"b": 1, "aa": 2}}], "z": -0.0}},
            "commitments": [{{"path": "/body/origin", "digest": "sha256:{0}"}}],
            "imported": true, "claimed_by": "gateway"}}"#,
        "0f".repeat(32)
    )
}

#[test]
fn an_event_survives_both_forms() {
    let event = from_json(&used(), NOW).unwrap();
    assert_eq!(event.time, NOW);
    let bytes = to_cbor(&event);
    cbor::check(&bytes).unwrap();
    assert_eq!(from_cbor(&bytes).unwrap(), event);
    assert_eq!(from_json(&to_json(&event).to_string(), Timestamp(0)).unwrap(), event);
    let batch = vec![event.clone(), event.clone(), event];
    assert_eq!(payload_from_cbor(&payload_to_cbor(&batch)).unwrap(), batch);
    assert_eq!(payload_from_cbor(&payload_to_cbor(&batch[..1])).unwrap(), batch[..1]);
}

/// The nearest float to what is written, not one beside it, which a reader of JSON in a hurry takes.
#[test]
fn a_number_is_read_as_it_is_written() {
    for number in [1.0000000000000001e73, 5e-324, f64::MAX, 0.1 + 0.2, 1e23, 1.234_567_891_234_568e-292] {
        let text = used().replace("1.5", &format!("{number:e}"));
        let event = from_json(&text, NOW).unwrap();
        assert!(
            to_cbor(&event).windows(9).any(|bytes| bytes == [&[0xfb][..], &number.to_be_bytes()].concat()),
            "{number:e}"
        );
        assert_eq!(from_json(&to_json(&event).to_string(), NOW).unwrap(), event, "{number:e}");
    }
}

#[test]
fn errors_name_position_field_and_remedy() {
    let event = from_json(&used(), NOW).unwrap();
    let fails = |from: &str, to: &str| from_json(&used().replace(from, to), NOW).unwrap_err();
    let error = fails("\"records\"", "\"recrods\"");
    assert_eq!((error.path(), error.reason().code()), ("body", "unknown-field"));
    assert!(error.to_string().contains("did you mean \"records\""), "{error}");
    let error = fails("\"task\": ", "\"task\": \"x\", \"task\": ");
    assert_eq!(error.reason(), &Reason::Twice("task".into()));
    let error = fails("\"prod\"", "\"production\"");
    assert_eq!((error.path(), error.to_string().contains("dev, staging, prod")), ("env", true), "{error}");
    let error = fails("model/credit-risk@3", "modell/x");
    assert_eq!(error.path(), "inputs[0].subject");
    let error = fails("\"/body/origin\"", "\"/body/records\"");
    assert!(matches!(error.reason(), Reason::Rule(EventError::Missing { field: "origin", .. })), "{error}");
    let error = fails("[{\"path\"", "[{\"path\": \"/body/records\", \"digest\": \"sha256:0\"}, {\"path\"");
    assert_eq!(error.path(), "commitments[0].digest");
    let mut committed = event.clone();
    let twice = committed.commitments[0].clone();
    committed.commitments.push(Commitment { path: "/facets/z".into(), ..twice });
    let error = payload_from_cbor(&payload_to_cbor(&[event, committed])).unwrap_err();
    assert_eq!((error.position(), error.reason().code()), (Some(1), "committed-and-present"));
}

#[test]
fn what_is_not_the_one_encoding_is_refused() {
    let event = from_json(&used(), NOW).unwrap();
    let bytes = to_cbor(&event);
    // `imported: true` turned to false; `env` to null.
    let at = bytes.windows(9).position(|w| w == b"himported").unwrap() + 9;
    let mut changed = bytes.clone();
    changed[at] = 0xf4;
    assert_eq!(from_cbor(&changed).unwrap_err().reason().code(), "not-canonical");
    let prod = bytes.windows(5).position(|w| w == b"\x64prod").unwrap();
    let changed = [&bytes[..prod], &[0xf6], &bytes[prod + 5..]].concat();
    assert_eq!(from_cbor(&changed).unwrap_err().reason().code(), "env-missing");
    assert!(matches!(from_cbor(&[&bytes[..], &[0]].concat()).unwrap_err().reason(), Reason::Cbor(_)));
    assert!(matches!(payload_from_cbor(&[0x80]).unwrap_err().reason(), Reason::BatchSize { count: 0 }));
    assert!(matches!(payload_from_cbor(&[]).unwrap_err().reason(), Reason::Shape));
}
