//! casbin, at arm's length: a new `Enforcer` for every set of rows, never reloaded, never written to, asked only with
//! four strings, and overheard while it matches, so that one question gives all rules that matched and not only a yes
//! or a no.

use super::error::PolicyError;
use super::model;
use super::object::obj_match;
use super::roles::Link;
use super::rules::{Effect, Rule};
use casbin::function_map::OperatorFunction;
use casbin::rhai::{Dynamic, ImmutableString};
use casbin::{Adapter, CoreApi, DefaultModel, EffectKind, Effector, EffectorStream, Enforcer, MemoryAdapter};
use std::{
    cell::RefCell,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// casbin's model, parsed once and copied into each enforcer.
pub(super) struct Template(DefaultModel);

impl Template {
    /// Parses the one model of this version.
    pub fn new() -> Result<Self, PolicyError> {
        let model = ready(DefaultModel::from_str(&model::conf()))?;
        Ok(Self(model.map_err(engine)?))
    }

    /// A new enforcer over these rows, with our effector, which reports every match.
    pub fn enforcer<'a>(
        &self,
        rules: impl Iterator<Item = &'a Rule>,
        groups: Vec<[String; 3]>,
    ) -> Result<Matcher, PolicyError> {
        let rows: Vec<_> = rules.map(Rule::cells).collect();
        let mut enforcer = self.bare(rows, groups)?;
        enforcer.set_effector(Box::new(Listening));
        Ok(Matcher(enforcer))
    }

    /// A new enforcer as casbin makes it.
    fn bare(&self, rows: Vec<Vec<String>>, groups: Vec<[String; 3]>) -> Result<Enforcer, PolicyError> {
        let groups: Vec<Vec<String>> = groups.into_iter().map(Vec::from).collect();
        let (row_count, group_count) = (rows.len(), groups.len());
        let wanted = rows.clone();
        let mut adapter = MemoryAdapter::default();
        ready(adapter.add_policies("p", "p", rows))?.map_err(engine)?;
        ready(adapter.add_policies("g", "g", groups))?.map_err(engine)?;
        let mut enforcer = ready(Enforcer::new(self.0.clone(), adapter))?.map_err(engine)?;
        enforcer.add_function("objMatch", OperatorFunction::Arg2(obj_match_dynamic));
        enforcer.enable_auto_save(false);
        // INVARIANT: casbin holds the rows that it was given, all of them and in their order: matches are positions.
        let held = enforcer.get_model().get_policy("p", "p");
        if held != wanted || enforcer.get_model().get_policy("g", "g").len() != group_count {
            let detail = format!("{row_count} rows and {group_count} links were given, others are held");
            return Err(PolicyError::Engine { detail });
        }
        Ok(enforcer)
    }
}

/// casbin over all rows of a bundle, exactly as it comes: the reference against which the matrix is tested and timed.
pub struct Bare(Enforcer);

impl Bare {
    /// Loads rows and links into a new enforcer; `holders` are pairs of an actor and a role, held everywhere.
    ///
    /// # Errors
    /// When casbin fails.
    pub fn new(rules: &[Rule], links: &[Link], holders: &[(&str, &str)]) -> Result<Self, PolicyError> {
        use crate::event::Env;
        let mut groups = Vec::new();
        for env in Env::ALL {
            let holding = links.iter().filter(|link| link.holds_in(env));
            groups.extend(holding.map(|link| group(&link.child, &link.parent, env.as_str())));
            groups.extend(holders.iter().map(|(actor, role)| group(actor, role, env.as_str())));
        }
        groups.sort();
        groups.dedup();
        Template::new()?.bare(rules.iter().map(Rule::cells).collect(), groups).map(Self)
    }

    /// casbin's own answer.
    ///
    /// # Errors
    /// When casbin fails.
    pub fn enforce(&self, subject: &str, domain: &str, object: &str, action: &str) -> Result<bool, PolicyError> {
        self.0.enforce((subject, domain, object, action)).map_err(engine)
    }
}

/// One `g` row for casbin.
pub(super) fn group(child: &str, parent: &str, domain: &str) -> [String; 3] {
    [child, parent, domain].map(str::to_owned)
}

/// An enforcer that tells which of its rows matched.
pub(super) struct Matcher(Enforcer);

impl Matcher {
    /// The positions and effects of all rows that match, in order.
    pub fn matches(
        &self,
        subject: &str,
        domain: &str,
        object: &str,
        action: &str,
    ) -> Result<Vec<(usize, Effect)>, PolicyError> {
        let request = [subject, domain, object, action].map(|text| Dynamic::from(ImmutableString::from(text)));
        let verdict = self.0.enforce(Request(request.to_vec())).map_err(engine)?;
        let matches = HEARD.take();
        let any = |effect| matches.iter().any(|(_, own)| *own == effect);
        if verdict != (any(Effect::Allow) && !any(Effect::Deny)) {
            return Err(PolicyError::Engine { detail: "the verdict is not that of the matched rows".to_owned() });
        }
        Ok(matches)
    }
}

/// The four strings of a request, as casbin takes them.
struct Request(Vec<Dynamic>);

impl casbin::EnforceArgs for Request {
    fn try_into_vec(self) -> casbin::Result<Vec<Dynamic>> {
        Ok(self.0)
    }

    fn cache_key(&self) -> u64 {
        0 // casbin's cache is not compiled in
    }
}

thread_local! {
    /// What the effector heard during the enforcement that this thread is in. casbin hands an effector nothing but a
    /// stream of effects and takes back one boolean, so the rest goes this way.
    static HEARD: RefCell<Vec<(usize, Effect)>> = const { RefCell::new(Vec::new()) };
}

/// An effector that lets casbin match every row and notes which ones did.
struct Listening;

struct Heard {
    row: usize,
    allow: bool,
    deny: bool,
}

impl Effector for Listening {
    fn new_stream(&self, _expression: &str, _rows: usize) -> Box<dyn EffectorStream> {
        HEARD.with_borrow_mut(Vec::clear);
        Box::new(Heard { row: 0, allow: false, deny: false })
    }
}

impl EffectorStream for Heard {
    fn next(&self) -> bool {
        self.allow && !self.deny
    }

    fn push_effect(&mut self, effect: EffectKind) -> bool {
        let effect = match effect {
            EffectKind::Allow => Some(Effect::Allow),
            EffectKind::Deny => Some(Effect::Deny),
            EffectKind::Indeterminate => None,
        };
        if let Some(effect) = effect {
            self.allow |= effect == Effect::Allow;
            self.deny |= effect == Effect::Deny;
            HEARD.with_borrow_mut(|heard| heard.push((self.row, effect)));
        }
        self.row += 1;
        false
    }
}

fn obj_match_dynamic(object: Dynamic, pattern: Dynamic) -> Dynamic {
    let text = |value: Dynamic| value.into_immutable_string();
    match (text(object), text(pattern)) {
        (Ok(object), Ok(pattern)) => obj_match(&object, &pattern).into(),
        _ => false.into(),
    }
}

fn engine(error: impl std::fmt::Display) -> PolicyError {
    PolicyError::Engine { detail: error.to_string() }
}

/// Runs a future that never waits: casbin's API is asynchronous for the sake of adapters on a network, and ours is a
/// vector in memory. So no runtime and no thread is needed.
fn ready<F: Future>(future: F) -> Result<F::Output, PolicyError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(engine("an in-memory operation had to wait")),
    }
}
