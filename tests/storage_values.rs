//! Blobs, vault and secret files on real files: what is put in comes out, what was changed is refused, and nobody else
//! may read what is nobody else's.
#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sagwan::storage::io::RealIo;
use sagwan::storage::{Blobs, LocalBlobs, Opening, StorageError, Vault, read_secret, write_secret};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn blobs_are_found_by_digest_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = LocalBlobs::new(Arc::new(RealIo), dir.path());
    let digest = blobs.put(b"a profile").unwrap();
    assert_eq!(digest, blobs.put(b"a profile").unwrap());
    assert_eq!(blobs.get(&digest).unwrap(), b"a profile");
    assert!(blobs.has(&digest).unwrap() && !blobs.has(&[7; 32]).unwrap());
    assert!(matches!(blobs.get(&[7; 32]), Err(StorageError::NoBlob { .. })));
    let name = hex::encode(digest);
    let path = dir.path().join("blobs").join(&name[..2]).join(&name);
    fs::write(&path, b"A profile").unwrap();
    let Err(StorageError::Damaged { path: named, .. }) = blobs.get(&digest) else { panic!("damage was not noticed") };
    assert_eq!(named, path);
    blobs.put(b"a profile").unwrap();
    assert_eq!(blobs.get(&digest).unwrap(), b"a profile", "putting it again repairs it");
}

#[test]
fn openings_are_kept_private_and_can_be_erased() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::new(Arc::new(RealIo), dir.path());
    let opening = |number: u8| Opening {
        salt: [number; 32],
        path: format!("/body/field {number}"),
        value: vec![number; usize::from(number)],
    };
    let openings: Vec<_> = (0..5).map(|number| ([number; 32], opening(number))).collect();
    vault.put_all(openings.iter().map(|(digest, opening)| (digest, opening))).unwrap();
    for (digest, opening) in &openings {
        assert_eq!(vault.get(digest).unwrap().as_ref(), Some(opening));
        assert!(!format!("{opening:?}").contains("salt"));
    }
    let path = dir.path().join("vault/openings/03").join("03".repeat(32));
    assert_eq!((mode(&path), mode(path.parent().unwrap()), mode(&dir.path().join("vault"))), (0o600, 0o700, 0o700));
    vault.erase(&[3; 32]).unwrap();
    vault.erase(&[3; 32]).unwrap();
    vault.erase(&[99; 32]).unwrap();
    assert!(!path.exists() && vault.get(&[3; 32]).unwrap().is_none());
    let path = dir.path().join("vault/openings/04").join("04".repeat(32));
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(vault.get(&[4; 32]), Err(StorageError::Damaged { .. })));
    let large = Opening { salt: [0; 32], path: String::new(), value: vec![0; 20_000] };
    assert!(matches!(vault.put_all([(&[5; 32], &large)]), Err(StorageError::TooLarge { .. })));
}

#[test]
fn refused_statements_go_when_their_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::new(Arc::new(RealIo), dir.path());
    assert_eq!(vault.sweep(0).unwrap(), 0);
    let early = vault.put_refused(b"one", 1_000).unwrap();
    let late = vault.put_refused(b"two", 2_000).unwrap();
    assert_eq!(vault.refused(&early).unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(vault.sweep(999).unwrap(), 0);
    assert_eq!(vault.sweep(1_000).unwrap(), 1);
    assert_eq!(vault.refused(&early).unwrap(), None);
    assert_eq!(vault.refused(&late).unwrap().as_deref(), Some(&b"two"[..]));
}

#[test]
fn secrets_that_others_may_read_are_refused_and_none_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys/log.pem");
    assert_eq!(read_secret(&RealIo, &path).unwrap(), None);
    write_secret(&RealIo, &path, b"secret").unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(read_secret(&RealIo, &path).unwrap().as_deref(), Some(&b"secret"[..]));
    assert!(matches!(write_secret(&RealIo, &path, b"other"), Err(StorageError::AlreadyExists { .. })));
    for exposed in [0o640, 0o604, 0o660, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
        assert!(matches!(read_secret(&RealIo, &path), Err(StorageError::Exposed { .. })), "{exposed:o}");
    }
}
