//! Where things stand in a test guest's memory, in the layout of the canonical ABI.

use std::fmt::Write as _;

/// Addresses below the heap, and offsets in the event's record.
pub mod at {
    /// What `describe` returns.
    pub const DESCRIPTION: u32 = 0x100;
    /// A `result` without an error.
    pub const SETTINGS_OK: u32 = 0x140;
    /// An empty list.
    pub const NOTHING: u32 = 0x150;
    /// `accept` without findings.
    pub const ACCEPT: u32 = 0x160;
    /// `reject` with the finding at [`FINDING`].
    pub const REJECT: u32 = 0x170;
    /// `abstain`.
    pub const ABSTAIN: u32 = 0x180;
    /// A finding.
    pub const FINDING: u32 = 0x200;
    /// An observation.
    pub const OBSERVATION: u32 = 0x300;
    /// Where a host function writes what it returns.
    pub const RETURN: u32 = 0x380;
    /// Texts.
    pub const TEXTS: u32 = 0x1000;
    /// A page that nothing uses.
    pub const FREE: u32 = 0x8000;

    pub const EVENT_KIND: u32 = 0;
    pub const EVENT_RECORDED: u32 = 56;
    pub const EVENT_CLAIMED: u32 = 64;
    pub const EVENT_BODY: u32 = 88;
    pub const EVENT_FACETS: u32 = 96;
    pub const SETTINGS: u32 = 120;
    pub const FINDING_BYTES: u32 = 48;
}

/// Bytes at addresses.
#[derive(Clone, Default)]
pub struct Layout {
    parts: Vec<(u32, Vec<u8>)>,
    texts: u32,
}

impl Layout {
    /// The memory of a guest of this name, with what [`at`] names.
    pub fn described(name: &str) -> Self {
        let mut layout = Self { parts: Vec::new(), texts: at::TEXTS };
        let words = [name, "1.2.3", "a rule of the tests", "{}"].map(|text| layout.text(text));
        let words: Vec<u32> = words.into_iter().flatten().chain([0, 0, 0, 0]).collect();
        layout.words(at::DESCRIPTION, &words);
        layout.words(at::SETTINGS_OK, &[0, 0, 0]);
        layout.words(at::NOTHING, &[0, 0]);
        layout.words(at::ACCEPT, &[1, 0, 0]);
        layout.words(at::REJECT, &[2, at::FINDING, 1]);
        layout.words(at::ABSTAIN, &[0, 0, 0]);
        layout.finding(at::FINDING, "from-the-future", "it claims to have happened after it was recorded");
        layout
    }

    /// Places a text: its address and length.
    pub fn text(&mut self, text: &str) -> [u32; 2] {
        self.bytes(text.as_bytes())
    }

    /// Places bytes among the texts: their address and length.
    pub fn bytes(&mut self, bytes: &[u8]) -> [u32; 2] {
        let place = [self.texts, u32::try_from(bytes.len()).unwrap_or(u32::MAX)];
        self.parts.push((self.texts, bytes.to_vec()));
        self.texts += place[1].next_multiple_of(8);
        place
    }

    /// Puts 32-bit words at an address; what stood there before is overwritten.
    pub fn words(&mut self, address: u32, words: &[u32]) {
        self.parts.push((address, words.iter().flat_map(|word| word.to_le_bytes()).collect()));
    }

    /// Puts bytes at an address.
    pub fn put(&mut self, address: u32, bytes: &[u8]) {
        self.parts.push((address, bytes.to_vec()));
    }

    /// Puts a finding at an address.
    pub fn finding(&mut self, address: u32, code: &str, message: &str) {
        let [code, code_length] = self.text(code);
        let [message, message_length] = self.text(message);
        let major = 3;
        self.words(address, &[code, code_length, major, message, message_length, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Puts an alert, as an observation, at an address.
    pub fn alert(&mut self, address: u32, subject: &str, severity: u32) {
        let subject = self.text(subject);
        let code = self.text("drift");
        let message = self.text("it drifts");
        let words = [0, 0].into_iter().chain(subject).chain(code).chain([severity]).chain(message).chain([0; 6]);
        self.words(address, &words.collect::<Vec<_>>());
    }

    /// The data segments.
    pub fn wat(&self) -> String {
        let mut text = String::new();
        for (address, bytes) in &self.parts {
            let escaped = bytes.iter().fold(String::new(), |mut all, byte| {
                // Writing to a text does not fail.
                let _ = write!(all, "\\{byte:02x}");
                all
            });
            let _ = write!(text, "(data (i32.const {address}) \"{escaped}\")");
        }
        text
    }
}
