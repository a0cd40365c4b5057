//! casbin behind our [`Decision`]: the only room that names casbin.
//!
//! A [`Bundle`] is a set of policy files, content-addressed by the SHA-256 of its canonical bytes. [`Policy::load`]
//! refuses every file that casbin would read differently from a reviewer, lets casbin compile the finite part
//! (role × environment × object type × action) into a matrix of two bits a cell, and is immutable from then on: a new
//! policy is a new value, never a reload. `docs/policy.md` describes the files.
//!
//! ```
//! use sagwan::event::Env;
//! use sagwan::policy::{Bundle, Policy, Request};
//!
//! let policy = Policy::load(&Bundle::embedded())?;
//! let request = Request {
//!     roles: &["role:data-scientist"],
//!     actor: "user:ada",
//!     env: Env::Prod,
//!     object: "model/credit-risk@1",
//!     object_type: "model",
//!     action: "promote",
//! };
//! assert!(!policy.decide(&request).allow);
//! # Ok::<(), sagwan::policy::PolicyError>(())
//! ```

mod asked;
mod bundle;
mod comparison;
mod constraints;
mod decision;
pub mod diff;
mod engine;
mod error;
pub mod golden;
mod holding;
mod load;
mod look;
mod matrix;
mod model;
mod object;
mod officers;
pub mod review;
mod roles;
mod rows;
mod rules;
mod stages;
pub mod suite;
mod text;
mod vocabulary;

pub use asked::{Asked, asked, asked_in};
pub use bundle::{Bundle, is_part};
pub use comparison::{Comparison, Likeness};
pub use constraints::{BreakGlass, Constraints, FourEyes, Grants, Party, RoleMaximum, Separation, Uncovered};
pub use decision::{Decision, Policy, Request};
pub use engine::Bare;
pub use error::{PolicyError, Refusal};
pub use look::{Answer, Lens, Look};
pub use officers::Unchangeable;
pub use roles::Link;
pub use rules::{Effect, Rule, RuleCode, RuleIds, Rules};
pub use stages::{Stage, Stages};
pub use vocabulary::Vocabulary;
