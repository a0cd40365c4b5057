//! `sagwan policy who-can`: which roles may do something, and who holds them.

use super::source;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        ledger_failure, rights,
        table::{Table, Tone},
    },
    decide::{READ, rules},
    event::{ActorId, Env, Subject, Timestamp},
    ledger::{Ledger, Moment},
    policy::{Answer, Lens, Look},
    state::{Grant, State},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// List the roles that may do something, the rules by which, and the actors who hold them now; then who may by a grant.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The action, such as `promote`.
    action: String,
    /// The object: a subject such as model/credit-risk@1, or `model/*` for any that no narrower rule speaks of.
    object: String,
    /// Only this environment; repeat for more. Otherwise all three.
    #[arg(long, value_name = "ENV")]
    env: Vec<Env>,
    /// The policy: a folder, `built-in`, `in-force`, a digest or a log index; otherwise what is in force, or ./policies
    /// where there is no ledger.
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// The holders, and the policy if none is named, as of a time or log index; otherwise now.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
}

/// One role, or one grant, in one environment.
#[derive(Serialize)]
struct View {
    env: Env,
    /// The role whose rules say so; absent where a grant gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The grant or emergency that gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<Subject>,
    /// Until when the grant gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    answer: Answer,
    rules: Vec<String>,
    /// Those who hold the role there and whom no other role of theirs denies it; absent without a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    actors: Option<Vec<ActorId>>,
    /// Those who hold the role there, and whom a rule of another role denies it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    denied: BTreeMap<ActorId, Vec<String>>,
}

/// Prints who can.
///
/// # Errors
/// When the policy or the ledger cannot be read, or a word is unknown.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut ledger = if context.folder().is_ok_and(|folder| folder.is_dir()) { Some(context.open()?) } else { None };
    let moment = moment(args, context, ledger.as_ref())?;
    let then = match (&ledger, moment) {
        (Some(ledger), Some(moment)) => ledger.state_at(moment.size, &[], State::policy),
        _ => Ok(None),
    };
    let then = then.map_err(|error| ledger_failure::of(&error))?.map(|digest| digest.to_string());
    let loaded = source::load(context, &mut ledger, args.policy.as_deref().or(then.as_deref()))?;
    let object_type = args.object.split('/').next().unwrap_or_default();
    if args.object.strip_suffix("/*") != Some(object_type) && args.object.parse::<Subject>().is_err() {
        let what = format!("{:?} is neither a subject nor `kind/*`", args.object);
        return Err(Failure::usage(what, "write kind/name, kind/name@version, or 'kind/*' in quotes"));
    }
    if loaded.policy.vocabulary().pair(object_type, &args.action).is_none() {
        let what = format!("{}: nothing does `{}` to `{object_type}`", loaded.name, args.action);
        return Err(Failure::usage(what, "see `sagwan policy vocabulary` for what can be done to what"));
    }
    let lens = Lens::new(&loaded.policy);
    let mut views = Vec::new();
    for env in Env::ALL.into_iter().filter(|env| args.env.is_empty() || args.env.contains(env)) {
        for (role, look) in lens.explain_cell(env, &args.object, &args.action) {
            if look.answer() == Answer::DefaultDeny {
                continue;
            }
            let mut view = View::of(env, role, &look);
            if let (Some(ledger), Some(moment), Answer::Allow) = (&ledger, moment, look.answer()) {
                view.holders(ledger, &lens, args, moment)?;
            }
            views.push(view);
        }
        if let (Some(ledger), Some(moment)) = (&ledger, moment) {
            views.extend(by_grants(ledger, &lens, args, (env, moment))?);
        }
    }
    if context.printer.json {
        return views.iter().try_for_each(|view| context.printer.value(view));
    }
    if !views.iter().any(|view| view.answer == Answer::Allow) {
        context.printer.note(&format!("{}: no role may {} {}", loaded.name, args.action, args.object));
    }
    if views.is_empty() { Ok(()) } else { context.printer.table(&table(&views)) }
}

/// The moment that is asked about, where there is a ledger.
fn moment(args: &Args, context: &Context, ledger: Option<&Ledger>) -> Done<Option<Moment>> {
    let now = context.now();
    match (ledger, &args.as_of) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Failure::usage("--as-of asks a ledger, and there is none", "name one with --ledger")),
        (Some(ledger), text) => {
            let moment = ledger.moment(rights::as_of(text.as_deref(), now)?, now);
            moment.map(Some).map_err(|error| ledger_failure::of(&error))
        }
    }
}

impl View {
    fn of(env: Env, role: &str, look: &Look<'_>) -> Self {
        let rules = look.deciding().iter().map(|id| (*id).to_owned()).collect();
        let (role, answer) = (Some(role.to_owned()), look.answer());
        Self { env, role, grant: None, until: None, answer, rules, actors: None, denied: BTreeMap::new() }
    }

    /// Finds who holds the role, and whether another role of theirs is in the way.
    fn holders(&mut self, ledger: &Ledger, lens: &Lens<'_>, args: &Args, moment: Moment) -> Done {
        let (env, t) = (self.env, moment.t);
        let Some(role) = self.role.clone() else { return Ok(()) };
        let held = |state: &State| -> Vec<(ActorId, Vec<String>)> {
            let actors = state.actors().into_iter().map(|(actor, _)| {
                let roles = state.roles(actor, env, t).map(|role| role.as_str().to_owned()).collect();
                (actor.clone(), roles)
            });
            actors.filter(|(_, roles): &(_, Vec<String>)| roles.contains(&role)).collect()
        };
        let mut actors = Vec::new();
        for (actor, roles) in ledger.state_at(moment.size, &[], held).map_err(|error| ledger_failure::of(&error))? {
            let looks = roles.iter().map(|role| lens.look(role, env, &args.object, &args.action));
            let denies: Vec<String> = looks.flat_map(|look| look.deny).map(str::to_owned).collect();
            if denies.is_empty() {
                actors.push(actor);
            } else {
                self.denied.insert(actor, denies);
            }
        }
        self.actors = Some(actors);
        Ok(())
    }
}

/// Who may by a grant or emergency that holds then. Grants are of named subjects, and give `use` and `read`.
fn by_grants(ledger: &Ledger, lens: &Lens<'_>, args: &Args, (env, moment): (Env, Moment)) -> Done<Vec<View>> {
    let Ok(object) = args.object.parse::<Subject>() else { return Ok(Vec::new()) };
    let given = |grant: &Grant| {
        let gives = grant.allows(&args.action) || grant.breakglass && args.action == READ;
        gives && grant.env == env && grant.covers(&object)
    };
    let views = |state: &State| -> Vec<View> {
        let held = state.grants_at(moment.t).into_iter().filter(|(_, grant, _)| given(grant));
        held.filter_map(|(name, grant, term)| {
            let holder = grant.holder.clone()?;
            let roles = state.roles(&holder, env, moment.t);
            let looks: Vec<_> = roles.map(|role| lens.look(role.as_str(), env, &args.object, &args.action)).collect();
            // A grant stands in for a rule that nobody wrote, an emergency also against one that somebody wrote.
            let barring = looks.iter().filter(|look| look.absolute || !grant.breakglass);
            let denies: Vec<String> = barring.flat_map(|look| &look.deny).map(|id| (*id).to_owned()).collect();
            let rule = if grant.breakglass { rules::BREAK_GLASS } else { rules::ACCESS_GRANT };
            let mut view = View {
                env,
                role: None,
                grant: Some(name.clone()),
                until: Some(term.until),
                answer: Answer::Allow,
                rules: vec![rule.to_owned()],
                actors: Some(Vec::new()),
                denied: BTreeMap::new(),
            };
            match denies.is_empty() {
                true => view.actors = Some(vec![holder]),
                false => {
                    view.answer =
                        if looks.iter().any(|look| look.absolute) { Answer::AbsoluteDeny } else { Answer::Deny };
                    view.denied.insert(holder, denies);
                }
            }
            Some(view)
        })
        .collect()
    };
    ledger.state_at(moment.size, &[], views).map_err(|error| ledger_failure::of(&error))
}

fn table(views: &[View]) -> Table {
    let mut table = Table::new(&["env", "role or grant", "answer", "rules", "actors"]);
    for view in views {
        let until = view.until.map_or_else(String::new, |until| format!(" until {until}"));
        let grant = view.grant.iter().map(|grant| format!("{grant}{until}"));
        let by: String = view.role.iter().cloned().chain(grant).collect();
        let tone = if view.answer == Answer::Allow { Tone::Good } else { Tone::Bad };
        let names = view.actors.iter().flatten().map(ToString::to_string);
        let denied = view.denied.iter().map(|(actor, rules)| format!("{actor} (denied by {})", rules.join(", ")));
        let actors: Vec<String> = names.chain(denied).collect();
        table.toned([
            (view.env.as_str(), Tone::Plain),
            (&by, Tone::Plain),
            (view.answer.as_str(), tone),
            (&view.rules.join(", "), Tone::Quiet),
            (&actors.join(", "), Tone::Plain),
        ]);
    }
    table
}
