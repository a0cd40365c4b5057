//! The Io seam, journal, tiles, blobs, checkpoint, index, vault: the only room that names sled.
