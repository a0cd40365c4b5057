//! A file system in memory that forgets what was not synced, and fails when it is told to.
//!
//! It promises what POSIX does and no more. Written sectors are durable after a sync of their file; a name is durable
//! after a sync of its folder, and a file or folder whose name is not durable is gone after a power loss however well it
//! was synced. What is not durable survives or not, each sector and each change of a name for itself. After a
//! failed sync the written sectors can still be read, but no later sync writes them (as on Linux).

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use sagwan::storage::io::{Access, Io, IoFile, Listed, LockAttempt, Stat};

const SECTOR: usize = 512;

/// SplitMix64: a seed is all there is to repeat a run.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn flip(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// What survives a power loss of all that was not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survives {
    Nothing,
    Everything,
    /// Each sector and each change of a name with probability one half.
    Some(u64),
}

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The power goes: this call and all later ones fail, until [`SimIo::power_loss`].
    PowerOff,
    /// EIO, whatever the call; a write or sync may have been done in part.
    Broken,
    /// ENOSPC from what needs room.
    Full,
    /// A write of the first half only, reported as such.
    Short,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub at: u64,
    pub kind: Kind,
    pub sticky: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Dir,
    File(usize),
}

#[derive(Debug, Clone)]
enum Change {
    Link(PathBuf, Node),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, Node),
}

impl Change {
    fn folder(&self) -> &Path {
        let (Self::Link(path, _) | Self::Unlink(path) | Self::Rename(_, path, _)) = self;
        path.parent().unwrap_or(Path::new("/"))
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Link(path, node) => {
                names.insert(path, node);
            }
            Self::Unlink(path) => {
                names.remove(&path);
            }
            Self::Rename(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Inode {
    durable: Vec<u8>,
    seen: Vec<u8>,
    // Sectors that the next sync writes.
    dirty: BTreeSet<usize>,
    private: bool,
}

impl Inode {
    fn put(&mut self, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        if self.seen.len() < offset + bytes.len() {
            self.seen.resize(offset + bytes.len(), 0);
        }
        self.seen[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.dirty.extend(offset / SECTOR..=(offset + bytes.len() - 1) / SECTOR);
    }

    fn write_back(&mut self, sector: usize) {
        let from = sector * SECTOR;
        let to = (from + SECTOR).min(self.seen.len());
        if from >= to {
            return;
        }
        if self.durable.len() < to {
            self.durable.resize(to, 0);
        }
        self.durable[from..to].copy_from_slice(&self.seen[from..to]);
    }

    fn sync(&mut self) {
        self.durable.resize(self.seen.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            self.write_back(sector);
        }
    }
}

#[derive(Debug, Default)]
struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    changes: Vec<Change>,
    calls: u64,
    fault: Option<Fault>,
    is_off: bool,
    locked: BTreeSet<PathBuf>,
    trace: Vec<String>,
}

/// A handle to one simulated disk.
#[derive(Debug, Clone)]
pub struct SimIo(Arc<Mutex<Disk>>);

#[derive(Debug)]
struct SimFile {
    disk: SimIo,
    inode: usize,
    path: PathBuf,
}

struct SimLock(SimIo, PathBuf);

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.disk().locked.remove(&self.1);
    }
}

enum Outcome {
    Go,
    Half,
    Fail(io::Error),
}

impl SimIo {
    pub fn new() -> Self {
        let mut disk = Disk::default();
        disk.names.insert("/".into(), Node::Dir);
        disk.durable.insert("/".into(), Node::Dir);
        Self(Arc::new(Mutex::new(disk)))
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.disk().calls
    }

    pub fn set_fault(&self, fault: Option<Fault>) {
        self.disk().fault = fault;
    }

    /// The last calls, for the message of a failed test.
    pub fn trace(&self) -> String {
        let disk = self.disk();
        disk.trace[disk.trace.len().saturating_sub(12)..].join("\n")
    }

    /// The power goes and comes back: what was not durable survives as it is told.
    pub fn power_loss(&self, survives: Survives) {
        let mut disk = self.disk();
        let mut random = match survives {
            Survives::Some(seed) => Random(seed),
            _ => Random(0),
        };
        let mut keep = || match survives {
            Survives::Nothing => false,
            Survives::Everything => true,
            Survives::Some(_) => random.flip(),
        };
        for change in std::mem::take(&mut disk.changes) {
            if keep() {
                change.apply(&mut disk.durable);
            }
        }
        for inode in &mut disk.inodes {
            if inode.seen.len() != inode.durable.len() && keep() {
                let length = inode.seen.len();
                inode.durable.resize(length, 0);
            }
            for sector in std::mem::take(&mut inode.dirty) {
                if sector * SECTOR < inode.durable.len() && keep() {
                    let length = inode.durable.len();
                    inode.write_back(sector);
                    inode.durable.truncate(length);
                }
            }
            inode.seen = inode.durable.clone();
        }
        let durable = std::mem::take(&mut disk.durable);
        let reachable = |path: &Path| path.ancestors().all(|above| durable.contains_key(above));
        let kept: BTreeMap<_, _> =
            durable.iter().filter(|(path, _)| reachable(path)).map(|(path, node)| (path.clone(), *node)).collect();
        disk.names.clone_from(&kept);
        disk.durable = kept;
        disk.locked.clear();
        disk.is_off = false;
        disk.fault = None;
    }

    fn begin(&self, what: &str, path: &Path, needs_room: bool, is_write: bool) -> Outcome {
        let mut disk = self.disk();
        let call = disk.calls;
        disk.calls += 1;
        disk.trace.push(format!("{call}: {what} {}", path.display()));
        if disk.is_off {
            return Outcome::Fail(io::Error::other("the power is off"));
        }
        let Some(fault) = disk.fault else { return Outcome::Go };
        if call != fault.at && !(fault.sticky && call > fault.at) {
            return Outcome::Go;
        }
        match fault.kind {
            Kind::PowerOff => {
                disk.is_off = true;
                Outcome::Fail(io::Error::other("the power is off"))
            }
            Kind::Broken => Outcome::Fail(io::Error::from_raw_os_error(5)),
            Kind::Full if needs_room => Outcome::Fail(io::Error::from_raw_os_error(28)),
            Kind::Short if is_write && call == fault.at => Outcome::Half,
            Kind::Short if is_write => Outcome::Fail(io::Error::from_raw_os_error(28)),
            _ => Outcome::Go,
        }
    }

    fn check(&self, what: &str, path: &Path, needs_room: bool) -> io::Result<()> {
        match self.begin(what, path, needs_room, false) {
            Outcome::Fail(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Changes a file behind everybody's back. The offset is taken modulo its length.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut disk = self.disk();
        let Some(Node::File(inode)) = disk.names.get(path).copied() else { panic!("no file {}", path.display()) };
        let inode = &mut disk.inodes[inode];
        change(&mut inode.seen);
        inode.durable = inode.seen.clone();
    }

    /// All files with their content.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let disk = self.disk();
        let files = disk.names.iter().filter_map(|(path, node)| match node {
            Node::File(inode) => Some((path.clone(), disk.inodes[*inode].seen.clone())),
            Node::Dir => None,
        });
        files.collect()
    }

    /// A disk with the same content, all of it durable.
    pub fn copy(&self) -> Self {
        let disk = self.disk();
        let mut inodes = disk.inodes.clone();
        for inode in &mut inodes {
            inode.durable = inode.seen.clone();
            inode.dirty.clear();
        }
        let (names, durable) = (disk.names.clone(), disk.names.clone());
        Self(Arc::new(Mutex::new(Disk { inodes, names, durable, ..Disk::default() })))
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl IoFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.check("read", &self.path, false)?;
        let disk = self.disk.disk();
        let content = disk.inodes[self.inode].seen.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let read = content.len().min(buffer.len());
        buffer[..read].copy_from_slice(&content[..read]);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let offset = usize::try_from(offset).unwrap();
        let half = (bytes.len() / 2).next_multiple_of(7).min(bytes.len());
        match self.disk.begin("write", &self.path, true, true) {
            Outcome::Go => {
                self.disk.disk().inodes[self.inode].put(bytes, offset);
                Ok(bytes.len())
            }
            Outcome::Half => {
                self.disk.disk().inodes[self.inode].put(&bytes[..half], offset);
                Ok(half)
            }
            Outcome::Fail(error) => {
                self.disk.disk().inodes[self.inode].put(&bytes[..half], offset);
                Err(error)
            }
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.check("set length", &self.path, true)?;
        self.disk.disk().inodes[self.inode].seen.resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.disk.begin("sync", &self.path, false, false) {
            Outcome::Fail(error) => {
                let mut disk = self.disk.disk();
                if !disk.is_off {
                    // What could not be written counts as clean from now on, though the disk never took it.
                    disk.inodes[self.inode].dirty.clear();
                }
                Err(error)
            }
            _ => {
                self.disk.disk().inodes[self.inode].sync();
                Ok(())
            }
        }
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn size(&self) -> io::Result<u64> {
        self.disk.check("measure", &self.path, false)?;
        Ok(self.disk.disk().inodes[self.inode].seen.len() as u64)
    }
}

impl Io for SimIo {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn IoFile>> {
        let creates = matches!(access, Access::Create { .. });
        self.check(if creates { "create" } else { "open" }, path, creates)?;
        let mut disk = self.disk();
        let inode = match (disk.names.get(path).copied(), access) {
            (Some(Node::File(_)), Access::Create { .. }) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(Node::File(inode)), _) => inode,
            (Some(Node::Dir), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (None, Access::Create { private }) => {
                if disk.names.get(path.parent().unwrap()) != Some(&Node::Dir) {
                    return Err(not_found());
                }
                disk.inodes.push(Inode { private, ..Inode::default() });
                let node = Node::File(disk.inodes.len() - 1);
                disk.names.insert(path.into(), node);
                disk.changes.push(Change::Link(path.into(), node));
                disk.inodes.len() - 1
            }
            (None, _) => return Err(not_found()),
        };
        Ok(Box::new(SimFile { disk: self.clone(), inode, path: path.into() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.check("rename to", to, false)?;
        let mut disk = self.disk();
        let node = disk.names.remove(from).ok_or_else(not_found)?;
        disk.names.insert(to.into(), node);
        disk.changes.push(Change::Rename(from.into(), to.into(), node));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.check("remove", path, false)?;
        let mut disk = self.disk();
        disk.names.remove(path).ok_or_else(not_found)?;
        disk.changes.push(Change::Unlink(path.into()));
        Ok(())
    }

    fn create_dir(&self, path: &Path, _private: bool) -> io::Result<()> {
        self.check("make folder", path, true)?;
        let mut disk = self.disk();
        if disk.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        disk.names.insert(path.into(), Node::Dir);
        disk.changes.push(Change::Link(path.into(), Node::Dir));
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.check("sync folder", path, false)?;
        let mut disk = self.disk();
        for change in std::mem::take(&mut disk.changes) {
            if change.folder() == path {
                change.apply(&mut disk.durable);
            } else {
                disk.changes.push(change);
            }
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.check("list", path, false)?;
        let disk = self.disk();
        if disk.names.get(path) != Some(&Node::Dir) {
            return Err(not_found());
        }
        let inside = disk.names.iter().filter(|(name, _)| name.parent() == Some(path));
        Ok(inside
            .map(|(name, node)| Listed {
                name: name.file_name().unwrap().to_string_lossy().into_owned(),
                is_dir: *node == Node::Dir,
            })
            .collect())
    }

    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        self.check("look at", path, false)?;
        let disk = self.disk();
        Ok(disk.names.get(path).map(|node| match node {
            Node::Dir => Stat { is_dir: true, len: 0, mode: 0o755 },
            Node::File(inode) => {
                let inode = &disk.inodes[*inode];
                let mode = if inode.private { 0o600 } else { 0o644 };
                Stat { is_dir: false, len: inode.seen.len() as u64, mode }
            }
        }))
    }

    fn lock(&self, path: &Path) -> io::Result<LockAttempt> {
        self.check("lock", path, true)?;
        if !self.disk().locked.insert(path.into()) {
            return Ok(LockAttempt::Busy(None));
        }
        let held: Box<dyn Any + Send + Sync> = Box::new(SimLock(self.clone(), path.into()));
        Ok(LockAttempt::Held(held))
    }
}
