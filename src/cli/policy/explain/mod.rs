//! `sagwan policy explain`: why an actor may or may not do something, what is missing, and who could.

mod answer;
mod hypothetical;
mod print;
mod reading;
mod roles;

use crate::{
    cli::{
        Context,
        asker::AskerArgs,
        failure::{Done, Failure},
        ledger_failure, when,
    },
    event::{ActorId, Decision, Digest, Env, Kind, Outcome, Subject, Timestamp},
    ledger::Ledger,
};
use serde::Serialize;

/// Explain why an actor may or may not do something to a subject, now or as of a time.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The answer is that of the ledger's own rules: it is asked about an event that the actor would record, and records nothing.
What such an event would have to say (a digest, a purpose) is filled in as it would be right. A reading (`--action read`)
is judged as when it is asked for: with live grants, emergencies, and what is the actor's own.

Examples:
  sagwan policy explain --actor user:ada --action promote --object model/credit@3 --env prod
  sagwan policy explain --actor user:ada --action use --object dataset/payroll@1 --env dev --as-of 2026-03-01
  sagwan policy explain --actor user:bob --action approve --object model/credit@3 --env prod --as-of 4711 --json")]
pub struct Args {
    /// Who.
    #[arg(long)]
    actor: ActorId,
    /// The verb that policy is asked for: approve, promote, use, …
    #[arg(long)]
    action: String,
    /// To what.
    #[arg(long)]
    object: Subject,
    /// Where.
    #[arg(long)]
    env: Env,
    /// The kind of event, where several have this verb.
    #[arg(long, value_parser = |text: &str| Kind::parse(text))]
    kind: Option<Kind>,
    /// A time, or a log index; otherwise now.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    #[command(flatten)]
    asker: AskerArgs,
}

/// The whole answer.
#[derive(Debug, Serialize)]
struct Explanation {
    actor: ActorId,
    action: String,
    object: Subject,
    env: Env,
    /// The kind of event that was asked about; absent where none is known for this verb and subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The log index before which all this holds.
    as_of: u64,
    t: Timestamp,
    policy: Digest,
    decision: Decision,
    outcome: Outcome,
    /// What is done about a denial here: observe, warn or enforce.
    stage: &'static str,
    /// The rules that make the decision.
    rules: Vec<String>,
    /// Only policy could be asked, for what else counts depends on what the event would say.
    policy_only: bool,
    roles: Vec<RoleHeld>,
    grants: Vec<GrantLine>,
    four_eyes: Vec<EyesLine>,
    /// What is against it, and what to do.
    missing: Vec<Missing>,
    who_could: WhoCould,
}

/// A role that the actor holds there, and what the rules say to it.
#[derive(Debug, Serialize)]
struct RoleHeld {
    role: String,
    /// The record that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    allow: Vec<RuleLine>,
    deny: Vec<RuleLine>,
}

/// A rule of the policy.
#[derive(Debug, Serialize)]
struct RuleLine {
    id: String,
    /// The row without its id: role, environment, objects, action.
    says: String,
    /// Break-glass does not override it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    absolute: bool,
}

/// A grant of the actor that covers the object.
#[derive(Debug, Serialize)]
struct GrantLine {
    grant: Subject,
    stands: &'static str,
    purpose: String,
    until: Timestamp,
    breakglass: bool,
}

/// A four-eyes rule for this verb.
#[derive(Debug, Serialize)]
struct EyesLine {
    id: String,
    /// Whoever acts may be none of these.
    other_than: Vec<&'static str>,
    /// The actor is one of them; not known where only policy could be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Missing {
    rule: String,
    message: String,
}

#[derive(Debug, Serialize)]
struct WhoCould {
    /// The roles whose rules allow it by themselves.
    roles: Vec<String>,
    /// The enrolled actors to whom nothing stands in the way now.
    actors: Vec<ActorId>,
}

/// Explains.
///
/// # Errors
/// When there is no ledger, no such time, or no kind of event does this.
pub fn run(args: &Args, context: &Context) -> Done {
    let ledger = context.open()?;
    let (index, t) = moment(args.as_of.as_deref(), &ledger, context)?;
    let explanation = answer::of(args, &ledger, index, t)?;
    let shown = std::iter::once((&args.object, args.env));
    let told = ledger.as_reader(args.asker.asker(&context.settings()?)?).tell(shown, &explanation.task());
    told.map_err(|error| ledger_failure::of(&error))?;
    if context.printer.json { context.printer.value(&explanation) } else { print::print(&explanation, context) }
}

impl Explanation {
    /// What was asked, for the record of a read.
    fn task(&self) -> String {
        format!("policy explain {} {} {} in {}", self.actor, self.action, self.object, self.env)
    }
}

/// The prefix and the time that are meant: an index means the moment of its record, a time all that was sealed by then.
fn moment(text: Option<&str>, ledger: &Ledger, context: &Context) -> Done<(u64, Timestamp)> {
    let failed = |error| ledger_failure::of(&error);
    let head = ledger.head();
    let Some(text) = text else { return Ok((head.size, context.now().max(head.t))) };
    if let Ok(index) = text.parse::<u64>() {
        return Ok((index, ledger.time_of(index).map_err(failed)?));
    }
    let t = when::parse(text, context.now())?;
    let index = ledger.size_at(t).map_err(failed)?;
    if index == 0 {
        return Err(Failure::not_found(format!("at {t} there was no ledger yet"), "name a later time"));
    }
    Ok((index, t))
}
