//! Plugins and bindings as the ledger has them, and as people name them.

use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    event::{Digest, Subject},
    ledger::Ledger,
    server::{BindingView, PluginView},
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
        self.is_met(binding.approved, binding.unbound)
    }

    fn holds_in(self, view: &BindingView) -> bool {
        self.is_met(view.approved, view.unbound)
    }

    fn is_met(self, approved: Option<u64>, unbound: Option<u64>) -> bool {
        unbound.is_none() && (self == Self::Open || approved.is_none())
    }
}

/// The binding that a text names: the identity of its statement, or a plugin, which then has one that stands so.
///
/// # Errors
/// When there is none, or more than one.
pub fn binding(ledger: &Ledger, text: &str, stands: Stands) -> Done<Bound> {
    let plugin = |bound: &Bound| (bound.binding.plugin.as_str() == text, stands.holds(&bound.binding));
    one(bindings(ledger)?, text, stands, |bound| bound.id, plugin)
}

/// The same, of what a server has.
///
/// # Errors
/// As [`binding`]; also when the server's answer makes no sense.
pub fn binding_of(views: &[PluginView], text: &str, stands: Stands) -> Done<(Digest, Subject)> {
    let read = |view: &BindingView| Some((view.binding.parse().ok()?, view.plugin.parse().ok()?));
    let all: Option<Vec<((Digest, Subject), &BindingView)>> =
        views.iter().flat_map(|view| &view.bindings).map(|view| Some((read(view)?, view))).collect();
    let all = all.ok_or_else(|| Failure::fault("the server names a binding that is none"))?;
    let plugin =
        |((_, plugin), view): &((Digest, Subject), &BindingView)| (plugin.as_str() == text, stands.holds_in(view));
    one(all, text, stands, |((id, _), _)| *id, plugin).map(|(named, _)| named)
}

/// The one that `text` names by identity, or by a plugin: `about` says whether it is of that plugin, and stands so.
fn one<B>(
    all: Vec<B>,
    text: &str,
    stands: Stands,
    id: impl Fn(&B) -> Digest,
    about: impl Fn(&B) -> (bool, bool),
) -> Done<B> {
    let mut wanted: Vec<B> = match (text.parse::<Digest>(), text.parse::<Subject>()) {
        (Ok(wanted), _) => all.into_iter().filter(|one| id(one) == wanted).collect(),
        (Err(_), Ok(_)) => all.into_iter().filter(|one| about(one) == (true, true)).collect(),
        _ => {
            let next = "name the identity of a binding (sha256:…), or plugin/NAME@VERSION";
            return Err(Failure::usage(format!("{text:?} names no binding"), next));
        }
    };
    match (wanted.pop(), wanted.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => {
            let what = if stands == Stands::Waits { "no binding that waits for approval" } else { "no binding" };
            Err(Failure::not_found(format!("{what}: {text}"), "see `sagwan plugin list`"))
        }
        (Some(last), others) => {
            let ids = wanted.iter().chain([&last]).map(|one| id(one).to_string()).collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("{text} has {} such bindings", others + 1), format!("name one of {ids}")))
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
    found.map(|published| published.component).ok_or_else(|| unpublished(plugin))
}

/// The same, of what a server has.
///
/// # Errors
/// When the server shows no such plugin.
pub fn component_of(views: &[PluginView], plugin: &Subject) -> Done<Digest> {
    let found = views.iter().find(|view| view.plugin == plugin.as_str()).and_then(|view| view.components.last());
    found.and_then(|published| published.component.parse().ok()).ok_or_else(|| unpublished(plugin))
}

fn unpublished(plugin: &Subject) -> Failure {
    Failure::not_found(
        format!("no plugin {plugin}"),
        "publish it with `sagwan plugin publish`; see `sagwan plugin list`",
    )
}
