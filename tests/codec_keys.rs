//! Keys and signatures against the world: the strict rule on every known edge case, and `openssl` on our PEM files.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail as tests do")]

use curve25519_dalek::{
    EdwardsPoint,
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    edwards::CompressedEdwardsY,
    scalar::Scalar,
};
use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use sagwan::crypto::{Algorithm, KeyError, PublicKey, SecretKey, SignatureError};
use sha2::{Digest as _, Sha512};

const SPECCHECK: &str = include_str!("vectors/keys-speccheck.txt");

/// What we say of a key and a signature; a key that we refuse verifies nothing.
fn ours(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    PublicKey::from_raw(Algorithm::Ed25519, public).is_ok_and(|key| key.verify(message, signature).is_ok())
}

/// What the library's strict verification says.
fn strict(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

/// What the library's plain verification says, to show that a case distinguishes the rules.
fn lax(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    use ed25519_dalek::Verifier as _;
    VerifyingKey::from_bytes(public).is_ok_and(|key| key.verify(message, &Signature::from_bytes(signature)).is_ok())
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn speccheck_is_decided_as_verify_strict_decides_it() {
    let mut cases = 0;
    for line in SPECCHECK.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<_> = line.split(" | ").collect();
        let [verdict, what, message, public, signature] = fields[..] else { panic!("bad line {line}") };
        let (message, public, signature) = (hex::decode(message).unwrap(), unhex(public), unhex(signature));
        assert_eq!(ours(&public, &message, &signature), verdict == "accept", "{what}");
        assert_eq!(strict(&public, &message, &signature), verdict == "accept", "{what}, by verify_strict");
        cases += 1;
    }
    assert_eq!(cases, 12);
}

/// All encodings, canonical or not, of the 8 points of small order: y or y + p below 2^255, either sign bit.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut all: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    for low in 0xed..=0xff_u8 {
        let mut bytes = [0xff; 32];
        bytes[0] = low;
        for last in [0x7f, 0xff] {
            bytes[31] = last;
            all.push(bytes);
        }
    }
    // x = 0 with the sign bit set is an encoding too, which RFC 8032 forbids: y = 1 and y = −1.
    for point in [EIGHT_TORSION[0], EIGHT_TORSION[4]] {
        let mut bytes = point.compress().to_bytes();
        bytes[31] |= 0x80;
        all.push(bytes);
    }
    all.retain(|bytes| CompressedEdwardsY(*bytes).decompress().is_some_and(|point| point.is_small_order()));
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn every_small_order_encoding_is_refused_as_key_and_as_r() {
    let encodings = small_order_encodings();
    assert_eq!(encodings.len(), 14);
    let signer = SecretKey::from_seed(&[9; 32]);
    let raw = signer.public().raw().try_into().unwrap();
    for encoding in encodings {
        assert_eq!(PublicKey::from_raw(Algorithm::Ed25519, &encoding).unwrap_err(), KeyError::Weak);
        let mut signature: [u8; 64] = signer.sign(b"message").try_into().unwrap();
        signature[..32].copy_from_slice(&encoding);
        assert_eq!(signer.public().verify(b"message", &signature), Err(SignatureError::SmallOrder));
        assert!(!strict(&raw, b"message", &signature));
    }
}

#[test]
fn keys_that_are_not_canonical_points_are_refused() {
    let mut not_canonical = 0;
    for low in 0xed..=0xff_u8 {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (low, 0x7f);
        let error = PublicKey::from_raw(Algorithm::Ed25519, &bytes).unwrap_err();
        assert!(matches!(error, KeyError::NotAPoint | KeyError::Weak), "{low:#x}: {error}");
        not_canonical += usize::from(error == KeyError::NotAPoint);
    }
    assert_eq!(not_canonical, 17, "of y = p..=p + 18, p and p + 1 are of small order");
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(PublicKey::from_raw(Algorithm::Ed25519, &no_point).unwrap_err(), KeyError::NotAPoint);
    assert!(matches!(PublicKey::from_raw(Algorithm::Ed25519, &[1; 31]), Err(KeyError::Length { found: 31, .. })));
}

/// A source of reproducible randomness whose seed is printed.
struct Source(TestRng);

impl Source {
    fn new() -> Self {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        println!("seed {}", hex::encode(seed));
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    fn scalar(&mut self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.bytes())
    }

    fn torsion(&mut self) -> EdwardsPoint {
        EIGHT_TORSION[usize::from(self.bytes::<1>()[0] % 8)]
    }
}

fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

#[test]
fn torsion_tainted_signatures_are_decided_as_verify_strict_decides_them() {
    let mut source = Source::new();
    let (mut accepted, mut only_lax) = (0, 0);
    for round in 0..2_000 {
        let secret = source.scalar();
        // A quarter of the nonces is zero, so that R itself is of small order.
        let nonce = if round % 4 == 0 { Scalar::ZERO } else { source.scalar() };
        let public = (ED25519_BASEPOINT_POINT * secret + source.torsion()).compress().to_bytes();
        let r = (ED25519_BASEPOINT_POINT * nonce + source.torsion()).compress().to_bytes();
        let message: [u8; 24] = source.bytes();
        let mut s = (nonce + challenge(&r, &public, &message) * secret).to_bytes();
        if round % 7 == 0 {
            s[31] |= 0x10; // above the group order
        }
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&s);
        let by_strict = strict(&public, &message, &signature);
        assert_eq!(ours(&public, &message, &signature), by_strict, "round {round}");
        accepted += usize::from(by_strict);
        only_lax += usize::from(!by_strict && lax(&public, &message, &signature));
    }
    println!("{accepted} accepted, {only_lax} accepted by plain verify only");
    assert!(accepted > 0 && only_lax > 0, "the cases must tell the rules apart");
}

#[test]
fn changed_signatures_are_decided_as_verify_strict_decides_them() {
    let mut source = Source::new();
    let key = SecretKey::from_seed(&source.bytes());
    let public = key.public().raw().try_into().unwrap();
    let sound: [u8; 64] = key.sign(b"message").try_into().unwrap();
    assert!(ours(&public, b"message", &sound));
    for bit in 0..512 {
        let mut signature = sound;
        signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!ours(&public, b"message", &signature), "bit {bit}");
        assert!(!strict(&public, b"message", &signature), "bit {bit}");
    }
    for length in [0, 63, 65] {
        let error = key.public().verify(b"message", &vec![0; length]).unwrap_err();
        assert!(matches!(error, SignatureError::Length { found, .. } if found == length));
    }
}

#[test]
fn secrets_are_never_printed() {
    let key = SecretKey::from_seed(&[0x41; 32]);
    let shown = format!("{key:?}");
    assert_eq!(shown, format!("SecretKey(ed25519 {})", hex::encode(key.public().thumbprint())));
    assert!(!shown.contains("4141") && !shown.contains("65, 65"));
}

mod with_openssl {
    use std::{path::Path, process::Command};

    use super::*;

    /// Runs `openssl`, or says that it is not there.
    fn openssl(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = match Command::new("openssl").current_dir(folder).args(arguments).output() {
            Ok(output) => output,
            Err(error) => {
                println!("openssl is not in PATH, nothing was compared: {error}");
                return None;
            }
        };
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(output.stdout)
    }

    #[test]
    fn openssl_reads_what_we_write_and_judges_alike() {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::from_seed(&Source::new().bytes());
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("secret.pem"), key.to_pem().as_bytes()).unwrap();
        std::fs::write(path("public.pem"), key.public().to_pem()).unwrap();
        std::fs::write(path("message"), b"message").unwrap();
        std::fs::write(path("signature"), key.sign(b"message")).unwrap();
        let pub_out = ["pkey", "-in", "secret.pem", "-pubout"];
        let Some(public) = openssl(folder.path(), &pub_out) else { return };
        assert_eq!(String::from_utf8(public).unwrap(), key.public().to_pem());
        let rewritten = openssl(folder.path(), &["pkey", "-in", "secret.pem"]).unwrap();
        assert_eq!(String::from_utf8(rewritten).unwrap(), *key.to_pem());
        let verify = "pkeyutl -verify -pubin -inkey public.pem -rawin -in message -sigfile signature";
        openssl(folder.path(), &verify.split(' ').collect::<Vec<_>>()).unwrap();
        let sign = "pkeyutl -sign -inkey secret.pem -rawin -in message";
        let signature = openssl(folder.path(), &sign.split(' ').collect::<Vec<_>>()).unwrap();
        assert_eq!(signature, key.sign(b"message"));
    }

    #[test]
    fn we_read_what_openssl_writes() {
        let folder = tempfile::tempdir().unwrap();
        let generate = ["genpkey", "-algorithm", "ed25519", "-out", "secret.pem"];
        if openssl(folder.path(), &generate).is_none() {
            return;
        }
        let secret = std::fs::read_to_string(folder.path().join("secret.pem")).unwrap();
        let key = SecretKey::from_pem(&secret).unwrap();
        assert_eq!(*key.to_pem(), secret);
        assert_eq!(SecretKey::from_pem(&secret.replace('\n', "\r\n")).unwrap().public(), key.public());
        let public = openssl(folder.path(), &["pkey", "-in", "secret.pem", "-pubout"]).unwrap();
        assert_eq!(&PublicKey::from_pem(&String::from_utf8(public).unwrap()).unwrap(), key.public());
        for (algorithm, option) in [("x25519", ""), ("ed448", ""), ("EC", "ec_paramgen_curve:P-256")] {
            let mut arguments = vec!["genpkey", "-algorithm", algorithm];
            if !option.is_empty() {
                arguments.extend(["-pkeyopt", option]);
            }
            let other = String::from_utf8(openssl(folder.path(), &arguments).unwrap()).unwrap();
            assert!(matches!(SecretKey::from_pem(&other), Err(KeyError::UnknownAlgorithm(_))), "{algorithm}");
        }
    }
}
