//! tlog-proofs: the parsed fields alone make the same bytes again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::codec::tlog_proof::TlogProof;

fuzz_target!(|data: &[u8]| {
    let Ok(proof) = TlogProof::parse(data) else { return };
    assert_eq!(proof.format().as_deref().map(str::as_bytes), Ok(data));
});
