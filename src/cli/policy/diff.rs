//! `sagwan policy diff`: what a change of policy changes, before it is in force.

mod markdown;
mod tables;

use super::{
    flips::{Flips, rehearse},
    source::{self, Loaded},
};
use crate::{
    cli::{Context, asker::AskerArgs, failure::Done, ledger_failure},
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

/// An actor who holds a role for which something changes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Affected {
    /// Who.
    pub actor: ActorId,
    /// The roles concerned, with the environments in which they are held now.
    pub roles: BTreeMap<String, BTreeSet<Env>>,
    /// How many of the changed cells and pairs are opened or weakened for this actor, by the roles held now.
    pub wider: usize,
    /// How many are closed or stricter.
    pub narrower: usize,
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
    let mut ledger = if context.folder().is_ok_and(|folder| folder.is_dir()) { Some(context.open()?) } else { None };
    let usual = if ledger.is_some() { source::IN_FORCE } else { source::BUILT_IN };
    let (before, after) = match (&args.first, &args.second) {
        (None, _) => (Some(usual), None),
        (Some(after), None) => (Some(usual), Some(after.as_str())),
        (Some(before), Some(after)) => (Some(before.as_str()), Some(after.as_str())),
    };
    let before = source::load(context, &mut ledger, before)?;
    let after = source::load(context, &mut ledger, after)?;
    let mut report = report(&before, &after, ledger.as_ref(), context.now())?;
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
    let affected_actors = ledger.map(|ledger| affected(&cells, ledger, now)).transpose()?;
    Ok(DiffReport {
        class: cells.class(),
        before: Side::of(before),
        after: Side::of(after),
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

/// Everybody who holds, at `t`, a role for which a cell changes in that environment, or both roles of a pair.
fn affected(cells: &CellDiff, ledger: &Ledger, t: Timestamp) -> Done<Vec<Affected>> {
    let held = ledger.state(|state| {
        let actors = state.actors().into_iter().map(|(actor, _)| {
            let in_env =
                |env| -> BTreeSet<String> { state.roles(actor, env, t).map(|role| role.as_str().to_owned()).collect() };
            (actor.clone(), Env::ALL.map(|env| (env, in_env(env))))
        });
        actors.collect::<Vec<_>>()
    });
    let held = held.map_err(|error| ledger_failure::of(&error))?;
    let mut found = Vec::new();
    for (actor, envs) in held {
        let mut one = Affected { actor, roles: BTreeMap::new(), wider: 0, narrower: 0 };
        for (env, roles) in &envs {
            let single = cells.cells.iter().filter(|cell| cell.env == *env && roles.contains(&cell.role));
            let single = single.map(|cell| (cell.change, std::slice::from_ref(&cell.role)));
            let pairs = cells.multi_role.iter();
            let pairs = pairs.filter(|pair| pair.env == *env && pair.roles.iter().all(|role| roles.contains(role)));
            for (change, concerned) in single.chain(pairs.map(|pair| (pair.change, pair.roles.as_slice()))) {
                match change.direction() {
                    diff::Direction::Wider => one.wider += 1,
                    diff::Direction::Narrower => one.narrower += 1,
                    diff::Direction::Neutral => continue,
                }
                concerned.iter().for_each(|role| {
                    one.roles.entry(role.clone()).or_default().insert(*env);
                });
            }
        }
        if !one.roles.is_empty() {
            found.push(one);
        }
    }
    Ok(found)
}
