//! Which bytes a version of a model or a prompt is.

use crate::event::{Body, Digest};

impl Body {
    /// The model's artefact or the prompt's template that the body names, where it is a step in the life of a version.
    #[must_use]
    pub fn artifact(&self) -> Option<Digest> {
        match self {
            Self::ModelRegistered(body) => Some(body.artifact),
            Self::ModelEvaluated(body) => Some(body.artifact),
            Self::ModelApproved(body) => Some(body.artifact),
            Self::ModelPromoted(body) => Some(body.artifact),
            Self::ModelDeployed(body) => Some(body.artifact),
            Self::PromptRegistered(body) => Some(body.template),
            Self::PromptEvaluated(body) => Some(body.template),
            Self::PromptApproved(body) => Some(body.template),
            Self::PromptPromoted(body) => Some(body.template),
            Self::PromptDeployed(body) => Some(body.template),
            _ => None,
        }
    }
}
