//! The index in memory, for whoever wants none on disk.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::digest::ContentDigest;
use super::{IndexError, Mark, Stride, check_stride};
use crate::merkle::Hash;
use crate::storage::Index;

/// An index that ends with its process.
#[derive(Debug, Default)]
pub struct MemIndex {
    content: RwLock<Content>,
}

#[derive(Debug, Default)]
struct Content {
    mark: Option<Mark>,
    postings: BTreeMap<Vec<u8>, Vec<u64>>,
    cells: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl MemIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.content.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index for MemIndex {
    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        Ok(self.read().mark)
    }

    fn commit(&self, stride: &Stride) -> Result<(), IndexError> {
        let mut content = self.write();
        check_stride(content.mark.as_ref(), stride)?;
        content.mark = Some(stride.mark);
        for (key, indices) in &stride.postings {
            content.postings.entry(key.clone()).or_default().extend(indices);
        }
        for (key, value) in &stride.cells {
            match value {
                Some(value) => content.cells.insert(key.clone(), value.clone()),
                None => content.cells.remove(key),
            };
        }
        Ok(())
    }

    fn postings(&self, key: &[u8], range: Range<u64>, reverse: bool, limit: usize) -> Result<Vec<u64>, IndexError> {
        let content = self.read();
        let Some(indices) = content.postings.get(key).filter(|_| !range.is_empty()) else { return Ok(Vec::new()) };
        let from = indices.partition_point(|index| *index < range.start);
        let to = indices.partition_point(|index| *index < range.end);
        let found = &indices[from..to];
        Ok(if reverse {
            found.iter().rev().take(limit).copied().collect()
        } else {
            found.iter().take(limit).copied().collect()
        })
    }

    fn posting_count(&self, key: &[u8]) -> Result<u64, IndexError> {
        Ok(self.read().postings.get(key).map_or(0, |indices| indices.len() as u64))
    }

    fn posting_keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Vec<u8>>, IndexError> {
        let content = self.read();
        let from = after.unwrap_or(prefix).max(prefix);
        let keys = content.postings.range(from.to_vec()..).map(|(key, _)| key);
        let keys = keys.filter(|key| after.is_none_or(|after| key.as_slice() > after));
        Ok(keys.take_while(|key| key.starts_with(prefix)).take(limit).cloned().collect())
    }

    fn lists(&self, each: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), IndexError> {
        self.read().postings.iter().for_each(|(key, indices)| each(key, indices));
        Ok(())
    }

    fn cell(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.read().cells.get(key).cloned())
    }

    fn cells(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), IndexError> {
        let content = self.read();
        let cells = content.cells.range(prefix.to_vec()..);
        for (key, value) in cells.take_while(|(key, _)| key.starts_with(prefix)) {
            each(key, value);
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), IndexError> {
        *self.write() = Content::default();
        Ok(())
    }

    fn flush(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn content_digest(&self) -> Result<Hash, IndexError> {
        let content = self.read();
        let mut digest = ContentDigest::new(content.mark.as_ref());
        for (key, indices) in &content.postings {
            digest.posting_key(key);
            digest.indices(indices);
            digest.end_key();
        }
        for (key, value) in &content.cells {
            digest.cell(key, value);
        }
        Ok(digest.finish())
    }
}
