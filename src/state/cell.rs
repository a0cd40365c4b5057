//! Cells: how an entity stands in the index. A compact binary form of our own (the index is rebuilt from the log
//! whenever it cannot be read, so the form may change with [`CELLS_VERSION`]): integers as LEB128, texts and lists
//! with their length before them, options with a byte before them, structs field after field.

use crate::event::{
    ActorId, Bytes, Digest, Env, RoleId, Subject, Text, Timestamp,
    body::{CheckOutcome, PluginWorld, Stage},
};

/// The version of the form; a cell of facts begins with it.
pub const CELLS_VERSION: u8 = 4;

/// A value that can be written into a cell and read back.
pub(super) trait Cell: Sized {
    fn write(&self, out: &mut Vec<u8>);
    /// `None` when the bytes are not of the form.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// Reads a whole cell: nothing may be left over.
pub(super) fn read_whole<T: Cell>(mut bytes: &[u8]) -> Option<T> {
    let value = T::read(&mut bytes)?;
    bytes.is_empty().then_some(value)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(count)?;
    *bytes = tail;
    Some(head)
}

impl Cell for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
            rest >>= 7;
        }
        out.push(u8::try_from(rest).unwrap_or(0));
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *take(bytes, 1)?.first()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Cell for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes)?.try_into().ok()
    }
}

impl Cell for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes, 1)?.first().copied()
    }
}

impl Cell for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match u8::read(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Cell for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl Cell for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes, 8)?.try_into().ok().map(|bytes| Self(i64::from_be_bytes(bytes)))
    }
}

impl Cell for Digest {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.0);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes, 32)?.try_into().ok().map(Self)
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u64).write(out);
    out.extend(bytes);
}

fn read_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u64::read(bytes)?.try_into().ok()?;
    take(bytes, length)
}

impl Cell for Bytes {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(&self.0, out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        read_bytes(bytes).map(|bytes| Self(bytes.to_vec()))
    }
}

/// Names stand as their text, and are checked again when read.
macro_rules! text_cells {
    ($($name:ty),*) => {$(
        impl Cell for $name {
            fn write(&self, out: &mut Vec<u8>) {
                write_bytes(self.as_str().as_bytes(), out);
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                std::str::from_utf8(read_bytes(bytes)?).ok()?.parse().ok()
            }
        }
    )*};
}

text_cells!(ActorId, RoleId, Subject, Text, Env);

/// Words stand as a number.
macro_rules! word_cells {
    ($($name:ident { $($word:ident = $number:literal),* })*) => {$(
        impl Cell for $name {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$word => $number),* });
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                match u8::read(bytes)? {
                    $($number => Some(Self::$word),)*
                    _ => None,
                }
            }
        }
    )*};
}

word_cells! {
    CheckOutcome { Pass = 0, Warn = 1, Fail = 2 }
    PluginWorld { Validator = 0, Monitor = 1 }
    Stage { Observe = 0, Warn = 1, Enforce = 2 }
}

impl<T: Cell> Cell for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        if bool::read(bytes)? { T::read(bytes).map(Some) } else { Some(None) }
    }
}

impl<T: Cell> Cell for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        self.iter().for_each(|item| item.write(out));
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        // No capacity is reserved from a length that was read: each item costs at least what it takes to read it.
        (0..u64::read(bytes)?).map(|_| T::read(bytes)).collect()
    }
}

impl<T: Cell> Cell for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        T::read(bytes).map(Self::new)
    }
}

/// Declares a struct that stands in a cell field after field.
macro_rules! cells {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl $crate::state::cell::Cell for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $($crate::state::cell::Cell::write(&self.$field, out);)*
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::state::cell::Cell::read(bytes)?,)* })
            }
        }
    };
}

pub(super) use cells;
