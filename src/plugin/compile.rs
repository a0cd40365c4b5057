//! Compiling: once for each component, where it can be stopped, with the result kept between processes.
//!
//! wasmtime loads what it compiled earlier either by a function that is unsafe or through its own cache; we use the
//! cache. Because it believes what stands there, the folder must belong to this user alone, and before wasmtime reads a
//! file we hold its digest against the one that we noted when it was written: a flipped bit in machine code would be
//! anything at all.

use super::{
    engine::compiling,
    error::{PluginError, Refusal, clip},
    limits::WASMTIME,
    run::root,
};
use crate::event::Digest;
use sha2::{Digest as _, Sha256};
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
};
use wasmtime::component::Component;

/// Compiles a component somewhere where it can be stopped: in a process of its own.
pub trait Compiler: Send + Sync {
    /// Runs [`precompile`] with these arguments within limits of time and memory.
    ///
    /// # Errors
    /// [`CompileFault`].
    fn compile(&self, component: &[u8], scratch: &Path) -> Result<(), CompileFault>;
}

/// Why a component was not compiled.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CompileFault {
    /// The compiler refused it.
    #[error("{0}")]
    Refused(String),
    /// It took too much of something, and was stopped.
    #[error("{0}")]
    Stopped(String),
    /// The compiler could not be run.
    #[error("{0}")]
    Failed(String),
}

/// Compiles in this process, where nothing can stop it: for tests, and for what was compiled before.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl Compiler for InProcess {
    fn compile(&self, component: &[u8], scratch: &Path) -> Result<(), CompileFault> {
        precompile(component, scratch)
    }
}

/// Compiles a component and leaves the result in `scratch`, an absolute path: what a [`Compiler`] runs.
///
/// # Errors
/// [`CompileFault::Refused`], [`CompileFault::Failed`].
pub fn precompile(component: &[u8], scratch: &Path) -> Result<(), CompileFault> {
    let engine = compiling(scratch).map_err(|error| CompileFault::Failed(error.to_string()))?;
    match Component::from_binary(&engine, component) {
        Ok(_) => Ok(()),
        Err(error) => Err(CompileFault::Refused(root(&error))),
    }
}

/// The folder of compiled components.
#[derive(Clone)]
pub struct CompileCache {
    folder: PathBuf,
    compiler: Arc<dyn Compiler>,
}

impl std::fmt::Debug for CompileCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "compiled components in {}", self.folder.display())
    }
}

/// Where wasmtime keeps files, and where we keep what we know of them.
const MODULES: &str = "modules";
const NOTES: &str = "notes";
/// Bytes of a note: a name, a space, a digest.
const NOTE_BYTES_MAX: u64 = 512;

impl CompileCache {
    /// Opens the folder, made if it is not there. It can be deleted at any time while no process uses it.
    ///
    /// # Errors
    /// [`PluginError::Cache`]: it cannot be made, or others may write in it.
    pub fn open(folder: &Path, compiler: Arc<dyn Compiler>) -> Result<Self, PluginError> {
        let fault = |what: String| PluginError::Cache { folder: folder.display().to_string(), what };
        let private = |path: &Path| -> io::Result<PathBuf> {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
            fs::canonicalize(path)
        };
        let owned = private(folder).and_then(|folder| {
            private(&folder.join(NOTES))?;
            let about = fs::metadata(&folder)?;
            Ok((folder, about))
        });
        let (own, about) = owned.map_err(|error| fault(format!("{error}; see that this user may make it")))?;
        let user = rustix::process::geteuid().as_raw();
        if about.uid() != user || about.mode() & 0o022 != 0 {
            return Err(fault(
                "others may write in it; give it to this user with mode 700, or name another".to_owned(),
            ));
        }
        Ok(Self { folder: own, compiler })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sees to it that wasmtime finds this component compiled, by an engine of this key.
    ///
    /// # Errors
    /// [`Refusal::Compile`], [`Refusal::CompileStopped`], or what is wrong with the folder.
    pub(super) fn prepare(&self, digest: &Digest, bytes: &[u8], engine: &str) -> Result<(), Unprepared> {
        let note = self.folder.join(NOTES).join(format!("{}-{engine}", hex::encode(digest.0)));
        if self.holds(&note) {
            return Ok(());
        }
        let scratch = Scratch::new(&self.folder)?;
        self.compiler.compile(bytes, &scratch.0)?;
        let made = only_file(&scratch.0.join(MODULES))?;
        let sum = Digest(Sha256::digest(fs::read(scratch.0.join(MODULES).join(&made))?).into());
        let place = self.folder.join(MODULES).join(&made);
        fs::create_dir_all(place.parent().unwrap_or(&self.folder))?;
        fs::rename(scratch.0.join(MODULES).join(&made), &place)?;
        // Last: without a note the file is as good as not there.
        let written = scratch.0.join("note");
        fs::write(&written, format!("{} {sum}", made.display()))?;
        Ok(fs::rename(written, note)?)
    }

    /// Whether the file that a note speaks of is there, unchanged. One that is changed is removed.
    fn holds(&self, note: &Path) -> bool {
        let Some((name, sum)) = read_note(note) else { return false };
        let file = self.folder.join(MODULES).join(name);
        let same = fs::read(&file).is_ok_and(|bytes| Digest(Sha256::digest(bytes).into()) == sum);
        if !same {
            // What cannot be removed is compiled over; what is not there is what we want.
            let _ = fs::remove_file(&file);
        }
        same
    }
}

fn read_note(note: &Path) -> Option<(PathBuf, Digest)> {
    if fs::metadata(note).ok()?.len() > NOTE_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(note).ok()?;
    let (name, sum) = text.split_once(' ')?;
    Some((PathBuf::from(name), sum.parse().ok()?))
}

/// The one compiled file below a folder, by its path from there.
fn only_file(folder: &Path) -> Result<PathBuf, Unprepared> {
    for engine in fs::read_dir(folder)? {
        let engine = engine?.path();
        for file in fs::read_dir(&engine)? {
            let file = file?.path();
            // Beside it wasmtime may keep how often it was used.
            if let (None, Ok(name)) = (file.extension(), file.strip_prefix(folder)) {
                return Ok(name.to_owned());
            }
        }
    }
    Err(Unprepared::Cache("the compiler left nothing; see that the disk is not full".to_owned()))
}

/// Why a component is not ready.
pub(super) enum Unprepared {
    Refused(Refusal),
    Cache(String),
}

impl From<io::Error> for Unprepared {
    fn from(error: io::Error) -> Self {
        Self::Cache(format!("{error}; see that the disk is not full and the folder is this user's"))
    }
}

impl From<CompileFault> for Unprepared {
    fn from(fault: CompileFault) -> Self {
        match fault {
            CompileFault::Refused(what) => Self::Refused(Refusal::Compile { what: clip(&what) }),
            CompileFault::Stopped(what) => Self::Refused(Refusal::CompileStopped { what: clip(&what) }),
            CompileFault::Failed(what) => Self::Cache(format!("the compiler did not run: {}", clip(&what))),
        }
    }
}

/// A folder for one compilation, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("scratch-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(name);
        // An earlier process of the same number may have been killed over it.
        let _ = fs::remove_dir_all(&path);
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays costs disk, nothing else.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What tells the compiled forms of a component apart: the engine's version, settings and machine.
pub(super) fn engine_key(engine: &wasmtime::Engine) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{WASMTIME}-{:016x}", hasher.finish())
}
