//! The one strict walker: every byte that enters as CBOR passes through here.

use super::float::{half_is_nan, narrow_to_half, narrow_to_single};
use crate::{
    codec::{CborError, CborRule},
    event::limits::DEPTH_MAX,
};

type Result<T> = std::result::Result<T, CborError>;

/// Major types of RFC 8949 section 3.1.
pub(crate) mod major {
    pub(crate) const UNSIGNED: u8 = 0;
    pub(crate) const NEGATIVE: u8 = 1;
    pub(crate) const BYTES: u8 = 2;
    pub(crate) const TEXT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const MAP: u8 = 5;
    pub(crate) const TAG: u8 = 6;
}

/// A cursor over CBOR bytes that knows the deterministic rules. All methods are total.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

fn broken<T>(offset: usize, rule: CborRule) -> Result<T> {
    Err(CborError { offset, rule })
}

impl<'a> Reader<'a> {
    /// A cursor at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The bytes from `start` to the cursor.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.position).unwrap_or_default()
    }

    /// The next byte, not consumed.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Refuses bytes after the cursor.
    pub(crate) fn end(&self) -> Result<()> {
        if self.position == self.bytes.len() { Ok(()) } else { broken(self.position, CborRule::TrailingBytes) }
    }

    /// The next `length` bytes.
    #[inline]
    pub(crate) fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let taken = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let Some(taken) = taken else { return broken(self.bytes.len(), CborRule::UnexpectedEnd) };
        self.position += taken.len();
        Ok(taken)
    }

    /// The initial byte and the argument of the next head, whatever its form; `None` is an indefinite length.
    #[inline]
    pub(crate) fn raw_head(&mut self) -> Result<(u8, Option<u64>)> {
        let at = self.position;
        let Some(&first) = self.bytes.get(at) else { return broken(at, CborRule::UnexpectedEnd) };
        self.position = at + 1;
        let info = first & 0x1f;
        if info < 24 {
            return Ok((first, Some(u64::from(info))));
        }
        let width = match info {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Ok((first, None)),
            _ => return broken(at, CborRule::ReservedHead),
        };
        let argument = self.take(width)?.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Ok((first, Some(argument)))
    }

    /// The initial byte and the argument of the next head, which must be definite and the shortest.
    #[inline]
    fn head(&mut self) -> Result<(u8, u64)> {
        let at = self.position;
        let (first, argument) = self.raw_head()?;
        let Some(argument) = argument else { return broken(at, CborRule::IndefiniteLength) };
        let least = match first & 0x1f {
            24 => 24,
            25 => 1 << 8,
            26 => 1 << 16,
            27 => 1 << 32,
            _ => 0,
        };
        // The argument of major type 7 is a simple value or a float, which have their own rules.
        if argument < least && first >> 5 != 7 { broken(at, CborRule::NonMinimalHead) } else { Ok((first, argument)) }
    }

    /// Walks one item strictly. `depth` is the number of arrays and maps around it.
    pub(crate) fn item(&mut self, depth: usize) -> Result<()> {
        let at = self.position;
        let (first, argument) = self.head()?;
        match first >> 5 {
            major::UNSIGNED | major::NEGATIVE => Ok(()),
            major::BYTES => self.take(argument).map(drop),
            major::TEXT => self.utf8(argument).map(drop),
            major::ARRAY => {
                self.descend(at, depth, argument)?;
                (0..argument).try_for_each(|_| self.item(depth + 1))
            }
            major::MAP => {
                self.descend(at, depth, argument)?;
                let mut previous: &[u8] = &[];
                for _ in 0..argument {
                    previous = self.key(previous)?;
                    self.item(depth + 1)?;
                }
                Ok(())
            }
            major::TAG => broken(at, CborRule::Tag),
            _ => simple(at, first, argument),
        }
    }

    /// Refuses a container nested too deeply, or with more members than bytes are left for.
    fn descend(&self, at: usize, depth: usize, members: u64) -> Result<()> {
        if depth >= DEPTH_MAX {
            return broken(at, CborRule::TooDeep);
        }
        let left = self.bytes.len().saturating_sub(self.position) as u64;
        if members > left { broken(self.bytes.len(), CborRule::UnexpectedEnd) } else { Ok(()) }
    }

    /// Walks a map key; it must come after `previous` (the encoded key before it, empty for the first) in the
    /// bytewise order of RFC 8949 section 4.2.1. Gives its encoded bytes.
    #[inline]
    pub(crate) fn key(&mut self, previous: &[u8]) -> Result<&'a [u8]> {
        let at = self.position;
        let (first, argument) = self.head()?;
        match first >> 5 {
            major::UNSIGNED | major::NEGATIVE => {}
            major::TEXT => drop(self.utf8(argument)?),
            _ => return broken(at, CborRule::KeyType),
        }
        let key = self.since(at);
        match key.cmp(previous) {
            std::cmp::Ordering::Greater => Ok(key),
            std::cmp::Ordering::Equal => broken(at, CborRule::DuplicateKey),
            std::cmp::Ordering::Less => broken(at, CborRule::UnsortedKeys),
        }
    }

    #[inline]
    fn utf8(&mut self, length: u64) -> Result<&'a str> {
        let at = self.position;
        let taken = self.take(length)?;
        std::str::from_utf8(taken)
            .map_err(|error| CborError { offset: at + error.valid_up_to(), rule: CborRule::InvalidUtf8 })
    }

    /// Passes over one item that was already walked strictly. Cheaper than [`item`](Self::item); still total.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let mut pending: u64 = 1;
        while pending > 0 {
            pending -= 1;
            let (first, argument) = self.head()?;
            match first >> 5 {
                major::BYTES | major::TEXT => drop(self.take(argument)?),
                major::ARRAY => pending = pending.saturating_add(argument),
                major::MAP => pending = pending.saturating_add(argument.saturating_mul(2)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The head of an item of major type `wanted`: its argument.
    fn expect(&mut self, wanted: u8, name: &'static str) -> Result<u64> {
        let at = self.position;
        let (first, argument) = self.head()?;
        if first >> 5 == wanted { Ok(argument) } else { broken(at, CborRule::Expected(name)) }
    }

    /// A byte string.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.expect(major::BYTES, "a byte string")?;
        self.take(length)
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn array_of<const N: usize>(&mut self, name: &'static str) -> Result<&'a [u8; N]> {
        let at = self.position;
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| CborError { offset: at, rule: CborRule::Expected(name) })
    }

    /// A text string.
    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let length = self.expect(major::TEXT, "a text string")?;
        self.utf8(length)
    }

    /// An unsigned integer.
    pub(crate) fn unsigned(&mut self) -> Result<u64> {
        self.expect(major::UNSIGNED, "an unsigned integer")
    }

    /// An integer that fits 64 bits with sign.
    pub(crate) fn integer(&mut self) -> Result<i64> {
        let at = self.position;
        let (first, argument) = self.head()?;
        let value = match (first >> 5, i64::try_from(argument)) {
            (major::UNSIGNED, Ok(value)) => Some(value),
            (major::NEGATIVE, Ok(value)) => Some(-1 - value),
            _ => None,
        };
        value.map_or_else(|| broken(at, CborRule::Expected("an integer of 64 bits")), Ok)
    }

    /// The number of items of an array, each of which takes at least a byte of what is left.
    pub(crate) fn array(&mut self) -> Result<u64> {
        let at = self.position;
        let members = self.expect(major::ARRAY, "an array")?;
        self.descend(at, 0, members).map(|()| members)
    }

    /// The number of entries of a map, each of which takes at least a byte of what is left.
    pub(crate) fn map(&mut self) -> Result<u64> {
        let at = self.position;
        let members = self.expect(major::MAP, "a map")?;
        self.descend(at, 0, members).map(|()| members)
    }

    /// One given byte, such as a tag's head or `null`.
    pub(crate) fn exactly(&mut self, byte: u8, name: &'static str) -> Result<()> {
        match self.peek() {
            Some(found) if found == byte => {
                self.position += 1;
                Ok(())
            }
            Some(_) => broken(self.position, CborRule::Expected(name)),
            None => broken(self.position, CborRule::UnexpectedEnd),
        }
    }
}

/// The rules of major type 7: only `false`, `true`, `null`, and floats at their shortest that are numbers.
fn simple(at: usize, first: u8, argument: u64) -> Result<()> {
    let (not_a_number, shorter) = match first & 0x1f {
        20..=22 => (false, false),
        25 => (half_is_nan(argument as u16), false),
        26 => (f32::from_bits(argument as u32).is_nan(), narrow_to_half(argument as u32).is_some()),
        27 => (f64::from_bits(argument).is_nan(), narrow_to_single(argument).is_some()),
        _ => return broken(at, CborRule::UnsupportedSimple),
    };
    match (not_a_number, shorter) {
        (true, _) => broken(at, CborRule::NotANumber),
        (_, true) => broken(at, CborRule::NonMinimalFloat),
        _ => Ok(()),
    }
}
