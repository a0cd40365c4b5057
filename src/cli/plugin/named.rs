//! Plugins and bindings as the ledger has them, and as people name them.

use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    event::{Digest, Subject},
    ledger::Ledger,
    state::{Binding, Life, Published},
};

/// A binding with the identity of its statement, by which it is named.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The identity.
    pub id: Digest,
    /// The binding.
    pub binding: Binding,
}

/// Every binding, in the order in which they were made.
///
/// # Errors
/// When the ledger cannot be read.
pub fn bindings(ledger: &Ledger) -> Done<Vec<Bound>> {
    let all = ledger.state(|state| {
        let all = state.bindings().map(|(id, binding)| Bound { id: *id, binding: binding.clone() });
        all.collect::<Vec<_>>()
    });
    let mut all = all.map_err(|error| ledger_failure::of(&error))?;
    all.sort_by_key(|bound| (bound.binding.index, bound.binding.position));
    Ok(all)
}

/// Every plugin with its components, in the order of their names.
///
/// # Errors
/// When the ledger cannot be read.
pub fn published(ledger: &Ledger) -> Done<Vec<(Subject, Vec<Published>)>> {
    let all = ledger.state(|state| {
        let all = state.subjects().filter_map(|(subject, about)| match &about.life {
            Life::Plugin(plugin) => Some((subject.clone(), plugin.components.clone())),
            _ => None,
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|(a, _), (b, _): &(Subject, Vec<Published>)| a.as_str().cmp(b.as_str()));
        all
    });
    all.map_err(|error| ledger_failure::of(&error))
}

/// Where a binding must stand for a plugin's name to mean it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stands {
    /// It waits for approval.
    Waits,
    /// It has not ended.
    Open,
}

impl Stands {
    fn holds(self, binding: &Binding) -> bool {
        binding.unbound.is_none() && (self == Self::Open || binding.approved.is_none())
    }
}

/// The binding that a text names: the identity of its statement, or a plugin, which then has one that stands so.
///
/// # Errors
/// When there is none, or more than one.
pub fn binding(ledger: &Ledger, text: &str, stands: Stands) -> Done<Bound> {
    let all = bindings(ledger)?;
    let wanted: Vec<Bound> = match (text.parse::<Digest>(), text.parse::<Subject>()) {
        (Ok(id), _) => all.into_iter().filter(|bound| bound.id == id).collect(),
        (Err(_), Ok(plugin)) => {
            let current = |bound: &Bound| bound.binding.plugin == plugin && stands.holds(&bound.binding);
            all.into_iter().filter(current).collect()
        }
        _ => {
            let next = "name the identity of a binding (sha256:…), or plugin/NAME@VERSION";
            return Err(Failure::usage(format!("{text:?} names no binding"), next));
        }
    };
    match wanted.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let what = if stands == Stands::Waits { "no binding that waits for approval" } else { "no binding" };
            Err(Failure::not_found(format!("{what}: {text}"), "see `sagwan plugin list`"))
        }
        _ => {
            let ids = wanted.iter().map(|bound| bound.id.to_string()).collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("{text} has {} such bindings", wanted.len()), format!("name one of {ids}")))
        }
    }
}

/// The component that a plugin was last published with.
///
/// # Errors
/// When the ledger knows no such plugin.
pub fn component(ledger: &Ledger, plugin: &Subject) -> Done<Digest> {
    let all = published(ledger)?;
    let found = all.iter().find(|(subject, _)| subject == plugin).and_then(|(_, components)| components.last());
    found.map(|published| published.component).ok_or_else(|| {
        Failure::not_found(
            format!("no plugin {plugin}"),
            "publish it with `sagwan plugin publish`; see `sagwan plugin list`",
        )
    })
}
