//! Plugins: what is published and bound must be what it says, and what is bound judges.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    decide::{PluginVerdict, Validators},
    event::{
        Body, Digest, Text,
        body::{self, PluginBound, PluginPublished, PluginWorld, VerdictWord},
    },
    plugin::{Class, EventView, Finding, Judged, Place, Verdict},
    policy::Stage,
    state::{Binding, Life},
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
    let in_scope = |(_, binding): &(&Digest, &Binding)| {
        binding.is_in_effect() && binding.covers(case.event) && is_validator(case, binding)
    };
    let mut bindings: Vec<_> = case.state.bindings().filter(in_scope).collect();
    if bindings.is_empty() {
        return;
    }
    bindings.sort_by_key(|(_, binding)| (binding.index, binding.position));
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

fn is_validator(case: &Case<'_>, binding: &Binding) -> bool {
    match case.state.subject(&binding.plugin).map(|subject| &subject.life) {
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
    let (word, said) = match judged.outcome {
        Ok(Verdict::Abstain) => (VerdictWord::Abstain, Vec::new()),
        Ok(Verdict::Accept(said)) => (VerdictWord::Accept, said),
        Ok(Verdict::Reject(said)) => {
            said.iter().for_each(|finding| findings.fixed(rule, message(finding), stage));
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
        findings: said,
        transcript: judged.cost.transcript,
    });
}

fn message(finding: &Finding) -> String {
    match &finding.pointer {
        Some(pointer) => format!("{} at {pointer}: {}", finding.code, finding.message),
        None => format!("{}: {}", finding.code, finding.message),
    }
}
