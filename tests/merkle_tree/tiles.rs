//! C2SP tlog-tiles: paths, which tiles exist when, what stands in them, and trees read from nothing else.

use std::collections::{HashMap, HashSet};

use crate::support::{Numbers, Table, entry, leaves, naive_root};
use sagwan::merkle::{
    BundleId, Hash, MerkleError, NodeReader, PathFault, TILE_WIDTH, TREE_SIZE_MAX, TileId, TileNode, TilePath,
    append_entry, bundle_entries, consistency_proof, encode_bundle, inclusion_proof, partial_tiles, root_at,
    tile_bytes, tile_hashes, tiles_completed, verify_consistency, verify_inclusion,
};

fn tile(level: u8, index: u64, width: u16) -> TilePath {
    TilePath::Tile(TileId { level, index, width })
}

fn bundle(index: u64, width: u16) -> TilePath {
    TilePath::Bundle(BundleId { index, width })
}

#[test]
fn paths_are_those_of_the_specification() {
    for (path, id) in [
        ("tile/0/000", tile(0, 0, 256)),
        ("tile/0/000.p/1", tile(0, 0, 1)),
        ("tile/1/007.p/255", tile(1, 7, 255)),
        ("tile/2/999", tile(2, 999, 256)),
        ("tile/0/x001/000", tile(0, 1000, 256)),
        ("tile/0/x001/x234/067", tile(0, 1_234_067, 256)),
        ("tile/0/x001/x234/067.p/8", tile(0, 1_234_067, 8)),
        ("tile/entries/x001/x234/067.p/8", bundle(1_234_067, 8)),
        ("tile/entries/000", bundle(0, 256)),
        ("tile/0/x036/x028/x797/x018/x963/966", tile(0, 36_028_797_018_963_966, 256)),
        ("tile/entries/x036/x028/x797/x018/x963/967.p/255", bundle(36_028_797_018_963_967, 255)),
        ("tile/7/000.p/127", tile(7, 0, 127)),
    ] {
        assert_eq!(path.parse(), Ok(id));
        assert_eq!(id.to_string(), path);
    }
}

/// Paths that name no tile, or name one in a second way, and the rule that each breaks.
const REFUSED: &[(&str, PathFault)] = &[
    ("", PathFault::Prefix),
    ("/tile/0/000", PathFault::Prefix),
    ("Tile/0/000", PathFault::Prefix),
    ("tile", PathFault::Prefix),
    ("tile/", PathFault::IndexMissing),
    ("tile/0", PathFault::IndexMissing),
    ("tile/0/", PathFault::IndexMissing),
    ("tile/0/.p/1", PathFault::IndexMissing),
    ("tile/0/x001", PathFault::IndexMissing),
    ("tile/0/x001.p/1", PathFault::IndexMissing),
    ("tile//000", PathFault::Level),
    ("tile/00/000", PathFault::Level),
    ("tile/01/000", PathFault::Level),
    ("tile/8/000", PathFault::Level),
    ("tile/63/000", PathFault::Level),
    ("tile/-1/000", PathFault::Level),
    ("tile/+0/000", PathFault::Level),
    ("tile/ 0/000", PathFault::Level),
    ("tile/data/000", PathFault::Level),
    ("tile/Entries/000", PathFault::Level),
    ("tile/\u{664}/000", PathFault::Level),
    ("tile/0//000", PathFault::IndexGroup),
    ("tile/0/0", PathFault::IndexGroup),
    ("tile/0/00", PathFault::IndexGroup),
    ("tile/0/0000", PathFault::IndexGroup),
    ("tile/0/1234", PathFault::IndexGroup),
    ("tile/0/x1/000", PathFault::IndexGroup),
    ("tile/0/xx01/000", PathFault::IndexGroup),
    ("tile/0/X001/000", PathFault::IndexGroup),
    ("tile/0/x001/", PathFault::IndexGroup),
    ("tile/0/00a", PathFault::IndexGroup),
    ("tile/0/+01", PathFault::IndexGroup),
    ("tile/0/ 01", PathFault::IndexGroup),
    ("tile/0/..", PathFault::IndexGroup),
    ("tile/0/x001/../000", PathFault::IndexGroup),
    ("tile/0/\u{ff10}\u{ff10}\u{ff10}", PathFault::IndexGroup),
    ("tile/0/000.p", PathFault::IndexGroup),
    ("tile/0/000.P/1", PathFault::IndexGroup),
    ("tile/0/000\0", PathFault::IndexGroup),
    ("tile/0/000\n", PathFault::IndexGroup),
    ("tile/0/000?x", PathFault::IndexGroup),
    ("tile/0/x000/001", PathFault::IndexLeadingZeros),
    ("tile/0/x000/x001/000", PathFault::IndexLeadingZeros),
    ("tile/0/x036/x028/x797/x018/x963/967", PathFault::IndexTooLarge),
    ("tile/0/x036/x028/x797/x018/x963/968.p/1", PathFault::IndexTooLarge),
    ("tile/0/x999/x999/x999/x999/x999/x999/999", PathFault::IndexTooLarge),
    ("tile/0/x018/x446/x744/x073/x709/x551/616", PathFault::IndexTooLarge),
    ("tile/7/000", PathFault::IndexTooLarge),
    ("tile/7/000.p/128", PathFault::IndexTooLarge),
    ("tile/7/001.p/1", PathFault::IndexTooLarge),
    ("tile/0/000.p/", PathFault::Width),
    ("tile/0/000.p/0", PathFault::Width),
    ("tile/0/000.p/00", PathFault::Width),
    ("tile/0/000.p/01", PathFault::Width),
    ("tile/0/000.p/256", PathFault::Width),
    ("tile/0/000.p/257", PathFault::Width),
    ("tile/0/000.p/1000", PathFault::Width),
    ("tile/0/000.p/+1", PathFault::Width),
    ("tile/0/000.p/1x", PathFault::Width),
    ("tile/0/000.p/1.p/1", PathFault::Width),
    ("tile/0/000.p/1/", PathFault::Trailing),
    ("tile/0/000.p/1/000", PathFault::Trailing),
    ("tile/0/000/", PathFault::Trailing),
    ("tile/0/000/000", PathFault::Trailing),
    ("tile/0/x001/000/x001", PathFault::Trailing),
];

#[test]
fn every_other_spelling_is_refused() {
    let long = format!("tile/0/{}000", "x000/".repeat(20));
    for (path, fault) in REFUSED.iter().copied().chain([(long.as_str(), PathFault::TooLong)]) {
        let refused = path.parse::<TilePath>();
        assert!(
            matches!(refused, Err(MerkleError::Path { fault: found, .. }) if found == fault),
            "{path:?}: {refused:?}"
        );
    }
}

/// Paths spliced together from the alphabet of paths: whatever is accepted is written back the same.
#[test]
fn whatever_parses_is_written_back_the_same() {
    let mut numbers = Numbers::seeded();
    let pieces =
        ["tile/", "entries/", "0/", "7/", "x000/", "x001/", "x999/", "000", "001", "255", ".p/", "1", "/", "x"];
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut path = String::from(if numbers.below(20) > 0 { "tile/0/" } else { "" });
        for _ in 0..numbers.below(6) {
            path.push_str(pieces[numbers.below(pieces.len() as u64) as usize]);
        }
        if let Ok(id) = path.parse::<TilePath>() {
            assert_eq!(id.to_string(), path);
            accepted += 1;
        }
    }
    assert!(accepted > 1000, "only {accepted} paths parsed: the test has lost its aim");
    for _ in 0..20_000 {
        let size = 1 + numbers.spread(TREE_SIZE_MAX);
        for id in partial_tiles(size).unwrap() {
            assert_eq!(TilePath::Tile(id).to_string().parse(), Ok(TilePath::Tile(id)));
        }
        if let Some(id) = partial_tiles(size).unwrap().find(|id| id.level == 0) {
            let beside = TilePath::Bundle(id.into());
            assert_eq!(beside.to_string().parse(), Ok(beside));
        }
    }
}

/// The tiles of a tree of `size` leaves, cut out of its nodes without the code under test.
fn expected_tiles(size: u64) -> HashSet<TileId> {
    let mut tiles = HashSet::new();
    for level in 0..4_u8 {
        let hashes = size / 256_u64.pow(level.into());
        for index in 0..hashes.div_ceil(256) {
            let width = (hashes - 256 * index).min(256) as u16;
            tiles.insert(TileId { level, index, width });
        }
    }
    tiles
}

#[test]
fn growth_completes_every_tile_once() {
    let mut numbers = Numbers::seeded();
    for size in (0..=1100).chain([65_535, 65_536, 65_537, 131_072 + 300, 16_777_216 + 70_000]) {
        let expected = expected_tiles(size);
        let full: HashSet<TileId> = tiles_completed(0, size).unwrap().collect();
        let partial: HashSet<TileId> = partial_tiles(size).unwrap().collect();
        assert_eq!(&full | &partial, expected, "at {size}");
        assert!(full.iter().all(TileId::is_full) && partial.iter().all(|tile| !tile.is_full()));
        for tile in &expected {
            assert_eq!(TileId::at(tile.level, tile.index, size), Some(*tile));
            assert_eq!(TileId::at(tile.level, tile.index + size.div_ceil(256).max(1), size), None);
        }
        let (mut from, mut grown) = (0, Vec::new());
        while from < size {
            let to = (from + 1 + numbers.spread(size)).min(size);
            grown.extend(tiles_completed(from, to).unwrap());
            from = to;
        }
        assert_eq!(grown.len(), full.len(), "no tile twice, at {size}");
        assert_eq!(grown.into_iter().collect::<HashSet<_>>(), full, "in steps, at {size}");
    }
    assert_eq!(tiles_completed(9, 3).unwrap().count(), 0);
    assert_eq!(partial_tiles(TREE_SIZE_MAX).unwrap().count(), 8);
    assert!(tiles_completed(0, 1 << 63).is_err() && partial_tiles(u64::MAX).is_err());
}

/// A tree that is nothing but files: path → bytes.
struct Files {
    size: u64,
    files: HashMap<String, Vec<u8>>,
}

impl Files {
    fn new(leaves: &[Hash]) -> Self {
        let size = leaves.len() as u64;
        let table = Table::new(leaves);
        let files = tiles_completed(0, size).unwrap().chain(partial_tiles(size).unwrap()).map(|tile| {
            let first = 256 * tile.index;
            let hashes: Vec<Hash> = (first..first + u64::from(tile.width))
                .map(|index| table.node(8 * tile.level, index).unwrap())
                .collect();
            (tile.to_string(), tile_bytes(&hashes))
        });
        Self { size, files: files.collect() }
    }
}

impl NodeReader for Files {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        let place = TileNode::locate(level, index)?;
        let tile = place.tile(self.size)?;
        let bytes = self.files.get(&tile.to_string()).ok_or(MerkleError::NoSuchNode { level, index })?;
        place.root(tile_hashes(&tile, bytes)?)
    }
}

#[test]
fn trees_are_read_from_tiles_alone() {
    let mut numbers = Numbers::seeded();
    for size in [1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_536 + 700] {
        let leaves = leaves(size);
        let files = Files::new(&leaves);
        let root = naive_root(&leaves);
        assert_eq!(root_at(&files, size), Ok(root));
        let table = Table::new(&leaves);
        for _ in 0..50 {
            let index = numbers.below(size);
            let path = inclusion_proof(&files, index, size).unwrap();
            assert_eq!(path, inclusion_proof(&table, index, size).unwrap());
            assert_eq!(verify_inclusion(&leaves[index as usize], index, size, &path, &root), Ok(()));
            let from = index + 1;
            let path = consistency_proof(&files, from, size).unwrap();
            // The roots of a table of nodes are held against RFC 6962 elsewhere, and cost less.
            let old = root_at(&table, from).unwrap();
            assert_eq!(verify_consistency(from, size, &path, &old, &root), Ok(()));
        }
    }
}

#[test]
fn nodes_beyond_the_tree_are_refused() {
    for (level, index) in [(0, TREE_SIZE_MAX), (0, u64::MAX), (1, u64::MAX), (62, 1), (63, 0), (64, 0), (255, 0)] {
        assert_eq!(TileNode::locate(level, index), Err(MerkleError::NoSuchNode { level, index }));
    }
    assert!(TileNode::locate(0, TREE_SIZE_MAX - 1).is_ok() && TileNode::locate(62, 0).is_ok());
    let node = TileNode::locate(3, 1).unwrap();
    assert_eq!(node, TileNode { level: 0, index: 0, offset: 8, count: 8 });
    assert_eq!(node.tile(15), Err(MerkleError::TileTooNarrow { needed: 16, found: 15 }));
    assert_eq!(node.tile(16), Ok(TileId { level: 0, index: 0, width: 16 }));
    assert_eq!(node.root(&[[0; 32]; 15]), Err(MerkleError::TileTooNarrow { needed: 16, found: 15 }));
}

#[test]
fn tiles_have_exactly_their_width() {
    let hashes = leaves(256);
    for width in [1_u16, 2, 255, 256] {
        let tile = TileId { level: 0, index: 0, width };
        let bytes = tile_bytes(&hashes[..usize::from(width)]);
        assert_eq!(tile_hashes(&tile, &bytes), Ok(&hashes[..usize::from(width)]));
        for wrong in [&bytes[1..], &bytes[32..], &[&bytes[..], &[0; 1]].concat(), &[&bytes[..], &[0; 32]].concat(), &[]]
        {
            assert!(matches!(tile_hashes(&tile, wrong), Err(MerkleError::TileLength { .. })));
        }
    }
    for width in [0, TILE_WIDTH + 1, u16::MAX] {
        let tile = TileId { level: 0, index: 0, width };
        assert!(matches!(tile_hashes(&tile, &[]), Err(MerkleError::NoSuchTile { .. })));
    }
}

#[test]
fn bundles_are_exact() {
    let mut numbers = Numbers::seeded();
    for width in [1_u16, 2, 7, 255, 256] {
        let mut entries: Vec<Vec<u8>> = (0..u64::from(width)).map(entry).collect();
        let some = numbers.below(width.into()) as usize;
        entries[some] = vec![0xa5; [0, 1, 65_535][numbers.below(3) as usize]];
        let bytes = encode_bundle(&entries).unwrap();
        let id = BundleId { index: 3, width };
        assert_eq!(bundle_entries(&id, &bytes).unwrap(), entries);
        // One file has one width: cut anywhere or continued, it is not a bundle of this width.
        for _ in 0..200 {
            let cut = numbers.below(bytes.len() as u64) as usize;
            assert!(bundle_entries(&id, &bytes[..cut]).is_err(), "cut at {cut} of {}", bytes.len());
        }
        for more in [&[0][..], &[0, 0], &[0, 1], &[0, 1, 9]] {
            assert!(bundle_entries(&id, &[&bytes[..], more].concat()).is_err());
        }
        for other in (1..=256).filter(|other| *other != width) {
            assert!(matches!(
                bundle_entries(&BundleId { index: 3, width: other }, &bytes),
                Err(MerkleError::BundleWidth { .. })
            ));
        }
    }
}

#[test]
fn bundles_refuse_what_they_cannot_say() {
    let mut bundle = vec![1, 2, 3];
    assert_eq!(append_entry(&mut bundle, &vec![0; 65_536]), Err(MerkleError::EntryTooLong { length: 65_536 }));
    assert_eq!(bundle, [1, 2, 3]);
    assert!(matches!(encode_bundle::<&[u8]>(&[]), Err(MerkleError::NoSuchTile { .. })));
    assert!(matches!(encode_bundle(&vec![[0_u8; 1]; 257]), Err(MerkleError::NoSuchTile { .. })));
    let id = BundleId { index: 0, width: 2 };
    assert_eq!(bundle_entries(&id, &[0]), Err(MerkleError::BundleCut { entry: 0, length: 1 }));
    assert_eq!(bundle_entries(&id, &[0, 1, 9, 0, 2, 9]), Err(MerkleError::BundleCut { entry: 1, length: 6 }));
    assert_eq!(bundle_entries(&id, &[0, 0]), Err(MerkleError::BundleWidth { expected: 2, found: 1 }));
    // The third entry is one too many: what follows is not even looked at.
    assert_eq!(bundle_entries(&id, &[0; 6]), Err(MerkleError::BundleWidth { expected: 2, found: 3 }));
    assert_eq!(bundle_entries(&id, &[0; 20]), Err(MerkleError::BundleWidth { expected: 2, found: 3 }));
}
