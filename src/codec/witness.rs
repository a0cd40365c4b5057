//! What a log and a witness say to each other (C2SP tlog-witness, `add-checkpoint`). The request is also the file in
//! which a consistency proof is kept: it holds everything but the older checkpoint.
//!
//! ```text
//! old <decimal>           (the size of the older tree)
//! <base64 hash>           (one a line: the consistency proof, RFC 6962 section 2.1.2; none from size 0)
//!
//! <the newer signed checkpoint, verbatim>
//! ```

use super::{
    CodecError, Hash, Result,
    text::{clean, decimal, put_hashes, take_hashes, within},
};
use crate::event::limits::NOTE_BYTES_MAX;

/// The bytes of everything before the checkpoint, at most: the first line and 63 hashes.
const PREFIX_BYTES_MAX: usize = 32 + 64 * 64;

/// The media type of the size with which a witness answers 409.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// A checkpoint and the proof that its tree continues an older one. Nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the older tree; 0 for none.
    pub old: u64,
    /// The consistency proof, from RFC 6962 section 2.1.2.
    pub proof: Vec<Hash>,
    /// The newer signed checkpoint: a note, as the log published it.
    pub checkpoint: String,
}

/// Whether bytes look like an [`AddCheckpoint`].
#[must_use]
pub fn is_add_checkpoint(bytes: &[u8]) -> bool {
    bytes.starts_with(b"old ")
}

impl AddCheckpoint {
    /// The request's body.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse): what this would write is read back first.
    pub fn format(&self) -> Result<String> {
        let mut out = format!("old {}\n", self.old);
        put_hashes(&mut out, &self.proof);
        out.push('\n');
        out.push_str(&self.checkpoint);
        Self::parse(out.as_bytes())?;
        Ok(out)
    }

    /// Parses a request's body.
    ///
    /// # Errors
    /// [`CodecError::Empty`] and [`CodecError::Oversize`] for its size and length of proof, [`CodecError::BadText`],
    /// [`CodecError::BadLine`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        within("the consistency proof", bytes.len(), PREFIX_BYTES_MAX + NOTE_BYTES_MAX)?;
        let text = clean(bytes)?;
        let bad = |line, expected| CodecError::BadLine { line, expected };
        let parts = text.split_once("\n\n");
        let (head, checkpoint) = parts.ok_or(bad(text.lines().count(), "a blank line and the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(bad(1, "old and the size of the older tree in decimal"))?;
        let proof = take_hashes("the consistency proof", lines.zip(2..))?;
        within("the checkpoint", checkpoint.len(), NOTE_BYTES_MAX)?;
        Ok(Self { old, proof, checkpoint: checkpoint.to_owned() })
    }
}

/// The size of the tree that a witness cosigned last, with which it answers 409: a decimal and LF.
///
/// # Errors
/// [`CodecError::BadText`] and [`CodecError::BadLine`].
pub fn parse_size(bytes: &[u8]) -> Result<u64> {
    let line = clean(bytes)?.strip_suffix('\n').and_then(decimal);
    line.ok_or(CodecError::BadLine { line: 1, expected: "the size of the tree that was cosigned last, in decimal" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP tlog-witness, its checkpoint's second signature left out.
    const EXAMPLE: &str = "\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
";

    #[test]
    fn the_specifications_example_is_read_and_written_again() {
        let parsed = AddCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!((parsed.old, parsed.proof.len()), (20_852_014, 4));
        assert!(parsed.checkpoint.starts_with("example.com/behind-the-sofa\n20852163\n"));
        assert_eq!(parsed.format().unwrap(), EXAMPLE);
        assert!(is_add_checkpoint(EXAMPLE.as_bytes()) && !is_add_checkpoint(parsed.checkpoint.as_bytes()));
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        let many = format!("old 1\n{}\ncheckpoint\n", "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(64));
        for bad in [
            "",
            "old 1\n",
            "old 1\n\n",
            "old 01\n\ncheckpoint\n",
            "old -1\n\ncheckpoint\n",
            "old 18446744073709551616\n\ncheckpoint\n",
            "Old 1\n\ncheckpoint\n",
            "old 1\r\n\ncheckpoint\n",
            "old 1\nPlRN\n\ncheckpoint\n",
            "old 1\n \n\ncheckpoint\n",
            &many,
        ] {
            AddCheckpoint::parse(bad.as_bytes()).unwrap_err();
        }
        AddCheckpoint::parse(b"old 0\n\ncheckpoint\n").unwrap();
    }

    #[test]
    fn a_size_is_a_decimal_and_a_line_feed() {
        assert_eq!(parse_size(b"0\n").unwrap(), 0);
        assert_eq!(parse_size(b"20852163\n").unwrap(), 20_852_163);
        for bad in
            ["", "\n", "1", "01\n", "1\n\n", "1 \n", " 1\n", "-1\n", "+1\n", "1e3\n", "18446744073709551616\n", "1\r\n"]
        {
            parse_size(bad.as_bytes()).unwrap_err();
        }
    }
}
