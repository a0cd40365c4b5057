//! Plugins: what is published and bound must be what it says, and what is bound judges.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    decide::{Context, PersonalFinding, PluginVerdict, Ruling, Signed, Validators},
    event::{
        Body, Digest, Event, Text,
        body::{self, PluginBound, PluginPublished, PluginWorld, VerdictWord},
    },
    plugin::{Class, EventView, Fault, Finding, Judged, Place, Verdict},
    policy::Stage,
    state::{Binding, Life, State},
};

/// Holds what is said about plugins against the components themselves, and asks those that are bound.
pub(super) fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(validators) = case.context.validators else { return };
    match &case.event.body {
        Body::PluginPublished(body) => published(validators, body, findings),
        Body::PluginBound(body) => bound(validators, body, findings),
        _ => {}
    }
    if !findings.refuse() {
        judge(case, validators, findings);
    }
}

fn published(validators: &dyn Validators, body: &PluginPublished, findings: &mut Findings) {
    match validators.described(&body.component) {
        Err(why) => findings.always(rules::PLUGIN_UNAVAILABLE, why),
        Ok((world, _)) if world != body.world => {
            let message =
                format!("component {} is a {world}, not a {}: publish it as what it is", body.component, body.world);
            findings.always(rules::PLUGIN_DESCRIPTION, message);
        }
        Ok((_, imports)) if !body.capabilities.iter().map(Text::as_str).eq(imports.iter().map(String::as_str)) => {
            let message = format!(
                "component {} imports [{}]: name exactly these as its capabilities",
                body.component,
                imports.join(", ")
            );
            findings.always(rules::PLUGIN_DESCRIPTION, message);
        }
        Ok(_) => {}
    }
}

fn bound(validators: &dyn Validators, body: &PluginBound, findings: &mut Findings) {
    let settings = crate::plugin::settings_text(body.settings.as_ref());
    match validators.check_settings(&body.component, &settings) {
        Err(why) => findings.always(rules::PLUGIN_UNAVAILABLE, why),
        Ok(errors) if !errors.is_empty() => {
            findings
                .always(rules::PLUGIN_SETTINGS, format!("the plugin refuses these settings: {}", errors.join("; ")));
        }
        Ok(_) => {}
    }
}

/// Asks every binding in effect whose scope the event is in, in the order in which they were made, until one refuses.
fn judge(case: &Case<'_>, validators: &dyn Validators, findings: &mut Findings) {
    let bindings = in_scope(case.state, case.event);
    if bindings.is_empty() {
        return;
    }
    let (index, position) = (case.context.index, case.position);
    let place = Place { actor: case.actor(), index, position, recorded: case.context.t };
    let view = EventView::new(case.event, &place);
    for (id, binding) in bindings {
        let judged = validators.validate(&binding.component, binding.settings_text(), case.event, &view);
        note(binding, id, judged, findings);
        if findings.refuse() {
            return;
        }
    }
}

/// The validators' bindings in effect whose scope an event is in, in the order in which they were made.
fn in_scope<'s>(state: &'s State, event: &Event) -> Vec<(&'s Digest, &'s Binding)> {
    let asked = |(_, binding): &(&Digest, &Binding)| {
        binding.is_in_effect() && binding.covers(event) && is_validator(state, binding)
    };
    let mut bindings: Vec<_> = state.bindings().filter(asked).collect();
    bindings.sort_by_key(|(_, binding)| (binding.index, binding.position));
    bindings
}

/// What the validators in scope mark as personal anywhere in a statement that is refused. Whoever was not asked for the
/// decision, because something else refused first, is asked here; that changes nothing about the decision.
pub(super) fn personal(
    state: &State,
    context: &Context<'_>,
    statement: &Signed<'_>,
    ruling: &Ruling,
) -> Vec<PersonalFinding> {
    let Some(validators) = context.validators else { return Vec::new() };
    let mut all = Vec::new();
    for ((position, event), at) in (0..).zip(statement.events).zip(0..) {
        let said = ruling.events.get(at).map(|said| said.verdicts.as_slice()).unwrap_or_default();
        let mut view = None;
        for (id, binding) in in_scope(state, event) {
            let of = |finding: Finding| PersonalFinding { position, plugin: binding.plugin.clone(), finding };
            if let Some(heard) = said.iter().find(|heard| (heard.binding, heard.position) == (*id, binding.position)) {
                all.extend(heard.findings.iter().filter(|finding| finding.is_personal()).cloned().map(of));
                continue;
            }
            let place = Place { actor: statement.actor, index: context.index, position, recorded: context.t };
            let view = view.get_or_insert_with(|| EventView::new(event, &place));
            let judged = validators.validate(&binding.component, binding.settings_text(), event, view);
            if let Ok(Verdict::Accept(found) | Verdict::Reject(found)) = judged.outcome {
                all.extend(found.into_iter().filter(Finding::is_personal).map(of));
            }
        }
    }
    all
}

fn is_validator(state: &State, binding: &Binding) -> bool {
    match state.subject(&binding.plugin).map(|subject| &subject.life) {
        Some(Life::Plugin(plugin)) => plugin
            .components
            .iter()
            .any(|own| own.component == binding.component && own.world == PluginWorld::Validator),
        _ => false,
    }
}

/// Notes what a plugin said; the mode of its binding decides what a rejection or a fault means.
fn note(binding: &Binding, id: &Digest, judged: Judged, findings: &mut Findings) {
    let stage = match binding.mode {
        body::Stage::Observe => Stage::Observe,
        body::Stage::Warn => Stage::Warn,
        body::Stage::Enforce => Stage::Enforce,
    };
    let rule = binding.plugin.as_str();
    let cause = judged.outcome.as_ref().err().map(Fault::code);
    let (word, said) = match judged.outcome {
        Ok(Verdict::Abstain) => (VerdictWord::Abstain, Vec::new()),
        Ok(Verdict::Accept(said)) => (VerdictWord::Accept, said),
        Ok(Verdict::Reject(said)) => {
            said.iter().for_each(|finding| findings.fixed(rule, finding.to_string(), stage));
            (VerdictWord::Reject, said)
        }
        Err(fault) => {
            let word = match fault.class() {
                Class::Reproducible => VerdictWord::Fault,
                Class::Indeterminate => VerdictWord::Indeterminate,
            };
            if !binding.fail_open {
                findings.fixed(rule, format!("gave no verdict, and its binding is fail-closed: {fault}"), stage);
            }
            (word, Vec::new())
        }
    };
    findings.heard(PluginVerdict {
        plugin: binding.plugin.clone(),
        binding: *id,
        position: binding.position,
        component: binding.component,
        verdict: word,
        fault: cause,
        findings: said,
        transcript: judged.cost.transcript,
    });
}
