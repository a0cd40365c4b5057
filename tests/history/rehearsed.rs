//! A rehearsal says what `decide` would have said: under the policy that was in force, and under any other.

use crate::{candidates::candidate, random::Random, town::Town};
use sagwan::{
    decide::{Context, PolicySource, Signed, decide, rehearse, rehearse_both, rules},
    event::Digest,
    ledger::{About, Past},
    policy::{Bundle, Comparison, Policy},
    state::State,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One policy in the place of that in force; others by their digests.
struct Instead {
    in_force: Option<Digest>,
    policy: Arc<Policy>,
    rest: Arc<BTreeMap<Digest, Arc<Policy>>>,
}

impl PolicySource for Instead {
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>> {
        if self.in_force == Some(*digest) { Some(self.policy.clone()) } else { self.rest.get(digest).cloned() }
    }
}

struct Judge {
    known: Arc<BTreeMap<Digest, Arc<Policy>>>,
    comparisons: Vec<Comparison>,
    decisions: usize,
    alike: usize,
    flipped: usize,
}

impl Judge {
    /// What `decide` says under `policy` to the event by itself.
    fn decided(&self, state: &State, past: &Past<'_>, policy: &Arc<Policy>) -> sagwan::decide::EventRuling {
        let About::Statement(signed) = past.about else { panic!() };
        let source = Instead { in_force: state.policy(), policy: policy.clone(), rest: self.known.clone() };
        let context = Context { policies: &source, index: past.index, t: past.t, rules: past.rules, validators: None };
        let at = past.position as usize;
        let alone = Signed { events: &signed.events[at..=at], ..signed };
        let mut state = state.clone();
        decide(&mut state, &context, &alone).unwrap().events.remove(0)
    }

    fn visit(&mut self, state: &State, past: &Past<'_>) {
        self.decisions += 1;
        let About::Statement(signed) = past.about else { panic!("the vault keeps every refusal here") };
        let source =
            Instead { in_force: None, policy: self.known.values().next().unwrap().clone(), rest: self.known.clone() };
        let context = Context { policies: &source, index: past.index, t: past.t, rules: past.rules, validators: None };
        let own = self.known.get(&past.policy).unwrap();
        let again = rehearse(state, Some(own), &context, &signed, past.position).unwrap();
        let own_rule = |rule: &&str| !rules::is_of_plugins(rule);
        let said: Vec<&str> = again.rules.iter().map(AsRef::as_ref).collect();
        let sealed: Vec<&str> = past.sealed.rules.iter().map(|rule| rule.as_str()).filter(own_rule).collect();
        let whole = past.sealed.rules.len() == sealed.len();
        // Plugins are not asked again: what they added is all that may be missing.
        if whole || !sealed.is_empty() {
            assert_eq!(said, sealed, "record {} event {}: {:?}", past.index, past.position, past.event());
        }
        if whole {
            assert_eq!(
                (again.decision, again.outcome),
                (past.sealed.decision, past.sealed.outcome),
                "record {}",
                past.index
            );
        }
        assert_eq!(again, self.decided(state, past, own));
        for comparison in &self.comparisons {
            let under = |policy: &Arc<Policy>| {
                let ruling = rehearse(state, Some(policy), &context, &signed, past.position).unwrap();
                assert_eq!(ruling, self.decided(state, past, policy));
                ruling
            };
            let (one, two) = (under(comparison.a()), under(comparison.b()));
            match rehearse_both(state, comparison, &context, &signed, past.position).unwrap() {
                Some(both) => assert_eq!(both, (one.clone(), two.clone())),
                None => {
                    self.alike += 1;
                    assert_eq!(one, two, "counted as alike: {:?}", past.event());
                }
            }
            self.flipped += usize::from((one.decision, one.outcome) != (two.decision, two.outcome));
        }
    }
}

#[test]
fn a_rehearsal_is_what_decide_would_have_said() {
    let mut random = Random::seeded("rehearse");
    let dir = tempfile::tempdir().unwrap();
    let town = Town::found(&dir.path().join("ledger"));
    town.a_model_is_made();
    (0..150).for_each(|_| drop(town.step(&mut random)));
    let own = [Bundle::embedded(), crate::world::STRICT.clone()];
    let own = own.iter().map(|bundle| (bundle.digest(), Arc::new(Policy::load(bundle).unwrap())));
    let known: Arc<BTreeMap<_, _>> = Arc::new(own.collect());
    let comparisons = (0..5).map(|n| {
        let one = if n == 0 { known.values().next().unwrap().clone() } else { candidate(&mut random) };
        Comparison::new(one, candidate(&mut random))
    });
    let comparisons: Vec<_> = comparisons.collect();
    let mut judge = Judge { known, comparisons, decisions: 0, alike: 0, flipped: 0 };
    let end = town.ledger.history(&mut |state, past| judge.visit(state, past), &mut |_, _| {}).unwrap();
    assert_eq!(end.digest(), town.ledger.state(State::digest).unwrap(), "the walk folds what the ledger folds");
    println!("{} decisions, {} alike, {} flipped", judge.decisions, judge.alike, judge.flipped);
    assert!(judge.decisions > 100 && judge.alike > 30 && judge.flipped > 10);
}

/// The whole report against one decision after the other, slowly.
#[test]
fn the_flips_are_those_of_every_decision_asked_twice() {
    let mut random = Random::seeded("flips");
    let dir = tempfile::tempdir().unwrap();
    let town = Town::found(&dir.path().join("ledger"));
    town.a_model_is_made();
    (0..120).for_each(|_| drop(town.step(&mut random)));
    let (one, two) = (candidate(&mut random), candidate(&mut random));
    let report = town.ledger.rehearse(Some(one.clone()), two.clone(), &mut |_, _| {}).unwrap();
    let mut slow = Vec::new();
    let embedded = Arc::new(Policy::load(&Bundle::embedded()).unwrap());
    let strict = Arc::new(Policy::load(&crate::world::STRICT).unwrap());
    let rest = Arc::new(BTreeMap::from([(embedded.digest(), embedded.clone()), (strict.digest(), strict)]));
    let source = Instead { in_force: None, policy: embedded, rest };
    town.ledger
        .history(
            &mut |state, past| {
                let About::Statement(signed) = past.about else { panic!() };
                let context =
                    Context { policies: &source, index: past.index, t: past.t, rules: past.rules, validators: None };
                let under = |policy: &Policy| {
                    let ruling = rehearse(state, Some(policy), &context, &signed, past.position).unwrap();
                    (ruling.decision, ruling.outcome)
                };
                if under(&one) != under(&two) {
                    slow.push((past.index, past.position, under(&one), under(&two)));
                }
            },
            &mut |_, _| {},
        )
        .unwrap();
    let flips: Vec<_> = report
        .flips
        .iter()
        .map(|flip| {
            let pair = |ruled: &sagwan::ledger::Ruled| (ruled.decision, ruled.outcome);
            (flip.index, flip.position, pair(&flip.before), pair(&flip.after))
        })
        .collect();
    assert_eq!(flips, slow);
    assert_eq!(report.flipped, slow.len() as u64);
}

/// Nothing changes under the policy that decided, and nothing is written.
#[test]
fn a_history_under_its_own_policies_does_not_flip() {
    let mut random = Random::seeded("own");
    let dir = tempfile::tempdir().unwrap();
    let town = Town::found(&dir.path().join("ledger"));
    (0..60).for_each(|_| drop(town.step(&mut random)));
    let head = town.ledger.head();
    let own = town.ledger.policy().unwrap();
    let mut policies = BTreeSet::new();
    town.ledger.history(&mut |_, past| policies.extend([past.policy]), &mut |_, _| {}).unwrap();
    let report = town.ledger.rehearse(None, own, &mut |_, _| {}).unwrap();
    assert_eq!(report.unknown, 0);
    assert_eq!(report.before.outcomes.values().sum::<u64>(), report.decisions);
    assert_eq!(report.after.outcomes.values().sum::<u64>(), report.decisions);
    // Another policy may have come into force on the way.
    if policies.len() == 1 {
        assert_eq!((report.flipped, report.before), (0, report.after));
    }
    assert_eq!(town.ledger.head().size, head.size);
}
