//! What is watched after deployment, and what it leads to.

use super::{body, words};
use crate::event::{Digest, Number, Subject, Text, Timestamp};

body!(
    /// A profile of data was computed; the profile stands in `blobs/`.
    DataProfiled {
        have {
            /// The profile.
            profile: Digest,
            /// How many rows it covers.
            rows: u64,
        }
        may {
            /// The beginning of the period that it covers.
            from: Timestamp,
            /// The end of that period.
            to: Timestamp,
        }
    }
);

body!(
    /// A monitor looked.
    MonitorObserved {
        have {
            /// Which monitor.
            monitor: Text,
        }
        may {
            /// The beginning of the period that it looked at.
            from: Timestamp,
            /// The end of that period.
            to: Timestamp,
        }
        map {
            /// What was measured.
            metrics: Number,
        }
    }
);

body!(
    /// How far a monitor has looked under one binding, and what it remembers. What it found stands beside this in the
    /// same statement, so that each event is watched once.
    MonitorMarked {
        have {
            /// The identity of the statement that bound it.
            binding: Digest,
            /// The log index of the record that it looks at next.
            next: u64,
            /// The root of what it remembers (docs/format.md).
            state: Digest,
            /// Events that it was shown since it was bound.
            shown: u64,
            /// Events that it failed on since then.
            faults: u64,
        }
        may {
            /// The position of the binding in its statement, if it is not 0.
            position: u32,
        }
    }
);

words!(
    /// How grave an alert or an incident is.
    Severity {
        /// To be known.
        Minor = "minor",
        /// To be looked at.
        Moderate = "moderate",
        /// To be acted on.
        Major = "major",
        /// To be acted on at once, and perhaps reported to an authority.
        Critical = "critical",
    }
);

body!(
    /// Something is not as it should be; what it is about is among the inputs.
    AlertRaised {
        have {
            /// How grave it is.
            severity: Severity,
            /// Who or what found it.
            monitor: Text,
            /// A stable code.
            code: Text,
            /// What was found.
            message: Text,
        }
        map {
            /// What was measured.
            metrics: Number,
        }
    }
);

body!(
    /// An alert is dealt with.
    AlertResolved {
        need {
            /// How.
            resolution,
        }
    }
);

body!(
    /// A model should be trained again.
    RetrainRequested {
        need {
            /// Why.
            reason,
        }
        may {
            /// The alert that led to it.
            alert: Subject,
        }
    }
);

body!(
    /// A serious incident (EU AI Act, article 73).
    IncidentReported {
        need {
            /// What happened.
            description,
        }
        have {
            /// How grave it is.
            severity: Severity,
        }
        may {
            /// When it became known.
            known_at: Timestamp,
            /// The authority that it was reported to.
            reported_to: Text,
        }
    }
);

words!(
    /// What became of a message to somebody outside.
    DeliveryOutcome {
        /// It was taken.
        Delivered = "delivered",
        /// It was given up.
        Dead = "dead",
    }
);

body!(
    /// A webhook was told of a record, or telling it was given up (docs/webhooks.md).
    NotificationRecorded {
        have {
            /// The webhook, as sagwan.toml names it.
            webhook: Text,
            /// The message's id, the same at every attempt.
            message: Text,
            /// The log index of the record that it was told of.
            record: u64,
            /// The position of the event in that record's statement.
            position: u64,
            /// The kind of that event.
            kind: Text,
            /// Delivered, or given up.
            outcome: DeliveryOutcome,
            /// How many attempts it took.
            attempts: u64,
        }
        may {
            /// The HTTP status of the last answer.
            status: u64,
            /// Why it was given up.
            reason: Text,
        }
    }
);
