//! What a plugin does with what it may call: floods, nonsense, and answers that the host does not have.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    plugin_support::{Guest, JSON, LOG, QUERY, at, digest, limits, no_answers, view},
    ward::Ward,
};
use sagwan::{
    event::Digest,
    plugin::{Answers, Cause, Class, EventView, Limits, Question, Unavailable, Verdict},
};
use std::sync::{Arc, Mutex};

const WRITE: &str = "(param i32 i32 i32)";
const EVENTS: &str = "(param i32 i32 i32 i32 i32 i32 i64 i32 i32)";
const BLOB: &str = "(param i32 i32 i32)";

/// A ledger that answers each question with these events, and each blob with these bytes; and keeps the questions.
struct Fixed {
    events: usize,
    blob: Result<Option<Vec<u8>>, Unavailable>,
    asked: Mutex<Vec<Question>>,
}

impl Fixed {
    fn events(events: usize) -> Arc<Self> {
        Arc::new(Self { events, blob: Ok(None), asked: Mutex::default() })
    }

    fn blob(blob: Result<Option<Vec<u8>>, Unavailable>) -> Arc<Self> {
        Arc::new(Self { events: 0, blob, asked: Mutex::default() })
    }
}

impl Answers for Fixed {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        self.asked.lock().unwrap().push(question.clone());
        Ok(vec![view(3); self.events])
    }

    fn blob(&self, _: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        self.blob.clone().map(|blob| blob.map(Into::into))
    }
}

fn repeat(times: u32, body: &str) -> String {
    format!(
        "(local $n i32) (loop $l {body} (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
           (i32.const {times})))) (i32.const {})",
        at::ACCEPT
    )
}

/// Asks for the events about a subject, at most `limit`, of one kind if it is given.
fn asks(subject: &str, kind: Option<&str>, limit: u32, times: u32) -> Guest {
    let mut guest = Guest::validator().import(QUERY, "events-about", "about", EVENTS);
    let [address, length] = guest.data.text(subject);
    let kinds = kind.map(|kind| {
        let [address, length] = guest.data.text(kind);
        guest.data.words(at::FREE + 64, &[address, length]);
    });
    let body = format!(
        "(call $about (i32.const {address}) (i32.const {length}) (i32.const {}) (i32.const {})
           (i32.const 1) (i32.const 1) (i64.const 6) (i32.const {limit}) (i32.const {}))",
        at::FREE + 64,
        u32::from(kinds.is_some()),
        at::RETURN
    );
    guest.main(repeat(times, &body))
}

/// Asks for a blob, and rejects if the answer is this discriminant (0 for bytes, 1 for a refusal).
fn asks_for_blob(digest: &str, rejects: u32, times: u32) -> Guest {
    let mut guest = Guest::validator().import(QUERY, "blob", "blob", BLOB);
    let [address, length] = guest.data.text(digest);
    let body = format!(
        "(call $blob (i32.const {address}) (i32.const {length}) (i32.const {back}))
         (if (i32.eq (i32.load8_u (i32.const {back})) (i32.const {rejects})) (then (return (i32.const {}))))",
        at::REJECT,
        back = at::RETURN
    );
    guest.main(repeat(times, &body))
}

#[test]
fn a_log_has_a_quota_and_is_no_part_of_the_verdict() {
    let ward = Ward::with(Limits { fuel: 30_000_000, ..limits() });
    let line =
        |length: u32| format!("(call $write (i32.const 2) (i32.const {}) (i32.const {length}))", at::DESCRIPTION);
    let guest = Guest::validator().import(LOG, "write", "write", WRITE);
    let quiet = ward.judge(&guest.clone().main(repeat(3, &line(8))), no_answers());
    assert_eq!((quiet.cost.log.lines.len(), quiet.cost.log.dropped), (3, 0));
    let flood = ward.judge(&guest.clone().main(repeat(5_000, &line(0))), no_answers());
    assert_eq!(flood.outcome, Ok(Verdict::Accept(vec![])), "who writes too much still judges");
    assert_eq!((flood.cost.log.lines.len(), flood.cost.log.dropped), ((64 << 10) / 16, 5_000 - 4_096));
    let endless = ward.fault("log flood", &guest.clone().main(repeat(u32::MAX, &line(100))));
    assert_eq!(endless.code(), "fuel");
    let beyond = line(100).replace(&at::DESCRIPTION.to_string(), "262140");
    assert_eq!(ward.fault("log beyond memory", &guest.clone().main(repeat(1, &beyond))).code(), "interface");
    let large = guest.memory("(memory (export \"memory\") 64)").main(repeat(1, &line(2 << 20)));
    assert_eq!(ward.fault("log of two mebibytes", &large).code(), "result-size");
}

#[test]
fn questions_are_counted_and_so_are_the_bytes_of_answers() {
    let ward = Ward::with(Limits { fuel: 60_000_000, queries: 50, answer_bytes: 100_000, ..limits() });
    let fifty = ward.judge(&asks("dataset/d@1", Some("run.completed"), 10, 50), Fixed::events(1));
    assert_eq!(fifty.outcome, Ok(Verdict::Accept(vec![])));
    let flood = ward.judge(&asks("dataset/d@1", None, 10, 51), Fixed::events(0)).outcome.unwrap_err();
    assert_eq!(
        (flood.cause.clone(), flood.class()),
        (Cause::Queries { what: "answers", limit: 50 }, Class::Reproducible)
    );
    ward.named("query flood", &flood);
    let bytes = ward.judge(&asks("dataset/d@1", None, 256, 50), Fixed::events(256)).outcome.unwrap_err();
    assert_eq!(bytes.cause, Cause::Queries { what: "bytes of answers", limit: 100_000 });
    ward.named("bytes flood", &bytes);
    let blob = vec![7; 60_000];
    let asks = asks_for_blob(&digest(&blob).to_string(), 1, 2);
    let fault = ward.judge(&asks, Fixed::blob(Ok(Some(blob)))).outcome.unwrap_err();
    assert_eq!(fault.code(), "queries");
    ward.is_well("questions");
}

#[test]
fn the_transcript_tells_what_was_asked_and_answered() {
    let ward = Ward::new();
    let transcript = |guest: &Guest, answers| ward.judge(guest, answers).cost.transcript;
    let ledger = Fixed::events(2);
    let first = transcript(&asks("dataset/d@1", None, 10, 1), ledger.clone());
    assert!(first.is_some());
    let question = ledger.asked.lock().unwrap()[0].clone();
    assert_eq!((question.subject.as_str(), question.start, question.newest_first), ("dataset/d@1", Some(6), true));
    assert_eq!(first, transcript(&asks("dataset/d@1", None, 10, 1), Fixed::events(2)));
    let others = [
        transcript(&asks("dataset/d@1", None, 10, 1), Fixed::events(1)),
        transcript(&asks("dataset/d@2", None, 10, 1), Fixed::events(2)),
        transcript(&asks("dataset/d@1", Some("run.completed"), 10, 1), Fixed::events(2)),
        transcript(&asks("dataset/d@1", None, 9, 1), Fixed::events(2)),
        transcript(&asks("dataset/d@1", None, 10, 2), Fixed::events(2)),
    ];
    for (position, other) in others.iter().enumerate() {
        assert!(*other != first && other.is_some(), "{position}");
    }
}

#[test]
fn nonsense_is_answered_as_such_and_limits_are_held() {
    let ward = Ward::new();
    for (subject, kind) in [("no subject", None), ("dataset/d", Some("no.such-kind")), ("", None)] {
        let ledger = Fixed::events(0);
        let judged = ward.judge(&asks(subject, kind, 10, 1), ledger.clone());
        assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])), "{subject}");
        assert!(ledger.asked.lock().unwrap().is_empty() && judged.cost.transcript.is_some());
    }
    let ledger = Fixed::events(0);
    ward.judge(&asks("dataset/d", None, u32::MAX, 1), ledger.clone());
    assert_eq!(ledger.asked.lock().unwrap()[0].limit, 256);
    ward.judge(&asks("dataset/d", None, 0, 1), ledger.clone());
    assert_eq!(ledger.asked.lock().unwrap().len(), 1, "nothing is asked where nothing is wanted");
    let refused = ward.judge(&asks_for_blob("sha256:no", 1, 1), no_answers());
    assert!(matches!(refused.outcome, Ok(Verdict::Reject(_))));
    let unknown = ward.judge(&asks_for_blob(&digest(b"x").to_string(), 1, 1), no_answers());
    assert!(matches!(unknown.outcome, Ok(Verdict::Reject(_))));
    let known = ward.judge(&asks_for_blob(&digest(b"x").to_string(), 0, 1), Fixed::blob(Ok(Some(b"x".to_vec()))));
    assert!(matches!(known.outcome, Ok(Verdict::Reject(_))));
}

#[test]
fn what_the_host_cannot_answer_is_indeterminate() {
    let ward = Ward::new();
    let asks = asks_for_blob(&digest(b"x").to_string(), 1, 1);
    let gone = Unavailable { what: "the blob is not at hand: put it back".into() };
    for (name, blob) in [("blob that is gone", Err(gone)), ("blob of other bytes", Ok(Some(b"y".to_vec())))] {
        let fault = ward.judge(&asks, Fixed::blob(blob)).outcome.unwrap_err();
        assert_eq!((fault.code(), fault.class()), ("host", Class::Indeterminate), "{name}");
        ward.named(name, &fault);
    }
    let fault = ward.judge(&crate::asking::asks("dataset/d", None, 2, 1), Fixed::events(3)).outcome.unwrap_err();
    assert_eq!((fault.code(), fault.class()), ("host", Class::Indeterminate));
}

#[test]
fn json_is_made_for_who_asks_and_costs_fuel() {
    let ward = Ward::new();
    let guest = Guest::validator()
        .import(JSON, "from-body", "body", "(param i32 i32 i32 i32 i32)")
        .import(JSON, "from-value", "value", "(param i32 i32 i32)")
        .import(LOG, "write", "write", WRITE);
    let tell = format!(
        "(call $write (i32.load8_u (i32.const {back})) (i32.load offset=4 (i32.const {back}))
           (i32.load offset=8 (i32.const {back})))",
        back = at::RETURN
    );
    let own = format!(
        "(call $body (i32.load (local.get $event)) (i32.load offset=4 (local.get $event))
           (i32.load offset={body} (local.get $event)) (i32.load offset={length} (local.get $event)) (i32.const {back}))
         {tell}
         (call $value (i32.load offset={facets} (local.get $event)) (i32.load offset={facets_length} (local.get $event))
           (i32.const {back})) {tell}
         (call $value (i32.const {text}) (i32.const 3) (i32.const {back})) {tell}
         (call $body (i32.const {text}) (i32.const 4) (i32.const {text}) (i32.const 3) (i32.const {back})) {tell}",
        body = at::EVENT_BODY,
        length = at::EVENT_BODY + 4,
        facets = at::EVENT_FACETS,
        facets_length = at::EVENT_FACETS + 4,
        text = at::TEXTS,
        back = at::RETURN,
    );
    let judged = ward.judge(&guest.clone().main(repeat(1, &own)), no_answers());
    assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])));
    let lines: Vec<&str> = judged.cost.log.lines.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(lines[0], r#"{"metrics":{"auc":0.91,"n":3.0}}"#, "the body as the ledger shows it");
    assert_eq!(lines[1], r#"{"note":{"a":[1,2.5,null]}}"#);
    assert!(lines[2..].iter().all(|line| !line.is_empty() && !line.starts_with('{')), "{lines:?}");
    let flood = ward.fault("JSON flood", &guest.main(repeat(u32::MAX, &own)));
    assert_eq!(flood.code(), "fuel");
}
