//! Language models: prompt versions, their tests, and the quality of responses.

use super::{CheckOutcome, body};
use crate::event::{Digest, Env, Number, Subject, Text};

body!(
    /// A prompt version exists.
    PromptRegistered {
        have {
            /// The digest of the template.
            template: Digest,
        }
        may {
            /// The language model that it is written for.
            model: Text,
            /// The AI system that it is part of.
            system: Subject,
        }
        map {
            /// Sampling parameters.
            parameters: crate::event::Value,
        }
    }
);

body!(
    /// A prompt version ran through its test suite.
    PromptEvaluated {
        have {
            /// The template that was tested.
            template: Digest,
            /// Whether it is good enough.
            outcome: CheckOutcome,
            /// The test suite.
            suite: Text,
        }
        may {
            /// How many cases there were.
            cases: u64,
            /// How many of them passed.
            passed: u64,
        }
        map {
            /// What was measured.
            metrics: Number,
        }
    }
);

body!(
    /// Somebody other than its author approves a prompt version.
    PromptApproved {
        have {
            /// The template that was reviewed.
            template: Digest,
        }
        may {
            /// What the reviewer found.
            reason: Text,
        }
    }
);

body!(
    /// A prompt version may serve in the event's environment.
    PromptPromoted {
        have {
            /// The template that is promoted.
            template: Digest,
        }
        may {
            /// The environment in which it proved itself.
            from: Env,
            /// Why.
            reason: Text,
        }
    }
);

body!(
    /// A prompt version serves in the event's environment; the deployment is among the outputs.
    PromptDeployed {
        have {
            /// The template that is deployed.
            template: Digest,
        }
        may {
            /// What it serves on.
            runtime: Subject,
        }
    }
);

body!(
    /// The event's environment returns from this version to an earlier one.
    PromptRolledBack {
        need {
            /// Why.
            reason,
        }
        have {
            /// The version that serves again.
            to: Subject,
        }
    }
);

body!(
    /// Responses were judged.
    ResponseEvaluated {
        have {
            /// Who or what judged.
            judge: Text,
        }
        may {
            /// Quality, from 0 to 1.
            quality: Number,
            /// Supported claims among all claims, from 0 to 1.
            groundedness: Number,
            /// How many claims are supported.
            supported_claims: u64,
            /// How many claims there are.
            claims: u64,
            /// How many responses were judged.
            responses: u64,
            /// The digest of what was judged.
            sample: Digest,
        }
        map {
            /// What else was measured.
            metrics: Number,
        }
    }
);
