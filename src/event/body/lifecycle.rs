//! The life of a system and its models: registered, evaluated, approved, promoted, deployed, rolled back, retired.

use super::{CheckOutcome, ColumnLineage, body, words};
use crate::event::{DataSubject, Digest, Env, Number, Subject, Text, Timestamp};

words!(
    /// The risk class of an AI system (EU AI Act, articles 5, 6 and 50).
    RiskClass {
        /// Article 5.
        Prohibited = "prohibited",
        /// Article 6.
        High = "high",
        /// Article 50.
        Limited = "limited",
        /// None of these.
        Minimal = "minimal",
    }
);

body!(
    /// An AI system, its intended purpose and its risk class.
    SystemRegistered {
        need {
            /// The intended purpose.
            purpose,
        }
        have {
            /// The risk class.
            risk_class: RiskClass,
        }
        may {
            /// Who is accountable for it: a role or a unit, not a person's name.
            owner: Text,
        }
    }
);

body!(
    /// What the business asks of a system.
    RequirementStated {
        need {
            /// The requirement in words.
            text,
        }
        may {
            /// The system that it is asked of.
            system: Subject,
            /// The metric by which it is judged.
            metric: Text,
            /// The value of the metric to reach.
            target: Number,
        }
    }
);

body!(
    /// A requirement held against what was achieved.
    RequirementReviewed {
        have {
            /// The value asked for.
            target: Number,
            /// The value reached.
            achieved: Number,
        }
        may {
            /// What it cost, with its unit.
            cost: Text,
            /// What follows.
            conclusion: Text,
        }
        flag {
            /// The requirement is met.
            met,
        }
    }
);

body!(
    /// A model version exists; the run that made it and its data are the inputs.
    ModelRegistered {
        have {
            /// The digest of the artefact.
            artifact: Digest,
        }
        may {
            /// The AI system that it is part of.
            system: Subject,
            /// What it predicts.
            task: Text,
            /// The version that it is to replace.
            previous: Subject,
            /// The library that made it.
            framework: Text,
            /// The artefact's size in bytes.
            bytes: u64,
        }
        list {
            /// Which columns of the event's inputs it was made from.
            column_lineage: ColumnLineage,
        }
        map {
            /// Hyper-parameters.
            parameters: crate::event::Value,
        }
    }
);

body!(
    /// A model version was measured on the event's inputs.
    ModelEvaluated {
        have {
            /// The artefact that was measured.
            artifact: Digest,
            /// Whether it is good enough.
            outcome: CheckOutcome,
        }
        may {
            /// What it was measured on.
            runtime: Subject,
        }
        map {
            /// What was measured.
            metrics: Number,
        }
    }
);

body!(
    /// Somebody other than its makers approves a model version.
    ModelApproved {
        have {
            /// The artefact that was reviewed.
            artifact: Digest,
        }
        may {
            /// What the reviewer found.
            reason: Text,
        }
    }
);

body!(
    /// A model version may serve in the event's environment.
    ModelPromoted {
        have {
            /// The artefact that is promoted.
            artifact: Digest,
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
    /// A model version serves in the event's environment; the deployment is among the outputs.
    ModelDeployed {
        have {
            /// The artefact that is deployed.
            artifact: Digest,
        }
        may {
            /// What it serves on.
            runtime: Subject,
            /// The share of the traffic, from 0 to 1.
            traffic: Number,
        }
    }
);

body!(
    /// The event's environment returns from this version to an earlier one.
    ModelRolledBack {
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
    /// A model version is used no longer.
    ModelRetired {
        need {
            /// Why.
            reason,
        }
    }
);

body!(
    /// A document is kept, by digest.
    DocumentFiled {
        have {
            /// What it is, such as `model-card` or `technical-documentation`.
            document_type: Text,
            /// The digest of its content.
            digest: Digest,
        }
        may {
            /// Its title.
            title: Text,
            /// It must be kept until then.
            retain_until: Timestamp,
        }
    }
);

words!(
    /// What an assessment is of.
    AssessmentType {
        /// Risk to people and rights.
        Risk = "risk",
        /// Impact on those concerned.
        Impact = "impact",
        /// Bias and fairness.
        Fairness = "fairness",
        /// Protection of data.
        DataProtection = "data-protection",
    }
);

body!(
    /// A risk or an impact was assessed.
    AssessmentRecorded {
        need {
            /// What was found.
            findings,
        }
        have {
            /// What it is of.
            assessment_type: AssessmentType,
            /// The result.
            outcome: CheckOutcome,
        }
        may {
            /// The full document.
            document: Digest,
        }
    }
);

body!(
    /// A decision was explained to whom it concerned.
    ExplanationIssued {
        need {
            /// The explanation, or where it is kept.
            explanation,
        }
        may {
            /// The pseudonym of the data subject.
            data_subject: DataSubject,
            /// The request that asked for it.
            request: Digest,
        }
    }
);

body!(
    /// A person overrode what a system decided.
    OverrideRecorded {
        need {
            /// Why.
            reason,
        }
        may {
            /// What the system said.
            system_output: Text,
            /// What the person decided.
            decision: Text,
            /// The pseudonym of the data subject.
            data_subject: DataSubject,
        }
    }
);

body!(
    /// Something was done about an alert, an incident or a finding.
    CorrectiveActionRecorded {
        need {
            /// What was done.
            action,
        }
        may {
            /// How its effect is checked.
            verification: Text,
        }
    }
);
