//! Who may touch what, until when, for what; and who did. The fields of `access.used` are those that the Korean PIPA
//! safety standards, article 8(1), ask for: account, time, origin, data subject handled, task.

use super::body;
use crate::event::{ActorId, DataSubject, Subject, Text, Timestamp};

body!(
    /// An actor asks for access to the event's inputs.
    AccessRequested {
        need {
            /// Why it is needed.
            reason,
        }
        have {
            /// A word of the policy's purposes.
            purpose: Text,
            /// The grant should hold while `t < until`.
            until: Timestamp,
        }
        list {
            /// The actions asked for; none means `use`.
            actions: Text,
        }
    }
);

body!(
    /// An actor may act on the event's inputs, for a purpose, for a time.
    AccessGranted {
        have {
            /// Who may.
            to: ActorId,
            /// A word of the policy's purposes.
            purpose: Text,
            /// The grant holds while `t < until`.
            until: Timestamp,
        }
        may {
            /// Why.
            reason: Text,
        }
        list {
            /// The actions granted; none means `use`.
            actions: Text,
        }
    }
);

body!(
    /// A grant's time or purpose changes.
    AccessChanged {
        have {
            /// The grant holds while `t < until`.
            until: Timestamp,
            /// Why.
            reason: Text,
        }
        may {
            /// A word of the policy's purposes.
            purpose: Text,
        }
    }
);

body!(
    /// A grant ends now.
    AccessRevoked {
        need {
            /// Why.
            reason,
        }
    }
);

body!(
    /// The event's subject was used, under a grant or because the policy's own rules allow it.
    AccessUsed {
        need {
            /// The account that acted.
            account,
            /// From where; committed as a rule.
            origin,
            /// What was done with it.
            task,
        }
        have {
            /// A word of the policy's purposes.
            purpose: Text,
        }
        may {
            /// The grant under which it was used; absent when the policy's own rules allow it.
            grant: Subject,
            /// The random pseudonym of the data subject whose data was handled; the vault resolves it.
            data_subject: DataSubject,
            /// How many records were handled.
            records: u64,
        }
        flag {
            /// The records were downloaded; a review checks the reason (PIPA safety standards, article 8(2)).
            download,
        }
    }
);

body!(
    /// Grants or uses were reviewed over a period.
    AccessReviewed {
        have {
            /// The period's beginning.
            from: Timestamp,
            /// The period's end.
            to: Timestamp,
            /// What was found.
            findings: Text,
        }
        may {
            /// How many grants or uses were looked at.
            reviewed: u64,
        }
        flag {
            /// The reasons for downloads were checked (PIPA safety standards, article 8(2)).
            downloads_checked,
        }
    }
);

body!(
    /// An actor grants himself access in an emergency; a review is owed.
    BreakglassOpened {
        need {
            /// The emergency.
            reason,
        }
        have {
            /// The ticket that tells the story.
            ticket: Text,
            /// A word of the policy's purposes.
            purpose: Text,
            /// The grant holds while `t < until`, at most a day.
            until: Timestamp,
        }
    }
);

body!(
    /// A different officer reviewed a break-glass grant.
    BreakglassReviewed {
        have {
            /// What was found.
            findings: Text,
        }
        flag {
            /// The emergency justified it.
            justified,
        }
    }
);
