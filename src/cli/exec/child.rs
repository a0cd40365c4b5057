//! Running the command: its streams are ours, signals go on to it, and how it ended is told exactly.

use crate::cli::failure::{Done, Failure, Kind};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt,
    process::{Child, Command},
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// How.
    pub how: How,
    /// How long it ran.
    pub duration: Duration,
}

/// By itself, or by a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// With an exit code.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
}

impl Ending {
    /// The exit code that a shell would give: the command's own, or 128 + the signal.
    #[must_use]
    pub fn code(&self) -> u8 {
        let code = match self.how {
            How::Exited(code) => code,
            How::Signalled(signal) => 128 + signal,
        };
        u8::try_from(code & 0xff).unwrap_or(1)
    }
}

/// The signals that a user or a scheduler sends to stop, reload or ask a job.
const FORWARDED: [Signal; 6] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2];

/// Catches signals from its creation on: one that arrives before the command runs is passed on once it does.
pub struct Signals {
    runtime: Runtime,
    caught: mpsc::UnboundedReceiver<Signal>,
}

impl Signals {
    /// Begins to catch.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn catch() -> Done<Self> {
        let failed = |error: std::io::Error| {
            Failure::new(Kind::Io, format!("cannot catch signals: {error}"), "try again; see `ulimit -a`")
        };
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(failed)?;
        let (sender, caught) = mpsc::unbounded_channel();
        let _inside = runtime.enter();
        for kind in FORWARDED {
            let mut stream = signal(SignalKind::from_raw(kind.as_raw())).map_err(failed)?;
            let sender = sender.clone();
            runtime.spawn(async move { while stream.recv().await.is_some() && sender.send(kind).is_ok() {} });
        }
        Ok(Self { runtime, caught })
    }

    /// Runs `command` to its end; not at all when a signal to stop has come already. `environment` is added to its variables.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(mut self, command: &[OsString], environment: &[(&str, String)]) -> Done<Ending> {
        let [program, arguments @ ..] = command else {
            return Err(Failure::usage("no command after `--`", "write `sagwan exec … -- COMMAND ARGUMENTS`"));
        };
        let begun = Instant::now();
        if let Some(signal) = self.stopped_already() {
            return Ok(Ending { how: How::Signalled(signal.as_raw()), duration: begun.elapsed() });
        }
        let mut child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .spawn()
            .map_err(|error| not_started(program, &error))?;
        let how = self.wait(&mut child)?;
        Ok(Ending { how, duration: begun.elapsed() })
    }

    /// A signal to stop that came before the command was there to get it.
    fn stopped_already(&mut self) -> Option<Signal> {
        let caught = std::iter::from_fn(|| self.caught.try_recv().ok());
        caught.into_iter().find(|signal| !matches!(*signal, Signal::USR1 | Signal::USR2))
    }

    /// Waits for `child` on a thread, and passes on what arrives meanwhile.
    fn wait(&mut self, child: &mut Child) -> Done<How> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let by_terminal = shares_terminal();
        let caught = &mut self.caught;
        let status = std::thread::scope(|scope| {
            let (ended, mut end) = tokio::sync::oneshot::channel();
            let waiter = scope.spawn(move || {
                let status = child.wait();
                let _ = ended.send(());
                status
            });
            self.runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = &mut end => break,
                        Some(signal) = caught.recv() => pass_on(pid, signal, by_terminal),
                    }
                }
            });
            waiter.join()
        });
        match status {
            Ok(Ok(status)) => {
                Ok(status.signal().map_or_else(|| How::Exited(status.code().unwrap_or(1)), How::Signalled))
            }
            _ => Err(Failure::new(Kind::Io, "the command's end was not seen", "look for it with `ps`")),
        }
    }
}

/// Ctrl-C and Ctrl-\ on a terminal reach every process in its foreground, the command too: passed on, they would count
/// twice, and a second Ctrl-C often means "at once, without saving".
fn pass_on(pid: Option<Pid>, signal: Signal, by_terminal: bool) {
    let doubled = by_terminal && matches!(signal, Signal::INT | Signal::QUIT);
    if let (Some(pid), false) = (pid, doubled) {
        // The command may have ended just now: then there is nobody to tell, and that is well.
        let _ = kill_process(pid, signal);
    }
}

/// Whether this process is in the foreground of a terminal.
fn shares_terminal() -> bool {
    std::fs::File::open("/dev/tty")
        .ok()
        .and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok())
        .is_some_and(|group| group == rustix::process::getpgrp())
}

fn not_started(program: &OsString, error: &std::io::Error) -> Failure {
    let what = format!("cannot run {}: {error}", program.display());
    match error.kind() {
        std::io::ErrorKind::NotFound => Failure::not_found(what, "check the command's name and PATH"),
        _ => Failure::new(Kind::Io, what, "check that the file may be executed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> Ending {
        let command = ["sh", "-c", script].map(OsString::from);
        Signals::catch().unwrap().run(&command, &[("SAGWAN_TEST", "7".into())]).unwrap()
    }

    #[test]
    fn the_end_is_told_exactly() {
        assert_eq!(run("exit 0").how, How::Exited(0));
        assert_eq!(run("exit $SAGWAN_TEST").how, How::Exited(7));
        let killed = run("kill -KILL $$");
        assert_eq!((killed.how, killed.code()), (How::Signalled(9), 137));
    }

    #[test]
    fn what_was_stopped_before_its_start_does_not_run() {
        let signals = Signals::catch().unwrap();
        kill_process(rustix::process::getpid(), Signal::HUP).unwrap();
        let begun = Instant::now();
        while signals.caught.is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the signal did not come");
            std::thread::sleep(Duration::from_millis(1));
        }
        let ending = signals.run(&["false"].map(OsString::from), &[]).unwrap();
        assert_eq!(ending.how, How::Signalled(1));
    }

    #[test]
    fn a_missing_program_is_not_found() {
        let command = [OsString::from("/no/such/program")];
        let failure = Signals::catch().unwrap().run(&command, &[]).unwrap_err();
        assert_eq!(failure.kind, Kind::NotFound);
    }
}
