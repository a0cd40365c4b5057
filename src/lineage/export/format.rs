//! The formats by name.

use std::{fmt, str::FromStr};

macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident = $name:literal, $media_type:literal;)*) => {
        /// A form that others read.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Format { $($(#[$doc])* $format,)* }

        impl Format {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$format),*];

            /// Its name on the command line and in addresses.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$format => $name),* }
            }

            /// Its media type.
            #[must_use]
            pub fn media_type(self) -> &'static str {
                match self { $(Self::$format => $media_type),* }
            }
        }
    };
}

formats! {
    /// OpenLineage 2-0-2 events, one a line.
    OpenLineage = "openlineage", "application/x-ndjson";
    /// W3C PROV-JSON.
    Prov = "prov", "application/json";
    /// A CycloneDX 1.7 bill of materials for machine learning.
    CycloneDx = "cyclonedx", "application/vnd.cyclonedx+json; version=1.7";
    /// RO-Crate metadata by the Process Run Crate profile.
    RoCrate = "ro-crate", "application/ld+json";
    /// in-toto statements, one a line, unsigned.
    InToto = "in-toto", "application/x-ndjson";
    /// Graphviz DOT.
    Dot = "dot", "text/vnd.graphviz";
    /// Mermaid.
    Mermaid = "mermaid", "text/vnd.mermaid";
    /// A picture.
    Svg = "svg", "image/svg+xml";
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("format: no such format; give one of {}", known.join(", "))
        })
    }
}
