//! Tests of a policy: suites of cases in `tests/*.yaml` beside it, run on the compiled policy.
//!
//! A case may stand for many: lists of roles, environments, objects and actions multiply. Tests are no part of a
//! bundle; they decide nothing and change no digest.

mod cases;
mod read;
mod run;

pub use read::{Expect, Suite, is_suite};
pub use run::{Coverage, Failed, Report, run};
