//! What can be wrong with a plugin: at registration ([`PluginError`]), or in a call ([`Fault`]).

use crate::event::{Digest, limits};
use std::fmt;

/// Which plugin an error is about: its name, once it has said it, and its component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// `name@version`, as the plugin says it.
    pub name: Option<String>,
    /// The component.
    pub component: Digest,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "plugin {name} (component {})", self.component.short()),
            None => write!(f, "plugin of component {}", self.component.short()),
        }
    }
}

/// Why a component is not taken, or the host cannot work.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PluginError {
    /// The component is refused.
    #[error("{plugin}: {reason}")]
    Refused {
        /// Which.
        plugin: Label,
        /// Why.
        reason: Refusal,
    },
    /// The component failed when it was asked what it is.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The sandbox cannot be set up on this machine.
    #[error(
        "cannot set up the sandbox for plugins: {what}; it reserves about 1.1 TB of address space, see `ulimit -v`"
    )]
    Engine {
        /// What the engine said.
        what: String,
    },
    /// The folder of compiled components cannot be used.
    #[error("the folder of compiled plugins, {folder}: {what}")]
    Cache {
        /// The folder.
        folder: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// Why a component is refused at registration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// There are no bytes.
    #[error("the file is empty; give the component that your build wrote (a `.wasm` file)")]
    Empty,
    /// The bytes do not begin as WebAssembly does.
    #[error(
        "this is not WebAssembly (it begins with {begins}); give the component that your build wrote, in binary form"
    )]
    NotWasm {
        /// The first bytes, in hexadecimal.
        begins: String,
    },
    /// It is a core module.
    #[error(
        "this is a core module, not a component; make one of it with `wasm-tools component new` or `wasm-component-ld`"
    )]
    CoreModule,
    /// Too many bytes.
    #[error(
        "the component has {bytes} bytes, {limit} are allowed; strip its symbols, optimise it for size, or split the rule"
    )]
    TooLarge {
        /// How many.
        bytes: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Cut short, or damaged.
    #[error("the component is damaged at byte {offset} ({what}); copy or build it again")]
    Malformed {
        /// Where.
        offset: u64,
        /// What the parser said.
        what: String,
    },
    /// Too many of something that compiling, or a call, would have to pay for.
    #[error("the component has {found} {what}, {limit} are allowed; make it smaller or split the rule")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// One function is too large.
    #[error(
        "a function of the component has {bytes} bytes, {limit} are allowed; split it (tables of constants belong into data)"
    )]
    FunctionTooLarge {
        /// How many.
        bytes: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// It declares more memory than a call may have.
    #[error(
        "the component asks for {bytes} bytes of memory at its start, {limit} are allowed; give the linker a smaller stack and heap"
    )]
    Memory {
        /// How many.
        bytes: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// It exports neither world.
    #[error(
        "the component exports neither {validator} nor {monitor} (it exports {found}); build it against wit/sagwan-plugin.wit"
    )]
    NoWorld {
        /// What a validator exports.
        validator: &'static str,
        /// What a monitor exports.
        monitor: &'static str,
        /// What it exports.
        found: String,
    },
    /// It exports both worlds.
    #[error(
        "the component exports both worlds; build one component a world, so that each is approved for what it does"
    )]
    TwoWorlds,
    /// It exports a world of another version of the contract.
    #[error(
        "the component was built for {found}, this host knows {known}; build it again against this release's wit/sagwan-plugin.wit"
    )]
    OtherVersion {
        /// What it exports or imports.
        found: String,
        /// What there is here.
        known: &'static str,
    },
    /// It imports something that no plugin gets.
    #[error("the component imports {import}, which no plugin gets (there are: {known}); {remedy}")]
    Capability {
        /// What it imports.
        import: String,
        /// What may be imported.
        known: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A function or type of its interface is not what the contract says.
    #[error(
        "the component does not fit the contract {contract} ({what}); build it again against wit/sagwan-plugin.wit, unchanged"
    )]
    Signature {
        /// The version of the contract.
        contract: &'static str,
        /// What the linker said.
        what: String,
    },
    /// The compiler refused it.
    #[error(
        "the component does not compile ({what}); build it without threads, exceptions, garbage collection and 64-bit memories"
    )]
    Compile {
        /// What the compiler said.
        what: String,
    },
    /// Compiling took too long or too much, and was stopped.
    #[error("compiling the component was stopped ({what}); make it smaller: fewer, smaller functions")]
    CompileStopped {
        /// What was exceeded.
        what: String,
    },
    /// What it says of itself does not hold.
    #[error("what the component says of itself is not well formed: {what}")]
    Description {
        /// What is wrong, and what to do.
        what: String,
    },
}

/// Whether a fault would come again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// It comes again on any machine with the same engine profile: re-performance holds it against the record.
    Reproducible,
    /// It may depend on the machine or the moment: recorded as an input, listed by re-performance, never compared.
    Indeterminate,
}

impl Class {
    /// The word by which it is recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reproducible => "reproducible",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// A call that gave no result. It is never a verdict: what it means for the event is for the binding to say.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{plugin}, {call}: {cause}")]
pub struct Fault {
    /// Which plugin.
    pub plugin: Label,
    /// Which of its functions.
    pub call: &'static str,
    /// Why.
    pub cause: Cause,
}

impl Fault {
    /// Whether it would come again.
    #[must_use]
    pub fn class(&self) -> Class {
        self.cause.class()
    }

    /// The stable word of its cause, by which it is recorded.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }
}

/// Why a call gave no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Cause {
    /// Too many instructions.
    #[error("used up its {limit} units of fuel; look for an endless loop, or do less for each event")]
    Fuel {
        /// How many there are.
        limit: u64,
    },
    /// Too much time, though fuel was left.
    #[error("was not done after {limit} ms, with fuel left; the machine is too busy: try again when it is less so")]
    Deadline {
        /// Milliseconds.
        limit: u64,
    },
    /// Too much memory.
    #[error("asked for more than {limit} bytes of memory and did not go on without; keep less in memory at once")]
    Memory {
        /// How many there are.
        limit: usize,
    },
    /// Too many elements of tables.
    #[error("asked for more than {limit} elements of tables and did not go on without; do not grow tables")]
    Table {
        /// How many there are.
        limit: usize,
    },
    /// The stack is used up.
    #[error("used up its stack of {limit} bytes; look for endless recursion, or recurse less deeply")]
    Stack {
        /// Bytes.
        limit: usize,
    },
    /// It stopped itself, or did what WebAssembly does not allow.
    #[error("stopped: {what}; this is a bug of the plugin (a panic, an unchecked index, a division by zero)")]
    Trap {
        /// What WebAssembly calls it.
        what: String,
    },
    /// What it returned, or gave to the host, cannot be read.
    #[error("broke the contract: {what}; build it with bindings made from wit/sagwan-plugin.wit, unchanged")]
    Interface {
        /// What is wrong.
        what: String,
    },
    /// What it returned, or gave to the host, is too large.
    #[error("returned, or gave to the host, more than {limit} bytes at once; report fewer and shorter findings")]
    ResultSize {
        /// Bytes.
        limit: usize,
    },
    /// What it returned can be read, but says what the contract does not allow.
    #[error("returned what the contract does not allow: {what}")]
    Result {
        /// What is wrong, and what is allowed.
        what: String,
    },
    /// It asked too much.
    #[error("asked for more than {limit} {what}; ask for fewer events, of fewer kinds, and for no blob twice")]
    Queries {
        /// Of what: `answers`, or `bytes of answers`.
        what: &'static str,
        /// How many there are.
        limit: u64,
    },
    /// It would remember too much.
    #[error("went beyond the bounds of a monitor's state: {what}; keep sums and sketches, not the events")]
    State {
        /// What, and how much is allowed.
        what: String,
    },
    /// It might have gone on under the contract's limits: this host gives less.
    #[error("{cause} (this host gives less than the {most} of the contract: see {setting} of [plugin] in sagwan.toml)")]
    Tightened {
        /// What it went beyond.
        cause: Box<Cause>,
        /// The setting that gives less.
        setting: &'static str,
        /// What the contract gives.
        most: u64,
    },
    /// The host could not do its part.
    #[error("the host could not do its part: {what}; this is not the plugin's fault: see to that and try again")]
    Host {
        /// What went wrong.
        what: String,
    },
}

impl Cause {
    /// Whether it would come again. A stack's depth depends on the machine code, a deadline on what else is running,
    /// a tightened limit on whose host it is.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Deadline { .. } | Self::Stack { .. } | Self::Tightened { .. } | Self::Host { .. } => {
                Class::Indeterminate
            }
            _ => Class::Reproducible,
        }
    }

    /// The stable word by which it is recorded.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fuel { .. } => "fuel",
            Self::Deadline { .. } => "deadline",
            Self::Memory { .. } => "memory",
            Self::Table { .. } => "table",
            Self::Stack { .. } => "stack",
            Self::Trap { .. } => "trap",
            Self::Interface { .. } => "interface",
            Self::ResultSize { .. } => "result-size",
            Self::Result { .. } => "result",
            Self::Queries { .. } => "queries",
            Self::State { .. } => "state",
            Self::Tightened { cause, .. } => cause.code(),
            Self::Host { .. } => "host",
        }
    }
}

/// A foreign text as it may stand in an error: one line, bounded.
pub(super) fn clip(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CLIPPED_CHARS).collect();
    if text.chars().nth(CLIPPED_CHARS).is_some() { format!("{line}…") } else { line }
}

/// Characters of a foreign text in an error: a line or two of a terminal.
const CLIPPED_CHARS: usize = limits::PATH_BYTES_MAX;
