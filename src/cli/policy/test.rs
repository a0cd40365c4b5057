//! `sagwan policy test`: the cases and the golden matrix beside a policy.

use super::source::{self, Loaded};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    event::limits,
    policy::{
        golden::{self, GoldenChange},
        suite::{self, Failed, Report, Suite, is_suite},
    },
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Run the cases of tests/*.yaml, and compare the matrix with tests/matrix.golden.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit codes: 0 when every request was answered as expected and the matrix is that of the file, 4 when not.")]
pub struct Args {
    /// The policy: a folder, `built-in`, `in-force`, a digest or a log index; otherwise ./policies.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    /// The folder whose tests/ is run; otherwise the policy's own.
    #[arg(long, value_name = "FOLDER")]
    tests: Option<PathBuf>,
    /// Write tests/matrix.golden anew in place of comparing it: review what changed.
    #[arg(long)]
    bless: bool,
    /// List the rules that no case reached.
    #[arg(long)]
    coverage: bool,
    /// Fail when a rule decides no case.
    #[arg(long)]
    every_rule: bool,
}

/// Runs the tests.
///
/// # Errors
/// When the policy or a test does not load, or something is not as expected.
pub fn run(args: &Args, context: &Context) -> Done {
    let loaded = source::load(context, &mut None, args.policy.as_deref())?;
    let folder = args.tests.as_deref().or(loaded.folder.as_deref()).ok_or_else(|| {
        Failure::usage(
            "tests stand beside a policy's files, not in its bundle",
            "name their folder with --tests FOLDER",
        )
    })?;
    let suites = read_suites(folder, &loaded)?;
    let report = suite::run(&loaded.policy, &suites);
    let changes = if args.bless { bless(folder, &loaded)? } else { compare(folder, &loaded)? };
    show(args, context, &loaded, &report, &changes)?;
    let undecided = report.coverage.undecided().len();
    let summary = format!(
        "{}: {} in {}, {} not as expected; {} from {}; {} of {} rules decided a case",
        loaded.name,
        counted(report.requests, "request"),
        counted(suites.len(), "file"),
        report.failed.len(),
        match changes.len() {
            _ if args.bless => "0 cells differ".to_owned(),
            1 => "1 cell differs".to_owned(),
            cells => format!("{cells} cells differ"),
        },
        golden::FILE,
        report.coverage.rules.len() - undecided,
        report.coverage.rules.len(),
    );
    if !report.failed.is_empty() || (!args.bless && !changes.is_empty()) {
        let next =
            "correct the policy or its tests; when the changed cells are meant, run `sagwan policy test --bless`";
        return Err(Failure::invalid(summary, next));
    }
    if args.every_rule && undecided > 0 {
        return Err(Failure::invalid(summary, "write cases for the rules that `--coverage` lists"));
    }
    context.printer.note(&summary);
    Ok(())
}

/// The suites of a folder's `tests/`. A file that looks like one and would be left out is refused.
fn read_suites(root: &Path, loaded: &Loaded) -> Done<Vec<Suite>> {
    let folder = root.join("tests");
    if !folder.is_dir() {
        let next = "write cases there; docs/policy.md shows how";
        return Err(Failure::not_found(format!("there is no folder {}", folder.display()), next));
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| Failure::io("list", &folder, &error))? {
        let path = entry.map_err(|error| Failure::io("list", &folder, &error))?.path();
        let name = format!("tests/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if is_suite(&name) {
            names.push((name, path));
        } else if path
            .extension()
            .is_some_and(|ext| ext.eq_ignore_ascii_case("yaml") || ext.eq_ignore_ascii_case("yml"))
        {
            return Err(Failure::invalid(
                format!("{} would be left out: its name is not WORD.yaml in lower case", path.display()),
                "rename it, or move it out of tests/",
            ));
        }
    }
    if names.len() > limits::POLICY_TEST_FILES_MAX {
        let what = format!("{} files of tests, the limit is {}", names.len(), limits::POLICY_TEST_FILES_MAX);
        return Err(Failure::invalid(what, "join some of them"));
    }
    names.sort();
    let suite = |(name, path): &(String, PathBuf)| {
        let bytes = source::read_bounded(path, limits::POLICY_FILE_BYTES_MAX)?;
        Suite::read(name, &bytes, &loaded.policy)
            .map_err(|error| Failure::invalid(format!("{}: {error}", root.display()), "correct the test"))
    };
    names.iter().map(suite).collect()
}

fn compare(root: &Path, loaded: &Loaded) -> Done<Vec<GoldenChange>> {
    let path = root.join(golden::FILE);
    if !path.is_file() {
        let next = "run `sagwan policy test --bless` and review what it writes";
        return Err(Failure::not_found(format!("there is no {}", path.display()), next));
    }
    let bytes = source::read_bounded(&path, limits::POLICY_GOLDEN_BYTES_MAX)?;
    golden::compare(&bytes, &loaded.policy)
        .map_err(|error| Failure::invalid(format!("{}: {error}", root.display()), "see docs/policy.md"))
}

/// Writes the golden file; the cells that changed against an older one that can be read.
fn bless(root: &Path, loaded: &Loaded) -> Done<Vec<GoldenChange>> {
    let path = root.join(golden::FILE);
    let changes = if path.is_file() {
        let bytes = source::read_bounded(&path, limits::POLICY_GOLDEN_BYTES_MAX)?;
        golden::compare(&bytes, &loaded.policy).unwrap_or_default()
    } else {
        Vec::new()
    };
    fs::write(&path, golden::write(&loaded.policy)).map_err(|error| Failure::io("write", &path, &error))?;
    Ok(changes)
}

fn show(args: &Args, context: &Context, loaded: &Loaded, report: &Report, changes: &[GoldenChange]) -> Done {
    if context.printer.json {
        return context.printer.value(&json!({
            "policy": loaded.policy.digest(), "requests": report.requests, "failed": report.failed,
            "golden": changes, "blessed": args.bless, "coverage": report.coverage,
            "undecided": report.coverage.undecided(),
        }));
    }
    if !report.failed.is_empty() {
        context.printer.table(&failures(&report.failed))?;
    }
    if !changes.is_empty() {
        context.printer.table(&cells(changes))?;
    }
    if args.coverage {
        let coverage = &report.coverage;
        let mut table = Table::new(&["rule that decided no case", "file", "what it says"]);
        for id in coverage.undecided() {
            let rule = loaded.policy.rules().iter().find(|rule| rule.id == id);
            let (place, what) = rule.map_or_else(Default::default, |rule| {
                let what = [&rule.role, rule.domain(), &rule.object, &rule.action, rule.effect.as_str()].join(", ");
                (format!("{}:{}", rule.file, rule.line), what)
            });
            table.row([id, &place, &what]);
        }
        if !table.is_empty() {
            context.printer.table(&table)?;
        }
        context.printer.fields(&[
            ("rules", format!("{} of {}", coverage.rules.len() - coverage.undecided().len(), coverage.rules.len())),
            ("cells by cases", format!("{} of {}", coverage.cells_asked, coverage.cells)),
            ("cells by the matrix", format!("{0} of {0}", coverage.cells)),
        ])?;
    }
    Ok(())
}

fn failures(failed: &[Failed]) -> Table {
    let mut table = Table::new(&["where", "case", "request", "expected", "got"]);
    for one in failed {
        let env = one.env.map_or_else(String::new, |env| format!("in {env}: "));
        let who = one.roles.join(" + ");
        let what = [one.action.as_deref(), one.object.as_deref()].map(Option::unwrap_or_default).join(" ");
        table.toned([
            (format!("{}:{}", one.file, one.line), Tone::Plain),
            (one.case.clone(), Tone::Plain),
            (format!("{env}{who} {what}").trim().to_owned(), Tone::Plain),
            (one.expected.clone(), Tone::Quiet),
            (one.got.clone(), Tone::Bad),
        ]);
    }
    table
}

fn cells(changes: &[GoldenChange]) -> Table {
    let mut table = Table::new(&["role", "env", "object", "action", "golden", "now"]);
    let word = |mark: Option<char>| match mark {
        Some('+') => "allow",
        Some('.') => "default-deny",
        Some('-') => "deny",
        Some('!') => "absolute-deny",
        _ => "no such cell",
    };
    for change in changes {
        let tone = if change.now == Some('+') { Tone::Bad } else { Tone::Doubtful };
        table.toned([
            (change.role.as_str(), Tone::Plain),
            (change.env.as_str(), Tone::Plain),
            (change.object.as_str(), Tone::Plain),
            (change.action.as_str(), Tone::Plain),
            (word(change.golden), Tone::Quiet),
            (word(change.now), tone),
        ]);
    }
    table
}
