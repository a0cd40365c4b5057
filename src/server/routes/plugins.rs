//! Plugins: what they can do, and under which bindings they judge and watch.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    event::{Digest, Subject},
    ledger::{Asker, Ledger, LedgerError, MonitorStatus, Seen},
    server::{Problem, app::App, auth::Reader, extract},
    state::{Binding, Life, Mark, Published},
};

/// A plugin with its components and bindings.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PluginView {
    /// Its name, `plugin/NAME@VERSION`.
    pub plugin: String,
    /// What was published under this name, the last one last.
    pub components: Vec<ComponentView>,
    /// Its bindings, in the order in which they were made; those that ended too.
    pub bindings: Vec<BindingView>,
}

/// A component that was published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComponentView {
    /// Its digest.
    pub component: String,
    /// `validator` or `monitor`.
    pub world: String,
    /// What it can do: the interfaces that it imports.
    pub capabilities: Vec<String>,
    /// Who published it.
    pub by: String,
}

/// A binding, with what its component can do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BindingView {
    /// The identity of the statement that bound it.
    pub binding: String,
    /// The plugin.
    pub plugin: String,
    /// The component.
    pub component: String,
    /// `validator` or `monitor`; absent where the component was never published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// What the component can do.
    pub capabilities: Vec<String>,
    /// `waits for approval`, `in effect` or `ended`.
    pub status: String,
    /// `observe`, `warn` or `enforce`.
    pub mode: String,
    /// A fault lets the event pass.
    pub fail_open: bool,
    /// The kinds that it judges; none means all.
    pub kinds: Vec<String>,
    /// The subjects, exact or `kind/*`; none means all.
    pub subjects: Vec<String>,
    /// The environments; none means all, and what has none counts as `prod`.
    pub environments: Vec<String>,
    /// Its settings.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// Who bound it.
    pub bound_by: String,
    /// The log index of the record that bound it.
    pub index: u64,
    /// The log index after which it is in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<u64>,
    /// The log index after which it is so no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unbound: Option<u64>,
    /// How a monitor fares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<WatchView>,
}

/// How a monitor fares.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WatchView {
    /// The log index of the record that it looks at next.
    pub next: u64,
    /// Events that it was shown.
    pub shown: u64,
    /// Events that it failed on.
    pub faults: u64,
    /// Why it stands still, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The plugins that the reader may see, with what they can do and where they are bound.
#[utoipa::path(
    get, operation_id = "listPlugins", path = "/api/v1/plugins", tag = "reading", security(("bearer" = ["read"])),
    responses(
        (status = 200, description = "in the order of their names", body = Vec<PluginView>),
        (status = "4XX", description = "no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(app): State<Arc<App>>, Reader(asker): Reader) -> Result<Response, Problem> {
    extract::json_seen(&app.read(move |ledger| PluginView::all(ledger, asker)).await?)
}

impl PluginView {
    /// The plugins that a reader may see, in the order of their names.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`].
    pub fn all(ledger: &Ledger, asker: Asker) -> Result<Seen<Vec<Self>>, LedgerError> {
        let seen = ledger.as_reader(asker).subjects(|subject, known, _| match &known.life {
            Life::Plugin(plugin) => Some((subject.clone(), plugin.components.clone())),
            _ => None,
        })?;
        let mut bindings: Vec<(Digest, Binding)> =
            ledger.state(|state| state.bindings().map(|(id, binding)| (*id, binding.clone())).collect())?;
        bindings.sort_by_key(|(_, binding)| (binding.index, binding.position));
        let monitors = ledger.status().monitors;
        let view = |(plugin, components): (Subject, Vec<Published>)| Self {
            bindings: bindings
                .iter()
                .filter(|(_, binding)| binding.plugin == plugin)
                .map(|(id, binding)| BindingView::of(id, binding, &components, &monitors))
                .collect(),
            components: components.iter().map(ComponentView::of).collect(),
            plugin: plugin.to_string(),
        };
        Ok(seen.map(|plugins| plugins.into_iter().map(view).collect()))
    }
}

impl ComponentView {
    fn of(published: &Published) -> Self {
        Self {
            component: published.component.to_string(),
            world: published.world.to_string(),
            capabilities: texts(&published.capabilities),
            by: published.by.to_string(),
        }
    }
}

impl BindingView {
    fn of(id: &Digest, binding: &Binding, components: &[Published], monitors: &[MonitorStatus]) -> Self {
        let published = components.iter().find(|one| one.component == binding.component);
        let own = |status: &&MonitorStatus| status.binding == *id && status.position == binding.position;
        let watch = monitors.iter().find(own).map(WatchView::of);
        let status = match (binding.approved, binding.unbound) {
            (_, Some(_)) => "ended",
            (Some(_), None) => "in effect",
            (None, None) => "waits for approval",
        };
        Self {
            binding: id.to_string(),
            plugin: binding.plugin.to_string(),
            component: binding.component.to_string(),
            world: published.map(|published| published.world.to_string()),
            capabilities: published.map(|published| texts(&published.capabilities)).unwrap_or_default(),
            status: status.to_owned(),
            mode: binding.mode.as_str().to_owned(),
            fail_open: binding.fail_open,
            kinds: texts(&binding.kinds),
            subjects: texts(&binding.subjects),
            environments: texts(&binding.environments),
            settings: serde_json::from_str(binding.settings_text()).unwrap_or_default(),
            bound_by: binding.bound_by.to_string(),
            index: binding.index,
            approved: binding.approved,
            unbound: binding.unbound,
            watch: watch.or_else(|| binding.mark.as_ref().map(WatchView::marked)),
        }
    }
}

impl WatchView {
    fn of(status: &MonitorStatus) -> Self {
        let MonitorStatus { next, shown, faults, problem, .. } = status;
        Self { next: *next, shown: *shown, faults: *faults, problem: problem.clone() }
    }

    /// As the ledger says, before the monitor has begun again.
    fn marked(mark: &Mark) -> Self {
        Self { next: mark.next, shown: mark.shown, faults: mark.faults, problem: None }
    }
}

fn texts<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}
