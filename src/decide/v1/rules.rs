//! The stable ids of the rules that are not the policy's own. `docs/decisions.md` explains each.

/// The key is unknown, of another actor, not valid yet, or revoked. Always enforced.
pub const KEY_VALIDITY: &str = "key-validity";
/// A kind that only the log signs, or a key of the log. Always enforced.
pub const LOG_ONLY: &str = "log-only";
/// Allows what the log says about itself, what its monitors find, and who read what of it.
pub const LOG_OWN: &str = "log-own";
/// `ledger.created` is the first record, once, and sound. Always enforced.
pub const LEDGER_CREATED: &str = "ledger-created";
/// An actor is enrolled once, and before anything is said about it. Always enforced.
pub const ACTOR_ENROLMENT: &str = "actor-enrolment";
/// A key is sound, new, proven to be in its actor's hands, and not one too many. Always enforced.
pub const KEY_ENROLMENT: &str = "key-enrolment";
/// A key that is revoked is known, of that actor, valid, and not the log's last. Always enforced.
pub const KEY_REVOCATION: &str = "key-revocation";
/// A subject was never recorded and is not marked external.
pub const REFERENCE_UNKNOWN: &str = "reference-unknown";
/// A reference names other bytes than the subject's registration.
pub const REFERENCE_DIGEST: &str = "reference-digest";
/// A step of a life is missing.
pub const LIFECYCLE: &str = "lifecycle";
/// Something imported in a scope that enforces.
pub const IMPORTED_IN_ENFORCE: &str = "imported-in-enforce";
/// No live grant for this actor, subject and action.
pub const GRANT_MISSING: &str = "grant-missing";
/// The grant has run out or was revoked.
pub const GRANT_EXPIRED: &str = "grant-expired";
/// The grant is for another purpose.
pub const GRANT_PURPOSE: &str = "grant-purpose";
/// A use of personal data names neither whose nor how many.
pub const DATA_SUBJECT_MISSING: &str = "data-subject-missing";
/// The grant gives more than was asked for.
pub const GRANT_EXCEEDS_REQUEST: &str = "grant-exceeds-request";
/// The grant would end in the past or last longer than the policy lets it.
pub const GRANT_TOO_LONG: &str = "grant-too-long";
/// The purpose is not of the policy's list.
pub const PURPOSE_UNKNOWN: &str = "purpose-unknown";
/// The action is none that a grant gives, or nothing does it to such a subject.
pub const ACTION_UNKNOWN: &str = "action-unknown";
/// The break-glass grant would last longer than the policy lets it.
pub const BREAKGLASS_TOO_LONG: &str = "breakglass-too-long";
/// An earlier break-glass grant of the actor is still to be reviewed.
pub const BREAKGLASS_REVIEW_OWED: &str = "breakglass-review-owed";
/// Allows a use under a grant that policy alone would not.
pub const ACCESS_GRANT: &str = "access-grant";
/// Allows a use under a break-glass grant that policy alone would not.
pub const BREAK_GLASS: &str = "break-glass";
/// Allows a reader what he signed himself, the denials of it, and what is about himself.
pub const OWN_RECORD: &str = "own-record";
/// Allows every reader what the log says about itself: seals and the founding.
pub const LOG_RECORD: &str = "log-record";
/// Allows whoever has the ledger's folder to read it.
pub const OPERATOR_FILES: &str = "operator-files";
/// The role is not of the policy's list.
pub const ROLE_UNKNOWN: &str = "role-unknown";
/// A role would end before it begins. Always enforced.
pub const ROLE_ENDED: &str = "role-ended";
/// Fewer officers than the quorum would be left. Always enforced.
pub const OFFICERS_LEFT: &str = "officers-left";
/// A policy bundle is not at hand or does not load. Always enforced.
pub const POLICY_UNAVAILABLE: &str = "policy-unavailable";
/// A policy bundle under which officers could never bring another into force. Always enforced.
pub const POLICY_UNCHANGEABLE: &str = "policy-unchangeable";
/// A plugin's component is not at hand, or is none. Always enforced.
pub const PLUGIN_UNAVAILABLE: &str = "plugin-unavailable";
/// A plugin is published as something else than its component is. Always enforced.
pub const PLUGIN_DESCRIPTION: &str = "plugin-description";
/// A plugin refuses the settings that it is bound with. Always enforced.
pub const PLUGIN_SETTINGS: &str = "plugin-settings";

/// All of them.
pub const ALL: [&str; 34] = [
    KEY_VALIDITY,
    LOG_ONLY,
    LOG_OWN,
    LEDGER_CREATED,
    ACTOR_ENROLMENT,
    KEY_ENROLMENT,
    KEY_REVOCATION,
    REFERENCE_UNKNOWN,
    REFERENCE_DIGEST,
    LIFECYCLE,
    IMPORTED_IN_ENFORCE,
    GRANT_MISSING,
    GRANT_EXPIRED,
    GRANT_PURPOSE,
    DATA_SUBJECT_MISSING,
    GRANT_EXCEEDS_REQUEST,
    GRANT_TOO_LONG,
    PURPOSE_UNKNOWN,
    ACTION_UNKNOWN,
    BREAKGLASS_TOO_LONG,
    BREAKGLASS_REVIEW_OWED,
    ACCESS_GRANT,
    BREAK_GLASS,
    OWN_RECORD,
    LOG_RECORD,
    OPERATOR_FILES,
    ROLE_UNKNOWN,
    ROLE_ENDED,
    OFFICERS_LEFT,
    POLICY_UNAVAILABLE,
    POLICY_UNCHANGEABLE,
    PLUGIN_UNAVAILABLE,
    PLUGIN_DESCRIPTION,
    PLUGIN_SETTINGS,
];

/// Whether a rule is a plugin's word, or about plugins: a rehearsal asks neither again.
#[must_use]
pub fn is_of_plugins(rule: &str) -> bool {
    [PLUGIN_UNAVAILABLE, PLUGIN_DESCRIPTION, PLUGIN_SETTINGS].contains(&rule) || rule.starts_with("plugin/")
}
