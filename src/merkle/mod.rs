//! The RFC 6962 tree, C2SP tiles and proofs. Pure: no disk, no clock, no keys.
//!
//! - [`hash`]: leaf and node hashes (RFC 6962 §2.1)
//! - [`frontier`]: the right edge of a growing tree, which is all that appending needs
//! - [`proof`]: proofs made from stored nodes; [`check`]: proofs checked without any
//! - [`multi`]: one proof for many leaves
//! - [`trie`]: the proved index; [`postings`]: the list under one of its keys; [`list`]: proofs of parts of a list
//! - [`tile`]: which tile or entry bundle is where, and its path (C2SP tlog-tiles); [`content`]: what stands in it

pub mod check;
pub mod content;
pub mod error;
pub mod frontier;
pub mod hash;
pub mod list;
pub mod multi;
pub mod postings;
pub mod proof;
pub mod tile;
pub mod trie;

pub use crate::event::limits::TREE_SIZE_MAX;
pub use check::{inclusion_root, verify_consistency, verify_inclusion};
pub use content::{append_entry, bundle_entries, encode_bundle, tile_bytes, tile_hashes};
pub use error::{MerkleError, PathFault};
pub use frontier::Frontier;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use list::ListProof;
pub use multi::{multiproof, multiproof_root};
pub use postings::{Postings, list_root_of_chunks};
pub use proof::{NodeReader, consistency_proof, inclusion_proof, root_at};
pub use tile::{BundleId, TileId, TileNode, TilePath, partial_tiles, tiles_completed};
pub use trie::{End, Ends, Leaf, Trie, TrieMultiproof, TrieProof, key_hash};

/// Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles: tiles of height 8).
pub const TILE_WIDTH: u16 = 256;
