//! Whether a binding can ever speak: its scope against what the log records, and against what its component says of itself.

use crate::{
    cli::failure::{Done, Failure},
    event::{Kind, Signer, SubjectKind, Text, body::PluginWorld},
    plugin::Described,
};

/// Kinds that not even a monitor is shown.
const NEVER_SHOWN: [&str; 3] = ["ledger.created", "seal", "monitor.marked"];

/// What is doubtful about a scope, in words. `described` is the component, where it is at hand.
///
/// # Errors
/// When a kind or a subject of it can never be met.
pub fn check(kinds: &[Text], subjects: &[Text], described: Option<&Described>) -> Done<Vec<String>> {
    let world = described.map(|described| described.world);
    let parsed: Vec<Kind> = kinds.iter().filter_map(|kind| Kind::parse(kind.as_str()).ok()).collect();
    for kind in &parsed {
        if NEVER_SHOWN.contains(&kind.as_str()) {
            let what = format!("{kind} is the log's own, and no plugin is shown it");
            return Err(Failure::usage(what, "leave this kind out; docs/events.md lists every kind"));
        }
        if kind.signer() == Signer::Log && world == Some(PluginWorld::Validator) {
            let what = format!("{kind} is recorded by the log itself, and no validator judges what the log records");
            return Err(Failure::usage(what, "leave this kind out, or bind a monitor"));
        }
    }
    for subject in subjects {
        known(subject.as_str())?;
    }
    Ok(doubts(&parsed, subjects, described))
}

/// A pattern begins with a kind of subject.
fn known(pattern: &str) -> Done {
    let kind = pattern.split_once('/').map(|(kind, _)| kind);
    if pattern == "*" || SubjectKind::ALL.iter().any(|own| kind == Some(own.as_str())) {
        return Ok(());
    }
    let all: Vec<&str> = SubjectKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let what = format!("{pattern:?} is no subject and no `kind/*`, so nothing is ever about it");
    Err(Failure::usage(what, format!("begin it with one of {}, and a slash", all.join(", "))))
}

fn doubts(kinds: &[Kind], subjects: &[Text], described: Option<&Described>) -> Vec<String> {
    let mut doubts = Vec::new();
    let named = |kinds: &[Kind]| kinds.iter().map(Kind::as_str).collect::<Vec<_>>().join(", ");
    let spoken = described.map(|described| described.kinds.as_slice()).unwrap_or_default();
    if !kinds.is_empty() && !spoken.is_empty() && !kinds.iter().any(|kind| spoken.contains(kind)) {
        doubts.push(format!(
            "this rule never speaks: its plugin speaks of {} alone, and the scope has {}",
            named(spoken),
            named(kinds)
        ));
    }
    let about = |kind: &Kind| {
        let own = kind.subjects();
        own.is_empty() || subjects.iter().any(|pattern| own.iter().any(|own| may_be(pattern.as_str(), own.as_str())))
    };
    let asked = if kinds.is_empty() { spoken } else { kinds };
    if !subjects.is_empty() && !asked.is_empty() && !asked.iter().any(about) {
        doubts.push(format!("this rule never speaks: {} is never about such a subject", named(asked)));
    }
    doubts
}

fn may_be(pattern: &str, kind: &str) -> bool {
    pattern == "*" || pattern.split_once('/').is_some_and(|(own, _)| own == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<Text> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_can_never_be_met_is_refused() {
        for (kinds, subjects) in
            [(&["seal"][..], &[][..]), (&["monitor.marked"], &[]), (&[], &["modle/*"]), (&[], &["model"])]
        {
            assert!(check(&texts(kinds), &texts(subjects), None).is_err(), "{kinds:?} {subjects:?}");
        }
        assert_eq!(check(&texts(&["model.promoted"]), &texts(&["model/*", "*"]), None).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_kind_that_is_never_about_the_subjects_is_told() {
        let doubts = check(&texts(&["model.promoted"]), &texts(&["dataset/*"]), None).unwrap();
        assert!(doubts.len() == 1 && doubts[0].contains("model.promoted is never about"), "{doubts:?}");
    }
}
