//! Transparent Statements: taken apart and put together they are the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::codec::statement::{Statement, attach_receipts, split_receipts};

fuzz_target!(|data: &[u8]| {
    let Ok((bare, receipts)) = split_receipts(data) else {
        assert!(Statement::parse(data).is_err(), "a bare statement is one without receipts");
        return;
    };
    assert!(Statement::parse(&bare).is_ok());
    if receipts.is_empty() {
        assert_eq!(bare, data);
    } else {
        assert_eq!(attach_receipts(&bare, &receipts).as_deref(), Ok(data));
    }
});
