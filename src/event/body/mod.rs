//! The typed bodies of events, a struct a kind, grouped as in the design.
//!
//! A field under `need` must be present or committed to (it may be personal, so it may be left out for a salted
//! commitment); one under `have` must be present; `may` fields are optional; lists, maps and flags are left out when
//! empty or false, so that one content has one encoding.

mod access;
mod artifact;
mod columns;
mod language;
mod ledger;
mod lifecycle;
mod monitoring;
mod named;
mod privacy;
mod provenance;

pub use access::*;
pub use columns::*;
pub use language::*;
pub use ledger::*;
pub use lifecycle::*;
pub use monitoring::*;
pub use privacy::*;
pub use provenance::*;

/// Declares one body; see the module's first lines.
macro_rules! body {
    (
        $(#[$doc:meta])*
        $name:ident {
            $(need { $($(#[$need_doc:meta])* $need:ident,)* })?
            $(have { $($(#[$have_doc:meta])* $have:ident: $have_type:ty,)* })?
            $(may { $($(#[$may_doc:meta])* $may:ident: $may_type:ty,)* })?
            $(list { $($(#[$list_doc:meta])* $list:ident: $list_type:ty,)* })?
            $(map { $($(#[$map_doc:meta])* $map:ident: $map_type:ty,)* })?
            $(flag { $($(#[$flag_doc:meta])* $flag:ident,)* })?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($($(#[$need_doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $need: Option<$crate::event::Text>,)*)?
            $($($(#[$have_doc])* pub $have: $have_type,)*)?
            $($($(#[$may_doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $may: Option<$may_type>,)*)?
            $($($(#[$list_doc])* #[serde(default, skip_serializing_if = "Vec::is_empty")] pub $list: Vec<$list_type>,)*)?
            $($($(#[$map_doc])* #[serde(
                default, skip_serializing_if = "std::collections::BTreeMap::is_empty",
                deserialize_with = "crate::event::value::named",
            )] pub $map: std::collections::BTreeMap<String, $map_type>,)*)?
            $($($(#[$flag_doc])* #[serde(default, skip_serializing_if = "std::ops::Not::not")] pub $flag: bool,)*)?
        }

        impl $name {
            /// Every field and whether it must be there.
            pub(crate) const FIELDS: &'static [(&'static str, $crate::event::body::Presence)] = &[
                $($((stringify!($need), $crate::event::body::Presence::RequiredOrCommitted),)*)?
                $($((stringify!($have), $crate::event::body::Presence::Required),)*)?
                $($((stringify!($may), $crate::event::body::Presence::Optional),)*)?
                $($((stringify!($list), $crate::event::body::Presence::Optional),)*)?
                $($((stringify!($map), $crate::event::body::Presence::Optional),)*)?
                $($((stringify!($flag), $crate::event::body::Presence::Optional),)*)?
            ];

            /// The fields that must be present or committed, with whether they are present.
            pub(crate) fn required(&self) -> Vec<(&'static str, bool)> {
                vec![$($((stringify!($need), self.$need.is_some()),)*)?]
            }
        }
    };
}

/// Declares a closed list of words, lower case with hyphens.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $text)] $word,)* }

        impl $name {
            /// The word, as it stands in an event.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

use {body, words};

/// Whether a body must have a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It must be present, or committed to.
    RequiredOrCommitted,
    /// It must be present.
    Required,
    /// It may be left out.
    Optional,
}

impl Presence {
    /// The word that `docs/events.md` uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiredOrCommitted => "required or committed",
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}
