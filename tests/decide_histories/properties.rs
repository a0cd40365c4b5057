//! What holds for every history.

use crate::{
    random::{Random, random_event, random_signer},
    world::World,
};
use sagwan::{
    event::{ActorId, Event},
    state::{Position, State},
};
use std::collections::BTreeMap;

/// A statement of one to four events, by somebody.
fn statement(random: &mut Random, world: &World, alike: bool) -> (&'static str, Vec<Event>) {
    let count = if random.below(3) == 0 { random.below(3) + 2 } else { 1 };
    (random_signer(random), (0..count).map(|_| random_event(random, world.t, alike)).collect())
}

/// Signs a random statement, and checks that a refused one leaves no trace.
fn step(random: &mut Random, world: &mut World) -> bool {
    let (who, events) = statement(random, world, false);
    let before = world.state.digest();
    let recorded = world.sign(who, &events).is_ok_and(|ruling| ruling.is_recorded());
    if !recorded {
        assert_eq!(world.state.digest(), before, "refused or invalid, and left a trace: {who} {events:?}");
    }
    world.t = world.t.plus_ms(random.below(3) as i64 * 1_800_000);
    recorded
}

#[test]
fn the_state_is_the_fold_of_what_was_recorded() {
    let mut random = Random::seeded("fold");
    let mut total = 0;
    for _ in 0..20 {
        let mut world = World::new();
        for _ in 0..150 {
            total += usize::from(step(&mut random, &mut world));
        }
        let mut folded = State::new();
        for (index, t, actor, kid, identity, events) in &world.recorded {
            for (event, position) in events.iter().zip(0..) {
                let at = Position { index: *index, t: *t, position, identity: *identity };
                folded.apply(at, actor, kid, event);
            }
        }
        assert_eq!(folded.digest(), world.state.digest());
    }
    assert!(total > 300, "hardly anything was recorded: {total}");
}

#[test]
fn cells_out_and_in_at_random_points() {
    let mut random = Random::seeded("cells");
    for _ in 0..10 {
        let mut world = World::new();
        let mut cells = BTreeMap::new();
        for _ in 0..120 {
            step(&mut random, &mut world);
            if random.below(8) > 0 {
                continue;
            }
            let dirty = world.state.drain_dirty();
            assert!(dirty.is_sorted_by(|one, two| one.0 < two.0), "sorted, each once");
            for (key, value) in dirty {
                match value {
                    Some(value) => drop(cells.insert(key, value)),
                    None => drop(cells.remove(&key)),
                }
            }
            let loaded = State::load(&cells).unwrap();
            assert_eq!(loaded.digest(), world.state.digest());
            assert!(world.state.drain_dirty().is_empty());
            if random.below(2) == 0 {
                world.state = loaded;
            }
        }
    }
}

#[test]
fn a_batch_is_its_events_one_by_one() {
    let mut random = Random::seeded("batch");
    let mut compared = 0;
    for _ in 0..20 {
        let mut world = World::new();
        for _ in 0..60 {
            let mut single = world.clone();
            let (who, events) = statement(&mut random, &world, true);
            let alone: Vec<_> = events
                .iter()
                .map(|event| {
                    single.index = world.index;
                    single.sign(who, std::slice::from_ref(event)).unwrap()
                })
                .collect();
            let batch = world.sign(who, &events).unwrap();
            match alone.iter().position(|ruling| !ruling.is_recorded()) {
                Some(first) => assert_eq!(batch.refused, u32::try_from(first).ok(), "{who} {events:?}"),
                None => {
                    compared += 1;
                    let alone: Vec<_> = alone.into_iter().flat_map(|ruling| ruling.events).collect();
                    assert_eq!(batch.events, alone);
                    assert_eq!(world.state.digest(), single.state.digest(), "{who} {events:?}");
                }
            }
        }
    }
    assert!(compared > 100, "hardly anything was compared: {compared}");
}

#[test]
fn nested_savepoints_return_exactly() {
    let mut random = Random::seeded("savepoints");
    for _ in 0..20 {
        let mut world = World::new();
        for _ in 0..20 {
            step(&mut random, &mut world);
        }
        let outer_digest = world.state.digest();
        let outer = world.state.savepoint();
        for _ in 0..10 {
            step(&mut random, &mut world);
            let digest = world.state.digest();
            let inner = world.state.savepoint();
            for _ in 0..5 {
                step(&mut random, &mut world);
            }
            if random.below(2) == 0 {
                world.state.rollback_to(inner);
                assert_eq!(world.state.digest(), digest);
            } else {
                world.state.commit(inner);
            }
        }
        world.state.drain_dirty();
        world.state.rollback_to(outer);
        assert_eq!(world.state.digest(), outer_digest);
        assert!(world.state.drain_dirty().is_empty(), "what was taken back is not dirty");
    }
}

#[test]
fn any_recorded_events_fold() {
    let mut random = Random::seeded("total");
    for _ in 0..20 {
        let mut world = World::new();
        for index in 0..300 {
            let event = random_event(&mut random, world.t, false);
            let actor: ActorId = "user:stranger".parse().unwrap();
            let at = Position { index, t: world.t, position: 0, identity: world.last_identity() };
            world.state.apply(at, &actor, &world.last_identity(), &event);
        }
        let loaded = State::load(world.state.cells()).unwrap();
        assert_eq!(loaded.digest(), world.state.digest());
    }
}

#[test]
fn damaged_cells_are_refused_or_differ() {
    let mut random = Random::seeded("damage");
    let mut world = World::new();
    for _ in 0..200 {
        step(&mut random, &mut world);
    }
    let (cells, digest) = (world.state.cells(), world.state.digest());
    let mut refused = 0;
    for _ in 0..500 {
        let mut damaged = cells.clone();
        let (key, value) = random.pick(&cells).clone();
        let place = damaged.iter().position(|cell| cell.0 == key).unwrap();
        let mut bytes = value;
        match random.below(3) {
            0 => bytes.truncate(random.below(bytes.len().max(1))),
            1 => bytes.push(0),
            _ if bytes.is_empty() => bytes.push(1),
            _ => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        damaged[place].1 = bytes;
        match State::load(damaged) {
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("sagwan index rebuild"));
            }
            Ok(state) => assert_ne!(state.digest(), digest),
        }
    }
    assert!(refused > 100);
}
