//! Where two policies may say something different: what a rehearsal of a whole history need not ask twice.
//!
//! A policy answers most requests from its matrix. Where the cells of two policies hold the same rules to the same
//! effect, and their scope has the same stages and the same four-eyes rules, both are bound to give one ruling, and
//! nobody need ask either. Wherever this is not plain they count as different, and both are asked.

use super::constraints::{Constraints, FourEyes};
use super::decision::Policy;
use super::matrix::{Cell, env_index};
use super::vocabulary::Vocabulary;
use crate::event::Env;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// How much alike two policies are where they are asked about something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Likeness {
    /// They may say something different.
    Different,
    /// They have the same rules, and may do something different about what these are against: the stages differ.
    Rules,
    /// They are bound to give one ruling.
    Whole,
}

/// Two policies, held against each other once.
pub struct Comparison {
    a: Arc<Policy>,
    b: Arc<Policy>,
    /// By environment and pair of `a`: no row finer than a type in either, and four eyes as in `b`.
    scopes: Vec<Likeness>,
    /// By environment, pair and role of `a`: the scope is alike, but perhaps for its stages, and the cells hold the same.
    cells: Vec<bool>,
    assignments: bool,
    access: bool,
}

impl Comparison {
    /// Compares two policies cell by cell: microseconds for equal ones, a few milliseconds for 5,000 cells.
    #[must_use]
    pub fn new(a: Arc<Policy>, b: Arc<Policy>) -> Self {
        let (words, others) = (a.vocabulary(), b.vocabulary());
        let (one, two) = (a.constraints(), b.constraints());
        let assignments = words.roles().eq(others.roles()) && same_assignments(one, two) && same_links(&a, &b);
        let pairs = |words: &Vocabulary| -> BTreeSet<(String, String)> {
            words.pairs().map(|(object, action, _)| (object.to_owned(), action.to_owned())).collect()
        };
        let access = words.purposes().eq(others.purposes())
            && pairs(words) == pairs(others)
            && Env::ALL.into_iter().all(|env| one.grants.longest_ms(env) == two.grants.longest_ms(env))
            && one.break_glass.longest_ms() == two.break_glass.longest_ms()
            && one.break_glass.review_within_ms() == two.break_glass.review_within_ms();
        let mut comparison = Self { scopes: Vec::new(), cells: Vec::new(), assignments, access, a, b };
        comparison.fill();
        comparison
    }

    /// The first policy.
    #[must_use]
    pub fn a(&self) -> &Arc<Policy> {
        &self.a
    }

    /// The second policy.
    #[must_use]
    pub fn b(&self) -> &Arc<Policy> {
        &self.b
    }

    /// How much alike the two are when an actor with these roles asks for this action on an object of this type, as far
    /// as the rules, the stages and four eyes go.
    pub fn likeness<'r>(
        &self,
        env: Env,
        object_type: &str,
        action: &str,
        mut roles: impl Iterator<Item = &'r str>,
    ) -> Likeness {
        let words = self.a.vocabulary();
        let scope = words.pair(object_type, action).and_then(|pair| place(words, env, pair));
        let Some(scope) = scope else { return Likeness::Different };
        let count = words.roles().len();
        let same = roles.all(|role| match words.role(role).and_then(|role| usize::try_from(role).ok()) {
            Some(role) => self.cells.get(scope * count + role).copied().unwrap_or(false),
            // A role that neither knows gives nothing under either.
            None => self.b.vocabulary().role(role).is_none(),
        });
        let scope = self.scopes.get(scope).copied().filter(|_| same);
        scope.unwrap_or(Likeness::Different)
    }

    /// Whether both have the same roles, role links, separations of duty and role maxima.
    #[must_use]
    pub fn is_alike_for_assignments(&self) -> bool {
        self.assignments
    }

    /// Whether both have the same purposes, actions, longest grants and break-glass.
    #[must_use]
    pub fn is_alike_for_access(&self) -> bool {
        self.access
    }

    fn fill(&mut self) {
        let (a, b) = (Arc::clone(&self.a), Arc::clone(&self.b));
        let words = a.vocabulary();
        let pairs = usize::try_from(words.pair_count()).unwrap_or(0);
        let roles = words.roles().len();
        self.scopes = vec![Likeness::Different; 3 * pairs];
        self.cells = vec![false; 3 * pairs * roles];
        let mut sets = Sets { a: &a, b: &b, known: HashMap::new() };
        for env in Env::ALL {
            for (object_type, action, pair) in words.pairs() {
                let Some(other) = b.vocabulary().pair(object_type, action) else { continue };
                if !same_eyes(&a, &b, object_type, action) || fine(&a, env, pair) || fine(&b, env, other) {
                    continue;
                }
                let Some(scope) = place(words, env, pair) else { continue };
                let stages = same_stages(&a, &b, env, object_type);
                let likeness = if stages { Likeness::Whole } else { Likeness::Rules };
                self.scopes.get_mut(scope).into_iter().for_each(|slot| *slot = likeness);
                for (role, at) in words.roles().zip(0..) {
                    let Some(theirs) = b.vocabulary().role(role) else { continue };
                    let cells = (a.matrix.cell(env, pair, at), b.matrix.cell(env, other, theirs));
                    let at = usize::try_from(at).unwrap_or(usize::MAX);
                    if let Some(slot) = self.cells.get_mut(scope * roles + at) {
                        *slot = sets.same(cells);
                    }
                }
            }
        }
    }
}

fn place(words: &Vocabulary, env: Env, pair: u32) -> Option<usize> {
    let pairs = usize::try_from(words.pair_count()).ok()?;
    Some(env_index(env) * pairs + usize::try_from(pair).ok()?)
}

fn fine(policy: &Policy, env: Env, pair: u32) -> bool {
    policy.partitions.contains_key(&(env, pair))
}

fn same_stages(a: &Policy, b: &Policy, env: Env, object_type: &str) -> bool {
    a.stage(env, object_type) == b.stage(env, object_type)
        && a.deny_stage(env, object_type) == b.deny_stage(env, object_type)
}

fn same_eyes(a: &Policy, b: &Policy, object_type: &str, action: &str) -> bool {
    let eyes = |rule: &FourEyes| (rule.id().to_owned(), rule.other_than.clone());
    let eyes_of =
        |policy: &Policy| -> Vec<_> { policy.constraints().four_eyes(object_type, action).map(eyes).collect() };
    eyes_of(a) == eyes_of(b)
}

fn same_assignments(one: &Constraints, two: &Constraints) -> bool {
    let pairs = |all: &Constraints| -> Vec<_> {
        let of = |pair: &super::Separation| (pair.id().to_owned(), pair.roles.clone(), pair.environments.clone());
        all.separation_of_duty.iter().map(of).collect()
    };
    let most = |all: &Constraints| -> Vec<_> {
        let of = |most: &super::RoleMaximum| (most.id().to_owned(), most.role.clone(), most.at_most);
        all.role_maximum.iter().map(of).collect()
    };
    pairs(one) == pairs(two) && most(one) == most(two)
}

/// Links give roles, and separations and maxima count what they give.
fn same_links(a: &Policy, b: &Policy) -> bool {
    let links = |policy: &Policy| -> BTreeSet<_> {
        let of = |link: &super::Link| (link.child.clone(), link.parent.clone(), link.env);
        policy.links().iter().map(of).collect()
    };
    links(a) == links(b)
}

/// Interned sets of rules across two policies, each pair compared once.
struct Sets<'a> {
    a: &'a Policy,
    b: &'a Policy,
    known: HashMap<(u32, u32), bool>,
}

impl Sets<'_> {
    fn same(&mut self, (one, two): (Cell, Cell)) -> bool {
        one.absolute == two.absolute && self.same_set(one.allow, two.allow) && self.same_set(one.deny, two.deny)
    }

    fn same_set(&mut self, one: u32, two: u32) -> bool {
        let (a, b) = (&self.a.table, &self.b.table);
        *self.known.entry((one, two)).or_insert_with(|| a.set_ids(one) == b.set_ids(two))
    }
}
