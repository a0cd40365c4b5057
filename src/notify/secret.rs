//! The secret that a sender and a receiver share, and what is signed with it: Standard Webhooks 1.0, "Signature scheme",
//! symmetric.

use crate::event::limits;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// What a written secret begins with.
const PREFIX: &str = "whsec_";

/// A shared secret: 24 to 64 random bytes, written `whsec_` and their base64.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Reads a written secret.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let remedy = "`sagwan webhook secret FILE` makes one";
        let encoded = text.strip_prefix(PREFIX).ok_or_else(|| format!("it does not begin with {PREFIX}: {remedy}"))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| format!("what follows {PREFIX} is not base64: {remedy}"))?;
        let bytes = Zeroizing::new(bytes);
        let (least, most) = (limits::WEBHOOK_SECRET_BYTES_MIN, limits::WEBHOOK_SECRET_BYTES_MAX);
        if (least..=most).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(format!("it has {} bytes, and {least} to {most} are asked for: {remedy}", bytes.len()))
        }
    }

    /// The one made of 32 random bytes.
    #[must_use]
    pub fn of(random: &Zeroizing<[u8; 32]>) -> Self {
        Self(Zeroizing::new(random.to_vec()))
    }

    /// As it is written.
    #[must_use]
    pub fn written(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.seconds.body`.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.mac(id, seconds, body).finalize().into_bytes()))
    }

    /// Whether one of the signatures of a header, split by spaces, is this secret's; compared in constant time.
    #[must_use]
    pub fn verifies(&self, id: &str, seconds: i64, body: &[u8], header: &str) -> bool {
        header
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .any(|signature| self.mac(id, seconds, body).verify_slice(&signature).is_ok())
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
    fn mac(&self, id: &str, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        for part in [id.as_bytes(), b".", seconds.to_string().as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_vector_of_the_reference_libraries() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        let signature = secret.sign(id, at, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(secret.verifies(id, at, body, &format!("v1,AAAA v2,x {signature}")));
        for (id, at, body) in [("msg_x", at, &body[..]), (id, at + 1, body), (id, at, b"{}")] {
            assert!(!secret.verifies(id, at, body, &signature));
        }
    }

    #[test]
    fn a_secret_is_checked_and_never_shown() {
        for bad in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_****",
            &format!("whsec_{}", STANDARD.encode([0; 65])),
        ] {
            assert!(Secret::parse(bad).is_err(), "{bad}");
        }
        let made = Secret::of(&Zeroizing::new([7; 32]));
        assert_eq!(*Secret::parse(&made.written()).unwrap().0, *made.0);
        assert_eq!(format!("{made:?}"), "Secret(…)");
    }
}
