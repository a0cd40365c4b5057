//! Compiled components: made in a process that can be stopped, kept between processes, believed only when unchanged.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod plugin_support;

use plugin_support::{Guest, digest, judge, limits};
use sagwan::{
    cli::CompilerProcess,
    plugin::{CompileCache, CompileFault, Compiler, InProcess, PluginError, Refusal, Registry, Verdict},
};
use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Compiles in process, and counts how often.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Compiler for Counting {
    fn compile(&self, component: &[u8], scratch: &Path) -> Result<(), CompileFault> {
        self.0.fetch_add(1, Ordering::Relaxed);
        InProcess.compile(component, scratch)
    }
}

fn registry(folder: &Path, compiler: Arc<dyn Compiler>) -> Registry {
    Registry::new(limits(), Some(CompileCache::open(folder, compiler).unwrap())).unwrap()
}

fn process() -> CompilerProcess {
    CompilerProcess::new(env!("CARGO_BIN_EXE_sagwan").into())
}

/// Registers the honest guest and lets it judge.
fn works(registry: &Registry) {
    let bytes = Guest::honest().bytes();
    registry.register(&bytes).unwrap_or_else(|error| panic!("{error}"));
    let validator = registry.validator(&digest(&bytes)).unwrap();
    assert_eq!(judge(&validator).outcome, Ok(Verdict::Accept(vec![])));
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A component of many functions that take a compiler some seconds.
fn slow_to_compile() -> Vec<u8> {
    let body = "(local.set 0 (i32.mul (local.get 0) (i32.add (local.get 0) (i32.load (local.get 0)))))".repeat(12);
    let functions = (0..20_000).fold(String::new(), |mut all, _| {
        write!(all, "(func (param i32) {body})").unwrap();
        all
    });
    Guest::honest().extra(&functions).bytes()
}

fn refusal(registry: &Registry, bytes: &[u8]) -> Refusal {
    match registry.register(bytes) {
        Err(PluginError::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_component_is_compiled_once_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let counting = Arc::new(Counting::default());
    for _ in 0..3 {
        let registry = registry(folder.path(), counting.clone());
        works(&registry);
        works(&registry);
        assert_eq!((counting.0.load(Ordering::Relaxed), registry.compiled_here()), (1, 0));
    }
    assert!(files(folder.path()).iter().all(|file| !file.display().to_string().contains("scratch")));
}

#[test]
fn a_process_of_its_own_compiles_for_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), Arc::new(process()));
    works(&registry);
    assert_eq!(registry.compiled_here(), 0, "what the other process left was found");
    let wide = Guest::validator().extra("(memory i64 1)").bytes();
    let reason = refusal(&registry, &wide);
    assert!(matches!(&reason, Refusal::Compile { what } if what.contains("memory64")), "{reason}");
}

#[test]
fn a_compiler_that_does_not_end_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = slow_to_compile();
    for (compiler, says) in [
        (CompilerProcess { cpu_seconds: 1, ..process() }, "CPU"),
        (CompilerProcess { patience: Duration::from_millis(200), ..process() }, "not done"),
        (CompilerProcess { bytes: 350 << 20, ..process() }, "memory"),
    ] {
        let registry = registry(folder.path(), Arc::new(compiler));
        let reason = refusal(&registry, &bytes);
        println!("{reason}");
        assert!(matches!(&reason, Refusal::CompileStopped { what } if what.contains(says)), "{reason}");
        works(&registry);
    }
    assert!(files(folder.path()).iter().all(|file| !file.display().to_string().contains("scratch")));
}

/// wasmtime cleans its folder on a thread of its own, some time after it was first used.
#[test]
fn nobody_cleans_up_what_stands_beside_the_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), Arc::new(InProcess));
    let ours = folder.path().join("ours");
    fs::write(&ours, "not wasmtime's").unwrap();
    works(&registry);
    drop(registry);
    works(&self::registry(folder.path(), Arc::new(InProcess)));
    std::thread::sleep(Duration::from_millis(300));
    assert!(ours.exists());
    let cleaned = files(folder.path()).into_iter().filter(|file| file.to_string_lossy().contains(".cleanup"));
    assert_eq!(cleaned.count(), 1, "a second one stands for a clean-up that was made");
}

#[test]
fn a_compiler_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path(), Arc::new(CompilerProcess::new("/nowhere/sagwan".into())));
    let error = registry.register(&Guest::honest().bytes()).unwrap_err();
    assert!(matches!(error, PluginError::Cache { .. }) && error.to_string().contains("/nowhere/sagwan"), "{error}");
}

#[test]
fn what_is_damaged_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let counting = Arc::new(Counting::default());
    works(&registry(folder.path(), counting.clone()));
    let compiled = files(folder.path()).into_iter().find(|file| fs::metadata(file).unwrap().len() > 2_000).unwrap();
    let whole = fs::read(&compiled).unwrap();
    let mut compilations = 1;
    for at in [0, 9, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        fs::write(&compiled, &bytes).unwrap();
        let registry = registry(folder.path(), counting.clone());
        works(&registry);
        compilations += 1;
        assert_eq!((counting.0.load(Ordering::Relaxed), registry.compiled_here()), (compilations, 0));
    }
    let note = files(&folder.path().join("notes")).remove(0);
    for damage in ["", "modules", "../../etc/passwd sha256:00"] {
        fs::write(&note, damage).unwrap();
        works(&registry(folder.path(), counting.clone()));
        compilations += 1;
        assert_eq!(counting.0.load(Ordering::Relaxed), compilations, "{damage}");
    }
    fs::remove_file(&compiled).unwrap();
    works(&registry(folder.path(), counting.clone()));
    assert_eq!(counting.0.load(Ordering::Relaxed), compilations + 1);
}

#[test]
fn a_folder_that_others_may_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = |mode: u32| {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        CompileCache::open(folder.path(), Arc::new(InProcess))
    };
    assert!(open(0o700).is_ok());
    for mode in [0o777, 0o770, 0o720, 0o702] {
        let error = open(mode).unwrap_err();
        assert!(error.to_string().contains("mode 700"), "{mode:o}: {error}");
    }
    let file = folder.path().join("file");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(&file, b"").unwrap();
    assert!(CompileCache::open(&file, Arc::new(InProcess)).is_err());
}
