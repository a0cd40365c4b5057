//! The plugins that ship, within the program: what `plugins/dist/` holds.

/// A plugin's name and its component.
pub struct Shipped {
    /// The name, as in `plugin/NAME`.
    pub name: &'static str,
    /// The component.
    pub component: &'static [u8],
}

macro_rules! shipped {
    ($($name:literal,)*) => {
        /// All of them, by name.
        pub const ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            component: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/dist/", $name, ".wasm")),
        },)*];
    };
}

shipped! {
    "data-quality",
    "drift",
    "groundedness",
    "performance",
    "personal-data",
    "promotion-evidence",
    "prompt-regression",
    "runtime-parity",
}

/// The component of one of them.
#[must_use]
pub fn component(name: &str) -> Option<&'static [u8]> {
    ALL.iter().find(|shipped| shipped.name == name).map(|shipped| shipped.component)
}
