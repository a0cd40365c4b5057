//! Monitors, once more over the same records: what they find and remember is held against what the log says they did.

use super::report::{Difference, Notes, What};
use crate::{
    codec::event::to_cbor,
    event::{ActorId, Body, Digest, Event, Map, Value, body::MonitorMarked, body::PluginWorld},
    ledger::{Entry, Ground, Rewatch, Rewatched},
    state::{Binding, Life, State},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The identity of the statement that bound a monitor, and the position of the event in it.
type Key = (Digest, u32);

/// All monitors of a log, on their way along it again.
#[derive(Default)]
pub(super) struct Monitors {
    watches: BTreeMap<Key, Watch>,
}

/// One binding.
#[derive(Default)]
struct Watch {
    again: Option<Rewatch>,
    /// What the log says it found since its last mark: index, position, event.
    recorded: Vec<(u64, u32, Event)>,
    /// It cannot go on; that is listed already.
    stuck: bool,
}

impl Monitors {
    pub(super) fn entry(&mut self, ground: &Arc<Ground>, state: &State, entry: &Entry<'_>, notes: &mut Notes) {
        if *entry.signed.actor != ActorId::ledger() {
            return;
        }
        for (event, position) in entry.signed.events.iter().zip(0..) {
            match &event.body {
                Body::MonitorMarked(mark) => self.mark(ground, state, (entry.index, position), mark, notes),
                Body::AlertRaised(_) | Body::RetrainRequested(_) | Body::MonitorObserved(_) => {
                    match source(event).filter(|key| binding(state, key).is_some()) {
                        Some(key) => {
                            let watch = self.watches.entry(key).or_default();
                            watch.recorded.push((entry.index, position, event.clone()));
                        }
                        None => notes.differs(Difference {
                            index: entry.index,
                            position,
                            what: What::Observation,
                            rule: event.subject.to_string(),
                            recorded: format!("{} of the log's own", event.kind()),
                            reperformed: "no monitor's binding accounts for it".into(),
                        }),
                    }
                }
                _ => {}
            }
        }
    }

    fn mark(
        &mut self,
        ground: &Arc<Ground>,
        state: &State,
        (index, position): (u64, u32),
        mark: &MonitorMarked,
        notes: &mut Notes,
    ) {
        let key = (mark.binding, mark.position.unwrap_or_default());
        let found = binding(state, &key).filter(|own| own.approved.is_some() && mark.next <= index);
        let Some(own) = found else {
            notes.differs(Difference {
                index,
                position,
                what: What::Mark,
                rule: format!("binding {}", key.0),
                recorded: format!("looked at records up to {}", mark.next),
                reperformed: "no such binding is in effect, or the records are not there yet".into(),
            });
            return;
        };
        let watch = self.watches.entry(key).or_default();
        let recorded = std::mem::take(&mut watch.recorded);
        if watch.stuck {
            return;
        }
        let again = watch.again.get_or_insert_with(|| Rewatch::new(key.0, own.clone()));
        match again.look_up_to(ground, mark.next) {
            Err(error) => watch.stop((index, position), &error.to_string(), notes),
            Ok(now) if now.indeterminate > 0 || mark.faults > now.mark.faults => {
                let why = "it failed on an event, for a reason of the machine, here or then";
                watch.stop((index, position), why, notes);
            }
            Ok(now) => hold(own, (index, position), mark, &recorded, &now, notes),
        }
    }

    /// Lets every monitor look at what no mark speaks of yet: if it would find something there, that is listed.
    pub(super) fn end(&mut self, ground: &Arc<Ground>, state: &State, size: u64, notes: &mut Notes) {
        for (id, own) in state.bindings().filter(|(_, own)| own.approved.is_some() && is_monitor(state, own)) {
            let watch = self.watches.entry((*id, own.position)).or_default();
            if watch.stuck {
                continue;
            }
            let from = own.mark.as_ref().map_or(own.approved.unwrap_or_default() + 1, |mark| mark.next);
            let again = watch.again.get_or_insert_with(|| Rewatch::new(*id, own.clone()));
            let end = own.unbound.unwrap_or(size).min(size).max(from);
            let place = (size.saturating_sub(1), 0);
            match again.look_up_to(ground, end) {
                Err(error) => watch.stop(place, &error.to_string(), notes),
                Ok(now) if now.events.is_empty() && watch.recorded.is_empty() => {}
                Ok(now) => {
                    let (found, recorded) = (now.events.len(), watch.recorded.len());
                    let why = format!(
                        "{} has not marked the records from {from} on yet: it finds {found} things there, the log has {recorded} of them",
                        own.plugin
                    );
                    notes.unperformed(place, "monitor", why);
                }
            }
        }
    }
}

impl Watch {
    fn stop(&mut self, place: (u64, u32), why: &str, notes: &mut Notes) {
        self.stuck = true;
        notes.unperformed(place, "monitor", format!("{why}; what this binding says from here on is not re-performed"));
    }
}

/// Holds a mark, and what was recorded since the last one, against the monitor's second look.
fn hold(
    own: &Binding,
    (index, position): (u64, u32),
    mark: &MonitorMarked,
    recorded: &[(u64, u32, Event)],
    now: &Rewatched,
    notes: &mut Notes,
) {
    notes.counts.marks += 1;
    let rule = own.plugin.to_string();
    let told = |state: &Digest, shown: u64, faults: u64| {
        format!("after {shown} events and {faults} faults it remembers {state}")
    };
    let (then, again) =
        (told(&mark.state, mark.shown, mark.faults), told(&now.mark.state, now.mark.shown, now.mark.faults));
    if then != again {
        let what = What::Mark;
        notes.differs(Difference { index, position, what, rule: rule.clone(), recorded: then, reperformed: again });
    }
    let found: BTreeSet<Vec<u8>> = now.events.iter().map(form).collect();
    let known: BTreeSet<Vec<u8>> = recorded.iter().map(|(.., event)| form(event)).collect();
    for (index, position, event) in recorded.iter().filter(|(.., event)| !found.contains(&form(event))) {
        let (what, rule) = (What::Observation, rule.clone());
        let (then, now) = (in_words(event), "not found".to_owned());
        notes.differs(Difference { index: *index, position: *position, what, rule, recorded: then, reperformed: now });
    }
    for event in now.events.iter().filter(|event| !known.contains(&form(event))) {
        let (what, rule) = (What::Observation, rule.clone());
        let (recorded, reperformed) = ("not recorded".to_owned(), in_words(event));
        notes.differs(Difference { index, position, what, rule, recorded, reperformed });
    }
    notes.counts.observations += found.intersection(&known).count() as u64;
}

/// An event as it is compared: whether a subject was known when it was recorded depends on the moment.
fn form(event: &Event) -> Vec<u8> {
    let mut event = event.clone();
    event.inputs.iter_mut().for_each(|reference| reference.external = false);
    to_cbor(&event)
}

fn in_words(event: &Event) -> String {
    let told = match &event.body {
        Body::AlertRaised(alert) => format!(" {}: {}", alert.code, alert.message),
        _ => String::new(),
    };
    format!("{} {}{told}", event.kind(), event.subject)
}

/// The binding that an event of the log's own says it comes from (`docs/decisions.md`, the facet `monitor`).
fn source(event: &Event) -> Option<Key> {
    let Some(Value::Map(facet)) = event.facets.get("monitor") else { return None };
    let word = |map: &Map, name: &str| match map.get(name) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let position = match facet.get("binding_position") {
        Some(Value::Int(position)) => u32::try_from(*position).ok()?,
        _ => 0,
    };
    Some((word(facet, "binding")?.parse().ok()?, position))
}

fn binding<'s>(state: &'s State, (id, position): &Key) -> Option<&'s Binding> {
    state.bindings_of(id).iter().find(|own| own.position == *position)
}

fn is_monitor(state: &State, own: &Binding) -> bool {
    match state.subject(&own.plugin).map(|subject| &subject.life) {
        Some(Life::Plugin(plugin)) => {
            plugin.components.iter().any(|one| one.component == own.component && one.world == PluginWorld::Monitor)
        }
        _ => false,
    }
}
