//! `--input` and `--output`: a subject, and where its content is.

use super::{
    content::{self, Content},
    failure::{Done, Failure},
};
use crate::event::{Digest, Reference, Subject};
use std::path::PathBuf;

/// `SUBJECT`, `SUBJECT=sha256:HEX` or `SUBJECT=PATH`. (A subject whose name has a `=` must be written in a JSON event.)
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// The subject.
    pub subject: Subject,
    /// Where its content is.
    pub place: Place,
}

/// Where a subject's content is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Not said.
    Unsaid,
    /// It has this digest.
    Digest(Digest),
    /// A file or folder.
    Path(PathBuf),
}

impl std::str::FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (subject, place) = match text.split_once('=') {
            None => (text, Place::Unsaid),
            Some((_, "")) => return Err("nothing after the `=`: give a digest or a path, or leave the `=` out".into()),
            Some((subject, digest)) if digest.starts_with("sha256:") => {
                (subject, Place::Digest(digest.parse().map_err(|error| format!("{error}"))?))
            }
            Some((subject, path)) => (subject, Place::Path(path.into())),
        };
        let subject = subject.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { subject, place })
    }
}

impl Named {
    /// The content's digest and size, read from disk where a path was given.
    ///
    /// # Errors
    /// When the path cannot be read.
    pub fn content(&self) -> Done<(Option<Digest>, Option<Content>)> {
        match &self.place {
            Place::Unsaid => Ok((None, None)),
            Place::Digest(digest) => Ok((Some(*digest), None)),
            Place::Path(path) => {
                let content = content::of(path).map_err(|failure| failure.within(self.subject.as_str()))?;
                Ok((Some(content.digest), Some(content)))
            }
        }
    }

    /// The reference that an event holds.
    ///
    /// # Errors
    /// When the path cannot be read.
    pub fn reference(&self, external: &[Subject]) -> Done<Reference> {
        let (digest, _) = self.content()?;
        Ok(Reference { subject: self.subject.clone(), digest, external: external.contains(&self.subject) })
    }
}

/// The references of `--input` and `--output`; `--external` may only name subjects that stand among them.
///
/// # Errors
/// When a path cannot be read, or `external` names something else.
pub fn references(inputs: &[Named], outputs: &[Named], external: &[Subject]) -> Done<(Vec<Reference>, Vec<Reference>)> {
    let named = |subject: &Subject| inputs.iter().chain(outputs).any(|named| named.subject == *subject);
    if let Some(stray) = external.iter().find(|subject| !named(subject)) {
        return Err(Failure::usage(
            format!("--external {stray} is neither an input nor an output"),
            "name it also with --input or --output",
        ));
    }
    let all = |list: &[Named]| list.iter().map(|named| named.reference(external)).collect::<Done<Vec<_>>>();
    Ok((all(inputs)?, all(outputs)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms() {
        let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let place = |text: &str| text.parse::<Named>().unwrap().place;
        assert_eq!(place("dataset/a@1"), Place::Unsaid);
        assert_eq!(place(&format!("dataset/a@1={digest}")), Place::Digest(digest.parse().unwrap()));
        assert_eq!(place("dataset/a@1=x=y.csv"), Place::Path("x=y.csv".into()));
        for bad in ["", "a", "dataset/a=", "dataset/a=sha256:12", "thing/a", "=x"] {
            assert!(bad.parse::<Named>().is_err(), "{bad}");
        }
    }
}
