//! Help and completions.

use super::support::Bench;

const COMMANDS: [&str; 22] = [
    "demo",
    "bench",
    "init",
    "status",
    "key",
    "actor",
    "record",
    "exec",
    "spool",
    "log",
    "show",
    "subjects",
    "roles",
    "grants",
    "access",
    "breakglass",
    "vault",
    "receipt",
    "verify",
    "index",
    "serve",
    "completions",
];

#[test]
fn every_command_helps() {
    let bench = Bench::empty();
    let whole = bench.run(&["--help"]).done().out;
    for command in COMMANDS {
        assert!(whole.contains(&format!("\n  {command}")), "{command} is not in the help");
        let help = bench.run(&["help", command]).done().out;
        assert!(help.contains("Usage:") && help.contains("--json"), "{help}");
    }
    for nested in [&["key", "enroll"][..], &["actor", "role", "assign"], &["spool", "resubmit"], &["vault", "show"]] {
        bench.run(&[nested, &["--help"]].concat()).done();
    }
    for code in 0..=9 {
        assert!(whole.contains(&format!("\n  {code}  ")), "exit code {code} is not in the help");
    }
}

#[test]
fn the_page_names_every_command_and_code() {
    let page = include_str!("../../docs/cli.md");
    for command in COMMANDS {
        assert!(page.contains(&format!("`sagwan {command}")), "docs/cli.md does not name {command}");
    }
    for code in 0..=9 {
        assert!(page.contains(&format!("| {code} |")), "docs/cli.md does not name exit code {code}");
    }
}

#[test]
fn completions_for_the_shells() {
    let bench = Bench::empty();
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef sagwan"), ("fish", "complete -c sagwan")] {
        let script = bench.run(&["completions", shell]).done().out;
        assert!(script.contains(mark) && script.contains("receipt"), "{shell}");
    }
    bench.run(&["completions", "tcsh"]).ended(2);
}

#[test]
fn no_arguments_is_a_question() {
    assert!(Bench::empty().run(&[]).ended(2).err.contains("Usage:"));
}
