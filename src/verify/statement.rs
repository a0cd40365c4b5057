//! Statements under the key of their actor.

use super::VerifyError;
use crate::{codec::statement::Statement, crypto::PublicKey};

const STATEMENT: &str = "the statement";

/// Verifies a Signed Statement under a public key, which must be the one that it names (RFC 9052 §4.4), and gives it
/// parsed. Whether the key was the actor's at the time is for whoever knows the actors.
///
/// # Errors
/// [`VerifyError::Unreadable`], [`VerifyError::UnknownKey`], [`VerifyError::Algorithm`], [`VerifyError::Signature`].
pub fn verify_statement<'a>(bytes: &'a [u8], key: &PublicKey) -> Result<Statement<'a>, VerifyError> {
    let statement = Statement::parse(bytes).map_err(|error| VerifyError::Unreadable { what: STATEMENT, error })?;
    if *statement.kid != key.thumbprint() {
        let among = "the key that it is verified with";
        return Err(VerifyError::UnknownKey { what: STATEMENT, found: *statement.kid, among });
    }
    let expected = key.algorithm().cose();
    if statement.alg != expected {
        return Err(VerifyError::Algorithm { what: STATEMENT, expected, found: statement.alg });
    }
    key.verify(&statement.signed_bytes(), statement.signature)
        .map_err(|error| VerifyError::Signature { what: STATEMENT, error })?;
    Ok(statement)
}
