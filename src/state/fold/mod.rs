//! The fold: what a recorded event changes. Total: an event that was recorded although a rule would have refused it
//! (in *observe* or *warn*) changes what can still be changed and leaves the rest alone.

mod access;
mod ledger;
mod things;

use super::{Dataset, Did, EnvSet, Life, Plugin, Position, Run, RunStage, State, SubjectState, Version};
use crate::event::{ActorId, Body, Digest, Env, Event, Subject, SubjectKind};

impl State {
    /// Folds one recorded event, signed by `actor`'s key `kid`. Never refuses: see `decide` for what may be recorded.
    pub fn apply(&mut self, at: Position, actor: &ActorId, kid: &Digest, event: &Event) {
        let savepoint = self.savepoint();
        let _signed_by = kid;
        match &event.body {
            // What the log notes about its own work makes nothing known.
            Body::Seal(_) | Body::NotificationRecorded(_) => {}
            Body::Denial(denial) => self.fold_denial(at, denial),
            body => {
                self.touch(&event.subject, event.policy_env(), at.index, actor);
                self.fold_body(at, actor, event, body);
                self.fold_outputs(at, actor, event);
            }
        }
        self.commit(savepoint);
    }

    fn fold_body(&mut self, at: Position, actor: &ActorId, event: &Event, body: &Body) {
        let handled = self.fold_ledger(at, actor, event, body)
            || self.fold_access(at, actor, event, body)
            || self.fold_version(at, actor, event);
        if !handled {
            self.fold_thing(at, actor, event, body);
        }
    }

    /// Makes the subject known in the environment, if it is not.
    fn touch(&mut self, subject: &Subject, env: Env, index: u64, by: &ActorId) {
        match self.subjects.get(subject) {
            None => {
                let mut fresh = SubjectState::fresh(subject.kind(), index, by);
                fresh.envs.add(env);
                self.subjects.put(subject.clone(), fresh);
            }
            Some(known) if known.envs.has(env) => {}
            Some(_) => self.subjects.edit(subject, |known| known.envs.add(env)),
        }
    }

    /// Changes a subject that was made known before.
    fn change(&mut self, subject: &Subject, change: impl FnOnce(&mut Life)) {
        self.subjects.edit(subject, |state| change(&mut state.life));
    }

    /// A run brings forth its outputs, a deployment its deployments: they are known from then on, and whoever ran the
    /// run has made them. Outputs of other events are references like inputs.
    fn fold_outputs(&mut self, at: Position, actor: &ActorId, event: &Event) {
        if !brings_forth(&event.body) {
            return;
        }
        let starter = match self.subjects.get(&event.subject).map(|state| &state.life) {
            Some(Life::Run(run)) => run.started_by.clone(),
            _ => None,
        };
        for output in event.outputs.iter().filter(|output| !output.external) {
            self.touch(&output.subject, event.policy_env(), at.index, actor);
            let made = event.subject.kind() == SubjectKind::Run
                && matches!(output.subject.kind(), SubjectKind::Model | SubjectKind::Prompt);
            if made {
                self.note_trainers(&output.subject, [Some(actor.clone()), starter.clone()]);
            }
        }
    }

    fn note_trainers(&mut self, subject: &Subject, trainers: [Option<ActorId>; 2]) {
        self.change(subject, |life| {
            if let Life::Version(version) = life {
                trainers.iter().flatten().for_each(|trainer| version.note(trainer, Did::TRAINED));
            }
        });
    }
}

/// Whether the outputs of an event come into being by it: those of a run, and the deployments of a deployment.
#[must_use]
pub fn brings_forth(body: &Body) -> bool {
    matches!(
        body,
        Body::RunStarted(_)
            | Body::RunCompleted(_)
            | Body::RunFailed(_)
            | Body::RunAborted(_)
            | Body::ModelDeployed(_)
            | Body::PromptDeployed(_)
    )
}

impl SubjectState {
    fn fresh(kind: SubjectKind, first: u64, by: &ActorId) -> Self {
        let life = match kind {
            SubjectKind::Dataset => Life::Dataset(Box::new(Dataset {
                registered: None,
                digest: None,
                personal: false,
                validated: None,
                retired: EnvSet::default(),
            })),
            SubjectKind::Run => Life::Run(Box::new(Run { stage: RunStage::Known, started_by: None, ended_by: None })),
            SubjectKind::Model | SubjectKind::Prompt => Life::Version(Box::new(Version::new())),
            SubjectKind::Plugin => Life::Plugin(Box::new(Plugin { components: Vec::new() })),
            _ => Life::Known,
        };
        Self { first, by: by.clone(), envs: EnvSet::default(), life }
    }
}
