//! `sagwan policy diff`: what a change of policy changes, before it is in force.

mod affected;
mod markdown;
mod tables;

use super::{
    flips::{Flips, rehearse},
    source::{self, Loaded},
};
use crate::{
    cli::{
        Context,
        asker::AskerArgs,
        failure::{Done, Kind},
    },
    event::{ActorId, Digest, Env, Timestamp},
    ledger::Ledger,
    policy::diff::{self, CellDiff, Class},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Compare two policies: every changed cell, stage and constraint, and who is affected.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit codes: 0 when every possible request has the same answer, 1 when some are answered more strictly, 2 when any is
answered more laxly, 3 when the comparison failed for whatever reason.")]
pub struct Args {
    /// Before: a folder, `built-in`, `in-force`, a digest or a log index. With one argument it is what comes after.
    #[arg(value_name = "BEFORE")]
    first: Option<String>,
    /// After; otherwise ./policies. Without any argument: what is in force (or built in) against ./policies.
    #[arg(value_name = "AFTER")]
    second: Option<String>,
    /// Markdown, fit for a pull request.
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    asker: AskerArgs,
}

/// The exit code when the comparison failed.
pub const FAILED: u8 = 3;

/// One side of the comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// What it was called.
    pub name: String,
    /// The digest of its bundle.
    pub digest: Digest,
    /// How many rules it has.
    pub rules: usize,
}

/// An actor for whom something changes, by all roles that he holds now.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Affected {
    /// Who.
    pub actor: ActorId,
    /// The roles concerned, with the environments in which they are held now.
    pub roles: BTreeMap<String, BTreeSet<Env>>,
    /// How many of the changed cells are opened or weakened for this actor, by all roles held now together.
    pub wider: usize,
    /// How many are closed or stricter.
    pub narrower: usize,
    /// The new or tighter constraints that what he holds now breaks: nothing is taken away, and he could not be given it anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<String>,
}

/// Everything that the command reports.
#[derive(Clone, Debug, Serialize)]
pub struct DiffReport {
    /// What it comes to.
    pub class: Class,
    /// The policy before.
    pub before: Side,
    /// The policy after.
    pub after: Side,
    /// Cells, pairs of roles, stages, constraints.
    #[serde(flatten)]
    pub cells: CellDiff,
    /// What is left out, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Who holds the roles concerned; absent without a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affected_actors: Option<Vec<Affected>>,
    /// The recorded decisions that would have been others; absent without a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flips: Option<Flips>,
}

/// Compares, prints, and gives the exit code: [`FAILED`] after any failure, which is printed here.
///
/// # Errors
/// Only when nobody reads stdout any more.
pub fn run(args: &Args, context: &Context) -> Done<u8> {
    match compared(args, context) {
        Ok(class) => Ok(match class {
            Class::Same => 0,
            Class::Narrowed => 1,
            Class::Widened => 2,
        }),
        Err(failure) if failure.code() == 0 => Err(failure),
        Err(failure) => {
            context.printer.failure(&failure);
            Ok(FAILED)
        }
    }
}

fn compared(args: &Args, context: &Context) -> Done<Class> {
    let is_there = context.folder().is_ok_and(|folder| folder.is_dir());
    let usual = if is_there { source::IN_FORCE } else { source::BUILT_IN };
    let (before, after) = match (&args.first, &args.second) {
        (None, _) => (Some(usual), None),
        (Some(after), None) => (Some(usual), Some(after.as_str())),
        (Some(before), Some(after)) => (Some(before.as_str()), Some(after.as_str())),
    };
    let (mut ledger, left_out) = match is_there.then(|| context.open()).transpose() {
        Ok(ledger) => (ledger, None),
        // Two policies that no ledger is needed for are compared all the same.
        Err(busy) if busy.kind == Kind::Busy && ![before, after].into_iter().any(source::is_of_ledger) => {
            (None, Some(format!("without actors and past decisions: {}", busy.what)))
        }
        Err(failure) => return Err(failure),
    };
    let before = source::load(context, &mut ledger, before)?;
    let after = source::load(context, &mut ledger, after)?;
    let mut report = report(&before, &after, ledger.as_ref(), context.now())?;
    report.left_out = left_out;
    if let Some(ledger) = &ledger {
        let rehearsed = rehearse(context, ledger, Some(Arc::new(before.policy)), Arc::new(after.policy))?;
        // A decision that was denied and would be allowed is a widening, even where no cell shows it.
        if rehearsed.widened > 0 {
            report.class = Class::Widened;
        }
        let flips = Flips::of(&rehearsed);
        let task = format!("policy diff {} {}", report.before.digest, report.after.digest);
        flips.tell(ledger, args.asker.asker(&context.settings()?)?, &task)?;
        report.flips = Some(flips);
    }
    if context.printer.json {
        context.printer.value(&report)?;
    } else if args.markdown {
        context.printer.text(&markdown::of(&report))?;
    } else {
        tables::print(&report, context)?;
    }
    Ok(report.class)
}

fn report(before: &Loaded, after: &Loaded, ledger: Option<&Ledger>, now: Timestamp) -> Done<DiffReport> {
    let cells = diff::cells(&before.policy, &after.policy);
    let affected_actors =
        ledger.map(|ledger| affected::find(&cells, (&before.policy, &after.policy), ledger, now)).transpose()?;
    Ok(DiffReport {
        class: cells.class(),
        before: Side::of(before),
        after: Side::of(after),
        left_out: None,
        affected_actors,
        flips: None,
        cells,
    })
}

impl Side {
    fn of(loaded: &Loaded) -> Self {
        Self { name: loaded.name.clone(), digest: loaded.policy.digest(), rules: loaded.policy.rules().len() }
    }
}
