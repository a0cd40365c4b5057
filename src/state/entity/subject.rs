//! Subjects and where they stand.

use super::{EnvSet, Grant, Version};
use crate::{
    event::{
        ActorId, Digest, Env, Text,
        body::{CheckOutcome, PluginWorld},
    },
    state::cell::{Cell, cells},
};

/// A subject that a record is about or brought forth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectState {
    /// The log index of the first such record.
    pub first: u64,
    /// Who signed it.
    pub by: ActorId,
    /// The environments of such records; what holds in the whole ledger counts as `prod`.
    pub envs: EnvSet,
    /// Where it stands.
    pub life: Life,
}

/// Where a subject stands, by its kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Life {
    /// Known; nothing more is remembered about subjects of its kind, or nothing has been said yet.
    Known,
    /// A dataset version.
    Dataset(Box<Dataset>),
    /// A run.
    Run(Box<Run>),
    /// A model version or a prompt version.
    Version(Box<Version>),
    /// A grant.
    Grant(Box<Grant>),
    /// An alert; the flag says that it is resolved.
    Alert(bool),
    /// A plugin.
    Plugin(Box<Plugin>),
}

cells!(
    /// A component of a plugin.
    Published {
        /// Its digest.
        component: Digest,
        /// Its world.
        world: PluginWorld,
        /// What it can do: the interfaces that it imports.
        capabilities: Vec<Text>,
        /// Who published it.
        by: ActorId,
    }
);

cells!(
    /// A dataset version.
    Dataset {
        /// The log index at which it was registered.
        registered: Option<u64>,
        /// The digest of its content, as registered.
        digest: Option<Digest>,
        /// It holds personal data.
        personal: bool,
        /// How its last validation ended.
        validated: Option<CheckOutcome>,
        /// Where it is used no longer.
        retired: EnvSet,
    }
);

cells!(
    /// A run.
    Run {
        /// Where it stands.
        stage: RunStage,
        /// Who started it.
        started_by: Option<ActorId>,
        /// Who recorded its end.
        ended_by: Option<ActorId>,
    }
);

/// Where a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunStage {
    /// Known through records about it; nobody recorded its start.
    Known,
    /// Running.
    Started,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Stopped.
    Aborted,
}

cells!(
    /// A plugin.
    Plugin {
        /// Its components.
        components: Vec<Published>,
    }
);

impl RunStage {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

impl SubjectState {
    /// Whether it holds personal data.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        matches!(&self.life, Life::Dataset(dataset) if dataset.personal)
    }

    /// The version, when it is a model's or a prompt's.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        match &self.life {
            Life::Version(version) => Some(version),
            _ => None,
        }
    }

    /// The digest of its content, where a registration gave one.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match &self.life {
            Life::Version(version) => version.digest,
            Life::Dataset(dataset) => dataset.digest,
            _ => None,
        }
    }

    /// The word for where it stands, for people and for JSON.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        match &self.life {
            Life::Known => "known",
            Life::Dataset(dataset) => match (dataset.registered, dataset.validated) {
                _ if dataset.retired != EnvSet::default() => "retired",
                (None, _) => "known",
                (Some(_), None) => "registered",
                (Some(_), Some(CheckOutcome::Fail)) => "failed-validation",
                (Some(_), Some(_)) => "validated",
            },
            Life::Run(run) => run.stage.as_str(),
            Life::Version(version) => version.stage(),
            Life::Grant(grant) if grant.revoked.is_some() => "revoked",
            Life::Grant(grant) if grant.terms.is_empty() => "requested",
            Life::Grant(_) => "granted",
            Life::Alert(false) => "raised",
            Life::Alert(true) => "resolved",
            Life::Plugin(_) => "published",
        }
    }
}

impl Version {
    /// The word for the furthest that the version has come.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        let any = |set: EnvSet| set != EnvSet::default();
        match self {
            _ if self.retired.has(Env::Prod) => "retired",
            _ if any(self.deployed) => "deployed",
            _ if any(self.promoted) => "promoted",
            _ if any(self.retired) => "retired",
            _ if any(self.approved) => "approved",
            _ if self.evaluated.is_some() => "evaluated",
            _ if self.registered.is_some() => "registered",
            _ => "known",
        }
    }
}

/// Declares how the words of a closed list stand in a cell: as their position.
macro_rules! word_cells {
    ($name:ident: $($word:ident),*) => {
        impl Cell for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let position = [$(Self::$word),*].iter().position(|word| word == self);
                out.push(position.and_then(|position| u8::try_from(position).ok()).unwrap_or(u8::MAX));
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                [$(Self::$word),*].get(usize::from(u8::read(bytes)?)).copied()
            }
        }
    };
}

word_cells!(RunStage: Known, Started, Completed, Failed, Aborted);

impl Cell for (Digest, ActorId) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((Digest::read(bytes)?, ActorId::read(bytes)?))
    }
}

impl Cell for SubjectState {
    fn write(&self, out: &mut Vec<u8>) {
        self.first.write(out);
        self.by.write(out);
        self.envs.write(out);
        match &self.life {
            Life::Known => out.push(0),
            Life::Dataset(life) => tagged(1, life, out),
            Life::Run(life) => tagged(2, life, out),
            Life::Version(life) => tagged(3, life, out),
            Life::Grant(life) => tagged(4, life, out),
            Life::Alert(resolved) => tagged(5, resolved, out),
            Life::Plugin(life) => tagged(6, life, out),
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let first = u64::read(bytes)?;
        let by = ActorId::read(bytes)?;
        let envs = EnvSet::read(bytes)?;
        let life = match u8::read(bytes)? {
            0 => Life::Known,
            1 => Life::Dataset(Cell::read(bytes)?),
            2 => Life::Run(Cell::read(bytes)?),
            3 => Life::Version(Cell::read(bytes)?),
            4 => Life::Grant(Cell::read(bytes)?),
            5 => Life::Alert(Cell::read(bytes)?),
            6 => Life::Plugin(Cell::read(bytes)?),
            _ => return None,
        };
        Some(Self { first, by, envs, life })
    }
}

fn tagged<T: Cell>(tag: u8, life: &T, out: &mut Vec<u8>) {
    out.push(tag);
    life.write(out);
}
