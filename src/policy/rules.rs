//! Rules, their codes, and the ids of the rules that made a decision.

use crate::event::Env;
use std::{collections::HashMap, fmt, sync::Arc};

/// The code of a rule: its position among the ids of its bundle in byte order, the built-in ones among them. It is
/// stable for a bundle's digest, so a seal can refer to rules by code.
pub type RuleCode = u32;

/// No rule allowed it.
pub(super) const DEFAULT_DENY: &str = "default-deny";
/// The object type and action together are not in the vocabulary.
pub(super) const NOT_IN_VOCABULARY: &str = "not-in-vocabulary";
/// Something went wrong while deciding; an error denies.
pub(super) const POLICY_ERROR: &str = "policy-error";
/// The ids that no rule of a bundle may take.
pub(super) const BUILT_IN: [&str; 3] = [DEFAULT_DENY, NOT_IN_VOCABULARY, POLICY_ERROR];

/// What a rule does when it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Effect {
    /// Allows, unless another rule denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

impl Effect {
    /// The word in the file: `allow` or `deny`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One row `p, sub, dom, obj, act, eft, id` of `rules/*.csv` or `deny.csv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The stable id, unique in the bundle.
    pub id: String,
    /// `role:…`
    pub role: String,
    /// One environment, or all of them (`*`).
    pub env: Option<Env>,
    /// A subject id, or a pattern that ends in `/*` or `@*`.
    pub object: String,
    /// The object type: what stands before the first slash of `object`.
    pub object_type: String,
    /// A verb of the vocabulary.
    pub action: String,
    /// Allow or deny.
    pub effect: Effect,
    /// From `deny.csv`: break-glass does not override it.
    pub absolute: bool,
    /// The file in the bundle.
    pub file: String,
    /// The line of that file, from 1.
    pub line: usize,
}

impl Rule {
    /// Whether the rule speaks about every object of its type: such rules are compiled into the matrix.
    #[must_use]
    pub fn is_whole_type(&self) -> bool {
        self.object.strip_suffix("/*").is_some_and(|kind| !kind.contains('/'))
    }

    /// The environments in which the rule holds.
    pub fn envs(&self) -> impl Iterator<Item = Env> + use<> {
        let own = self.env;
        Env::ALL.into_iter().filter(move |env| own.is_none_or(|own| own == *env))
    }

    /// The domain cell: an environment or `*`.
    #[must_use]
    pub fn domain(&self) -> &'static str {
        self.env.map_or("*", Env::as_str)
    }

    /// The row as casbin gets it: without ptype and without our id.
    pub(super) fn cells(&self) -> Vec<String> {
        let cells = [&self.role, self.domain(), &self.object, &self.action, self.effect.as_str()];
        cells.map(str::to_owned).to_vec()
    }
}

/// Every rule id of a policy by its code, shared by all its decisions.
#[derive(Debug)]
pub struct Rules {
    ids: Vec<Arc<str>>,
    codes: HashMap<Arc<str>, RuleCode>,
    /// Interned sets of codes, each sorted; set 0 is empty.
    sets: Vec<Box<[RuleCode]>>,
}

impl Rules {
    /// Numbers the ids of a bundle and the built-in ones.
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a str>) -> Self {
        let mut ids: Vec<Arc<str>> = ids.chain(BUILT_IN).map(Arc::from).collect();
        ids.sort();
        ids.dedup();
        let codes = ids.iter().zip(0..).map(|(id, code)| (id.clone(), code)).collect();
        Self { ids, codes, sets: Vec::new() }
    }

    /// Gives the table its interned sets, when the matrix is compiled.
    pub(super) fn with_sets(mut self, sets: Vec<Box<[RuleCode]>>) -> Self {
        self.sets = sets;
        self
    }

    /// The id of a code.
    #[must_use]
    pub fn id(&self, code: RuleCode) -> Option<&str> {
        self.ids.get(usize::try_from(code).ok()?).map(AsRef::as_ref)
    }

    /// The id of a code, shared with the table.
    fn name(&self, code: RuleCode) -> Option<Arc<str>> {
        self.ids.get(usize::try_from(code).ok()?).cloned()
    }

    /// The code of an id.
    #[must_use]
    pub fn code(&self, id: &str) -> Option<RuleCode> {
        self.codes.get(id).copied()
    }

    /// All ids, in the order of their codes.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ids.iter().map(AsRef::as_ref)
    }

    /// The ids of an interned set, in byte order.
    pub(super) fn set_ids(&self, set: u32) -> Vec<&str> {
        self.set(set).iter().filter_map(|code| self.id(*code)).collect()
    }

    fn set(&self, set: u32) -> &[RuleCode] {
        usize::try_from(set).ok().and_then(|set| self.sets.get(set)).map_or(&[], AsRef::as_ref)
    }
}

/// How many interned sets a decision carries without allocating: an actor with more roles that matter is rare.
const INLINE: usize = 6;

#[derive(Clone)]
enum Matched {
    /// Interned sets, one a role that mattered.
    Sets { len: u8, sets: [u32; INLINE] },
    /// Codes, sorted and without duplicates.
    Codes(Arc<[RuleCode]>),
    /// A built-in rule.
    One(RuleCode),
}

/// The ids of the rules that made a decision; cheap to clone, and never empty in a [`super::Decision`].
#[derive(Clone)]
pub struct RuleIds {
    rules: Arc<Rules>,
    matched: Matched,
}

impl RuleIds {
    /// No rule yet.
    pub(super) fn none(rules: &Arc<Rules>) -> Self {
        Self { rules: rules.clone(), matched: Matched::Sets { len: 0, sets: [0; INLINE] } }
    }

    /// One built-in rule.
    pub(super) fn built_in(rules: &Arc<Rules>, id: &str) -> Self {
        let code = rules.code(id).unwrap_or(RuleCode::MAX);
        Self { rules: rules.clone(), matched: Matched::One(code) }
    }

    /// Adds an interned set of the matrix.
    pub(super) fn add_set(&mut self, set: u32) {
        if let Matched::Sets { len, sets } = &mut self.matched {
            let used = usize::from(*len);
            if sets.iter().take(used).any(|known| *known == set) {
                return;
            }
            if let Some(free) = sets.get_mut(used) {
                *free = set;
                *len += 1;
                return;
            }
        }
        let rules = self.rules.clone();
        self.add_codes(rules.set(set));
    }

    /// Adds single rules, as casbin finds them for patterns finer than a type.
    pub(super) fn add_codes(&mut self, codes: &[RuleCode]) {
        let mut all = self.codes();
        all.extend_from_slice(codes);
        all.sort_unstable();
        all.dedup();
        self.matched = Matched::Codes(all.into());
    }

    /// The codes, sorted, without duplicates.
    #[must_use]
    pub fn codes(&self) -> Vec<RuleCode> {
        match &self.matched {
            Matched::One(code) => vec![*code],
            Matched::Codes(codes) => codes.to_vec(),
            Matched::Sets { len, sets } => {
                let sets = sets.iter().take(usize::from(*len));
                let mut codes: Vec<_> = sets.flat_map(|set| self.rules.set(*set)).copied().collect();
                codes.sort_unstable();
                codes.dedup();
                codes
            }
        }
    }

    /// The ids, in byte order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<String> {
        self.codes().into_iter().filter_map(|code| self.rules.id(code)).map(str::to_owned).collect()
    }

    /// The ids, in byte order: those of the table, for whoever keeps many.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        self.codes().into_iter().filter_map(|code| self.rules.name(code)).collect()
    }

    /// Whether no row of the bundle made the decision.
    pub(super) fn is_built_in(&self) -> bool {
        matches!(self.matched, Matched::One(_))
    }

    /// Whether `id` is among them.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.rules.code(id).is_some_and(|code| self.codes().contains(&code))
    }

    /// The table that gives codes their ids.
    #[must_use]
    pub fn table(&self) -> &Rules {
        &self.rules
    }
}

impl PartialEq for RuleIds {
    fn eq(&self, other: &Self) -> bool {
        self.to_vec() == other.to_vec()
    }
}

impl Eq for RuleIds {}

impl fmt::Display for RuleIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_vec().join(", "))
    }
}

impl fmt::Debug for RuleIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.to_vec()).finish()
    }
}
