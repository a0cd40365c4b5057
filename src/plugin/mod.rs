//! wasmtime behind our own words: the only room that names it.
//!
//! A [`Registry`] takes components in: [`Registry::register`] reads, compiles and asks them what they are. What comes
//! out is a [`Validator`] or a [`Monitor`], each of whose calls runs in a fresh instance that is thrown away: no WASI,
//! no clock, no randomness, floats with one NaN, and [`Limits`]. What a call says is a [`Verdict`] or
//! [`Observation`]s in our own words, or a [`Fault`] that says whether it would come again. `wit/sagwan-plugin.wit` is
//! the contract, `docs/plugins.md` the page for authors.
//!
//! The room knows no ledger. What a plugin may ask goes through [`Answers`], passed in; the only folder that it
//! touches is that of compiled components ([`CompileCache`]), passed in; the process that compiles is started by
//! whoever implements [`Compiler`].

mod anatomy;
mod answers;
mod bindings;
mod call;
mod check;
mod compile;
mod describe;
mod engine;
mod error;
pub mod fixture;
mod inspect;
mod limits;
mod linker;
mod monitor;
mod observation;
mod registry;
mod run;
mod settings;
mod state;
mod validator;
mod verdict;
mod view;

pub use anatomy::Anatomy;
pub use answers::{Answers, NoAnswers, Question, Unavailable};
pub use call::{Cost, Level, Log, LogLine};
pub use check::settings_text;
pub use compile::{CompileCache, CompileFault, Compiler, InProcess, precompile};
pub use describe::Described;
pub use error::{Cause, Class, Fault, Label, PluginError, Refusal};
pub use limits::{CONTRACT, Limits};
pub use monitor::{Monitor, Observed};
pub use observation::{Alert, Measurement, Observation, Retrain};
pub use registry::{Plugin, Registry};
pub use settings::{PluginConfig, PluginSettingError};
pub use state::{Changes, MonitorState};
pub use validator::{Judged, Validator};
pub use verdict::{Finding, Severity, Verdict};
pub use view::{EventView, Place};
