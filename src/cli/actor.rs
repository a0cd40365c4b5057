//! `sagwan actor`: people and services, and their roles.

use super::{
    Context,
    failure::{Done, Failure},
    key::{ProofArgs, actor_subject, enrolment, ledger_event},
    ledger_failure,
    recorder::{Recorder, Secrets},
    signer::SignerArgs,
    table::Table,
    when,
};
use crate::{
    event::{
        ActorId, Body, Bytes, Digest, Env, Event, RoleId, Text, Timestamp,
        body::{ActorEnrolled, RoleAssigned, RoleRemoved},
    },
    state::{ActorState, State},
};
use serde::Serialize;

/// Enrol people and services, give and take roles, list who there is.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Enrol an actor, with the first key
    Enroll(Enroll),
    /// List actors with their roles and keys
    List,
    /// Show one actor
    Show {
        /// user:NAME or service:NAME.
        actor: ActorId,
    },
    /// Give or take roles
    #[command(subcommand)]
    Role(Role),
}

#[derive(clap::Args, Debug)]
struct Enroll {
    /// user:NAME or service:NAME; may be left out with --request.
    who: Option<ActorId>,
    #[command(flatten)]
    proof: ProofArgs,
    /// What the actor does; not who it is.
    #[arg(long)]
    title: Option<Text>,
    #[command(flatten)]
    signer: SignerArgs,
}

#[derive(clap::Subcommand, Debug)]
enum Role {
    /// Give an actor a role in an environment
    Assign {
        #[command(flatten)]
        role: RoleArgs,
        /// Until when it holds: a time ahead, such as 30d; otherwise without end.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Take a role from an actor in an environment
    Remove {
        #[command(flatten)]
        role: RoleArgs,
    },
}

#[derive(clap::Args, Debug)]
struct RoleArgs {
    /// user:NAME or service:NAME.
    who: ActorId,
    /// role:NAME, a word of the policy.
    role: RoleId,
    /// In which environment. Repeat for more.
    #[arg(long, required = true)]
    env: Vec<Env>,
    /// Why.
    #[arg(long)]
    reason: Option<Text>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Does what is asked.
///
/// # Errors
/// When the ledger refuses, or there is no such actor.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::Enroll(args) => enroll(args, context),
        Action::List => list(context),
        Action::Show { actor } => show(context, actor),
        Action::Role(Role::Assign { role, until }) => assign(context, role, until.as_deref()),
        Action::Role(Role::Remove { role }) => remove(context, role),
    }
}

fn enroll(args: &Enroll, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let proof = ProofArgs { owner: args.proof.owner.clone().or_else(|| args.who.clone()), ..args.proof.clone() };
    let (owner, key) = match (&proof.request, &proof.new_key, &proof.owner) {
        (None, None, Some(owner)) => (owner.clone(), None),
        _ => enrolment(&proof, None).map(|(owner, key)| (owner, Some(key)))?,
    };
    let has_key = key.is_some();
    let body = Body::ActorEnrolled(ActorEnrolled { key, title: args.title.clone() });
    recorder.record(&[ledger_event(actor_subject(&owner)?, body, context.now())], Secrets::default())?;
    if !has_key {
        context.printer.note(&format!(
            "{owner} has no key yet, so nothing that {owner} signs is recorded: whoever that is runs `sagwan key request --for \
             {owner} KEY.pem > request.json`, and you `sagwan key enroll --request request.json`"
        ));
    }
    Ok(())
}

fn assign(context: &Context, args: &RoleArgs, until: Option<&str>) -> Done {
    let until = until.map(|until| when::ahead(until, context.now())).transpose()?;
    let body =
        |_: Env| Body::RoleAssigned(RoleAssigned { role: args.role.clone(), until, reason: args.reason.clone() });
    roles(context, args, body)
}

fn remove(context: &Context, args: &RoleArgs) -> Done {
    let reason = args.reason.clone().ok_or_else(|| Failure::usage("a reason is needed", "give --reason TEXT"))?;
    roles(context, args, |_| Body::RoleRemoved(RoleRemoved { role: args.role.clone(), reason: reason.clone() }))
}

/// One event an environment; several are signed as one batch, so that all hold or none.
fn roles(context: &Context, args: &RoleArgs, body: impl Fn(Env) -> Body) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let subject = actor_subject(&args.who)?;
    let event = |env: &Env| Event { env: Some(*env), ..ledger_event(subject.clone(), body(*env), context.now()) };
    let events: Vec<Event> = args.env.iter().map(event).collect();
    recorder.record(&events, Secrets::default()).map(|_| ())
}

/// The JSON shape of an actor.
#[derive(Serialize)]
struct ActorView {
    actor: ActorId,
    enrolled: u64,
    roles: Vec<RoleView>,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct RoleView {
    role: RoleId,
    env: Env,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct KeyView {
    kid: Digest,
    algorithm: String,
    public: Bytes,
    from_index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspect_since: Option<u64>,
}

/// Roles that have run out at `t` are left out.
fn view(state: &State, id: &ActorId, actor: &ActorState, t: Timestamp) -> ActorView {
    let roles = actor.roles.iter().filter(|span| span.holds(span.env, t));
    let keys = actor.keys.iter().filter_map(|kid| Some((kid, state.key(kid)?)));
    ActorView {
        actor: id.clone(),
        enrolled: actor.enrolled,
        roles: roles.map(|span| RoleView { role: span.role.clone(), env: span.env, until: span.until }).collect(),
        keys: keys
            .map(|(kid, key)| KeyView {
                kid: *kid,
                algorithm: key.algorithm.to_string(),
                public: key.public.clone(),
                from_index: key.from_index,
                revoked_at: key.revoked_at,
                suspect_since: key.suspect_since,
            })
            .collect(),
    }
}

impl ActorView {
    /// `role:x in dev, prod; role:y in dev`.
    fn roles(&self) -> String {
        let mut names: Vec<&RoleId> = self.roles.iter().map(|role| &role.role).collect();
        names.sort_unstable();
        names.dedup();
        let span = |role: &RoleView| match role.until {
            Some(until) => format!("{} until {until}", role.env),
            None => role.env.to_string(),
        };
        let envs = |name: &RoleId| {
            self.roles.iter().filter(|role| role.role == *name).map(span).collect::<Vec<_>>().join(", ")
        };
        names.into_iter().map(|name| format!("{name} in {}", envs(name))).collect::<Vec<_>>().join("; ")
    }
}

fn list(context: &Context) -> Done {
    let ledger = context.open()?;
    let t = context.now();
    let actors: Vec<ActorView> = ledger
        .state(|state| state.actors().into_iter().map(|(id, actor)| view(state, id, actor, t)).collect())
        .map_err(|error| ledger_failure::of(&error))?;
    if context.printer.json {
        return actors.iter().try_for_each(|actor| context.printer.value(actor));
    }
    let mut table = Table::new(&["actor", "roles", "keys", "enrolled"]);
    for actor in &actors {
        let valid = actor.keys.iter().filter(|key| key.revoked_at.is_none()).count();
        let revoked = actor.keys.len() - valid;
        let keys = if revoked > 0 { format!("{valid} ({revoked} revoked)") } else { valid.to_string() };
        table.row([actor.actor.to_string(), actor.roles(), keys, actor.enrolled.to_string()]);
    }
    context.printer.table(&table)
}

fn show(context: &Context, id: &ActorId) -> Done {
    let ledger = context.open()?;
    let t = context.now();
    let found = ledger
        .state(|state| state.actor(id).map(|actor| view(state, id, actor, t)))
        .map_err(|error| ledger_failure::of(&error))?;
    let actor = found.ok_or_else(|| {
        Failure::not_found(format!("{id} is not enrolled"), "see `sagwan actor list` for who there is")
    })?;
    if context.printer.json {
        return context.printer.value(&actor);
    }
    context.printer.fields(&[
        ("actor", actor.actor.to_string()),
        ("enrolled", format!("record {}", actor.enrolled)),
        ("roles", actor.roles()),
    ])?;
    let mut table = Table::new(&["key", "algorithm", "valid from", "revoked at", "suspect since"]);
    let shown = |index: Option<u64>| index.map_or_else(String::new, |index| index.to_string());
    for key in &actor.keys {
        let from = key.from_index.to_string();
        let ends = [shown(key.revoked_at), shown(key.suspect_since)];
        table.row([&key.kid.to_string(), &key.algorithm, &from, &ends[0], &ends[1]]);
    }
    context.printer.text("")?;
    context.printer.table(&table)
}
