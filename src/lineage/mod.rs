//! Lineage: what came of what, asked of the ledger or of the evidence of an answer alone.
//!
//! - [`question`]: what can be asked, as data; [`ask`]: asking it of a [`Source`]
//! - [`graph`]: subjects and the edges that records make between them; [`walk`]: along them, breadth first
//! - [`evidence`]: an answer with everything that a stranger needs to check it offline (docs/format.md)
//!
//! Everything but [`live`], where the ledger is a source, is pure. An answer is computed by the same code from the
//! ledger and from evidence, so that whoever verifies does not compare with what was said but asks again.

mod answer;
mod error;
pub mod evidence;
pub mod graph;
mod live;
pub mod question;
mod source;
mod walk;

pub use answer::{Answer, Found, ask};
pub use error::LineageError;
pub use evidence::{Verified, verify};
pub use live::{Answered, answer};
pub use question::{Ask, Direction, Filter, Moment, Question, Walk};
pub use source::Source;
