//! What the fold remembers, entity by entity; no more than somebody asks for.

mod actor;
mod grant;
mod ledger;
mod subject;
mod version;

pub use actor::{ActorState, Denials, KeyState, RoleSpan};
pub use grant::{Grant, GrantStatus, Term};
pub use ledger::{Binding, Facts, Mark, Proposal};
pub use subject::{Dataset, Life, Plugin, Published, Run, RunStage, SubjectState};
pub use version::{Did, EnvSet, Person, Version};
