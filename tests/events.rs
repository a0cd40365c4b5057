//! `docs/events.md` says what the code does; every event has one encoding; hostile input is refused by name.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what fails here fails the test")]

mod common {
    pub mod doc;
    pub mod generate;
}

use common::{
    doc::{Page, Section},
    generate::{Generator, mention_columns, seed},
};
use sagwan::{
    codec::{
        cbor,
        commit::{Opening, verify_opening},
        event::{
            FIELDS, from_cbor, from_json, from_json_value, payload_from_cbor, payload_from_json, payload_to_cbor,
            to_cbor, to_json,
        },
    },
    event::{Body, Event, Kind, Scope, Signer, Subject, SubjectKind, Timestamp, Value, limits},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp(1_769_850_000_000);

fn parse(section: &Section) -> (Json, Event) {
    let json: Json = serde_json::from_str(&section.example).unwrap_or_else(|e| panic!("{}: {e}", section.name));
    let event = from_json(&section.example, NOW).unwrap_or_else(|e| panic!("{}: {e}", section.name));
    (json, event)
}

#[test]
fn every_kind_has_its_section_in_order_and_says_what_the_code_does() {
    let page = Page::read();
    let named: Vec<_> = page.kinds.iter().map(|section| (&*section.group, &*section.name)).collect();
    let known: Vec<_> = Kind::ALL.iter().map(|kind| (kind.group(), kind.as_str())).collect();
    assert_eq!(named, known);
    for kind in Kind::ALL {
        let bullets = &page.kind(kind.as_str()).bullets;
        let subjects: Vec<_> = kind.subjects().iter().map(|subject| format!("`{subject}`")).collect();
        let or = |list: String, none: &str| if subjects.is_empty() { none.to_owned() } else { list };
        assert_eq!(bullets["Subject"], or(subjects.join(", "), "any"), "{kind}");
        let env = match kind.scope() {
            Scope::Env => "required",
            Scope::Ledger => "absent",
            Scope::Any => "optional",
        };
        assert_eq!(bullets["Environment"], env, "{kind}");
        let signer = match kind.signer() {
            Signer::Actor => "an enrolled actor",
            Signer::Log => "only the log's own key",
        };
        assert_eq!(bullets["Signed by"], signer, "{kind}");
        let object = or(subjects.join(" or "), "that of the subject");
        assert_eq!(bullets["Policy"], format!("object type {object}, action `{}`", kind.action()), "{kind}");
    }
}

#[test]
fn every_example_survives_json_event_cbor_event_json() {
    let page = Page::read();
    for section in page.kinds.iter().chain([&page.parts["Kinds of others"]]) {
        let (json, event) = parse(section);
        let bytes = to_cbor(&event);
        cbor::check(&bytes).unwrap();
        let again = from_cbor(&bytes).unwrap_or_else(|e| panic!("{}: {e}", section.name));
        assert_eq!(again, event, "{}", section.name);
        assert_eq!(to_json(&again), json, "{}", section.name);
        let in_order = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(in_order(&to_json(&again)), in_order(&json), "{}: fields out of order", section.name);
        if section.name.starts_with(|c: char| c.is_ascii_lowercase()) {
            assert_eq!(event.kind().as_str(), section.name);
        }
    }
}

#[test]
fn the_tables_name_every_field_its_presence_and_its_type() {
    let page = Page::read();
    let mut generator = Generator::new(seed());
    for kind in Kind::ALL {
        let section = page.kind(kind.as_str());
        let documented: Vec<_> = section.fields.iter().map(|f| (&*f.name, &*f.presence)).collect();
        let known: Vec<_> = kind.fields().iter().map(|(name, presence)| (*name, presence.as_str())).collect();
        assert_eq!(documented, known, "{kind}");
        let (example, event) = parse(section);
        for field in &section.fields {
            // Without it: refused if it must be there, another event if it was there.
            let mut without = example.clone();
            let removed = without["body"].as_object_mut().unwrap().shift_remove(&field.name);
            match (&*field.presence, removed) {
                ("optional", None) | ("required or committed", None) => {}
                ("optional", Some(_)) => assert_ne!(from_json_value(&without, NOW).unwrap(), event, "{kind}"),
                (_, removed) => {
                    assert!(removed.is_some(), "{kind}: the example has no {}", field.name);
                    let error = from_json_value(&without, NOW).unwrap_err();
                    assert!(error.to_string().contains(&field.name), "{kind}: {error}");
                }
            }
            // With every value that the type allows; and not with one that it does not.
            if field.presence != "required or committed" || example["body"].get(&field.name).is_some() {
                for _ in 0..8 {
                    let mut with = example.clone();
                    with["body"][&field.name] = generator.value(&field.kind);
                    mention_columns(&mut with);
                    from_json_value(&with, NOW).unwrap_or_else(|e| panic!("{kind} {}: {e}", field.name));
                }
            }
            if field.kind != "any value" {
                let mut wrong = example.clone();
                wrong["body"][&field.name] = if field.kind.starts_with("map") { json!(3) } else { json!({"?": []}) };
                let error = from_json_value(&wrong, NOW).unwrap_err();
                assert!(error.path().starts_with(&format!("body.{}", field.name)), "{kind} {}: {error}", field.name);
            }
        }
        let mut unknown = example.clone();
        unknown["body"]["not_a_field"] = true.into();
        assert_eq!(from_json_value(&unknown, NOW).unwrap_err().reason().code(), "unknown-field", "{kind}");
    }
}

#[test]
fn the_parts_common_to_all_events_are_those_of_the_code() {
    let page = Page::read();
    let names = |part: &str| page.parts[part].fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(""), FIELDS);
    assert_eq!(names("References"), ["subject", "digest", "external"]);
    assert_eq!(names("Commitments"), ["path", "digest"]);
    let subjects: Vec<_> = page
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("/` | "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(subjects, SubjectKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
    for (what, limit) in [
        ("bytes of a statement", limits::STATEMENT_BYTES_MAX),
        ("bytes of JSON that is to become events", limits::EVENT_JSON_BYTES_MAX),
        ("events in a batch", limits::BATCH_EVENTS_MAX),
        ("inputs, outputs, each", limits::REFERENCES_MAX),
        ("commitments", limits::COMMITMENTS_MAX),
        ("columns of which an event says what they came from", limits::COLUMN_LINEAGE_MAX),
        ("columns that one column came from", limits::COLUMN_INPUTS_MAX),
        ("nesting", limits::DEPTH_MAX),
        ("bytes of a subject", limits::SUBJECT_BYTES_MAX),
        ("bytes of a text", limits::TEXT_BYTES_MAX),
        ("bytes of a name in an object", limits::NAME_BYTES_MAX),
        ("bytes of a kind", limits::KIND_BYTES_MAX),
        ("bytes of a value behind a commitment", limits::COMMITTED_VALUE_BYTES_MAX),
    ] {
        let row = page.text.lines().find(|line| line.starts_with(&format!("| {what} | "))).expect(what);
        let documented: String = row[what.len() + 5..].chars().filter(char::is_ascii_digit).collect();
        assert_eq!(documented, limit.to_string(), "{what}");
    }
}

#[test]
fn the_opening_in_the_page_opens_the_commitment_in_the_example() {
    let page = Page::read();
    let text = page.text.split_once("```json opening\n").unwrap().1.split("\n```").next().unwrap();
    let opening: Opening = serde_json::from_str(text).unwrap();
    let (_, event) = parse(page.kind("access.used"));
    verify_opening(&event, &opening).unwrap();
    assert!(page.text.contains(&format!("which gives `{}`", event.commitments[0].digest)));
}

#[test]
fn random_events_of_every_kind_survive_every_form() {
    let mut generator = Generator::new(seed());
    let extension = Kind::parse("x.example.anything").unwrap();
    for kind in Kind::ALL.iter().chain([&extension]) {
        for _ in 0..60 {
            let json = generator.event(kind);
            let event = from_json_value(&json, NOW).unwrap_or_else(|e| panic!("{kind}: {e}\n{json:#}"));
            let bytes = to_cbor(&event);
            cbor::check(&bytes).unwrap_or_else(|e| panic!("{kind}: {e}\n{json:#}"));
            assert_eq!(from_cbor(&bytes).unwrap_or_else(|e| panic!("{kind}: {e}\n{json:#}")), event);
            assert_eq!(from_json_value(&to_json(&event), NOW).unwrap(), event);
            let batch = [event.clone(), event];
            let bytes = payload_to_cbor(&batch);
            cbor::check(&bytes).unwrap();
            assert_eq!(payload_from_cbor(&bytes).unwrap(), batch);
        }
    }
}

/// Every text in a JSON value that is a subject's name.
fn subjects_in(json: &Json, found: &mut Vec<Subject>) {
    match json {
        Json::String(text) => found.extend(text.parse::<Subject>()),
        Json::Array(items) => items.iter().for_each(|item| subjects_in(item, found)),
        Json::Object(fields) => fields.values().for_each(|field| subjects_in(field, found)),
        _ => {}
    }
}

/// Who may read a record depends on the subjects that it names: a field of a body that names one must be known to.
#[test]
fn a_subject_in_a_typed_body_is_one_that_the_event_names() {
    let mut generator = Generator::new(seed());
    let mut seen = BTreeSet::new();
    for kind in Kind::ALL {
        for _ in 0..60 {
            let json = generator.event(kind);
            let event = from_json_value(&json, NOW).unwrap();
            let mut found = Vec::new();
            subjects_in(&to_json(&event)["body"], &mut found);
            for subject in found {
                assert!(event.names().any(|named| *named == subject), "{subject} in the body of {json:#}");
                seen.insert(kind.as_str());
            }
        }
    }
    assert!(seen.len() > 10, "hardly a body names a subject: {seen:?}");
}

#[test]
fn the_deepest_event_that_json_takes_is_the_deepest_that_cbor_takes() {
    let nested = |lists| (0..lists).fold(json!(1), |inner, _| json!([inner]));
    let with = |lists| json!({"kind": "x.a.b", "subject": "dataset/x", "body": {}, "facets": {"deep": nested(lists)}});
    // The event and its facets are two levels.
    let deepest = limits::DEPTH_MAX - 2;
    let event = from_json_value(&with(deepest), NOW).unwrap();
    assert_eq!(from_cbor(&to_cbor(&event)).unwrap(), event);
    assert_eq!(payload_from_json(&with(deepest).to_string(), NOW).unwrap(), [event]);
    assert_eq!(from_json_value(&with(deepest + 1), NOW).unwrap_err().reason().code(), "too-deep");
}

#[test]
fn no_changed_byte_gives_a_second_encoding() {
    let mut generator = Generator::new(seed());
    let check = |bytes: &[u8], at: usize, flip: u8| {
        let mut changed = bytes.to_vec();
        changed[at] ^= flip;
        if let Ok(event) = from_cbor(&changed) {
            assert_eq!(to_cbor(&event), changed, "byte {at} ^ {flip:#x} of {bytes:02x?}");
        }
    };
    for (number, kind) in Kind::ALL.iter().enumerate() {
        let bytes = to_cbor(&from_json_value(&generator.event(kind), NOW).unwrap());
        // Every other value of every byte for one kind in eight, every bit of every byte for all.
        for at in 0..bytes.len() {
            if number % 8 == 0 {
                (1..=255).for_each(|flip| check(&bytes, at, flip));
            } else {
                (0..8).for_each(|bit| check(&bytes, at, 1 << bit));
            }
        }
        for cut in 0..bytes.len() {
            assert!(from_cbor(&bytes[..cut]).is_err(), "{kind} cut at {cut}");
        }
    }
}

/// The data file's base event with the vector's changes.
fn changed(base: &Json, vector: &Json) -> Json {
    let mut event = base.clone();
    for (pointer, value) in vector["set"].as_object().into_iter().flatten() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    for pointer in vector["remove"].as_array().into_iter().flatten() {
        let (parent, name) = pointer.as_str().unwrap().rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().shift_remove(name).unwrap();
    }
    event
}

/// What a vector says, by the door that it knocks at.
fn refusal(base: &Json, vector: &Json) -> Result<Vec<Event>, sagwan::codec::event::DecodeError> {
    let text = |name: &str| vector[name].as_str();
    let bytes = to_cbor(&from_json_value(base, NOW).unwrap());
    if let Some(json) = text("json") {
        return payload_from_json(json, NOW);
    }
    if let Some(hex) = text("cbor") {
        return payload_from_cbor(&hex::decode(hex).unwrap());
    }
    if let Some(find) = text("find") {
        let (find, put) = (hex::decode(find).unwrap(), hex::decode(text("put").unwrap()).unwrap());
        let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&find)).collect();
        let [at] = places[..] else { panic!("{} places", places.len()) };
        return payload_from_cbor(&[&bytes[..at], &put, &bytes[at + find.len()..]].concat());
    }
    if let Some(count) = vector["events"].as_u64() {
        let mut batch = Vec::new();
        match count {
            0..24 => batch.push(0x80 | count as u8),
            _ => batch.extend([0x99, (count >> 8) as u8, count as u8]),
        }
        (0..count).for_each(|_| batch.extend_from_slice(&bytes));
        return payload_from_cbor(&batch);
    }
    if let Some(depth) = vector["deep"].as_u64() {
        let deep = (0..depth).fold(json!(1), |inner, _| json!([inner]));
        let mut event = base.clone();
        event["facets"] = json!({"deep": deep});
        return payload_from_json(&event.to_string(), NOW);
    }
    if let Some([pointer, count]) = vector["long"].as_array().map(Vec::as_slice) {
        let vector = json!({"set": {pointer.as_str().unwrap(): "x".repeat(count.as_u64().unwrap() as usize)}});
        return payload_from_json(&changed(base, &vector).to_string(), NOW);
    }
    if let Some([pointer, item, count]) = vector["many"].as_array().map(Vec::as_slice) {
        let items = vec![item.clone(); count.as_u64().unwrap() as usize];
        let vector = json!({"set": {pointer.as_str().unwrap(): items}});
        return payload_from_json(&changed(base, &vector).to_string(), NOW);
    }
    payload_from_json(&changed(base, vector).to_string(), NOW)
}

#[test]
fn hostile_events_are_refused_by_name() {
    let file: Json = serde_json::from_str(include_str!("vectors/events-hostile.json")).unwrap();
    from_json_value(&file["base"], NOW).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 60, "{}", vectors.len());
    let mut failures = Vec::new();
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        match refusal(&file["base"], vector) {
            Ok(_) => failures.push(format!("{name}: accepted")),
            Err(error) => {
                let (code, says) = (error.reason().code(), vector["says"].as_str().unwrap_or_default());
                if vector["reason"] != code || !error.to_string().contains(says) {
                    failures.push(format!("{name}: {code}: {error}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A number is the double nearest to its text, not one beside it: what was typed is what is signed.
#[test]
fn numbers_in_json_are_read_exactly() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = f64::from_bits(state);
        if !number.is_finite() {
            continue;
        }
        let text = format!(r#"{{"kind":"x.test.number","subject":"dataset/d","env":"dev","body":{{"n":{number:?}}}}}"#);
        let event = from_json(&text, Timestamp(0)).unwrap();
        let Body::Extension { body: Value::Map(map), .. } = event.body else { panic!() };
        assert_eq!(map["n"], Value::Float(number), "{number:?}");
    }
}
