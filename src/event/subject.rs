//! Subjects: the things that events are about.

use super::{
    EventError,
    ids::{Parse, clip},
    limits,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, marker::PhantomData, str::FromStr, sync::Arc};

macro_rules! subject_kinds {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// The kinds of subject; each is also an object type of the policy.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum SubjectKind { $(#[doc = $doc] $variant,)* }

        impl SubjectKind {
            /// All of them, in the order of the design.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word before the slash.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            fn of(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

subject_kinds! {
    System = "system", "An AI system: intended purpose, risk class.";
    Dataset = "dataset", "Data, of one version.";
    Job = "job", "What is run again and again.";
    Run = "run", "One run of a job or an experiment.";
    Experiment = "experiment", "Runs that belong together.";
    Code = "code", "A code version.";
    Model = "model", "A model version.";
    Prompt = "prompt", "A prompt version.";
    Deployment = "deployment", "A model or prompt that serves.";
    Runtime = "runtime", "Libraries, image and hardware.";
    Document = "document", "A filed document.";
    Requirement = "requirement", "What the business asks for.";
    Policy = "policy", "A policy bundle.";
    Plugin = "plugin", "A plugin.";
    Grant = "grant", "A right of access, given for a time.";
    Actor = "actor", "A person or a service.";
    Alert = "alert", "What monitoring found.";
    Incident = "incident", "A serious incident.";
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `kind/name[@version]`, ASCII, at most [`limits::SUBJECT_BYTES_MAX`] bytes. The name has no empty, `.` or `..`
/// segment between its slashes; other characters than `A–Z a–z 0–9 - _ . ~ : % + = , /` are percent-encoded by
/// whoever names the thing. A clone shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Subject {
    text: Arc<str>,
    kind: SubjectKind,
}

impl Subject {
    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where its text is in memory, for as long as it or a clone of it lives: the same for clones, and for nothing else.
    #[must_use]
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.text).addr()
    }

    /// The word before the slash.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        self.kind
    }

    /// What stands between the kind and the version.
    #[must_use]
    pub fn name(&self) -> &str {
        let rest = self.text.split_once('/').map_or("", |(_, rest)| rest);
        rest.rsplit_once('@').map_or(rest, |(name, _)| name)
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.text.rsplit_once('@').map(|(_, version)| version)
    }

    /// The subject `kind/rest`.
    ///
    /// # Errors
    /// When the text is not of the grammar.
    pub fn new(kind: SubjectKind, rest: &str) -> Result<Self, EventError> {
        format!("{kind}/{rest}").parse()
    }
}

impl FromStr for Subject {
    type Err = EventError;

    fn from_str(text: &str) -> Result<Self, EventError> {
        let bad = |why| EventError::Subject { given: clip(text), why };
        if text.len() > limits::SUBJECT_BYTES_MAX {
            return Err(bad("longer than 256 bytes"));
        }
        let (kind, rest) = text.split_once('/').ok_or_else(|| bad("no slash after the kind"))?;
        let kind = SubjectKind::of(kind).ok_or_else(|| bad("unknown kind before the slash"))?;
        let (name, version) = match rest.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (rest, None),
        };
        if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(bad("an empty, `.` or `..` segment in the name"));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:%+=,".contains(&b);
        if !name.bytes().all(|b| allowed(b) || b == b'/') {
            return Err(bad("a character outside A-Z a-z 0-9 - _ . ~ : % + = , / (percent-encode it)"));
        }
        if version.is_some_and(|version| version.is_empty() || !version.bytes().all(allowed)) {
            return Err(bad("an empty version, or one with a character that a version may not have"));
        }
        Ok(Self { text: text.into(), kind })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Parse(PhantomData))
    }
}
