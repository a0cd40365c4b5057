//! Receipts: the parsed fields alone make the same bytes again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::receipt::{Receipt, UnsignedHead},
    merkle::inclusion_root,
};

fuzz_target!(|data: &[u8]| {
    let Ok(receipt) = Receipt::parse(data) else { return };
    let Receipt { alg, kid, origin, tree_size, leaf_index, path, signature, .. } = &receipt;
    let root = inclusion_root(&[7; 32], *leaf_index, *tree_size, path).unwrap_or([7; 32]);
    let head = UnsignedHead { alg: *alg, kid, origin, size: *tree_size, root: &root }.sign(|signed| {
        assert_eq!(signed, receipt.signed_bytes(&root));
        signature.to_vec()
    });
    assert_eq!(head.and_then(|head| head.receipt(*leaf_index, path)).as_deref(), Ok(data));
});
