//! The state of a prefix is the fold of everything before it, as far as it promises.

use crate::{random::Random, town::Town};
use sagwan::{
    event::{ActorId, Digest, Subject, Timestamp},
    ledger::LedgerError,
    state::{ActorState, Binding, Denials, Facts, KeyState, Life, Proposal, State, SubjectState},
};

/// What `state_at` promises whatever subjects are asked for.
#[derive(PartialEq, Debug)]
struct Standing {
    facts: Facts,
    actors: Vec<(ActorId, ActorState)>,
    keys: Vec<(Digest, KeyState)>,
    proposals: Vec<(Digest, Proposal)>,
    bindings: Vec<(Digest, Binding)>,
    /// Grants and plugins.
    lives: Vec<(Subject, Life)>,
}

fn standing(state: &State) -> Standing {
    let forgive = |actor: &ActorState| ActorState { denials: Denials { minute: 0, count: 0 }, ..actor.clone() };
    let mut lives: Vec<_> = state
        .subjects()
        .filter(|(_, subject)| matches!(subject.life, Life::Grant(_) | Life::Plugin(_)))
        .map(|(name, subject)| (name.clone(), subject.life.clone()))
        .collect();
    lives.sort_by(|one, two| one.0.cmp(&two.0));
    Standing {
        facts: state.facts().clone(),
        actors: state.actors().into_iter().map(|(id, actor)| (id.clone(), forgive(actor))).collect(),
        keys: state.keys().into_iter().map(|(id, key)| (*id, key.clone())).collect(),
        proposals: state.proposals().into_iter().map(|(id, proposal)| (*id, proposal.clone())).collect(),
        bindings: state.bindings().map(|(id, binding)| (*id, binding.clone())).collect(),
        lives,
    }
}

fn named() -> Vec<Subject> {
    let names = [
        "model/m@1",
        "model/m@2",
        "prompt/p@1",
        "prompt/p@2",
        "dataset/d@1",
        "dataset/d@2",
        "run/1",
        "run/2",
        "alert/1",
        "deployment/x",
        "system/s",
        "grant/0",
        "policy/main",
        "plugin/a",
        "job/etl",
        "model/nobody@1",
    ];
    names.map(|name| name.parse().unwrap()).to_vec()
}

#[test]
fn the_state_of_a_prefix_is_the_fold_of_everything_before_it() {
    let mut random = Random::seeded("state_at");
    let mut interesting = 0;
    for _ in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let town = Town::found(&dir.path().join("ledger"));
        town.a_model_is_made();
        (0..70).for_each(|_| drop(town.step(&mut random)));
        let all = named();
        let mut folded = State::new();
        let size = town.ledger.head().size;
        for index in 0..=size {
            let subjects: Vec<Subject> = match random.below(3) {
                0 => Vec::new(),
                1 => vec![random.pick(&all).clone()],
                _ => all.clone(),
            };
            let about = |state: &State| -> Vec<Option<SubjectState>> {
                subjects.iter().map(|subject| state.subject(subject).cloned()).collect()
            };
            let got = town.ledger.state_at(index, &subjects, |state| (standing(state), about(state))).unwrap();
            assert_eq!(got, (standing(&folded), about(&folded)), "at {index}, about {subjects:?}");
            let trained = |state: &Option<SubjectState>| {
                state.as_ref().and_then(SubjectState::version).is_some_and(|version| version.people.len() > 1)
            };
            interesting += usize::from(got.1.iter().any(trained));
            if index < size {
                town.fold_one(&mut folded, index);
            }
        }
    }
    assert!(interesting > 10, "hardly a version with a history: {interesting}");
}

#[test]
fn a_time_is_the_first_index_sealed_after_it() {
    let mut random = Random::seeded("size_at");
    let dir = tempfile::tempdir().unwrap();
    let town = Town::found(&dir.path().join("ledger"));
    (0..30).for_each(|_| drop(town.step(&mut random)));
    let size = town.ledger.head().size;
    let times: Vec<Timestamp> = (0..size).map(|index| town.ledger.time_of(index).unwrap()).collect();
    assert!(times.is_sorted());
    for t in times.iter().flat_map(|t| [t.plus_ms(-1), *t, t.plus_ms(1)]) {
        let first = times.iter().position(|sealed| *sealed > t).map_or(size, |index| index as u64);
        assert_eq!(town.ledger.size_at(t).unwrap(), first, "{t}");
    }
    assert!(matches!(town.ledger.time_of(size), Err(LedgerError::NotFound { .. })));
    assert!(matches!(town.ledger.state_at(size + 1, &[], |_| ()), Err(LedgerError::NotFound { .. })));
}
