//! Actors, keys, roles, policies, plugins, denials.

use crate::{
    event::{
        ActorId, Body, Bytes, Digest, Env, Event, Map, RoleId, Subject, SubjectKind, Timestamp, Value,
        body::{Denial, KeyEntry, LedgerCreated, MonitorMarked, PluginBound, RoleAssigned},
    },
    state::{
        ActorState, Binding, Denials, KeyState, Life, Mark, OFFICER, Position, Proposal, Published, RoleSpan, State,
        actor_of, look::minute, thumbprint,
    },
};

impl State {
    /// Whether the event was one of these.
    pub(super) fn fold_ledger(&mut self, at: Position, actor: &ActorId, event: &Event, body: &Body) -> bool {
        let about = actor_of(&event.subject);
        match (body, about) {
            (Body::LedgerCreated(body), _) => self.fold_created(at, body),
            (Body::ActorEnrolled(body), Some(about)) => {
                self.enroll(&about, at.index, actor);
                if let Some(key) = &body.key {
                    self.enroll_key(&about, &key.key, at.index.saturating_add(1));
                }
            }
            (Body::KeyEnrolled(body), Some(about)) => self.enroll_key(&about, &body.key, at.index.saturating_add(1)),
            (Body::KeyRevoked(body), Some(about)) => {
                let own = self.keys.get(&body.kid).is_some_and(|key| key.actor == about && key.revoked_at.is_none());
                if own {
                    self.keys.edit(&body.kid, |key| {
                        key.revoked_at = Some(at.index.saturating_add(1));
                        key.suspect_since = body.suspect_since;
                    });
                }
            }
            (Body::RoleAssigned(body), Some(about)) => self.assign(&about, event.policy_env(), body),
            (Body::RoleRemoved(body), Some(about)) => {
                let env = event.policy_env();
                self.actors.edit(&about, |actor| actor.roles.retain(|span| span.role != body.role || span.env != env));
            }
            (Body::PolicyProposed(body), _) => self.fold_proposed(at, actor, body.bundle),
            (Body::PolicyApproved(body), _) => self.fold_approved(at, actor, body.bundle),
            (Body::PluginPublished(body), _) => self.change(&event.subject, |life| {
                if let Life::Plugin(plugin) = life
                    && !plugin.components.iter().any(|own| own.component == body.component)
                {
                    let published = Published {
                        component: body.component,
                        world: body.world,
                        capabilities: body.capabilities.clone(),
                        by: actor.clone(),
                    };
                    plugin.components.push(published);
                }
            }),
            (Body::PluginBound(body), _) => self.fold_bound(at, actor, &event.subject, body),
            (Body::PluginApproved(body), _) => self.edit_bindings(&body.binding, |binding| {
                if binding.approved.is_none() && binding.unbound.is_none() && binding.bound_by != *actor {
                    binding.approved = Some(at.index);
                }
            }),
            (Body::PluginUnbound(body), _) => self.edit_bindings(&body.binding, |binding| {
                binding.unbound = binding.unbound.or(Some(at.index));
            }),
            (Body::MonitorMarked(body), _) => self.fold_mark(body),
            _ => return false,
        }
        true
    }

    fn fold_created(&mut self, at: Position, body: &LedgerCreated) {
        if self.origin().is_some() {
            return;
        }
        let ledger = ActorId::ledger();
        self.enroll(&ledger, at.index, &ledger);
        // The log's keys sign this very record.
        body.keys.iter().for_each(|key| self.enroll_key(&ledger, key, at.index));
        for officer in &body.officers {
            self.enroll(&officer.actor, at.index, &ledger);
            self.enroll_key(&officer.actor, &officer.key, at.index.saturating_add(1));
            if let Ok(role) = OFFICER.parse::<RoleId>() {
                for env in Env::ALL {
                    let body = RoleAssigned { role: role.clone(), until: None, reason: None };
                    self.assign(&officer.actor, env, &body);
                }
            }
        }
        let mut facts = self.facts().clone();
        facts.origin = Some(body.origin.clone());
        facts.quorum = body.quorum;
        facts.first_officers = body.officers.iter().map(|officer| officer.actor.clone()).collect();
        facts.policy = Some(body.policy);
        facts.policy_since = at.index;
        self.facts.put((), facts);
    }

    fn enroll(&mut self, actor: &ActorId, index: u64, by: &ActorId) {
        if self.actors.get(actor).is_none() {
            self.actors.put(actor.clone(), ActorState::new(index));
            if let Ok(subject) = Subject::new(SubjectKind::Actor, actor.as_str()) {
                self.touch(&subject, Env::Prod, index, by);
            }
        }
    }

    /// A key is known once; whoever enrolled it first keeps it.
    fn enroll_key(&mut self, actor: &ActorId, key: &KeyEntry, from_index: u64) {
        let kid = thumbprint(key);
        if self.keys.get(&kid).is_some() || self.actors.get(actor).is_none() {
            return;
        }
        let state = KeyState {
            actor: actor.clone(),
            algorithm: key.algorithm,
            public: key.public.clone(),
            from_index,
            revoked_at: None,
            suspect_since: None,
        };
        self.keys.put(kid, state);
        self.actors.edit(actor, |actor| actor.keys.push(kid));
    }

    fn assign(&mut self, actor: &ActorId, env: Env, body: &RoleAssigned) {
        self.actors.edit(actor, |actor| {
            match actor.roles.iter_mut().find(|span| span.role == body.role && span.env == env) {
                Some(span) => span.until = body.until,
                None => actor.roles.push(RoleSpan { role: body.role.clone(), env, until: body.until }),
            }
        });
    }

    fn fold_proposed(&mut self, at: Position, actor: &ActorId, bundle: Digest) {
        let in_force = self.policy() == Some(bundle);
        let fresh =
            Proposal { proposed: at.index, proposers: vec![actor.clone()], approvals: Vec::new(), adopted: None };
        match self.proposals.get(&bundle) {
            _ if in_force => {}
            Some(known) if known.adopted.is_none() => self.proposals.edit(&bundle, |proposal| {
                proposal.approvals.retain(|approver| approver != actor);
                if !proposal.proposers.contains(actor) {
                    proposal.proposers.push(actor.clone());
                }
            }),
            _ => self.proposals.put(bundle, fresh),
        }
    }

    /// An approval counts when it comes from an officer who did not put the bundle forward, once each.
    fn fold_approved(&mut self, at: Position, actor: &ActorId, bundle: Digest) {
        let officer = self.is_officer(actor, at.t);
        let counts = self.proposals.get(&bundle).is_some_and(|proposal| {
            officer
                && proposal.adopted.is_none()
                && !proposal.proposers.contains(actor)
                && !proposal.approvals.contains(actor)
        });
        if !counts {
            return;
        }
        let quorum = usize::try_from(self.quorum()).unwrap_or(usize::MAX);
        let mut adopted = false;
        self.proposals.edit(&bundle, |proposal| {
            proposal.approvals.push(actor.clone());
            adopted = proposal.approvals.len() >= quorum;
            proposal.adopted = adopted.then_some(at.index);
        });
        if adopted {
            let mut facts = self.facts().clone();
            facts.policy = Some(bundle);
            facts.policy_since = at.index;
            self.facts.put((), facts);
        }
    }

    fn fold_bound(&mut self, at: Position, actor: &ActorId, plugin: &Subject, body: &PluginBound) {
        let binding = Binding {
            plugin: plugin.clone(),
            component: body.component,
            index: at.index,
            position: at.position,
            bound_by: actor.clone(),
            mode: body.mode,
            fail_open: body.fail_open,
            settings: settings_text(body.settings.as_ref()),
            kinds: body.kinds.clone(),
            subjects: body.subjects.clone(),
            environments: body.environments.clone(),
            approved: None,
            unbound: None,
            mark: None,
        };
        self.bindings.change(&at.identity, Vec::new, |bindings| bindings.push(binding));
    }

    fn fold_mark(&mut self, body: &MonitorMarked) {
        let mark = Mark { next: body.next, state: body.state, shown: body.shown, faults: body.faults };
        self.edit_bindings(&body.binding, |own| {
            if own.position == body.position.unwrap_or(0) {
                own.mark = Some(mark.clone());
            }
        });
    }

    fn edit_bindings(&mut self, statement: &Digest, change: impl FnMut(&mut Binding)) {
        self.bindings.edit(statement, |bindings| bindings.iter_mut().for_each(change));
    }

    /// A refusal that stands for one statement costs its actor's budget; one that sums up others does not.
    pub(super) fn fold_denial(&mut self, at: Position, denial: &Denial) {
        if denial.statement.is_some() {
            self.spend(&denial.actor, at.t);
        }
    }

    fn spend(&mut self, actor: &ActorId, t: Timestamp) {
        let minute = minute(t);
        self.actors.edit(actor, |actor| {
            let count = if actor.denials.minute == minute { actor.denials.count } else { 0 };
            actor.denials = Denials { minute, count: count.saturating_add(1) };
        });
    }
}

/// Settings as a plugin gets them; of none, `{}`. Values have text keys and finite numbers, so they have a JSON form.
fn settings_text(settings: Option<&Value>) -> Bytes {
    let empty = Value::Map(Map::new());
    Bytes(serde_json::to_vec(settings.unwrap_or(&empty)).unwrap_or_default())
}
