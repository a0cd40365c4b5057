//! Cells that no role is allowed: forgotten, or meant and then acknowledged under `[[uncovered]]`.

use super::{Finding, Review, Severity};
use crate::event::Env;
use crate::policy::asked::asked_in;
use crate::policy::{constraints, vocabulary};

impl Review<'_> {
    pub(super) fn cover(&mut self) {
        let mut found = Vec::new();
        for (object_type, action, _) in self.policy.vocabulary().pairs() {
            let object = format!("{object_type}/*");
            let asked = asked_in(object_type, action);
            let (mut open, mut stale) = (Vec::new(), Vec::new());
            for env in Env::ALL {
                let nobody = self.nobody_may(env, &object, action);
                let known = self.policy.constraints().is_uncovered(env, object_type, action);
                match (asked.contains(&env) && nobody, known) {
                    (true, false) => open.push(env.as_str()),
                    (false, true) => stale.push(env.as_str()),
                    _ => {}
                }
            }
            if !open.is_empty() {
                let message = format!("no role may {action} {object_type} in {}", open.join(", "));
                let remedy = "write a rule, or acknowledge it under [[uncovered]] in constraints.toml";
                found.push((self.line_of_type(object_type), vocabulary::FILE, "uncovered", message, remedy));
            }
            if !stale.is_empty() {
                let message =
                    format!("[[uncovered]] says that nobody may {action} {object_type} in {}", stale.join(", "));
                let line = self.line(constraints::FILE, |line| line.contains("[[uncovered]]"));
                let remedy = "remove it: a role may, or nothing ever asks";
                found.push((line, constraints::FILE, "stale-uncovered", message, remedy));
            }
        }
        for (line, file, kind, message, remedy) in found {
            let (file, remedy) = (file.to_owned(), remedy.to_owned());
            self.found.push(Finding { severity: Severity::Warning, file, line, kind, rule: None, message, remedy });
        }
    }

    /// Whether no role is allowed it, for any object of the type.
    fn nobody_may(&self, env: Env, object: &str, action: &str) -> bool {
        let object_type = object.trim_end_matches("/*");
        let fine = self.lens.patterns(env, object_type, action);
        [object].into_iter().chain(fine).all(|object| self.lens.who_can(env, object, action).is_empty())
    }
}
