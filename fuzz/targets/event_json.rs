//! Events written by people: what is accepted is one event in bytes, and the same when shown and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::event::{payload_from_cbor, payload_from_json, payload_to_cbor, to_json},
    event::Timestamp,
};

fuzz_target!(|text: &str| {
    let Ok(events) = payload_from_json(text, Timestamp::default()) else { return };
    let bytes = payload_to_cbor(&events);
    let decoded = payload_from_cbor(&bytes);
    assert_eq!(decoded.as_ref().ok(), Some(&events), "{decoded:?}");
    for event in &events {
        let shown = to_json(event).to_string();
        let again = payload_from_json(&shown, Timestamp::default());
        assert_eq!(again.as_deref().ok(), Some(std::slice::from_ref(event)), "{shown}: {again:?}");
    }
});
