//! Events and batches of them: one encoding an event, and the same event again through JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::{
        cbor,
        event::{from_json_value, payload_from_cbor, payload_to_cbor, to_json},
    },
    event::Timestamp,
};

fuzz_target!(|data: &[u8]| {
    let Ok(events) = payload_from_cbor(data) else { return };
    assert_eq!(payload_to_cbor(&events), data);
    assert_eq!(cbor::check(data), Ok(()));
    for event in &events {
        assert!(event.validate().is_ok());
        let json = to_json(event);
        let again = from_json_value(&json, Timestamp::default());
        assert_eq!(again.as_ref().ok(), Some(event), "{json}: {again:?}");
    }
});
