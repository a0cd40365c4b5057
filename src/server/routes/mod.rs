//! The routes, a file for each resource. A handler reads its parameters strictly, asks the ledger, and writes a view.

pub(super) mod actors;
pub(super) mod blobs;
pub(super) mod c2sp;
pub(super) mod docs;
pub(super) mod events;
pub(super) mod export;
pub(super) mod grants;
pub(super) mod lineage;
pub(super) mod operate;
pub(super) mod plugins;
pub(super) mod policy;
pub(super) mod records;
pub(super) mod roles;
pub(super) mod scitt;
pub(super) mod statements;
pub(super) mod subjects;
