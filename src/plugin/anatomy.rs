//! What can be read from a file before it is taken or refused: figures beside their limits, names, and who built it.

use crate::event::Digest;
use sha2::{Digest as _, Sha256};
use wasmparser::{Encoding, KnownCustom, Parser, Payload, ProducersSectionReader};

/// The figures and names of a component, as far as it can be read.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Anatomy {
    /// Its digest.
    pub component: Digest,
    /// Bytes of the file.
    pub bytes: usize,
    /// Core modules in it.
    pub modules: u64,
    /// Functions of all modules.
    pub functions: u64,
    /// Bytes of the largest function.
    pub function_bytes: usize,
    /// Bytes of memory that it asks for at its start.
    pub memory_bytes: u64,
    /// The names that it imports.
    pub imports: Vec<String>,
    /// The names that it exports.
    pub exports: Vec<String>,
    /// What built it: `language Rust`, `processed-by rustc 1.96.0`, each once.
    pub producers: Vec<String>,
}

/// Bytes of a page of memory, unless a memory says otherwise, as a power of two.
const PAGE_BITS: u32 = 16;
/// Producers that are listed: a component of a thousand modules may name a thousand.
const PRODUCERS_MAX: usize = 64;

impl Anatomy {
    /// Reads bytes; what is behind a damaged place is left out.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let component = Digest(Sha256::digest(bytes).into());
        let mut anatomy = Self {
            component,
            bytes: bytes.len(),
            modules: 0,
            functions: 0,
            function_bytes: 0,
            memory_bytes: 0,
            imports: Vec::new(),
            exports: Vec::new(),
            producers: Vec::new(),
        };
        let mut open = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let Ok(payload) = payload else { break };
            anatomy.take(&payload, &mut open);
        }
        anatomy
    }

    fn take(&mut self, payload: &Payload<'_>, open: &mut Vec<Encoding>) {
        match payload {
            Payload::Version { encoding, .. } => {
                self.modules += u64::from(*encoding == Encoding::Module);
                open.push(*encoding);
            }
            Payload::End(_) => drop(open.pop()),
            Payload::ComponentImportSection(section) if open.len() == 1 => {
                self.imports.extend(section.clone().into_iter().flatten().map(|import| import.name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if open.len() == 1 => {
                self.exports.extend(section.clone().into_iter().flatten().map(|export| export.name.name.to_owned()));
            }
            Payload::MemorySection(section) => {
                for memory in section.clone().into_iter().flatten() {
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(PAGE_BITS).min(PAGE_BITS);
                    self.memory_bytes = self.memory_bytes.saturating_add(memory.initial.saturating_mul(page));
                }
            }
            Payload::CodeSectionStart { count, .. } => self.functions += u64::from(*count),
            Payload::CodeSectionEntry(function) => {
                self.function_bytes = self.function_bytes.max(function.range().len());
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Producers(section) = section.as_known() {
                    self.produced(section);
                }
            }
            _ => {}
        }
    }

    fn produced(&mut self, section: ProducersSectionReader<'_>) {
        for field in section.into_iter().flatten() {
            for value in field.values.into_iter().flatten() {
                let line = [field.name, value.name, value.version].join(" ").trim_end().to_owned();
                if !self.producers.contains(&line) && self.producers.len() < PRODUCERS_MAX {
                    self.producers.push(line);
                }
            }
        }
    }
}
