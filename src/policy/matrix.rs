//! The decision matrix: casbin's answers for the finite part of a policy, in a form that costs a look-up.
//!
//! A cell is (environment, object type × action, role) and holds two sets of rules: those that allow, and those that
//! deny. One boolean a role would lose another role's deny when an actor has several. The rows are handed to casbin
//! by bucket (role, environment, action): 4,800 cells take 77 ms so and 4 s over the whole policy.

use super::engine::{Template, group};
use super::error::PolicyError;
use super::roles::{Link, reachable};
use super::rules::{Effect, Rule, RuleCode};
use super::vocabulary::Vocabulary;
use crate::event::Env;
use std::collections::HashMap;

/// Who asks while the matrix is compiled: an actor with one role.
const PROBE: &str = "user:matrix";

/// The rules that matched a cell, as numbers of interned sets; 0 is the empty set.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    pub allow: u32,
    pub deny: u32,
    /// A rule of `deny.csv` is among those that deny.
    pub absolute: bool,
}

/// All cells, and the sets that they refer to.
pub(super) struct Matrix {
    cells: Vec<Cell>,
    roles: usize,
    pairs: usize,
}

impl Matrix {
    /// The cell of (environment, pair of object type and action, role).
    pub fn cell(&self, env: Env, pair: u32, role: u32) -> Cell {
        let at = || -> Option<usize> { Some(self.row(env, pair)? + usize::try_from(role).ok()?) };
        at().and_then(|at| self.cells.get(at)).copied().unwrap_or_default()
    }

    fn row(&self, env: Env, pair: u32) -> Option<usize> {
        Some((env_index(env) * self.pairs + usize::try_from(pair).ok()?) * self.roles)
    }
}

/// dev 0, staging 1, prod 2.
pub(super) fn env_index(env: Env) -> usize {
    match env {
        Env::Dev => 0,
        Env::Staging => 1,
        Env::Prod => 2,
    }
}

/// Interned sets by number; number 0 is the empty set.
pub(super) type Sets = Vec<Box<[RuleCode]>>;

/// Sets of rule codes, each kept once.
struct Interner {
    sets: Sets,
    known: HashMap<Box<[RuleCode]>, u32>,
}

impl Interner {
    fn new() -> Self {
        let empty: Box<[RuleCode]> = Box::default();
        Self { sets: vec![empty.clone()], known: HashMap::from([(empty, 0)]) }
    }

    fn intern(&mut self, mut codes: Vec<RuleCode>) -> u32 {
        codes.sort_unstable();
        codes.dedup();
        let codes: Box<[RuleCode]> = codes.into();
        let next = u32::try_from(self.sets.len()).unwrap_or(0);
        *self.known.entry(codes).or_insert_with_key(|codes| {
            self.sets.push(codes.clone());
            next
        })
    }
}

/// Rules with their codes.
pub(super) type Coded<'a> = [(RuleCode, &'a Rule)];

/// Lets casbin compile `rules`, all of them about whole object types, into cells. Returns the interned sets too.
pub(super) fn compile(
    template: &Template,
    vocabulary: &Vocabulary,
    rules: &Coded<'_>,
    links: &[Link],
) -> Result<(Matrix, Sets), PolicyError> {
    let pairs = usize::try_from(vocabulary.pair_count()).unwrap_or(0);
    let roles = vocabulary.roles().len();
    let mut matrix = Matrix { cells: vec![Cell::default(); 3 * pairs * roles], roles, pairs };
    let mut interner = Interner::new();
    for env in Env::ALL {
        for (role_index, role) in vocabulary.roles().enumerate() {
            let (held, used) = reachable(links, role, env);
            let mut buckets: HashMap<&str, Vec<(RuleCode, &Rule)>> = HashMap::new();
            for (code, rule) in rules {
                if held.contains(rule.role.as_str()) && rule.env.is_none_or(|own| own == env) {
                    buckets.entry(&rule.action).or_default().push((*code, rule));
                }
            }
            let mut groups = vec![group(PROBE, role, env.as_str())];
            groups.extend(used.iter().map(|link| group(&link.child, &link.parent, env.as_str())));
            groups.sort();
            groups.dedup();
            for (action, bucket) in buckets {
                let column = Column { env, role: role_index, action };
                column.compile(template, vocabulary, &bucket, groups.clone(), &mut matrix, &mut interner)?;
            }
        }
    }
    Ok((matrix, interner.sets))
}

/// One bucket: what one role may do by one action in one environment, to every object type.
struct Column<'a> {
    env: Env,
    role: usize,
    action: &'a str,
}

impl Column<'_> {
    fn compile(
        &self,
        template: &Template,
        vocabulary: &Vocabulary,
        bucket: &Coded<'_>,
        groups: Vec<[String; 3]>,
        matrix: &mut Matrix,
        interner: &mut Interner,
    ) -> Result<(), PolicyError> {
        let enforcer = template.enforcer(bucket.iter().map(|(_, rule)| *rule), groups)?;
        for object_type in vocabulary.object_types() {
            let Some(pair) = vocabulary.pair(object_type, self.action) else { continue };
            let object = format!("{object_type}/any");
            let matches = enforcer.matches(PROBE, self.env.as_str(), &object, self.action)?;
            let matched = || matches.iter().filter_map(|(row, _)| bucket.get(*row));
            let codes = |effect| matched().filter(|(_, rule)| rule.effect == effect).map(|(code, _)| *code).collect();
            let cell = Cell {
                allow: interner.intern(codes(Effect::Allow)),
                deny: interner.intern(codes(Effect::Deny)),
                absolute: matched().any(|(_, rule)| rule.absolute),
            };
            if let Some(slot) = matrix.row(self.env, pair).and_then(|row| matrix.cells.get_mut(row + self.role)) {
                *slot = cell;
            }
        }
        Ok(())
    }
}
