//! Digests of what lies on disk: a file's content, or a folder's.

use super::failure::{Done, Failure};
use crate::event::Digest;
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// What was found at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Content {
    /// The digest of a file's bytes; of a folder, the digest of its listing (see [`of`]).
    pub digest: Digest,
    /// Bytes of the file, or of all files in the folder.
    pub bytes: u64,
}

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// The content at `path`. A folder's digest is SHA-256 over the lines `<hex digest>  <relative path>\n` of its files,
/// sorted by path bytes: what `find . -type f | sed s,^./,, | LC_ALL=C sort | xargs sha256sum | sha256sum` prints.
///
/// # Errors
/// When something cannot be read, or a folder holds a link to a folder.
pub fn of(path: &Path) -> Done<Content> {
    let metadata = fs::metadata(path).map_err(|error| Failure::io("read", path, &error))?;
    if metadata.is_dir() { folder(path) } else { file(path) }
}

fn file(path: &Path) -> Done<Content> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut chunk).map_err(failed)?;
        if read == 0 {
            return Ok(Content { digest: Digest(hasher.finalize().into()), bytes });
        }
        hasher.update(chunk.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}

fn folder(root: &Path) -> Done<Content> {
    let mut files = Vec::new();
    list(root, &mut files)?;
    let mut named: Vec<_> = files
        .iter()
        .map(|path| (path.strip_prefix(root).unwrap_or(path).as_os_str().as_encoded_bytes().to_vec(), path))
        .collect();
    named.sort_unstable();
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    for (name, path) in named {
        let content = file(path)?;
        bytes += content.bytes;
        hasher.update(hex::encode(content.digest.0));
        hasher.update("  ");
        hasher.update(&name);
        hasher.update("\n");
    }
    Ok(Content { digest: Digest(hasher.finalize().into()), bytes })
}

/// Every file below `folder`. Links to files count as files; a link to a folder could lead round in circles.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Done {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| Failure::io("list", &folder, &error))? {
            let path = entry.map_err(|error| Failure::io("list", &folder, &error))?.path();
            let metadata = fs::metadata(&path).map_err(|error| Failure::io("read", &path, &error))?;
            match (metadata.is_dir(), path.is_symlink()) {
                (true, true) => {
                    return Err(Failure::invalid(
                        format!("{} is a link to a folder", path.display()),
                        "name that folder as an output of its own, or copy it",
                    ));
                }
                (true, false) => open.push(path),
                (false, _) => files.push(path),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_file_is_hashed_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "abc").unwrap();
        let content = of(&path).unwrap();
        assert_eq!(
            content.digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(content.bytes, 3);
    }

    #[test]
    fn a_folder_is_hashed_as_the_shell_does_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b", "1"), ("a", "22"), ("sub/c.txt", "333"), ("sub-d", ""), ("sub/a", "x")] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let script = "find . -type f | sed s,^./,, | LC_ALL=C sort | xargs sha256sum | sha256sum";
        let shell = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().unwrap();
        let expected = String::from_utf8(shell.stdout).unwrap();
        let content = of(folder.path()).unwrap();
        assert_eq!(content.digest.to_string(), format!("sha256:{}", expected.split(' ').next().unwrap()));
        assert_eq!(content.bytes, 7);
    }

    #[test]
    fn circles_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        assert!(of(folder.path()).unwrap_err().what.contains("link to a folder"));
    }
}
