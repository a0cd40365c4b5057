//! `stages.toml`: what is done about a refusal, by scope (environment × object type).

use super::error::{PolicyError, refuse};
use super::text;
use super::vocabulary::Vocabulary;
use crate::event::Env;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt};
use toml::Spanned;

/// The file's name in a bundle.
pub(super) const FILE: &str = "stages.toml";

/// What is done when the rules refuse. The decision itself is the same in every stage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Recorded; the refusal is only noted.
    Observe,
    /// Recorded with a warning to whoever submitted it.
    Warn,
    /// Refused.
    Enforce,
}

impl Stage {
    /// `observe`, `warn` or `enforce`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One stage an environment.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct PerEnv<T> {
    dev: T,
    staging: T,
    prod: T,
}

impl<T: Copy> PerEnv<T> {
    fn get(&self, env: Env) -> T {
        match env {
            Env::Dev => self.dev,
            Env::Staging => self.staging,
            Env::Prod => self.prod,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    default: PerEnv<Stage>,
    explicit_deny: Option<PerEnv<Stage>>,
    #[serde(default)]
    scope: Vec<RawScope>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawScope {
    environment: Spanned<Env>,
    object: Spanned<String>,
    stage: Stage,
    explicit_deny: Option<Stage>,
}

/// The stage of every scope.
#[derive(Debug, Clone)]
pub struct Stages {
    default: PerEnv<Stage>,
    explicit_deny: Option<PerEnv<Stage>>,
    scopes: HashMap<(Env, String), (Stage, Option<Stage>)>,
}

impl Stages {
    /// Reads the file.
    pub(super) fn read(text: &str, vocabulary: &Vocabulary) -> Result<Self, PolicyError> {
        let raw: Raw = text::toml(FILE, text)?;
        let mut scopes = HashMap::new();
        for scope in raw.scope {
            let line = text::line_at(text, scope.object.span().start);
            let (env, object) = (*scope.environment.get_ref(), scope.object.into_inner());
            if vocabulary.object_type(&object).is_none() {
                let reason = format!("unknown object type `{object}`");
                return Err(refuse(FILE, line, reason, "use one of vocabulary.toml"));
            }
            let reason = format!("a second stage for {env} x {object}");
            if scopes.insert((env, object), (scope.stage, scope.explicit_deny)).is_some() {
                return Err(refuse(FILE, line, reason, "remove one of the two"));
            }
        }
        Ok(Self { default: raw.default, explicit_deny: raw.explicit_deny, scopes })
    }

    /// The stage for a default denial, a missing step or a missing reference.
    #[must_use]
    pub fn stage(&self, env: Env, object_type: &str) -> Stage {
        self.scope(env, object_type).map_or(self.default.get(env), |(stage, _)| stage)
    }

    /// The stage when a rule denies explicitly: the scope's own, else the environment's own, else [`Self::stage`].
    #[must_use]
    pub fn deny_stage(&self, env: Env, object_type: &str) -> Stage {
        let own = self.scope(env, object_type).and_then(|(_, deny)| deny);
        let of_env = || self.explicit_deny.map(|deny| deny.get(env));
        own.or_else(of_env).unwrap_or_else(|| self.stage(env, object_type))
    }

    fn scope(&self, env: Env, object_type: &str) -> Option<(Stage, Option<Stage>)> {
        // WHY: most policies name few scopes, and this runs once a statement; an empty map costs nothing.
        let scopes = self.scopes.iter().find(|((own, object), _)| *own == env && object == object_type);
        scopes.map(|(_, stages)| *stages)
    }
}
