//! Lineage: what came of what, asked of the ledger or of the evidence of an answer alone.
//!
//! - [`question`]: what can be asked, as data; [`ask`]: asking it of a [`Source`]
//! - [`graph`]: subjects and the edges that records make between them; `walk`: along them, breadth first
//! - [`export`]: the same in the forms that others read; [`draw`]: pictures
//! - [`evidence`]: an answer with everything that a stranger needs to check it offline (docs/format.md)
//!
//! Everything but `live`, where the ledger is a source, is pure. An answer is computed by the same code from the
//! ledger and from evidence, so that whoever verifies does not compare with what was said but asks again.

mod answer;
mod chacha;
mod columns;
mod difference;
mod directory;
pub mod draw;
mod error;
pub mod evidence;
pub mod export;
mod grant;
pub mod graph;
mod history;
mod line;
mod live;
mod path;
pub mod question;
mod reader;
mod reproduce;
mod sample;
mod serving;
mod source;
mod timeline;
mod walk;

pub use answer::{Answer, Found, Impact, ask};
pub use columns::{ColumnEdge, ColumnGraph, ColumnNode, ColumnOf};
pub use difference::Difference;
pub use error::LineageError;
pub use evidence::{Verified, verify, verify_attested};
pub use history::{CHAPTERS, History};
pub use line::{Line, Role, Said};
pub use live::{Answered, answer, gather};
pub use path::Path;
pub use question::{About, Ask, Between, Change, ColumnWalk, Direction, Draw, Filter, Moment, Question, Stock, Walk};
pub use reproduce::{Ingredient, Lack, Recipe};
pub use sample::{Item, Sample};
pub use serving::{Inventory, Serving, System};
pub use source::Source;
pub use timeline::Timeline;
