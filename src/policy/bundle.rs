//! A bundle: the files of one policy, as bytes, addressed by digest.

use super::error::{PolicyError, refuse_file};
use super::{constraints, model, rows, stages, text, vocabulary};
use crate::codec::cbor::{
    Map,
    reader::{Reader, major},
    write,
};
use crate::event::{Digest, limits};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The folder of the rule files, one owner a file.
pub(super) const RULES: &str = "rules/";

/// The files of one policy. It may still say nonsense: [`super::Policy::load`] finds out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

/// Whether a file of a policy folder is part of the bundle. Tests, golden files and read-me files stand beside the
/// policy, and changing them does not change the policy.
#[must_use]
pub fn is_part(name: &str) -> bool {
    let owner = name.strip_prefix(RULES).and_then(|rest| rest.strip_suffix(".csv"));
    owner.is_some_and(text::is_word) || REQUIRED.contains(&name)
}

/// The files that every bundle has; `rules/*.csv` come on top.
const REQUIRED: [&str; 5] = [vocabulary::FILE, model::FILE, rows::DENY_FILE, constraints::FILE, stages::FILE];

macro_rules! embedded {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../policies/", $name)))),*] };
}

/// The default bundle of this version.
const EMBEDDED: [(&str, &str); 11] = embedded! {
    "vocabulary.toml" "model.conf" "deny.csv" "constraints.toml" "stages.toml"
    "rules/business.csv" "rules/data-engineering.csv" "rules/data-science.csv" "rules/governance.csv"
    "rules/ml-engineering.csv" "rules/platform.csv"
};

impl Bundle {
    /// A bundle of these files.
    ///
    /// # Errors
    /// When a file is missing, unknown, or beyond the limits of count and size.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, PolicyError> {
        if files.len() > limits::POLICY_FILES_MAX {
            let reason = format!("{} files, the limit is {}", files.len(), limits::POLICY_FILES_MAX);
            return Err(refuse_file("", reason, "join rule files"));
        }
        if let Some(name) = files.keys().find(|name| !is_part(name)) {
            let shown: String = name.chars().take(80).collect();
            let remedy = "a bundle has vocabulary.toml, model.conf, deny.csv, constraints.toml, stages.toml and rules/<owner>.csv";
            return Err(refuse_file("", format!("unknown file {shown:?}"), remedy));
        }
        if let Some(name) = REQUIRED.iter().find(|name| !files.contains_key(**name)) {
            let remedy = format!("add `{name}`; the default bundle in policies/ has one to start from");
            return Err(refuse_file("", format!("the file `{name}` is missing"), remedy));
        }
        let size: usize = files.values().map(Vec::len).sum();
        if size > limits::POLICY_BUNDLE_BYTES_MAX {
            let reason = format!("{size} bytes, the limit is {}", limits::POLICY_BUNDLE_BYTES_MAX);
            return Err(refuse_file("", reason, "use `kind/*` patterns or fewer roles"));
        }
        Ok(Self { files })
    }

    /// The default bundle: the folder `policies/` as it was when this program was built.
    #[must_use]
    pub fn embedded() -> Self {
        let files = EMBEDDED.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        Self { files: files.collect() }
    }

    /// The files by name.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// The canonical bytes: a deterministic CBOR map (RFC 8949 section 4.2.1) from file name (text) to content (byte
    /// string).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries: Vec<_> = self.files.iter().collect();
        // WHY: deterministic CBOR sorts keys by their encoded bytes, and the head of a text begins with its length.
        entries.sort_by_key(|(name, _)| (name.len(), *name));
        let mut bytes = Vec::new();
        write::head(&mut bytes, major::MAP, entries.len() as u64);
        for (name, content) in entries {
            write::text(&mut bytes, name);
            write::bytes(&mut bytes, content);
        }
        bytes
    }

    /// Reads canonical bytes back; any other spelling of the same bundle is refused.
    ///
    /// # Errors
    /// When the bytes are not what [`Self::to_bytes`] makes, or not a bundle.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PolicyError> {
        let bad = || refuse_file("", "not the canonical bytes of a policy bundle", "take them from the ledger's blobs");
        if bytes.len() > limits::POLICY_BUNDLE_BYTES_MAX * 2 {
            return Err(bad());
        }
        // Deterministic CBOR has one spelling of a map, so one bundle has one digest.
        let entries = Map::parse(bytes).map_err(|_| bad())?;
        let mut files = BTreeMap::new();
        for (name, content) in entries.iter() {
            let mut content = Reader::new(content);
            let bytes = content.bytes().map_err(|_| bad())?.to_vec();
            files.insert(name.to_owned(), bytes);
        }
        Self::from_files(files)
    }

    /// The policy digest: SHA-256 of the canonical bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.to_bytes()).into())
    }
}
