//! Back-pressure: when the tiles lag far behind the journal, admission says so instead of filling the memory.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "common/house.rs"]
mod house;

use house::{author, dataset, found_with, options};
use sagwan::{
    event::Env,
    ledger::{Busy, Host, Options, Verdict, verify_full},
    storage::io::{Access, Io, IoFile, Listed, LockAttempt, RealIo, Stat},
};
use std::{
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex},
};

/// The real disk, but for a gate before the files of tiles and bundles.
#[derive(Debug)]
struct SlowIo {
    disk: RealIo,
    shut: Mutex<bool>,
    changed: Condvar,
}

impl SlowIo {
    fn set(&self, shut: bool) {
        *self.shut.lock().unwrap() = shut;
        self.changed.notify_all();
    }

    fn wait(&self, path: &Path) {
        if path.components().any(|part| part.as_os_str() == "log") {
            drop(self.changed.wait_while(self.shut.lock().unwrap(), |shut| *shut).unwrap());
        }
    }
}

impl Io for SlowIo {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn IoFile>> {
        if matches!(access, Access::Create { .. }) {
            self.wait(path);
        }
        self.disk.open(path, access)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }
    fn create_dir(&self, path: &Path, private: bool) -> io::Result<()> {
        self.disk.create_dir(path, private)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.disk.list(path)
    }
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        self.disk.stat(path)
    }
    fn lock(&self, path: &Path) -> io::Result<LockAttempt> {
        self.disk.lock(path)
    }
}

#[test]
fn a_disk_that_lags_far_behind_makes_admission_busy_until_it_has_caught_up() {
    const LIMIT: u64 = 400_000;
    let dir = tempfile::tempdir().unwrap();
    let io = Arc::new(SlowIo { disk: RealIo, shut: Mutex::new(false), changed: Condvar::new() });
    let host = Host { io: Arc::<SlowIo>::clone(&io), ..Host::real() };
    let mut house = found_with(&dir.path().join("ledger"), Options { lag_bytes_max: LIMIT, ..options() }, host);
    let engineer = author("user:dana", 10);
    house.enrol(&engineer, "role:data-engineer");
    io.set(true);
    let part = |from: u32| {
        let event = |n| house.event(&format!("dataset/d@{n}"), Some(Env::Dev), dataset(false));
        (from..from + 100).map(|n| house.sign(&engineer, &[event(n)])).collect::<Vec<_>>()
    };
    let mut recorded = 0;
    let busy = loop {
        match house.ledger().admit_all(part(recorded)) {
            Ok(verdicts) => {
                assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Recorded { .. })));
                recorded += 100;
            }
            Err(busy) => break busy,
        }
        assert!(recorded < 10_000, "nothing held admission back");
    };
    let Busy::Behind { lag_bytes, limit: LIMIT } = busy else { panic!("{busy}") };
    assert!((LIMIT..2 * LIMIT).contains(&lag_bytes), "{lag_bytes}");
    assert!(busy.to_string().contains("submit again"), "{busy}");
    // What is recorded can still be read and proved meanwhile, and nothing stopped.
    house.ledger().receipt(u64::from(recorded)).unwrap();
    assert!(house.ledger().status().fatal.is_none());
    io.set(false);
    let again = part(recorded);
    let verdicts = loop {
        match house.ledger().admit_all(again.clone()) {
            Ok(verdicts) => break verdicts,
            Err(Busy::Behind { .. }) => std::thread::sleep(std::time::Duration::from_millis(20)),
            Err(busy) => panic!("{busy}"),
        }
    };
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Recorded { known: false, .. })));
    let folder = house.close();
    let report = verify_full(&folder, &Host::real(), &mut |_, _| {}).unwrap();
    assert!(report.totals.statements > u64::from(recorded) + 100);
}
