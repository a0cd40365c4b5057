//! Where data came from and what ran on it.

use super::{ColumnLineage, body, words};
use crate::event::{Digest, Number, Subject, Text};
use serde::{Deserialize, Serialize};

words!(
    /// The type of a column.
    ColumnType {
        /// Whole numbers.
        Integer = "integer",
        /// Floating-point or decimal numbers.
        Float = "float",
        /// Truth values.
        Boolean = "boolean",
        /// A closed set of words.
        Category = "category",
        /// Any text.
        Text = "text",
        /// A date or a time.
        Time = "time",
        /// Anything else.
        Other = "other",
    }
);

/// One column of a dataset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: Text,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether values may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
}

/// What was counted in one column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnStatistics {
    /// The column.
    pub name: Text,
    /// How many values are missing.
    pub missing: u64,
    /// How many different values there are.
    pub distinct: u64,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    /// The arithmetic mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Number>,
    /// The standard deviation of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Number>,
}

/// What was counted in a dataset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// How many rows there are.
    pub rows: u64,
    /// Column by column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnStatistics>,
}

body!(
    /// A dataset version is known, with its origin and the right to use it.
    DatasetRegistered {
        need {
            /// Where it came from.
            source,
            /// What it was collected for.
            purpose,
            /// The legal basis of its use.
            legal_basis,
        }
        may {
            /// The digest of its content.
            digest: Digest,
            /// Its size in bytes.
            bytes: u64,
            /// Its licence, as SPDX writes it.
            licence: Text,
            /// What was counted in it.
            statistics: Statistics,
            /// How many people it is about (PIPA safety standards, article 8(1): access logs are kept for two years from
            /// 50,000 people on).
            data_subjects: u64,
        }
        list {
            /// Its columns.
            schema: Column,
            /// Which of its columns came from which columns of the event's inputs.
            column_lineage: ColumnLineage,
            /// The categories of personal data (GDPR, article 30(1)(c)).
            data_categories: Text,
            /// The categories of people that it is about (GDPR, article 30(1)(c)).
            subject_categories: Text,
            /// The third countries that it is transferred to (GDPR, article 30(1)(e)).
            transfers: Text,
        }
        flag {
            /// It holds personal data: reads are recorded as access.
            personal,
            /// It holds sensitive data or unique identifiers (GDPR, article 9; PIPA, articles 23 and 24).
            sensitive,
        }
    }
);

words!(
    /// How a check ended.
    CheckOutcome {
        /// As it should be.
        Pass = "pass",
        /// Doubtful.
        Warn = "warn",
        /// Not as it should be.
        Fail = "fail",
    }
);

/// One check and how it ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// A stable code.
    pub code: Text,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Text>,
}

body!(
    /// A dataset version was checked.
    DatasetValidated {
        have {
            /// The worst outcome.
            outcome: CheckOutcome,
        }
        list {
            /// The checks.
            checks: Check,
        }
    }
);

body!(
    /// A dataset version is used no longer.
    DatasetRetired {
        need {
            /// Why.
            reason,
        }
    }
);

/// A code version.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeVersion {
    /// The commit.
    pub commit: Text,
    /// The repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Text>,
    /// The working tree differed from the commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
}

words!(
    /// What started a run.
    Trigger {
        /// A person.
        Manual = "manual",
        /// A schedule.
        Schedule = "schedule",
        /// New data.
        NewData = "new-data",
        /// A fall in quality.
        Degradation = "degradation",
        /// A change of the data's distribution.
        Drift = "drift",
    }
);

body!(
    /// A run began.
    RunStarted {
        have {
            /// What started it.
            trigger: Trigger,
        }
        may {
            /// The experiment that it belongs to.
            experiment: Subject,
            /// What caused it: an alert, a request for retraining, another run.
            caused_by: Subject,
            /// The code version.
            code: CodeVersion,
            /// The runtime.
            runtime: Subject,
            /// The command line.
            command: Text,
        }
        map {
            /// Hyper-parameters.
            parameters: crate::event::Value,
        }
    }
);

body!(
    /// A run ended well.
    RunCompleted {
        may {
            /// How long it took, in milliseconds.
            duration_ms: u64,
            /// The code version.
            code: CodeVersion,
            /// The runtime.
            runtime: Subject,
        }
        list {
            /// Which columns of the event's outputs came from which columns of its inputs.
            column_lineage: ColumnLineage,
        }
        map {
            /// Hyper-parameters.
            parameters: crate::event::Value,
            /// What was measured.
            metrics: Number,
        }
    }
);

body!(
    /// A run ended badly.
    RunFailed {
        need {
            /// What went wrong.
            error,
        }
        may {
            /// The process's exit code.
            exit_code: i64,
            /// How long it took, in milliseconds.
            duration_ms: u64,
        }
    }
);

body!(
    /// A run was stopped.
    RunAborted {
        need {
            /// Why.
            reason,
        }
        may {
            /// How long it took, in milliseconds.
            duration_ms: u64,
        }
    }
);

/// The machine.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// The processor.
    pub cpu: Text,
    /// Its logical cores.
    pub cores: u32,
    /// Main memory in bytes.
    pub memory_bytes: u64,
    /// Accelerators by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accelerators: Vec<Text>,
}

/// A file by name and digest.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Its name.
    pub name: Text,
    /// The digest of its content.
    pub digest: Digest,
}

body!(
    /// What something ran on: libraries, image, hardware.
    RuntimeCaptured {
        may {
            /// The lock file of the libraries.
            lock_file: FileDigest,
            /// The digest of the container image.
            image: Digest,
            /// The machine.
            hardware: Hardware,
            /// The operating system and its version.
            os: Text,
            /// The language and its version.
            language: Text,
        }
        map {
            /// Libraries and their versions.
            libraries: Text,
            /// Anything else.
            details: crate::event::Value,
        }
    }
);
