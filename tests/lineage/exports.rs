//! Exports: what they say, that they say it the same way every time, and that nothing that a reader may not see is in
//! them. Whether others can read them is asked in `tests/interop_exports.rs`.

use super::{
    house::author,
    story::{HOSTILE, Story, operator},
};
use sagwan::{
    decide::Reader,
    ledger::Asker,
    lineage::{
        Direction, Moment, Walk, draw,
        export::{Format, Of, Wanted, write},
        gather,
    },
};
use serde_json::Value as Json;
use std::path::Path;

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/exports").join(name);
    if std::env::var_os("SAGWAN_WRITE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap();
    assert!(then == text, "{name}: run with SAGWAN_WRITE_VECTORS=1 and review");
}

#[test]
fn exports_are_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    for format in Format::ALL {
        let text = write(*format, &story.around("run/train")).unwrap();
        assert_eq!(text, write(*format, &story.around("run/train")).unwrap(), "{format}");
        golden(&format!("run.{format}.txt"), &text);
    }
}

#[test]
fn an_export_as_of_an_index_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    let head = story.house.ledger().head().size;
    let walk = Walk::new("model/credit@1".parse().unwrap(), Direction::Both);
    let as_of = |of: Of| Wanted { of, as_of: Some(Moment::Index(head)) };
    let all = Of::Span { since: None, until: None, filter: Default::default() };
    let wanted = [as_of(Of::Walk(walk)), as_of(all)];
    let then: Vec<_> = wanted.iter().map(|wanted| story.gather(wanted)).collect();
    let registered = serde_json::json!({ "source": "x", "purpose": "x", "legal_basis": "x" });
    let from = serde_json::json!({ "inputs": [{ "subject": "model/credit@1" }] });
    story.record("dataset.registered", "dataset/late@1", registered, from);
    for (wanted, then) in wanted.iter().zip(then) {
        let now = story.gather(wanted);
        for format in Format::ALL {
            assert_eq!(write(*format, &now).unwrap(), write(*format, &then).unwrap(), "{format}");
        }
    }
    let walk = Walk::new("model/credit@1".parse().unwrap(), Direction::Both);
    let now = story.gather(&Wanted { of: Of::Walk(walk), as_of: None });
    assert!(write(Format::Prov, &now).unwrap().contains("dataset/late@1"));
}

#[test]
fn a_span_holds_what_was_recorded_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    let lines = |since: Option<Moment>, until: Option<Moment>| {
        let of = Of::Span { since, until, filter: Default::default() };
        let text = write(Format::OpenLineage, &story.gather(&Wanted { of, as_of: None })).unwrap();
        text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()).collect::<Vec<_>>()
    };
    let all = lines(None, None);
    let head = story.house.ledger().head().size;
    assert_eq!(lines(Some(Moment::Index(head)), None).len(), 0);
    let middle = Moment::Index(head / 2);
    assert_eq!(lines(None, Some(middle)).len() + lines(Some(middle), None).len(), all.len());
    let types: Vec<_> = all.iter().filter_map(|event| event["eventType"].as_str()).collect();
    assert_eq!(types, ["START", "COMPLETE", "START", "FAIL", "OTHER"]);
    let last = lines(Some(Moment::Time(story.now())), None);
    assert_eq!(last.len(), 1);
    assert_eq!(last[0]["dataset"]["facets"]["lifecycleStateChange"]["lifecycleStateChange"], "DROP");
}

#[test]
fn what_a_reader_may_not_see_is_in_no_export() {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    // In `prod` rules are enforced; a stranger reads nothing there.
    let digest = format!("sha256:{}", "0f".repeat(32));
    let registered = serde_json::json!({ "source": "x", "purpose": "x", "legal_basis": "x", "digest": digest });
    let prod = serde_json::json!({ "env": "prod", "inputs": [{ "subject": "dataset/clean@1" }] });
    let engineer = author("user:dana", 31);
    story.house.enrol(&engineer, "role:data-engineer");
    story.record_as(&engineer, "dataset.registered", "dataset/secret@1", registered, prod);
    let asker = Asker { reader: Reader::Actor("user:nobody".parse().unwrap()), ..operator() };
    let viewer = story.house.ledger().as_reader(asker);
    let walk = |name: &str| Of::Walk(Walk::new(name.parse().unwrap(), Direction::Both));
    let ask = |of: Of| gather(&viewer, &Wanted { of, as_of: None }, "a test");
    // What exists and what does not are refused in the same words.
    let refused = |name: &str| ask(walk(name)).map(drop).unwrap_err().to_string().replace(name, "NAME");
    assert_eq!(refused("dataset/secret@1"), refused("dataset/never@1"));
    for of in [walk("dataset/clean@1"), Of::Span { since: None, until: None, filter: Default::default() }] {
        let seen = ask(of.clone()).unwrap().value;
        let all = story.gather(&Wanted { of, as_of: None });
        for format in Format::ALL {
            let theirs = write(*format, &seen).unwrap();
            assert!(theirs.contains("credits") && !theirs.contains("secret"), "{format}: {theirs}");
            assert!(write(*format, &all).unwrap().contains("secret"), "{format}");
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    let text = write(Format::OpenLineage, &story.all()).unwrap();
    let mut events = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let failed = events.find(|event| event["eventType"] == "FAIL").unwrap();
    assert_eq!(failed["run"]["facets"]["errorMessage"]["message"], HOSTILE);
    let told: Json = serde_json::from_str(&write(Format::Prov, &story.all()).unwrap()).unwrap();
    let claimed = told["agent"].as_object().unwrap().values().filter(|agent| agent["prov:label"] == HOSTILE);
    assert_eq!(claimed.count(), 1);
    for format in [Format::Svg, Format::Dot, Format::Mermaid] {
        let text = write(format, &story.whole()).unwrap();
        assert!(!text.contains("<script>") && !text.contains('\u{202e}'), "{format}");
    }
    // Columns are called as their author likes.
    let columns = super::columns::ask(&story, "dataset/clean@1", "age", Direction::Both);
    let scene = (&columns).into();
    for text in [draw::svg(&scene).unwrap(), draw::dot(&scene), draw::mermaid(&scene)] {
        assert!(text.contains("script") && !text.contains("</text><script>") && !text.contains('\u{202e}'), "{text}");
        assert!(!text.contains("%%{") || !text.starts_with("flowchart"), "{text}");
    }
}
