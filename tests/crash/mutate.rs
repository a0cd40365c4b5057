//! What may happen to a file at rest.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sagwan::storage::io::Io;

use crate::sim::{Random, SimIo};

/// Does something bad to one file; says what.
pub fn mutate(io: &SimIo, random: &mut Random, old: &BTreeMap<PathBuf, Vec<u8>>, only: &str) -> Option<String> {
    let mut files = io.files();
    files.retain(|(path, bytes)| !path.ends_with("lock") && !bytes.is_empty() && path.to_string_lossy().contains(only));
    let (path, bytes) = &files[random.below(files.len() as u64) as usize];
    let length = bytes.len() as u64;
    let what = random.below(6);
    let done = match what {
        0..=1 => {
            // Mostly where something was written: most of a journal segment is empty.
            let used = bytes.iter().rposition(|byte| *byte != 0).map_or(length, |last| last as u64 + 1);
            let within = if random.below(16) > 0 { used } else { length };
            let at = random.below(within);
            let bit = random.below(8);
            io.damage(path, |bytes| bytes[at as usize] ^= 1 << bit);
            format!("bit {bit} of byte {at} flipped{}", if at < used { "" } else { ", in the unused end" })
        }
        2 => {
            let to = random.below(length) as usize;
            io.damage(path, |bytes| bytes.truncate(to));
            format!("cut to {to} of {length} bytes")
        }
        3 => {
            let (other, content) = &files[random.below(files.len() as u64) as usize];
            if content == bytes {
                return None;
            }
            io.damage(path, |bytes| bytes.clone_from(content));
            io.damage(other, |there| there.clone_from(bytes));
            format!("swapped with {}", other.display())
        }
        4 => {
            let content = old.get(path).filter(|content| *content != bytes)?;
            io.damage(path, |bytes| bytes.clone_from(content));
            "an old version of it".to_owned()
        }
        _ => {
            Io::remove(io, path).unwrap();
            "removed".to_owned()
        }
    };
    Some(format!("{}: {done}", path.display()))
}
