//! The physical limits of this machine, measured in the same run as what is held against them.

use super::meter::{Took, measure, median, rate, wall_rate};
use crate::cli::failure::{Done, Failure};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Bytes of the statements of the workload.
pub const STATEMENT_BYTES: usize = 600;
const SIGNATURES: usize = 4_096;
const ROUNDS: usize = 5;
const SYNCS: usize = 200;

/// V: `VerifyingKey::verify_strict` a second over 600 bytes with cached keys on two threads, best of five, by processor
/// time and by the wall clock.
pub fn verify_rate() -> (f64, f64) {
    let keys: Vec<SigningKey> = (0..64_u8).map(|n| SigningKey::from_bytes(&[n + 1; 32])).collect();
    let work: Vec<(VerifyingKey, Vec<u8>, Signature)> = (0..SIGNATURES)
        .zip(keys.iter().cycle())
        .map(|(n, key)| {
            let mut message = vec![0x5a; STATEMENT_BYTES];
            message.iter_mut().zip(n.to_be_bytes()).for_each(|(byte, other)| *byte = other);
            (key.verifying_key(), message.clone(), key.sign(&message))
        })
        .collect();
    let halves = work.split_at(SIGNATURES / 2);
    let round = || {
        let check = |half: &[(VerifyingKey, Vec<u8>, Signature)]| {
            half.iter().filter(|(key, message, signature)| key.verify_strict(message, signature).is_ok()).count()
        };
        let ((), took) = measure(|| {
            thread::scope(|scope| {
                let other = scope.spawn(|| check(halves.1));
                std::hint::black_box(check(halves.0));
                drop(other.join());
            });
        });
        took
    };
    let rounds: Vec<Took> = (0..ROUNDS).map(|_| round()).collect();
    let count = SIGNATURES as u64;
    let best = |rates: Vec<f64>| rates.into_iter().fold(0.0, f64::max);
    (
        best(rounds.iter().map(|took| rate(count, took.cpu)).collect()),
        best(rounds.iter().map(|took| wall_rate(count, took.wall)).collect()),
    )
}

/// A file beside the ledger, to learn what one `fdatasync` of 700 bytes costs at the moment.
pub struct SyncProbe {
    file: File,
    path: PathBuf,
    written: u64,
    samples: Vec<Duration>,
}

impl SyncProbe {
    /// Makes the file, its bytes on the disk, so that nothing but bytes is synced later.
    pub fn new(folder: &Path) -> Done<Self> {
        let path = folder.join("sync-probe");
        let failed = |error: std::io::Error| Failure::io("probe", &path, &error);
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&path).map_err(failed)?;
        file.write_all_at(&vec![0; 1 << 20], 0).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(Self { file, path, written: 0, samples: Vec::with_capacity(SYNCS) })
    }

    /// Takes one sample.
    pub fn sync(&mut self) -> Done {
        let failed = |error: std::io::Error| Failure::io("probe", &self.path, &error);
        let started = Instant::now();
        self.file.write_all_at(&[0x5a; 700], (self.written * 1_024) % (1 << 20)).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.samples.push(started.elapsed());
        self.written += 1;
        Ok(())
    }

    /// The median of the samples; the file goes.
    pub fn median(mut self) -> Done<Duration> {
        std::fs::remove_file(&self.path).map_err(|error| Failure::io("remove", &self.path, &error))?;
        Ok(median(&mut self.samples))
    }
}

/// The median of `SYNCS` times: 700 bytes written, one `fdatasync`.
pub fn sync_median(folder: &Path) -> Done<Duration> {
    let mut probe = SyncProbe::new(folder)?;
    (0..SYNCS).try_for_each(|_| probe.sync())?;
    probe.median()
}
