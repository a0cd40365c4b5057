//! Entry bundles: the first two bytes give the width that the name would say, the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::merkle::{BundleId, bundle_entries, encode_bundle};

fuzz_target!(|data: &[u8]| {
    let Some((width, bytes)) = data.split_first_chunk() else { return };
    let id = BundleId { index: 0, width: u16::from_be_bytes(*width) };
    let Ok(entries) = bundle_entries(&id, bytes) else { return };
    assert_eq!(entries.len(), usize::from(id.width));
    assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
});
