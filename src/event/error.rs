//! What can be wrong with an event by itself: each message names the field, the rule and the remedy.

use super::{Kind, Subject};

/// Why a text or an event is not of the vocabulary.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are what the messages print")]
pub enum EventError {
    /// Not `sha256:` and 64 hexadecimal digits.
    Digest { given: String },
    /// Not 32 bytes.
    DigestLength { length: usize },
    /// Not RFC 3339, or before 1970 or after 9999.
    Timestamp { given: String },
    /// Not `dev`, `staging` or `prod`.
    Env { given: String },
    /// Not `user:…` or `service:…`.
    Actor { given: String },
    /// Not `role:…`.
    Role { given: String },
    /// Empty, too long, or with control characters.
    Text { given: String },
    /// Not `kind/name[@version]`.
    Subject { given: String, why: &'static str },
    /// Unknown outside `x.`.
    Kind { given: String },
    /// An environment is needed.
    EnvMissing { kind: Kind },
    /// No environment may be given.
    EnvGiven { kind: Kind },
    /// The kind cannot be about such a subject.
    SubjectKind { kind: Kind, subject: Subject, wanted: String },
    /// A list beyond its limit.
    TooMany { field: &'static str, count: usize, limit: usize },
    /// A commitment's path that is no pointer into body or facets.
    Path { given: String },
    /// Two commitments for one path.
    PathTwice { path: String },
    /// A field that is committed to and present all the same.
    CommittedAndPresent { path: String },
    /// A commitment to something that the event cannot have left out.
    PathUnknown { path: String, kind: Kind },
    /// A field that must be present or committed.
    Missing { kind: Kind, field: &'static str },
    /// The body of an extension that is not a map.
    BodyNotMap { kind: Kind },
    /// A name in an open map (a facet, a parameter, a metric) that cannot be shown.
    Name { given: String },
    /// Not `ds-` and 26 letters of base32.
    DataSubject { given: String },
    /// A column of a subject that the event does not mention where it must.
    ColumnSubject { subject: Subject, wanted: &'static str },
}

impl EventError {
    /// A stable name for programs, such as `env-missing`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Digest { .. } | Self::DigestLength { .. } => "digest",
            Self::Timestamp { .. } => "time",
            Self::Env { .. } => "env",
            Self::Actor { .. } => "actor",
            Self::Role { .. } => "role",
            Self::Text { .. } => "text",
            Self::Subject { .. } => "subject",
            Self::Kind { .. } => "kind",
            Self::EnvMissing { .. } => "env-missing",
            Self::EnvGiven { .. } => "env-given",
            Self::SubjectKind { .. } => "subject-kind",
            Self::TooMany { .. } => "too-many",
            Self::Path { .. } => "commitment-path",
            Self::PathTwice { .. } => "commitment-twice",
            Self::CommittedAndPresent { .. } => "committed-and-present",
            Self::PathUnknown { .. } => "commitment-unknown",
            Self::Missing { .. } => "missing-or-uncommitted",
            Self::BodyNotMap { .. } => "body-not-map",
            Self::Name { .. } => "name",
            Self::DataSubject { .. } => "data-subject",
            Self::ColumnSubject { .. } => "column-subject",
        }
    }
}

impl std::error::Error for EventError {}

impl std::fmt::Display for EventError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Digest { given } => {
                write!(f, "digest {given:?}: write `sha256:` and 64 lower-case hexadecimal digits")
            }
            Self::DigestLength { length } => write!(f, "digest of {length} bytes: a SHA-256 digest has 32"),
            Self::Timestamp { given } => {
                write!(f, "time {given:?}: write RFC 3339, such as 2026-01-31T09:00:00Z, from 1970 to 9999")
            }
            Self::Env { given } => write!(f, "environment {given:?}: one of dev, staging, prod"),
            Self::Actor { given } => write!(
                f,
                "actor {given:?}: write `user:NAME` or `service:NAME`, at most 80 bytes, NAME of A-Z a-z 0-9 - _ ."
            ),
            Self::Role { given } => {
                write!(f, "role {given:?}: write `role:NAME`, at most 64 bytes, NAME of A-Z a-z 0-9 - _ .")
            }
            Self::Text { given } => {
                write!(f, "text {given:?}: must not be empty, longer than 4,096 bytes, or hold control characters")
            }
            Self::Subject { given, why } => {
                write!(f, "subject {given:?}: {why}; write `kind/name` or `kind/name@version`")
            }
            Self::Kind { given } => {
                write!(f, "kind {given:?} is unknown: see docs/events.md, or use `x.<vendor>.<name>` in lower case")
            }
            Self::EnvMissing { kind } => write!(f, "{kind} needs `env`: one of dev, staging, prod"),
            Self::EnvGiven { kind } => write!(f, "{kind} holds in the whole ledger: leave `env` out"),
            Self::SubjectKind { kind, subject, wanted } => {
                write!(f, "{kind} cannot be about {subject}: its subject is one of {wanted}")
            }
            Self::TooMany { field, count, limit } => {
                write!(f, "{field} has {count} entries, the limit is {limit}: split the event in two")
            }
            Self::Path { given } => {
                write!(f, "commitment path {given:?}: a JSON pointer below /body/ or /facets/, at most 256 bytes")
            }
            Self::PathTwice { path } => write!(f, "commitment path {path:?} stands twice: commit to a field once"),
            Self::CommittedAndPresent { path } => {
                write!(f, "{path:?} is committed to and present: leave the value out of the event")
            }
            Self::PathUnknown { path, kind } => write!(
                f,
                "commitment path {path:?}: {kind} has no such field, or it lies inside a list or a text; commit to the \
                 whole field"
            ),
            Self::Missing { kind, field } => {
                write!(f, "{kind} needs body.{field}: give it, or commit to it with `--commit /body/{field}`")
            }
            Self::BodyNotMap { kind } => write!(f, "the body of {kind} is no map: put what it says under names"),
            Self::Name { given } => {
                write!(f, "name {given:?}: must not be empty, longer than 256 bytes, or hold control characters")
            }
            Self::ColumnSubject { subject, wanted } => write!(
                f,
                "column_lineage names a column of {subject}, which is not among the event's {wanted}: add it there"
            ),
            Self::DataSubject { given } => write!(
                f,
                "data subject {given:?}: write its pseudonym, `ds-` and 26 characters of a-z 2-7, never a name or number"
            ),
        }
    }
}
