//! Policies as the ledger has them: proposed, approved, in force, one after the other.

pub mod approve;
pub mod list;
mod out;
pub mod propose;
pub mod show;
mod spells;

pub use approve::Approve;
pub use list::List;
pub use propose::Propose;
pub use show::Show;
