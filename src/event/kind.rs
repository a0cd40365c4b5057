//! The table of kinds: for each its name, its body, the subjects that it may be about, the action that policy is asked
//! for, where it holds and who may sign it. Everything else about kinds is derived from this table.

use super::{
    EventError, Subject, SubjectKind, Value,
    body::{Presence, *},
    ids::clip,
    limits,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Where an event of a kind holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// In one environment: `env` must be given.
    Env,
    /// In the whole ledger: `env` must be absent; policy decides in `prod`, the strictest.
    Ledger,
    /// Either.
    Any,
}

/// Who signs events of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signer {
    /// An enrolled actor.
    Actor,
    /// Only the log's own key.
    Log,
}

macro_rules! kinds {
    ($($group:literal { $($variant:ident = $name:literal, [$($subject:ident)|*], $action:literal, $scope:ident, $signer:ident;)* })*) => {
        /// What an event says happened.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $($(#[doc = concat!("`", $name, "`")] $variant,)*)*
            /// `x.<vendor>.<name>`: anything else.
            Extension(Box<str>),
        }

        /// The typed body of an event; its variant is the event's kind.
        #[derive(Clone, PartialEq, Debug)]
        #[expect(missing_docs, reason = "each variant is documented at its struct, of the same name")]
        pub enum Body {
            $($($variant($variant),)*)*
            Extension { kind: Box<str>, body: Value },
        }

        impl Kind {
            /// Every kind but the extensions, in the order of the design.
            pub const ALL: &'static [Self] = &[$($(Self::$variant),*),*];

            /// Its name, as it stands in an event.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self { $($(Self::$variant => $name,)*)* Self::Extension(name) => name }
            }

            /// The heading under which `docs/events.md` describes it.
            #[must_use]
            pub fn group(&self) -> &'static str {
                match self { $($(Self::$variant)|* => $group,)* Self::Extension(_) => "extensions" }
            }

            /// The kinds of subject that it may be about; empty means any.
            #[must_use]
            pub fn subjects(&self) -> &'static [SubjectKind] {
                match self { $($(Self::$variant => &[$(SubjectKind::$subject),*],)*)* Self::Extension(_) => &[] }
            }

            /// The action that policy is asked for; the object type is the kind of the event's subject.
            #[must_use]
            pub fn action(&self) -> &'static str {
                match self { $($(Self::$variant => $action,)*)* Self::Extension(_) => "record" }
            }

            /// Where it holds.
            #[must_use]
            pub fn scope(&self) -> Scope {
                match self { $($(Self::$variant => Scope::$scope,)*)* Self::Extension(_) => Scope::Any }
            }

            /// Who may sign it.
            #[must_use]
            pub fn signer(&self) -> Signer {
                match self { $($(Self::$variant => Signer::$signer,)*)* Self::Extension(_) => Signer::Actor }
            }

            /// The fields of its body; none for an extension, whose body is open.
            #[must_use]
            pub fn fields(&self) -> &'static [(&'static str, Presence)] {
                match self { $($(Self::$variant => $variant::FIELDS,)*)* Self::Extension(_) => &[] }
            }

            fn known(name: &str) -> Option<Self> {
                match name { $($($name => Some(Self::$variant),)*)* _ => None }
            }
        }

        impl Body {
            /// The kind that this body belongs to.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self {
                    $($(Self::$variant(_) => Kind::$variant,)*)*
                    Self::Extension { kind, .. } => Kind::Extension(kind.clone()),
                }
            }

            /// Reads the body of an event of `kind`.
            ///
            /// # Errors
            /// Those of the deserializer: a missing, unknown or ill-typed field.
            pub fn deserialize<'de, D: Deserializer<'de>>(kind: &Kind, deserializer: D) -> Result<Self, D::Error> {
                match kind {
                    $($(Kind::$variant => $variant::deserialize(deserializer).map(Self::$variant),)*)*
                    Kind::Extension(kind) => Value::deserialize(deserializer)
                        .map(|body| Self::Extension { kind: kind.clone(), body }),
                }
            }

            /// The fields that must be present or committed, with whether they are present.
            #[must_use]
            pub fn required(&self) -> Vec<(&'static str, bool)> {
                match self {
                    $($(Self::$variant(body) => body.required(),)*)*
                    Self::Extension { .. } => Vec::new(),
                }
            }
        }

        impl Serialize for Body {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $($(Self::$variant(body) => body.serialize(serializer),)*)*
                    Self::Extension { body, .. } => body.serialize(serializer),
                }
            }
        }
    };
}

kinds! {
    "ledger" {
        LedgerCreated = "ledger.created", [Actor], "create", Ledger, Log;
        ActorEnrolled = "actor.enrolled", [Actor], "enroll", Ledger, Actor;
        KeyEnrolled = "key.enrolled", [Actor], "enroll-key", Ledger, Actor;
        KeyRevoked = "key.revoked", [Actor], "revoke-key", Ledger, Actor;
        RoleAssigned = "role.assigned", [Actor], "assign-role", Env, Actor;
        RoleRemoved = "role.removed", [Actor], "remove-role", Env, Actor;
        PolicyProposed = "policy.proposed", [Policy], "propose", Ledger, Actor;
        PolicyApproved = "policy.approved", [Policy], "approve", Ledger, Actor;
        PluginPublished = "plugin.published", [Plugin], "publish", Ledger, Actor;
        PluginBound = "plugin.bound", [Plugin], "bind", Ledger, Actor;
        PluginApproved = "plugin.approved", [Plugin], "approve", Ledger, Actor;
        PluginUnbound = "plugin.unbound", [Plugin], "unbind", Ledger, Actor;
        Denial = "denial", [], "deny", Any, Log;
        Seal = "seal", [Actor], "seal", Ledger, Log;
    }
    "provenance" {
        DatasetRegistered = "dataset.registered", [Dataset], "register", Env, Actor;
        DatasetValidated = "dataset.validated", [Dataset], "validate", Env, Actor;
        DatasetRetired = "dataset.retired", [Dataset], "retire", Env, Actor;
        RunStarted = "run.started", [Run], "start", Env, Actor;
        RunCompleted = "run.completed", [Run], "complete", Env, Actor;
        RunFailed = "run.failed", [Run], "fail", Env, Actor;
        RunAborted = "run.aborted", [Run], "abort", Env, Actor;
        RuntimeCaptured = "runtime.captured", [Runtime], "capture", Env, Actor;
    }
    "access" {
        AccessRequested = "access.requested", [Grant], "request", Env, Actor;
        AccessGranted = "access.granted", [Grant], "grant", Env, Actor;
        AccessChanged = "access.changed", [Grant], "change", Env, Actor;
        AccessRevoked = "access.revoked", [Grant], "revoke", Env, Actor;
        AccessUsed = "access.used", [Dataset | Model | Prompt | Deployment | Document], "use", Env, Actor;
        AccessReviewed = "access.reviewed", [Grant | Dataset | System | Actor], "review", Env, Actor;
        BreakglassOpened = "breakglass.opened", [Grant], "open-breakglass", Env, Actor;
        BreakglassReviewed = "breakglass.reviewed", [Grant], "review-breakglass", Env, Actor;
    }
    "lifecycle" {
        SystemRegistered = "system.registered", [System], "register", Any, Actor;
        RequirementStated = "requirement.stated", [Requirement], "state", Any, Actor;
        RequirementReviewed = "requirement.reviewed", [Requirement], "review", Any, Actor;
        ModelRegistered = "model.registered", [Model], "register", Env, Actor;
        ModelEvaluated = "model.evaluated", [Model], "evaluate", Env, Actor;
        ModelApproved = "model.approved", [Model], "approve", Env, Actor;
        ModelPromoted = "model.promoted", [Model], "promote", Env, Actor;
        ModelDeployed = "model.deployed", [Model], "deploy", Env, Actor;
        ModelRolledBack = "model.rolled-back", [Model], "roll-back", Env, Actor;
        ModelRetired = "model.retired", [Model], "retire", Env, Actor;
        DocumentFiled = "document.filed", [Document], "file", Any, Actor;
        AssessmentRecorded = "assessment.recorded", [System | Model | Dataset | Deployment | Prompt], "assess", Any, Actor;
        ExplanationIssued = "explanation.issued", [System | Model | Deployment], "explain", Env, Actor;
        OverrideRecorded = "override.recorded", [System | Model | Deployment], "override", Env, Actor;
        CorrectiveActionRecorded = "corrective-action.recorded", [Incident | Alert | System | Model | Dataset | Deployment], "correct", Any, Actor;
    }
    "language models" {
        PromptRegistered = "prompt.registered", [Prompt], "register", Env, Actor;
        PromptEvaluated = "prompt.evaluated", [Prompt], "evaluate", Env, Actor;
        PromptApproved = "prompt.approved", [Prompt], "approve", Env, Actor;
        PromptPromoted = "prompt.promoted", [Prompt], "promote", Env, Actor;
        PromptDeployed = "prompt.deployed", [Prompt], "deploy", Env, Actor;
        PromptRolledBack = "prompt.rolled-back", [Prompt], "roll-back", Env, Actor;
        ResponseEvaluated = "response.evaluated", [Deployment | Prompt | Model], "evaluate", Env, Actor;
    }
    "monitoring" {
        DataProfiled = "data.profiled", [Dataset], "profile", Env, Actor;
        MonitorObserved = "monitor.observed", [Deployment | Model | Dataset | Prompt], "observe", Env, Actor;
        MonitorMarked = "monitor.marked", [Plugin], "mark", Ledger, Log;
        AlertRaised = "alert.raised", [Alert], "raise", Env, Actor;
        AlertResolved = "alert.resolved", [Alert], "resolve", Env, Actor;
        RetrainRequested = "retrain.requested", [Model], "request-retraining", Env, Actor;
        IncidentReported = "incident.reported", [Incident], "report", Env, Actor;
        NotificationRecorded = "notification.recorded", [], "notify", Any, Log;
    }
    "privacy" {
        DataSubjectRequested = "data-subject.requested", [Dataset | System | Model], "request-right", Any, Actor;
        ErasureExecuted = "erasure.executed", [Dataset | System | Model | Document], "erase", Any, Actor;
        RetentionSet = "retention.set", [Dataset | System | Document], "set-retention", Any, Actor;
    }
}

impl Kind {
    /// The kind of this name; `x.<vendor>.<name>` is an extension, any other unknown name is refused.
    ///
    /// # Errors
    /// When the name is neither.
    pub fn parse(name: &str) -> Result<Self, EventError> {
        if let Some(kind) = Self::known(name) {
            return Ok(kind);
        }
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let extension = name.strip_prefix("x.").and_then(|rest| rest.split_once('.'));
        match extension {
            Some((vendor, rest))
                if name.len() <= limits::KIND_BYTES_MAX && word(vendor) && rest.split('.').all(word) =>
            {
                Ok(Self::Extension(name.into()))
            }
            _ => Err(EventError::Kind { given: clip(name) }),
        }
    }

    /// Whether an event of this kind may be about `subject`.
    #[must_use]
    pub fn may_be_about(&self, subject: &Subject) -> bool {
        self.subjects().is_empty() || self.subjects().contains(&subject.kind())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
