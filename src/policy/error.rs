//! Why a bundle is refused: file, line, reason, remedy.

use std::fmt;

/// Why a policy bundle does not load. Nothing of a refused bundle reaches casbin, and the policy in force stays.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file of the bundle says something that is not allowed, or that casbin would read differently from a reader.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// casbin itself failed on rows that the loader had accepted.
    #[error("casbin failed while compiling the policy: {detail}; report this bundle as a bug of the loader")]
    Engine {
        /// What casbin said.
        detail: String,
    },
}

/// One thing wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file's name in the bundle; empty when the bundle as a whole is wrong.
    pub file: String,
    /// The line, counted from 1, where one line can be named.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
    /// What to do next.
    pub remedy: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => f.write_str("policy bundle")?,
            (file, None) => f.write_str(file)?,
            (file, Some(line)) => write!(f, "{file}:{line}")?,
        }
        write!(f, ": {}; {}", self.reason, self.remedy)
    }
}

/// A refusal of one line.
pub(super) fn refuse(file: &str, line: usize, reason: impl Into<String>, remedy: impl Into<String>) -> PolicyError {
    refusal(file, Some(line), reason.into(), remedy.into())
}

/// A refusal of a whole file, or of the bundle when `file` is empty.
pub(super) fn refuse_file(file: &str, reason: impl Into<String>, remedy: impl Into<String>) -> PolicyError {
    refusal(file, None, reason.into(), remedy.into())
}

fn refusal(file: &str, line: Option<usize>, reason: String, remedy: String) -> PolicyError {
    PolicyError::Refused(Box::new(Refusal { file: file.to_owned(), line, reason, remedy }))
}
