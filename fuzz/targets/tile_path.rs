//! C2SP tile paths: one spelling a tile, so whatever parses is written back the same.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sagwan::merkle::TilePath;

/// With `SAGWAN_FUZZ_CANARY` set this target has a bug, which `run.sh --canary` must find: proof that the harness does.
static CANARY: LazyLock<bool> = LazyLock::new(|| std::env::var_os("SAGWAN_FUZZ_CANARY").is_some());

fuzz_target!(|path: &str| {
    let Ok(id) = path.parse::<TilePath>() else { return };
    assert_eq!(id.to_string(), path, "a second spelling of {id:?}");
    if let TilePath::Tile(tile) = id {
        assert!(tile.check().is_ok());
        assert!(!(*CANARY && tile.level > 2 && tile.width / 10 == 6), "the canary was found: {path}");
    }
});
