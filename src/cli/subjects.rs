//! `sagwan subjects`: what is known, and where it stands.

use super::{
    Context,
    asker::AskerArgs,
    failure::{Done, Failure},
    ledger_failure,
    table::{Table, Tone},
};
use crate::event::{Digest, Subject, SubjectKind};
use serde::Serialize;

/// List the subjects that records are about, and where they stand.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only of this kind, such as model or dataset.
    #[arg(long, value_parser = kind)]
    kind: Option<SubjectKind>,
    /// Only those whose name begins so, such as model/credit.
    prefix: Option<String>,
    #[command(flatten)]
    asker: AskerArgs,
}

fn kind(text: &str) -> Result<SubjectKind, String> {
    let known = SubjectKind::ALL.iter().find(|kind| kind.as_str() == text);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = SubjectKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("one of {}", names.join(", "))
    })
}

/// The JSON shape of a subject.
#[derive(Serialize)]
struct SubjectView {
    subject: Subject,
    stage: &'static str,
    first: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    personal: bool,
}

/// Prints the subjects, in the order of their names.
///
/// # Errors
/// When the ledger cannot be opened.
pub fn run(args: &Args, context: &Context) -> Done {
    if let (Some(prefix), None) = (&args.prefix, args.kind) {
        let known = SubjectKind::ALL
            .iter()
            .any(|kind| format!("{kind}/").starts_with(prefix.split('/').next().unwrap_or_default()));
        if !known {
            return Err(Failure::usage(
                format!("no subject begins with {prefix:?}"),
                "write KIND/NAME, such as model/credit",
            ));
        }
    }
    let asker = args.asker.asker(&context.settings()?)?;
    let ledger = context.open()?;
    let seen = ledger.as_reader(asker).subjects(|subject, state, _| {
        let wanted = args.kind.is_none_or(|kind| subject.kind() == kind)
            && args.prefix.as_ref().is_none_or(|prefix| subject.as_str().starts_with(prefix));
        wanted.then(|| SubjectView {
            subject: subject.clone(),
            stage: state.stage(),
            first: state.first,
            digest: state.digest(),
            personal: state.is_personal(),
        })
    });
    let subjects = seen.map_err(|error| ledger_failure::of(&error))?.value;
    if context.printer.json {
        return subjects.iter().try_for_each(|subject| context.printer.value(subject));
    }
    if subjects.is_empty() {
        context.printer.note("no such subjects");
        return Ok(());
    }
    let mut table = Table::new(&["subject", "stage", "first record", "content"]);
    for subject in &subjects {
        let personal = if subject.personal { " (personal data)" } else { "" };
        table.toned([
            (format!("{}{personal}", subject.subject), Tone::Plain),
            (subject.stage.to_owned(), Tone::Plain),
            (subject.first.to_string(), Tone::Quiet),
            (subject.digest.map_or_else(String::new, |digest| digest.short()), Tone::Quiet),
        ]);
    }
    context.printer.table(&table)
}
