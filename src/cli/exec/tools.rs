//! Asking other programs short questions, with a limit of time.

use crate::event::limits::{TOOL_ANSWER_BYTES_MAX, TOOL_ANSWER_MS_MAX};
use std::{
    ffi::OsStr,
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_millis(TOOL_ANSWER_MS_MAX);

/// What `program` prints on stdout (or on stderr, where it prints nothing else), trimmed; `None` when it is not there,
/// fails, or takes too long.
#[must_use]
pub fn ask<S: AsRef<OsStr>>(program: &OsStr, arguments: &[S]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let out = child.stdout.take()?;
    let err = child.stderr.take()?;
    let (out, err) = (reading(Box::new(out)), reading(Box::new(err)));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if begun.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let (out, err) = (out.recv_timeout(PATIENCE).ok()?, err.recv_timeout(PATIENCE).ok()?);
    status.success().then_some(if out.is_empty() { err } else { out })
}

/// Reads a stream to its end on a thread. The answer is waited for with a limit: a daemon that the program left behind
/// may hold the stream open.
fn reading(mut stream: Box<dyn Read + Send>) -> mpsc::Receiver<String> {
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.by_ref().take(TOOL_ANSWER_BYTES_MAX).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        let _ = sender.send(String::from_utf8_lossy(&bytes).trim().to_owned());
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_a_failure_and_a_stranger() {
        let sh = |script: &str| ask(OsStr::new("sh"), &["-c", script]);
        assert_eq!(sh("echo hello").as_deref(), Some("hello"));
        assert_eq!(sh("echo hello >&2").as_deref(), Some("hello"));
        assert_eq!(sh("exit 3"), None);
        assert_eq!(ask(OsStr::new("/no/such/program"), &["x"]), None);
    }
}
