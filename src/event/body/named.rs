//! What a body names: subjects, beside those among an event's inputs and outputs, and blobs.

use crate::event::{Body, Digest, Subject};

impl Body {
    /// The subjects in fields of the typed body, at most three. What a free text, a facet or the body of an extension
    /// may name is its author's affair, and not looked at.
    #[must_use]
    pub fn named(&self) -> [Option<&Subject>; 3] {
        match self {
            Self::AccessUsed(body) => [body.grant.as_ref(), None, None],
            Self::Denial(body) => [body.request.as_ref().map(|request| &request.object), None, None],
            Self::RunStarted(body) => [body.experiment.as_ref(), body.caused_by.as_ref(), body.runtime.as_ref()],
            Self::RunCompleted(body) => [body.runtime.as_ref(), None, None],
            Self::ModelRegistered(body) => [body.system.as_ref(), body.previous.as_ref(), None],
            Self::PromptRegistered(body) => [body.system.as_ref(), None, None],
            Self::RequirementStated(body) => [body.system.as_ref(), None, None],
            Self::ModelEvaluated(body) => [body.runtime.as_ref(), None, None],
            Self::ModelDeployed(body) => [body.runtime.as_ref(), None, None],
            Self::PromptDeployed(body) => [body.runtime.as_ref(), None, None],
            Self::ModelRolledBack(body) => [Some(&body.to), None, None],
            Self::PromptRolledBack(body) => [Some(&body.to), None, None],
            Self::RetrainRequested(body) => [body.alert.as_ref(), None, None],
            _ => [None; 3],
        }
    }

    /// The value in `blobs/` that a field of the typed body names. Where a dataset or a model is, the ledger does not say.
    #[must_use]
    pub fn blob(&self) -> Option<&Digest> {
        match self {
            Self::LedgerCreated(body) => Some(&body.policy),
            Self::PolicyProposed(body) => Some(&body.bundle),
            Self::PolicyApproved(body) => Some(&body.bundle),
            Self::PluginPublished(body) => Some(&body.component),
            Self::PluginBound(body) => Some(&body.component),
            Self::DataProfiled(body) => Some(&body.profile),
            _ => None,
        }
    }
}
