//! Which witnesses are relied on, and how many of them must have cosigned: C2SP tlog-policy, read, written and applied.

use super::{Head, LogKeys, VerifyError, verify_checkpoint};
use crate::{
    codec::{
        CodecError,
        note::{KeyType, Note, NoteKey as _},
    },
    crypto::NoteVerifier,
};

/// Who stands in a quorum: a witness or a group, by its place in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Witness(usize),
    Group(usize),
}

/// A named witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its name within the policy; any bytes but spaces.
    pub(super) name: Vec<u8>,
    pub(super) key: NoteVerifier,
}

/// A named group: met when `needed` of its members are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: Vec<u8>,
    pub(super) needed: usize,
    pub(super) members: Vec<Member>,
}

/// Which witnesses are trusted, and which of them must have cosigned a checkpoint (C2SP tlog-policy).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witnesses {
    /// Logs that the policy is for; none means any that is pinned otherwise.
    pub(super) logs: Vec<NoteVerifier>,
    pub(super) known: Vec<Named>,
    /// A group's members stand before it.
    pub(super) groups: Vec<Group>,
    /// `None` is `quorum none`.
    pub(super) quorum: Option<Member>,
}

/// A cosignature that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the witness's key.
    pub witness: String,
    /// When it was made, by the witness's clock: seconds since 1970.
    pub time: u64,
}

/// A checkpoint of a pinned log, with the cosignatures that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The tree head.
    pub head: Head,
    /// The good cosignatures of trusted witnesses, earliest first.
    pub by: Vec<Cosignature>,
    /// Whether they are those that the policy asks for.
    pub is_met: bool,
    /// By when the tree existed, if the witnesses' clocks are right: the time of the cosignature that completed the
    /// quorum; without a quorum the earliest.
    pub existed_by: Option<u64>,
}

impl Witnesses {
    /// Nobody is asked for: every checkpoint is as good as its log's signature.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// `needed` of the witnesses with these verifier keys, and in any case those marked as required. The names are those
    /// of the keys.
    ///
    /// # Errors
    /// [`VerifyError::WitnessPolicy`]: a key that is no witness's, one that stands twice, or more asked for than there are.
    pub fn of(witnesses: &[(NoteVerifier, bool)], needed: usize) -> Result<Self, VerifyError> {
        let mut policy = Self::none();
        let (mut required, mut others) = (Vec::new(), Vec::new());
        for (key, is_required) in witnesses {
            let member = policy.add_witness(key.vkey().name().as_bytes().to_vec(), key.clone(), 0)?;
            if *is_required { required.push(member) } else { others.push(member) }
        }
        if needed > witnesses.len() {
            let what = format!("{needed} witnesses are asked for and {} are named", witnesses.len());
            return Err(VerifyError::WitnessPolicy { line: 0, what });
        }
        let more = needed.saturating_sub(required.len());
        let mut parts = Vec::new();
        if !required.is_empty() {
            parts.push(policy.add_group("required", required.len(), required));
        }
        if more > 0 {
            parts.push(policy.add_group("others", more, others));
        }
        policy.quorum = match parts.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => Some(policy.add_group("all", parts.len(), parts)),
        };
        Ok(policy)
    }

    fn add_group(&mut self, name: &str, needed: usize, members: Vec<Member>) -> Member {
        let mut name = name.as_bytes().to_vec();
        // A witness may be called so; its name and a group's may not be the same.
        while self.known.iter().any(|known| known.name == name) {
            name.push(b'_');
        }
        self.groups.push(Group { name, needed, members });
        Member::Group(self.groups.len() - 1)
    }

    /// Adds a witness of the policy's line `line`; 0 where there is no file.
    pub(super) fn add_witness(&mut self, name: Vec<u8>, key: NoteVerifier, line: usize) -> Result<Member, VerifyError> {
        let wrong = |what: String| Err(VerifyError::WitnessPolicy { line, what });
        let vkey = key.vkey();
        if vkey.key_type() != KeyType::CosignatureEd25519 {
            return wrong(format!("{} is the key of a log, not of a witness (type 04)", vkey.name()));
        }
        // By the bytes of the key: under two names one witness would count twice.
        if self.known.iter().any(|known| known.key.key() == key.key()) {
            return wrong(format!("the key of {} stands twice", vkey.name()));
        }
        self.known.push(Named { name, key });
        Ok(Member::Witness(self.known.len() - 1))
    }

    /// The names of the trusted witnesses' keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|known| known.key.vkey().name())
    }

    /// The verifiers of the trusted witnesses.
    pub fn keys(&self) -> impl Iterator<Item = &NoteVerifier> {
        self.known.iter().map(|known| &known.key)
    }

    /// The logs that the policy names; empty when it is for any log.
    #[must_use]
    pub fn logs(&self) -> &[NoteVerifier] {
        &self.logs
    }

    /// Whether the witnesses at these places are enough.
    fn is_met(&self, by: &[usize]) -> bool {
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let met = group.members.iter().filter(|member| met(**member, by, &groups)).count();
            groups.push(met >= group.needed);
        }
        self.quorum.is_none_or(|quorum| met(quorum, by, &groups))
    }

    /// Verifies a signed checkpoint of a pinned log, and judges its cosignatures. Lines of witnesses that are not trusted
    /// are passed over; a wrong line of one that is refuses the whole note (C2SP signed-note).
    ///
    /// # Errors
    /// Those of [`verify_checkpoint`], and [`VerifyError::Cosignature`]. That too few cosigned is no error:
    /// [`Cosigned::is_met`].
    pub fn judge(&self, checkpoint: &[u8], keys: &LogKeys) -> Result<Cosigned, VerifyError> {
        let head = verify_checkpoint(checkpoint, keys)?;
        let wrong = |error| VerifyError::Cosignature { error };
        let note = Note::parse(checkpoint).map_err(wrong)?;
        if !self.logs.is_empty() {
            note.verify(&self.logs).map_err(|_| VerifyError::NotThePolicysLog { origin: keys.origin().to_owned() })?;
        }
        let trusted: Vec<NoteVerifier> = self.keys().cloned().collect();
        let mut good = match note.verify(&trusted) {
            Ok(good) => good,
            Err(CodecError::Unverified) => Vec::new(),
            Err(error) => return Err(wrong(error)),
        };
        good.sort_by_key(|verified| verified.time);
        let mut so_far = Vec::with_capacity(good.len());
        let mut existed_by = if self.quorum.is_none() { good.first().and_then(|first| first.time) } else { None };
        for verified in &good {
            so_far.push(verified.key);
            if existed_by.is_none() && self.is_met(&so_far) {
                existed_by = verified.time;
            }
        }
        let cosignature = |verified: &crate::codec::note::Verified| {
            let witness = self.known.get(verified.key)?.key.vkey().name().to_owned();
            Some(Cosignature { witness, time: verified.time? })
        };
        let by = good.iter().filter_map(cosignature).collect();
        Ok(Cosigned { head, by, is_met: self.is_met(&so_far), existed_by })
    }
}

fn met(member: Member, by: &[usize], groups: &[bool]) -> bool {
    match member {
        Member::Witness(place) => by.contains(&place),
        Member::Group(place) => groups.get(place).copied().unwrap_or(false),
    }
}

impl Cosigned {
    /// Refuses a checkpoint on which the policy's witnesses are not.
    ///
    /// # Errors
    /// [`VerifyError::Quorum`].
    pub fn require(self) -> Result<Self, VerifyError> {
        if self.is_met {
            return Ok(self);
        }
        let by = self.by.into_iter().map(|cosignature| cosignature.witness).collect();
        Err(VerifyError::Quorum { size: self.head.size, by })
    }
}
