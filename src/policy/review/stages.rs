//! Stages that stand the wrong way round.

use super::{Finding, Review, Severity};
use crate::event::Env;
use crate::policy::stages;

/// No object type has this name, so it has the environment's own stage.
const ANY: &str = "*";

impl Review<'_> {
    pub(super) fn stages(&mut self) {
        let policy = self.policy;
        let all = |object_type: &str| {
            Env::ALL.map(|env| (policy.stage(env, object_type), policy.deny_stage(env, object_type)))
        };
        let own = policy.vocabulary().object_types().filter(|object_type| all(object_type) != all(ANY));
        let mut messages = Vec::new();
        for object_type in [ANY].into_iter().chain(own) {
            let what = if object_type == ANY { "every object type".to_owned() } else { object_type.to_owned() };
            for [weaker, stronger] in [[Env::Prod, Env::Staging], [Env::Staging, Env::Dev]] {
                let stages =
                    [weaker, stronger].map(|env| (policy.stage(env, object_type), policy.deny_stage(env, object_type)));
                let [(here, deny_here), (there, deny_there)] = stages;
                if here < there || deny_here < deny_there {
                    let (one, two) = if here < there { (here, there) } else { (deny_here, deny_there) };
                    messages.push((
                        "stage-inversion",
                        format!(
                            "{weaker} is at {one} and {stronger} at {two} for {what}: the stricter place is the laxer"
                        ),
                    ));
                }
            }
            for env in Env::ALL {
                let (stage, deny) = (policy.stage(env, object_type), policy.deny_stage(env, object_type));
                if deny < stage {
                    let message =
                        format!("in {env}, {what}: a rule that denies is at {deny}, and no rule at all at {stage}");
                    messages.push(("weak-explicit-deny", message));
                }
            }
        }
        for (kind, message) in messages {
            self.found.push(Finding {
                severity: Severity::Warning,
                file: stages::FILE.to_owned(),
                line: None,
                kind,
                rule: None,
                message,
                remedy: "raise the weaker stage".to_owned(),
            });
        }
    }
}
