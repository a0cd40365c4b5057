//! What the ledger asks a policy: for every kind of event and every read, the object type, the action, and the
//! environments in which it can be asked.

use crate::event::{Env, Kind, Scope, Signer, SubjectKind};
use serde::Serialize;

/// One thing that is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Asked {
    /// The event kind, or what is read.
    pub by: &'static str,
    /// Whether it is a read, and not an event to be recorded.
    pub read: bool,
    /// The object types that it may be about; empty means every type.
    pub objects: Vec<&'static str>,
    /// The action.
    pub action: &'static str,
    /// The environments in which it is asked. What holds in the whole ledger is asked in `prod`.
    pub envs: Vec<Env>,
}

/// What is read, and decided as `read` of each subject that it shows.
const READS: [&str; 7] = ["a list of records", "a record", "a proof", "an export", "a report", "a subject", "a grant"];

/// What is read of the whole ledger, and decided in `prod`: what, and its object type.
const READS_OF_THE_LEDGER: [(&str, &str); 3] = [("an actor", "actor"), ("a role", "actor"), ("the policy", "policy")];

/// Everything that is asked: the event kinds in the order of their table, extensions, reads.
#[must_use]
pub fn asked() -> Vec<Asked> {
    let kinds = Kind::ALL.iter().filter(|kind| kind.signer() == Signer::Actor);
    let kinds = kinds.map(|kind| Asked {
        by: kind.as_str(),
        read: false,
        objects: kind.subjects().iter().map(|subject| subject.as_str()).collect(),
        action: kind.action(),
        envs: match kind.scope() {
            Scope::Env | Scope::Any => Env::ALL.to_vec(),
            Scope::Ledger => vec![Env::Prod],
        },
    });
    let any = |by, read, action| Asked { by, read, objects: Vec::new(), action, envs: Env::ALL.to_vec() };
    let reads = READS.into_iter().map(|by| any(by, true, "read"));
    let whole = READS_OF_THE_LEDGER.map(|(by, object)| Asked {
        by,
        read: true,
        objects: vec![object],
        action: "read",
        envs: vec![Env::Prod],
    });
    kinds.chain([any("x.<vendor>.<name>", false, "record")]).chain(reads).chain(whole).collect()
}

/// The environments in which anything asks for this action on this object type; empty when nothing ever does.
#[must_use]
pub fn asked_in(object_type: &str, action: &str) -> Vec<Env> {
    if !SubjectKind::ALL.iter().any(|kind| kind.as_str() == object_type) {
        return Vec::new();
    }
    let asking = |kind: &&Kind| {
        kind.signer() == Signer::Actor
            && kind.action() == action
            && kind.subjects().iter().any(|subject| subject.as_str() == object_type)
    };
    let kinds: Vec<&Kind> = Kind::ALL.iter().filter(asking).collect();
    if matches!(action, "record" | "read") || kinds.iter().any(|kind| kind.scope() != Scope::Ledger) {
        return Env::ALL.to_vec();
    }
    if kinds.is_empty() { Vec::new() } else { vec![Env::Prod] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_in_the_whole_ledger_is_asked_in_prod() {
        assert_eq!(asked_in("policy", "approve"), [Env::Prod]);
        assert_eq!(asked_in("actor", "assign-role"), Env::ALL);
        assert_eq!(asked_in("model", "read"), Env::ALL);
        assert!(asked_in("model", "enroll").is_empty() && asked_in("table", "read").is_empty());
    }

    #[test]
    fn every_kind_that_actors_sign_is_asked() {
        let all = asked();
        for kind in Kind::ALL.iter().filter(|kind| kind.signer() == Signer::Actor) {
            assert!(all.iter().any(|one| one.by == kind.as_str() && one.action == kind.action()), "{kind}");
        }
        assert!(all.iter().any(|one| one.read) && all.iter().any(|one| one.action == "record"));
    }
}
