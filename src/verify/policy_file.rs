//! The file of a trust policy (C2SP tlog-policy): `log`, `witness`, `group` and `quorum` lines.

use super::{
    VerifyError,
    witnesses::{Group, Member, Witnesses},
};
use crate::{
    codec::note::{KeyType, NoteKey as _},
    crypto::NoteVerifier,
    event::limits::{WITNESS_POLICY_BYTES_MAX, WITNESS_POLICY_LINES_MAX},
};

impl Witnesses {
    /// Reads a policy file. Keys of other types than Ed25519 are refused: what cannot be verified must not be relied on.
    ///
    /// # Errors
    /// [`VerifyError::WitnessPolicy`], naming the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        let whole = |what: &str| VerifyError::WitnessPolicy { line: 0, what: what.to_owned() };
        if bytes.len() > WITNESS_POLICY_BYTES_MAX {
            return Err(whole(&format!("the file has more than {WITNESS_POLICY_BYTES_MAX} bytes")));
        }
        let body = bytes.strip_suffix(b"\n").ok_or_else(|| whole("the last line does not end in a line feed"))?;
        let mut reading = Reading::default();
        for (line, number) in body.split(|byte| *byte == b'\n').zip(1..) {
            reading.line(line).map_err(|what| VerifyError::WitnessPolicy { line: number, what })?;
        }
        let quorum =
            reading.quorum.ok_or_else(|| whole("there is no quorum line: write `quorum NAME`, or `quorum none`"))?;
        reading.policy.quorum = quorum;
        Ok(reading.policy)
    }

    /// The policy as a file, which [`Witnesses::parse`] reads, for those who verify.
    #[must_use]
    pub fn format(&self) -> String {
        let mut text = String::new();
        for log in &self.logs {
            text.push_str(&format!("log {}\n", log.vkey()));
        }
        for known in &self.known {
            text.push_str(&format!("witness {} {}\n", String::from_utf8_lossy(&known.name), known.key.vkey()));
        }
        for group in &self.groups {
            let members: Vec<_> = group.members.iter().map(|member| self.name(*member)).collect();
            text.push_str(&format!(
                "group {} {} {}\n",
                String::from_utf8_lossy(&group.name),
                group.needed,
                members.join(" ")
            ));
        }
        text.push_str(&format!(
            "quorum {}\n",
            self.quorum.map_or_else(|| "none".to_owned(), |quorum| self.name(quorum))
        ));
        text
    }

    /// The same policy for one log: a `log` line for each of its keys.
    #[must_use]
    pub fn for_log(mut self, keys: &super::LogKeys) -> Self {
        self.logs = keys.verifiers().to_vec();
        self
    }

    fn name(&self, member: Member) -> String {
        let name = match member {
            Member::Witness(place) => self.known.get(place).map(|known| &known.name),
            Member::Group(place) => self.groups.get(place).map(|group| &group.name),
        };
        String::from_utf8_lossy(name.map_or(&[][..], Vec::as_slice)).into_owned()
    }
}

/// A policy as far as it is read.
#[derive(Default)]
struct Reading {
    policy: Witnesses,
    names: Vec<(Vec<u8>, Member)>,
    /// Members of some group: a name may stand in one only.
    taken: Vec<Member>,
    quorum: Option<Option<Member>>,
}

impl Reading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
            return Err("a control character stands in it; only tabs are allowed".into());
        }
        let words: Vec<&[u8]> =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", vkey] | [b"log", vkey, _] => self.log(vkey),
            [b"witness", name, vkey] | [b"witness", name, vkey, _] => self.witness(name, vkey),
            [b"group", name, needed, members @ ..] => self.group(name, needed, members),
            [b"quorum", name] => self.set_quorum(name),
            _ => Err("it is none of `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME all|any|N NAME…`, `quorum NAME`".into()),
        }
    }

    fn log(&mut self, vkey: &[u8]) -> Result<(), String> {
        let key = key(vkey)?;
        if key.vkey().key_type() != KeyType::Ed25519 {
            return Err("it is the key of a witness, not of a log (type 01)".into());
        }
        if self.policy.logs.iter().any(|known| known.key() == key.key()) {
            return Err("this log's key stands twice".into());
        }
        self.policy.logs.push(key);
        bounded(self.policy.logs.len())
    }

    fn witness(&mut self, name: &[u8], vkey: &[u8]) -> Result<(), String> {
        self.check_new(name)?;
        let member = self.policy.add_witness(name.to_vec(), key(vkey)?, 0).map_err(|error| match error {
            VerifyError::WitnessPolicy { what, .. } => what,
            other => other.to_string(),
        })?;
        self.names.push((name.to_vec(), member));
        bounded(self.names.len())
    }

    fn group(&mut self, name: &[u8], needed: &[u8], members: &[&[u8]]) -> Result<(), String> {
        self.check_new(name)?;
        let mut found = Vec::with_capacity(members.len());
        for member in members {
            let member = self.find(member)?;
            if self.taken.contains(&member) {
                return Err("a member stands in a group already; each may in one, once".into());
            }
            self.taken.push(member);
            found.push(member);
        }
        let needed = match needed {
            b"all" => Some(found.len()),
            b"any" => Some(1),
            digits => std::str::from_utf8(digits)
                .ok()
                .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|text| text.parse().ok()),
        };
        let needed = needed.filter(|needed| (1..=found.len()).contains(needed));
        let needed =
            needed.ok_or("write all, any, or a number from 1 to that of the members, and at least one member")?;
        self.policy.groups.push(Group { name: name.to_vec(), needed, members: found });
        self.names.push((name.to_vec(), Member::Group(self.policy.groups.len() - 1)));
        bounded(self.names.len())
    }

    fn set_quorum(&mut self, name: &[u8]) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("a second quorum; there must be one".into());
        }
        self.quorum = Some(if name == b"none" { None } else { Some(self.find(name)?) });
        Ok(())
    }

    fn check_new(&self, name: &[u8]) -> Result<(), String> {
        if name == b"none" || self.names.iter().any(|(known, _)| known == name) {
            return Err(format!("the name {:?} is taken", String::from_utf8_lossy(name)));
        }
        Ok(())
    }

    fn find(&self, name: &[u8]) -> Result<Member, String> {
        let found = self.names.iter().find(|(known, _)| known == name);
        found
            .map(|(_, member)| *member)
            .ok_or_else(|| format!("{:?} is not defined on a line above", String::from_utf8_lossy(name)))
    }
}

fn key(vkey: &[u8]) -> Result<NoteVerifier, String> {
    let text = std::str::from_utf8(vkey).map_err(|_| "the verifier key is not text".to_owned())?;
    NoteVerifier::parse(text).map_err(|error| error.to_string())
}

fn bounded(count: usize) -> Result<(), String> {
    if count <= WITNESS_POLICY_LINES_MAX {
        Ok(())
    } else {
        Err(format!("more than {WITNESS_POLICY_LINES_MAX} of a kind"))
    }
}
