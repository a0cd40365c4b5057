//! Signed Statements: the parsed fields alone make the same bytes again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::statement::{Statement, Unsigned},
    crypto::{Algorithm, PublicKey},
    verify::verify_statement,
};

fuzz_target!(|data: &[u8]| {
    let Ok(statement) = Statement::parse(data) else { return };
    let Statement { alg, kid, iss, sub, aud, iat, cti, content_type, payload, signature, .. } = statement;
    let unsigned = Unsigned { alg, kid, iss, sub, aud, iat, cti, content_type, payload };
    let again = unsigned.sign(|signed| {
        assert_eq!(signed, statement.signed_bytes());
        signature.to_vec()
    });
    assert_eq!(again.as_deref(), Ok(data));
    // The base point is a sound key whose secret is 1; a fuzzer does not find a signature that it accepts.
    let mut raw = [0x66; 32];
    raw[0] = 0x58;
    let key = PublicKey::from_raw(Algorithm::Ed25519, &raw).expect("the base point is a key");
    assert!(verify_statement(data, &key).is_err());
});
