//! Rows of a seal, held against what was decided again. Pure.

use super::report::{Difference, Notes, What};
use crate::{
    decide::{EventRuling, PluginVerdict},
    event::{
        Decision, Digest, Outcome, SealedDecision, Text,
        body::{SealedPlugin, SealedVerdict, VerdictWord},
    },
    ledger::findings_digest,
    state::State,
};
use std::collections::BTreeSet;

/// A verdict as the log has it, without the seal's table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    pub(super) plugin: SealedPlugin,
    pub(super) word: VerdictWord,
    /// Why there is none, in a word.
    pub(super) fault: Option<Text>,
    pub(super) findings: Option<Digest>,
    pub(super) transcript: Option<Digest>,
}

/// What the log says was decided about one event.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) decision: Decision,
    pub(super) outcome: Outcome,
    pub(super) rules: Vec<String>,
    pub(super) verdicts: Vec<Heard>,
}

impl Recorded {
    /// From a row, and the table of plugins to which it refers; a reason when it refers to none.
    pub(super) fn of(row: &SealedDecision, plugins: &[SealedPlugin]) -> Result<Self, String> {
        Ok(Self {
            decision: row.decision,
            outcome: row.outcome,
            rules: row.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
            verdicts: heard(&row.verdicts, plugins)?,
        })
    }
}

/// Verdicts with the bindings that gave them.
pub(super) fn heard(verdicts: &[SealedVerdict], plugins: &[SealedPlugin]) -> Result<Vec<Heard>, String> {
    let one = |verdict: &SealedVerdict| {
        let plugin = usize::try_from(verdict.plugin).ok().and_then(|row| plugins.get(row)).cloned();
        let plugin =
            plugin.ok_or_else(|| format!("a verdict of row {} of a table of {}", verdict.plugin, plugins.len()));
        let SealedVerdict { verdict: word, fault, findings, transcript, .. } = verdict.clone();
        plugin.map(|plugin| Heard { plugin, word, fault, findings, transcript })
    };
    verdicts.iter().map(one).collect()
}

/// Where a comparison stands.
pub(super) struct At<'a> {
    pub(super) index: u64,
    pub(super) position: u32,
    pub(super) state: &'a State,
}

impl At<'_> {
    pub(super) fn differs(&self, what: What, rule: String, recorded: String, reperformed: String) -> Difference {
        Difference { index: self.index, position: self.position, what, rule, recorded, reperformed }
    }
}

/// Holds one event's row against its ruling. `taken` says which verdicts were taken from the log.
pub(super) fn compare(
    at: &At<'_>,
    recorded: &Recorded,
    ruling: &EventRuling,
    taken: &BTreeSet<(u32, usize)>,
    notes: &mut Notes,
) {
    let rules: Vec<&str> = ruling.rules.iter().map(AsRef::as_ref).collect();
    let own: Vec<&str> = recorded.rules.iter().map(String::as_str).collect();
    let what = if (recorded.decision, recorded.outcome) != (ruling.decision, ruling.outcome) {
        Some(What::Decision)
    } else {
        (own != rules).then_some(What::Rules)
    };
    if let Some(what) = what {
        let now = words(ruling.decision, ruling.outcome, &rules);
        notes.differs(at.differs(what, changed(&own, &rules), words(recorded.decision, recorded.outcome, &own), now));
    }
    for place in 0..recorded.verdicts.len().max(ruling.verdicts.len()) {
        let (then, now) = (recorded.verdicts.get(place), ruling.verdicts.get(place));
        if !taken.contains(&(at.position, place)) {
            verdict(at, then, now, notes);
        }
    }
}

fn verdict(at: &At<'_>, then: Option<&Heard>, now: Option<&PluginVerdict>, notes: &mut Notes) {
    let again = now.map(|now| Heard {
        plugin: SealedPlugin { binding: now.binding, position: now.position, component: now.component },
        word: now.verdict,
        fault: now.fault.and_then(|word| word.parse().ok()),
        findings: findings_digest(&now.findings),
        transcript: now.transcript,
    });
    let rule = || match (now, then) {
        (Some(now), _) => now.plugin.to_string(),
        (None, Some(then)) => plugin_of(at.state, &then.plugin),
        (None, None) => String::new(),
    };
    let told = |heard: Option<&Heard>| heard.map_or("nothing".to_owned(), said);
    let (what, recorded, reperformed) = match (then, &again) {
        (Some(then), Some(again)) if then == again => {
            notes.counts.verdicts += 1;
            return;
        }
        (Some(then), Some(again))
            if (&then.plugin, then.word, &then.fault) == (&again.plugin, again.word, &again.fault) =>
        {
            let digest = |digest: &Option<Digest>| digest.map_or("none".to_owned(), |digest| digest.to_string());
            if then.findings != again.findings {
                let found = now.map(|now| now.findings.as_slice()).unwrap_or_default();
                let found = found.iter().map(|finding| format!("; {}: {}", finding.code, finding.message));
                (
                    What::Findings,
                    digest(&then.findings),
                    format!("{}{}", digest(&again.findings), found.collect::<String>()),
                )
            } else {
                (What::Answers, digest(&then.transcript), digest(&again.transcript))
            }
        }
        (then, again) => (What::Verdict, told(then), told(again.as_ref())),
    };
    notes.differs(at.differs(what, rule(), recorded, reperformed));
}

fn said(heard: &Heard) -> String {
    let why = heard.fault.as_ref().map_or_else(String::new, |fault| format!(" ({fault})"));
    format!("{}{why} by the binding {}", heard.word.as_str(), heard.plugin.binding.short())
}

/// The plugin of a binding; the binding itself where it is unknown.
pub(super) fn plugin_of(state: &State, plugin: &SealedPlugin) -> String {
    let found = state.bindings().find(|(id, own)| **id == plugin.binding && own.position == plugin.position);
    found.map_or_else(|| format!("binding {}", plugin.binding), |(_, own)| own.plugin.to_string())
}

/// A decision in words.
pub(super) fn words(decision: Decision, outcome: Outcome, rules: &[&str]) -> String {
    let rules = if rules.is_empty() { String::new() } else { format!(" by {}", rules.join(", ")) };
    format!("{}, {}{rules}", decision.as_str(), outcome.as_str())
}

/// The rules that one side names and the other does not; all of them when both name the same.
pub(super) fn changed(then: &[&str], now: &[&str]) -> String {
    let only = |one: &[&str], other: &[&str]| -> Vec<String> {
        one.iter().filter(|rule| !other.contains(rule)).map(|rule| (*rule).to_owned()).collect()
    };
    let mut changed = only(now, then);
    changed.extend(only(then, now));
    if changed.is_empty() {
        changed = now.iter().map(|rule| (*rule).to_owned()).collect();
    }
    changed.join(", ")
}
