//! Plugins written in the text format and made into components in process: no toolchain, a few kilobytes each.
#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod layout;

pub use layout::{Layout, at};

use sagwan::{
    event::{ActorId, Digest, Event, Timestamp},
    plugin::{Answers, Cause, EventView, Judged, Limits, Monitor, NoAnswers, Place, PluginError, Registry, Validator},
};
use sha2::{Digest as _, Sha256};
use std::{fmt::Write as _, sync::Arc};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract.
pub const WIT: &str = include_str!("../../wit/sagwan-plugin.wit");

/// The module that a guest imports an interface from.
pub const LOG: &str = "sagwan:plugin/log@1.0.0";
pub const QUERY: &str = "sagwan:plugin/query@1.0.0";
pub const JSON: &str = "sagwan:plugin/json@1.0.0";
pub const STATE: &str = "sagwan:plugin/state@1.0.0";

/// A guest whose parts a test bends. Bodies are WebAssembly text.
#[derive(Clone)]
pub struct Guest {
    pub world: &'static str,
    pub wit: String,
    pub imports: String,
    pub memory: String,
    pub realloc: String,
    pub describe: String,
    pub check: String,
    /// `validate` or `observe`: `$event` is the address of the event's record and of the settings behind it.
    pub main: String,
    /// `tick`: `$now` is the time.
    pub tick: String,
    /// More of the module: functions, globals, a start.
    pub extra: String,
    pub data: Layout,
}

/// Gives out memory from a heap that only grows.
const REALLOC: &str = "(local $at i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
  (global.set $heap (i32.add (local.get $at) (local.get $len)))
  (block $fits (loop $grow
    (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
    (br_if $grow (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))
    (unreachable)))
  (local.get $at)";

impl Guest {
    /// A validator that accepts everything.
    pub fn validator() -> Self {
        Self {
            world: "validator",
            wit: WIT.to_owned(),
            imports: String::new(),
            memory: "(memory (export \"memory\") 4)".to_owned(),
            realloc: REALLOC.to_owned(),
            describe: format!("(i32.const {})", at::DESCRIPTION),
            check: format!("(i32.const {})", at::SETTINGS_OK),
            main: format!("(i32.const {})", at::ACCEPT),
            tick: format!("(i32.const {})", at::NOTHING),
            extra: String::new(),
            data: Layout::described("test-rule"),
        }
    }

    /// A monitor that observes nothing.
    pub fn monitor() -> Self {
        Self { world: "monitor", main: format!("(i32.const {})", at::NOTHING), ..Self::validator() }
    }

    /// A validator that says: what claims to have happened after it was recorded is refused.
    pub fn honest() -> Self {
        let (recorded, claimed) = (at::EVENT_RECORDED, at::EVENT_CLAIMED);
        let main = format!(
            "(if (result i32) (i64.gt_s (i64.load offset={claimed} (local.get $event))
                                       (i64.load offset={recorded} (local.get $event)))
               (then (i32.const {})) (else (i32.const {})))",
            at::REJECT,
            at::ACCEPT
        );
        Self { main, data: Layout::described("not-from-the-future"), ..Self::validator() }
    }

    pub fn main(mut self, body: impl Into<String>) -> Self {
        self.main = body.into();
        self
    }

    pub fn extra(mut self, text: &str) -> Self {
        self.extra.push_str(text);
        self
    }

    pub fn memory(mut self, text: &str) -> Self {
        text.clone_into(&mut self.memory);
        self
    }

    /// Imports a function under a name: `signature` is its core type.
    pub fn import(mut self, interface: &str, function: &str, name: &str, signature: &str) -> Self {
        write!(self.imports, "(import \"{interface}\" \"{function}\" (func ${name} {signature}))").unwrap();
        self
    }

    /// The module as text.
    pub fn wat(&self) -> String {
        let offers = if self.world == "validator" { "validation" } else { "monitoring" };
        let prefix = self.prefix(offers);
        let main = if self.world == "validator" { "validate" } else { "observe" };
        let mut text = format!(
            "(module {imports} {memory} (global $heap (mut i32) (i32.const 65536))
             (func $realloc (export \"cabi_realloc\") (param $old i32) (param $was i32) (param $align i32)
               (param $len i32) (result i32) {realloc})
             (func (export \"{prefix}#describe\") (result i32) {describe})
             (func (export \"{prefix}#check-settings\") (param $text i32) (param $len i32) (result i32) {check})
             (func (export \"{prefix}#{main}\") (param $event i32) (result i32) {body})",
            imports = self.imports,
            memory = self.memory,
            realloc = self.realloc,
            describe = self.describe,
            check = self.check,
            body = self.main,
        );
        if self.world == "monitor" {
            let tick = &self.tick;
            write!(
                text,
                "(func (export \"{prefix}#tick\") (param $now i64) (param $text i32) (param $len i32) (result i32) {tick})"
            )
            .unwrap();
        }
        write!(text, "{} {})", self.extra, self.data.wat()).unwrap();
        text
    }

    /// The exported interface, in the version that the WIT text says.
    fn prefix(&self, offers: &str) -> String {
        let (_, rest) = self.wit.split_once("\npackage sagwan:plugin@").unwrap();
        let (version, _) = rest.split_once(';').unwrap();
        format!("sagwan:plugin/{offers}@{version}")
    }

    /// The component.
    pub fn bytes(&self) -> Vec<u8> {
        let text = self.wat();
        let module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        component(&self.wit, self.world, module).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

/// A component of a core module, by the world of a WIT text.
pub fn component(wit: &str, world: &str, mut module: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("contract.wit", wit).map_err(|error| format!("{error:?}"))?;
    let world = resolve.select_world(&[package], Some(world)).map_err(|error| format!("{error:?}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| format!("{error:?}"))?;
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| format!("{error:?}"))
}

/// Limits that leave room for a test's plugins and reserve little.
pub fn limits() -> Limits {
    Limits { calls: 4, ..Limits::default() }
}

/// A registry that compiles in this process.
pub fn registry() -> Registry {
    Registry::new(limits(), None).unwrap()
}

pub fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// Registers a guest and gives out the validator.
pub fn validator(registry: &Registry, guest: &Guest) -> Validator {
    let bytes = guest.bytes();
    registry.register(&bytes).unwrap_or_else(|error| panic!("{error}"));
    registry.validator(&digest(&bytes)).unwrap()
}

/// Registers a guest and gives out the monitor.
pub fn monitor(registry: &Registry, guest: &Guest) -> Monitor {
    let bytes = guest.bytes();
    registry.register(&bytes).unwrap_or_else(|error| panic!("{error}"));
    registry.monitor(&digest(&bytes)).unwrap()
}

/// An event that claims to have happened at `claimed`.
pub fn event(claimed: i64) -> Event {
    let text = r#"{"kind":"run.completed","subject":"run/r1","env":"dev","body":{"metrics":{"auc":0.91,"n":3}},
        "facets":{"note":{"a":[1,2.5,null]}},"inputs":[{"subject":"dataset/d@1","external":true}]}"#;
    sagwan::codec::event::from_json(text, Timestamp(claimed)).unwrap()
}

/// Its view, recorded at 1,000,000 ms.
pub fn view(claimed: i64) -> EventView {
    let actor: ActorId = "user:ada".parse().unwrap();
    EventView::new(&event(claimed), &Place { actor: &actor, index: 7, position: 0, recorded: Timestamp(1_000_000) })
}

pub fn no_answers() -> Arc<dyn Answers> {
    Arc::new(NoAnswers)
}

/// Judges an ordinary event.
pub fn judge(validator: &Validator) -> Judged {
    validator.validate(&view(5), "{}", no_answers())
}

/// Why a guest's `validate` gives no verdict.
pub fn fault(registry: &Registry, guest: &Guest) -> Cause {
    let validator = validator(registry, guest);
    judge(&validator).outcome.unwrap_err().cause
}

/// Why bytes are not taken.
pub fn refusal(registry: &Registry, bytes: &[u8]) -> PluginError {
    registry.register(bytes).unwrap_err()
}
