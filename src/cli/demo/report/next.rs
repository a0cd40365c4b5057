//! The commands to try next: real ones, on this ledger, ready to be pasted into a shell.

use super::Demo;
use crate::cli::{log_pub, signer};
use std::path::{Path, PathBuf};

/// A command and what it does.
pub struct Command {
    /// What it does.
    pub does: &'static str,
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// It runs until it is stopped.
    pub runs_on: bool,
}

/// The commands.
pub fn commands(demo: &Demo<'_>) -> Vec<Command> {
    let program = program();
    let folder = demo.folder.display().to_string();
    let (shown, committed) = (demo.told.shown.to_string(), demo.told.committed.to_string());
    let key = demo.folder.join(log_pub::FILE).display().to_string();
    let bea = demo.folder.join("keys").join(signer::key_file(&demo.cast.bea.actor)).display().to_string();
    let candidate = demo.change.folder.display().to_string();
    let on_ledger = |does: &'static str, arguments: &[&str]| {
        let all = [program.as_str(), "--ledger", &folder].into_iter().chain(arguments.iter().copied());
        Command { does, arguments: all.map(str::to_owned).collect(), runs_on: false }
    };
    let file = "approval.cose";
    let alone = [program.as_str(), "verify", file, "--key", &key].map(str::to_owned).into();
    vec![
        on_ledger("what was refused", &["log", "--decision", "deny"]),
        on_ledger("what a rule was against, and was recorded", &["log", "--decision", "would-deny"]),
        on_ledger("the change of policy, cell by cell, and what would have flipped", &["policy", "diff", &candidate]),
        on_ledger(
            "why Sam may not promote to prod, and who may",
            &[
                "policy",
                "explain",
                "--actor",
                demo.cast.sam.actor.as_str(),
                "--action",
                "promote",
                "--object",
                "model/credit-risk@1",
                "--env",
                "prod",
            ],
        ),
        on_ledger("the life of the model", &["log", "--subject", "model/credit-risk@1"]),
        on_ledger("the approval, with its receipt", &["show", &shown, "--receipt"]),
        on_ledger("a use of data whose origin is only committed to", &["show", &committed]),
        on_ledger("whose data it was, which only the vault knows", &["vault", "show", demo.told.data_subject.as_str()]),
        on_ledger(
            "the approval's proof, for somebody else",
            &["receipt", &shown, "--format", "transparent", "--out", file],
        ),
        Command { does: "the check of it, without the ledger", arguments: alone, runs_on: false },
        on_ledger(
            "a record of your own, as Bea: a clerk overrides the model",
            &[
                "record",
                "--actor",
                demo.cast.bea.actor.as_str(),
                "--key",
                &bea,
                "--kind",
                "override.recorded",
                "--subject",
                "deployment/credit-risk",
                "--env",
                "prod",
                "--body",
                "reason=The payslip was misread",
            ],
        ),
        on_ledger("every byte, signature and seal again", &["verify", "--full"]),
        Command { runs_on: true, ..on_ledger("the ledger over HTTP, until Ctrl-C", &["serve"]) },
    ]
}

/// How the program is called from here: by name where it was, else by its path, short where it is below this folder.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    if !called.is_empty() && !called.contains('/') {
        return called;
    }
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("sagwan"));
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here)
        .map_or_else(|_| path.display().to_string(), |below| Path::new(".").join(below).display().to_string())
}

impl Command {
    /// As one types it.
    pub fn line(&self) -> String {
        self.arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ")
    }
}

/// An argument as a POSIX shell reads it back.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:=+,%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for argument in ["plain/path-1.0@x", "two words", "it's", "", "$HOME `x` \"y\"", "가나"] {
            let line = format!("printf %s {}", quoted(argument));
            let out = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), argument);
        }
    }
}
