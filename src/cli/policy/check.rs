//! `sagwan policy check`: the strict loader, then everything that a reviewer should know.

use super::source;
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    policy::review::{Finding, Severity, findings},
};

/// Say what is wrong with a policy, and what is hardly meant.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit codes: 0 when nothing is wrong (notes do not count, nor warnings without --strict), 4 when the policy does not load
or has errors.")]
pub struct Args {
    /// The policy: a folder, `built-in`, `in-force`, a digest or a log index; otherwise ./policies.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    /// Let warnings count as errors.
    #[arg(long)]
    strict: bool,
}

/// Prints the findings.
///
/// # Errors
/// When the policy does not load, or has findings that count.
pub fn run(args: &Args, context: &Context) -> Done {
    let loaded = source::load(context, &mut None, args.policy.as_deref())?;
    let found = findings(&loaded.bundle, &loaded.policy);
    if context.printer.json {
        found.iter().try_for_each(|finding| context.printer.value(finding))?;
    } else if !found.is_empty() {
        context.printer.table(&table(&found))?;
    }
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let summary = format!(
        "{}: {}; {}, {}, {}",
        loaded.name,
        counted(loaded.policy.rules().len(), "rule"),
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(count(Severity::Note), "note")
    );
    if errors > 0 || (args.strict && warnings > 0) {
        return Err(Failure::invalid(summary, "correct what the findings name; each says how"));
    }
    context.printer.note(&summary);
    Ok(())
}

fn table(found: &[Finding]) -> Table {
    let mut table = Table::new(&["", "where", "rule", "what", "what to do"]);
    for finding in found {
        let (word, tone) = match finding.severity {
            Severity::Error => ("error", Tone::Bad),
            Severity::Warning => ("warning", Tone::Doubtful),
            Severity::Note => ("note", Tone::Quiet),
        };
        let place = match finding.line {
            Some(line) => format!("{}:{line}", finding.file),
            None => finding.file.clone(),
        };
        table.toned([
            (word, tone),
            (&place, Tone::Plain),
            (finding.rule.as_deref().unwrap_or_default(), Tone::Plain),
            (&finding.message, Tone::Plain),
            (&finding.remedy, Tone::Quiet),
        ]);
    }
    table
}
