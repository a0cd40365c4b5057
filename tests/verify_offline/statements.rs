//! Statements under an actor's key.

use sagwan::{
    codec::statement::{EVENT_MEDIA_TYPE, Unsigned},
    verify::{VerifyError, verify_statement},
};

use crate::{
    LOG, each_byte_changed, each_length_changed,
    fixture::{ISSUER, key, subject},
};

#[test]
fn a_statement_is_accepted_and_no_other() {
    let (record, public) = (&LOG.entries[3], LOG.actor.public());
    let statement = verify_statement(record, public).unwrap();
    assert_eq!((statement.iss, statement.sub), (ISSUER, subject(3).as_str()));
    each_byte_changed(record, |position, changed| {
        assert!(verify_statement(changed, public).is_err(), "byte {position}");
    });
    each_length_changed(record, |changed| assert!(verify_statement(changed, public).is_err()));
}

#[test]
fn refused_statements_say_why() {
    let (record, public) = (&LOG.entries[3], LOG.actor.public());
    assert_eq!(
        verify_statement(record, LOG.public()),
        Err(VerifyError::UnknownKey {
            what: "the statement",
            found: public.thumbprint(),
            among: "the key that it is verified with"
        })
    );
    // Who can name a key cannot sign for it.
    let forger = key("forger");
    let unsigned = Unsigned {
        alg: -8,
        kid: &public.thumbprint(),
        iss: ISSUER,
        sub: "dataset/credit",
        aud: None,
        iat: 1_790_000_000,
        cti: None,
        content_type: EVENT_MEDIA_TYPE,
        payload: &[0xa0],
    };
    let forged = unsigned.sign(|bytes| forger.sign(bytes)).unwrap();
    assert!(matches!(verify_statement(&forged, public), Err(VerifyError::Signature { what: "the statement", .. })));
    let elliptic = Unsigned { alg: -7, ..unsigned }.sign(|bytes| LOG.actor.sign(bytes)).unwrap();
    assert_eq!(
        verify_statement(&elliptic, public),
        Err(VerifyError::Algorithm { what: "the statement", expected: -8, found: -7 })
    );
    assert!(matches!(verify_statement(b"", public), Err(VerifyError::Unreadable { what: "the statement", .. })));
}
