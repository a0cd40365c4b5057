//! Datasets, runs, alerts, and versions of models and prompts.

use crate::{
    event::{ActorId, Body, Env, Event, Subject, SubjectKind, body::CheckOutcome},
    state::{Did, Life, Position, RunStage, State, Version, lifecycle::Step},
};

impl State {
    pub(super) fn fold_thing(&mut self, at: Position, actor: &ActorId, event: &Event, body: &Body) {
        let ended = |stage| {
            move |life: &mut Life, actor: &ActorId| {
                if let Life::Run(run) = life
                    && matches!(run.stage, RunStage::Known | RunStage::Started)
                {
                    run.stage = stage;
                    run.ended_by = Some(actor.clone());
                }
            }
        };
        match body {
            Body::DatasetRegistered(_) | Body::DatasetValidated(_) | Body::DatasetRetired(_) => {
                self.fold_dataset(at, event, body);
            }
            Body::RunStarted(_) => self.change(&event.subject, |life| {
                if let Life::Run(run) = life {
                    run.started_by = run.started_by.take().or_else(|| Some(actor.clone()));
                    if run.stage == RunStage::Known {
                        run.stage = RunStage::Started;
                    }
                }
            }),
            Body::RunCompleted(_) => {
                self.change(&event.subject, |life| ended(RunStage::Completed)(life, actor));
            }
            Body::RunFailed(_) => self.change(&event.subject, |life| ended(RunStage::Failed)(life, actor)),
            Body::RunAborted(_) => self.change(&event.subject, |life| ended(RunStage::Aborted)(life, actor)),
            Body::AlertRaised(_) => self.change(&event.subject, |life| {
                if *life == Life::Known {
                    *life = Life::Alert(false);
                }
            }),
            Body::AlertResolved(_) => self.change(&event.subject, |life| *life = Life::Alert(true)),
            _ => {}
        }
    }

    fn fold_dataset(&mut self, at: Position, event: &Event, body: &Body) {
        if let Body::DatasetRegistered(body) = body
            && body.personal
        {
            self.marked_personal.insert(event.subject.clone());
        }
        self.change(&event.subject, |life| {
            let Life::Dataset(dataset) = life else { return };
            if let Body::DatasetRegistered(body) = body {
                // Once personal, always personal: a second registration may say so, and may not take it back.
                dataset.personal |= body.personal;
            }
            let registers = matches!(body, Body::DatasetRegistered(_)) || event.imported;
            if registers && dataset.registered.is_none() {
                dataset.registered = Some(at.index);
                if let Body::DatasetRegistered(body) = body {
                    dataset.digest = body.digest;
                }
            }
            match body {
                Body::DatasetValidated(body) if dataset.registered.is_some() => dataset.validated = Some(body.outcome),
                Body::DatasetRetired(_) => dataset.retired.add_up_to(event.policy_env()),
                _ => {}
            }
        });
    }

    /// Whether the event was a step in the life of a model version or a prompt version.
    pub(super) fn fold_version(&mut self, at: Position, actor: &ActorId, event: &Event) -> bool {
        let Some(step) = Step::of(&event.body) else { return false };
        let env = event.policy_env();
        if step == Step::Registered {
            self.note_runs(event);
        }
        let to = match &event.body {
            Body::ModelRolledBack(body) => Some(&body.to),
            Body::PromptRolledBack(body) => Some(&body.to),
            _ => None,
        };
        self.change(&event.subject, |life| {
            if let Life::Version(version) = life {
                version.fold(step, at, actor, event, env);
            }
        });
        if let Some(to) = to.filter(|to| self.subject(to).and_then(|state| state.version()).is_some()) {
            self.change(to, |life| {
                if let Life::Version(version) = life
                    && version.promoted.has(env)
                    && !version.retired.has(env)
                {
                    version.deployed.add(env);
                }
            });
        }
        true
    }

    /// Whoever started or ended a run that is an input of the registration has trained the model.
    fn note_runs(&mut self, event: &Event) {
        let runs: Vec<&Subject> =
            event.inputs.iter().map(|input| &input.subject).filter(|input| input.kind() == SubjectKind::Run).collect();
        for run in runs {
            if let Some(Life::Run(run)) = self.subjects.get(run).map(|state| &state.life) {
                let trainers = [run.started_by.clone(), run.ended_by.clone()];
                self.note_trainers(&event.subject, trainers);
            }
        }
    }
}

impl Version {
    fn fold(&mut self, step: Step, at: Position, actor: &ActorId, event: &Event, env: Env) {
        let given = event.body.artifact();
        if self.registered.is_none() && (step == Step::Registered || event.imported) {
            self.registered = Some(at.index);
            self.imported = event.imported;
            self.note(actor, Did::REGISTERED);
        }
        if self.registered.is_none() {
            return;
        }
        if self.digest.is_none() {
            self.digest = given;
        }
        // What is said of other bytes does not count for these.
        if given.is_some() && given != self.digest {
            return;
        }
        match step {
            Step::Registered => {}
            Step::Evaluated(outcome) => {
                self.evaluated = Some(outcome);
                self.note(actor, Did::EVALUATED);
                if outcome == CheckOutcome::Fail {
                    self.approved.remove_up_to(Env::Prod);
                }
            }
            Step::Approved => {
                let sound = self.evaluated.is_some_and(|outcome| outcome != CheckOutcome::Fail) || self.imported;
                if sound && !self.did(actor).meets(Did::MADE) {
                    self.approved.add_up_to(env);
                    self.note(actor, Did::APPROVED);
                }
            }
            Step::Promoted => self.promoted.add(env),
            Step::Deployed => self.deployed.add(env),
            Step::RolledBack => self.deployed.remove(env),
            Step::Retired => {
                self.retired.add_up_to(env);
                self.deployed.remove_up_to(env);
            }
        }
    }
}
