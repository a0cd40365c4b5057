//! Events to show a plugin that has no fixtures: the examples of docs/events.md, one a kind, which tests hold.

use crate::{
    codec::event as event_codec,
    event::{ActorId, Kind, Timestamp, body::PluginWorld},
    plugin::{
        Described, EventView, Place,
        fixture::{Fixture, Shown},
    },
};

/// The page with an example of each kind.
const PAGE: &str = include_str!("../../../docs/events.md");
/// When they are recorded.
const RECORDED: Timestamp = Timestamp(1_780_000_000_000);

/// An event of each kind that a plugin speaks of (of every kind, where it names none), and for a monitor a tick.
#[must_use]
pub fn samples(described: &Described) -> Vec<Fixture> {
    let wanted = |fixture: &Fixture| match &fixture.shown {
        Shown::Event(event) => described.kinds.is_empty() || described.kinds.contains(&event.0.kind()),
        Shown::Tick(_) => true,
    };
    let mut samples: Vec<Fixture> = examples().filter(wanted).collect();
    if described.world == PluginWorld::Monitor {
        samples.push(Fixture::alone("tick", Shown::Tick(RECORDED), "{}"));
    }
    samples
}

fn examples() -> impl Iterator<Item = Fixture> {
    let blocks = PAGE.split("\n```json\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.filter_map(|block| {
        let event = event_codec::from_json(block, RECORDED).ok()?;
        let actor = ActorId::ledger();
        let place = Place { actor: &actor, index: 1, position: 0, recorded: RECORDED };
        let view = EventView::new(&event, &place);
        let name = format!("an example of {}", Kind::as_str(&event.kind()));
        Some(Fixture::alone(&name, Shown::Event(Box::new((event, view))), "{}"))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_has_an_example_of_nearly_every_kind() {
        assert!(super::examples().count() > 55);
    }
}
