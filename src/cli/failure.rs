//! What can go wrong on the command line: a kind, which is the exit code, what happened, and what to do next.

use serde::Serialize;

/// The kinds of failure, each an exit code. The codes are part of the interface (docs/cli.md) and do not change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nobody reads stdout any more, as with `sagwan log | head`: the command ends, and that is well.
    Closed = 0,
    /// A fault of the program itself.
    Internal = 1,
    /// The command line or `sagwan.toml` is wrong.
    Usage = 2,
    /// Policy or the lifecycle refused it; a denial is recorded.
    Refused = 3,
    /// The input is not what the ledger takes.
    Invalid = 4,
    /// There is no such thing.
    NotFound = 5,
    /// A proof does not hold, or the ledger is damaged.
    Verification = 6,
    /// Another process has the ledger, or it is at its limit.
    Busy = 7,
    /// The disk or the operating system said no.
    Io = 8,
    /// The server cannot be reached, or failed.
    Remote = 9,
    /// A log contradicts what it signed: it forked, or was rolled back.
    Alarm = 10,
}

/// The exit codes, for `--help` and docs/cli.md.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a fault of the program itself
  2  the command line or sagwan.toml is wrong
  3  refused by policy or lifecycle; the refusal is recorded
  4  the input is not what the ledger takes
  5  not found
  6  a proof does not hold, or the ledger is damaged
  7  the ledger is locked by another process, or busy
  8  the disk or the operating system failed
  9  the server cannot be reached, or failed
  10  a watched log forked, or was rolled back
`exec` ends with the exit code of the command it ran (128 + signal when a signal ended it).";

/// Why a command did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Failure {
    /// The kind, which is the exit code.
    pub kind: Kind,
    /// One line: what happened.
    pub what: String,
    /// One line: what to do next.
    pub next: String,
    /// The reasons of a refusal, one a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The file that is wrong, and the line of it, where one can be named.
    #[serde(skip)]
    pub place: Option<Box<(String, Option<usize>)>>,
}

/// What a command gives back.
pub type Done<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of `kind`: what happened, and what to do next.
    pub fn new(kind: Kind, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { kind, what: what.into(), next: next.into(), reasons: Vec::new(), place: None }
    }

    /// The command line or the configuration is wrong.
    pub fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what, next)
    }

    /// The input is not what the ledger takes.
    pub fn invalid(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, what, next)
    }

    /// There is no such thing.
    pub fn not_found(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, what, next)
    }

    /// The operating system refused an action on a file.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::NotFound,
            // The path that was given is not one to write to.
            std::io::ErrorKind::AlreadyExists => Kind::Usage,
            // What was read as text is none.
            std::io::ErrorKind::InvalidData => Kind::Invalid,
            _ => Kind::Io,
        };
        let next = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "check who may read and write it",
            std::io::ErrorKind::AlreadyExists => "choose another name, or move the old file away",
            std::io::ErrorKind::InvalidData => "write it as text in UTF-8",
            std::io::ErrorKind::StorageFull => "free some space and try again",
            _ => "check the disk and try again",
        };
        Self::new(kind, format!("cannot {doing} {}: {error}", path.display()), next)
    }

    /// Something that must not happen did.
    pub fn fault(what: impl Into<String>) -> Self {
        Self::new(Kind::Internal, what, "report this fault, with what led to it")
    }

    /// The same failure, `what` set before what happened.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        self.what = format!("{place}: {}", self.what);
        self
    }

    /// The same failure, of a line of a file.
    #[must_use]
    pub fn at(mut self, file: Option<String>, line: Option<usize>) -> Self {
        self.place = file.map(|file| Box::new((file, line)));
        self
    }

    /// What happened, for which reasons, and what to do next, where there is one line for it.
    #[must_use]
    pub fn on_one_line(&self) -> String {
        let reasons = self.reasons.join("; ");
        let colon = if reasons.is_empty() { "" } else { ": " };
        format!("{}{colon}{reasons}; {}", self.what, self.next)
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.kind as u8
    }

    /// The shape that `--json` prints on stderr: `{"error": {code, kind, what, next, reasons?, file?, line?}}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut error = serde_json::json!({
            "code": self.code(), "kind": self.kind, "what": self.what, "next": self.next,
        });
        if let (false, Some(map)) = (self.reasons.is_empty(), error.as_object_mut()) {
            map.insert("reasons".into(), self.reasons.clone().into());
        }
        if let (Some(place), Some(map)) = (&self.place, error.as_object_mut()) {
            map.insert("file".into(), place.0.clone().into());
            place.1.into_iter().for_each(|line| {
                map.insert("line".into(), line.into());
            });
        }
        serde_json::json!({ "error": error })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.what, self.next)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        for kind in [
            Kind::Internal,
            Kind::Usage,
            Kind::Refused,
            Kind::Invalid,
            Kind::NotFound,
            Kind::Verification,
            Kind::Busy,
            Kind::Io,
            Kind::Remote,
            Kind::Alarm,
        ] {
            let line = format!("\n  {}  ", kind as u8);
            assert!(EXIT_CODES.contains(&line), "{kind:?} is not in the help");
        }
    }
}
