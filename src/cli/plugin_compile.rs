//! `sagwan plugin-compile` (hidden): compiles a plugin in a process of its own, which can be stopped.
//!
//! Nothing interrupts a compiler, and a small file can keep one busy for hours. So the program runs itself, with limits
//! of CPU time and memory that the system holds, and a limit on the wall that the caller holds.

use super::{Context, failure::Done};
use crate::{
    event::limits,
    plugin::{CompileFault, Compiler, precompile},
};
use rustix::process::{Resource, Rlimit, Signal, nice, setrlimit};
use std::{
    fs, io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The component, in the scratch folder.
const COMPONENT: &str = "component.wasm";
/// Why it was refused, in the scratch folder.
const REFUSAL: &str = "refusal";
/// The exit code of a component that the compiler refused: no other command has it.
const REFUSED: u8 = 32;
/// The exit code of a Rust program that panicked.
const PANICKED: i32 = 101;
/// How much less of the CPU it wants than whoever waits for the ledger.
const NICE: i32 = 5;
/// How often the child is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Compiles the component in a scratch folder.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The scratch folder: the component is in it, the compiled code goes there
    scratch: PathBuf,
    /// Seconds of CPU that it may take
    #[arg(long, default_value_t = limits::PLUGIN_COMPILE_CPU_SECONDS_MAX)]
    cpu_seconds: u64,
    /// Bytes of address space that it may take
    #[arg(long, default_value_t = limits::PLUGIN_COMPILE_BYTES_MAX)]
    bytes: u64,
}

/// Compiles, within limits.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn run(args: &Args, _: &Context) -> Done<u8> {
    let io = |doing: &str, path: &Path, error: &io::Error| super::Failure::io(doing, path, error);
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    let limited = limit(Resource::Cpu, args.cpu_seconds)
        .and_then(|()| limit(Resource::As, args.bytes))
        .and_then(|()| limit(Resource::Core, 0))
        .and_then(|()| nice(NICE).map(drop));
    limited.map_err(|error| io("limit the process for", &args.scratch, &error.into()))?;
    let file = args.scratch.join(COMPONENT);
    let component = fs::read(&file).map_err(|error| io("read", &file, &error))?;
    match precompile(&component, &args.scratch) {
        Ok(()) => Ok(0),
        Err(CompileFault::Refused(what)) => {
            let refusal = args.scratch.join(REFUSAL);
            fs::write(&refusal, what).map_err(|error| io("write", &refusal, &error))?;
            Ok(REFUSED)
        }
        Err(fault) => Err(super::Failure::fault(fault.to_string())),
    }
}

/// A [`Compiler`] that runs the program itself.
#[derive(Clone, Debug)]
pub struct CompilerProcess {
    /// The program: `sagwan`.
    pub program: PathBuf,
    /// Seconds of CPU that a component may take.
    pub cpu_seconds: u64,
    /// How long it may take on the wall.
    pub patience: Duration,
    /// Bytes of address space that it may take.
    pub bytes: u64,
}

impl CompilerProcess {
    /// With this program and the limits of [`crate::event::limits`].
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            cpu_seconds: limits::PLUGIN_COMPILE_CPU_SECONDS_MAX,
            patience: Duration::from_secs(limits::PLUGIN_COMPILE_SECONDS_MAX),
            bytes: limits::PLUGIN_COMPILE_BYTES_MAX,
        }
    }

    /// With the program that runs now.
    ///
    /// # Errors
    /// When the system does not say which that is.
    pub fn of_this_program() -> io::Result<Self> {
        std::env::current_exe().map(Self::new)
    }

    fn start(&self, component: &[u8], scratch: &Path) -> io::Result<Child> {
        fs::write(scratch.join(COMPONENT), component)?;
        Command::new(&self.program)
            .arg("plugin-compile")
            .arg(scratch)
            .args(["--cpu-seconds", &self.cpu_seconds.to_string(), "--bytes", &self.bytes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    }

    /// How the child ended; `None` when it took too long and was killed.
    fn wait(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let until = Instant::now() + self.patience;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() > until {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }

    fn ended(&self, status: Option<ExitStatus>, scratch: &Path) -> Result<(), CompileFault> {
        let (cpu, bytes, wall) = (self.cpu_seconds, self.bytes, self.patience.as_secs());
        let Some(status) = status else {
            return Err(CompileFault::Stopped(format!("it was not done after {wall} s")));
        };
        let stopped_by = status.signal().and_then(Signal::from_named_raw);
        match (status.code(), stopped_by) {
            (Some(0), _) => Ok(()),
            (Some(code), _) if code == i32::from(REFUSED) => {
                let what = fs::read_to_string(scratch.join(REFUSAL));
                Err(CompileFault::Refused(what.unwrap_or_else(|error| error.to_string())))
            }
            (_, Some(Signal::XCPU | Signal::KILL)) => {
                Err(CompileFault::Stopped(format!("it took more than {cpu} s of CPU")))
            }
            // A compiler that is refused memory panics or aborts; so does one that has a fault, and then too it is the
            // component that must go.
            (Some(PANICKED), _) | (_, Some(Signal::ABORT | Signal::SEGV | Signal::BUS)) => Err(CompileFault::Stopped(
                format!("it took more than {bytes} bytes of memory, or the compiler broke down over it"),
            )),
            _ => Err(CompileFault::Failed(format!("{} plugin-compile ended with {status}", self.program.display()))),
        }
    }
}

impl Compiler for CompilerProcess {
    fn compile(&self, component: &[u8], scratch: &Path) -> Result<(), CompileFault> {
        let failed = |error: io::Error| CompileFault::Failed(format!("{}: {error}", self.program.display()));
        let mut child = self.start(component, scratch).map_err(failed)?;
        let status = self.wait(&mut child).map_err(failed)?;
        self.ended(status, scratch)
    }
}
