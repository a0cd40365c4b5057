//! The ward: hostile plugins one after the other, and after each an honest one in the same engine is asked again.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what fails here fails the test"
)]

use crate::plugin_support::{Guest, digest, judge, limits, no_answers, validator, view};
use sagwan::plugin::{Answers, Cause, Class, Fault, Judged, Limits, Registry, Validator, Verdict};
use std::sync::Arc;

/// A registry with an honest plugin in it, and what that said before anybody did harm.
pub struct Ward {
    pub registry: Registry,
    honest: Validator,
    before: [Judged; 2],
}

impl Ward {
    /// Little fuel, so that endless loops end soon.
    pub fn new() -> Self {
        Self::with(Limits { fuel: 3_000_000, monitor_fuel: 3_000_000, ..limits() })
    }

    pub fn with(limits: Limits) -> Self {
        let registry = Registry::new(limits, None).unwrap();
        let honest = validator(&registry, &Guest::honest());
        let before = said(&honest);
        assert!(
            matches!(before[0].outcome, Ok(Verdict::Accept(_))) && matches!(before[1].outcome, Ok(Verdict::Reject(_)))
        );
        Self { registry, honest, before }
    }

    /// The honest plugin says what it said, and it takes what it took.
    pub fn is_well(&self, after: &str) {
        assert_eq!(said(&self.honest), self.before, "after {after}");
    }

    /// Judges an ordinary event by a guest.
    pub fn judge(&self, guest: &Guest, answers: Arc<dyn Answers>) -> Judged {
        let hostile = validator(&self.registry, guest);
        let judged = hostile.validate(&view(5), "{}", answers);
        let again = hostile.validate(&view(5), "{}", no_answers());
        if judged.cost.transcript.is_none() && judged.outcome.as_ref().err().is_none_or(reproducible) {
            assert_eq!(judged, again, "what is reproducible comes again");
        }
        self.registry.forget(&digest(&guest.bytes()));
        judged
    }

    /// Why a guest gives no verdict; its message names plugin, limit and remedy.
    pub fn fault(&self, name: &str, guest: &Guest) -> Fault {
        let fault = self.judge(guest, no_answers()).outcome.expect_err(name);
        self.named(name, &fault);
        fault
    }

    /// Holds a fault's message against what it must name.
    pub fn named(&self, name: &str, fault: &Fault) {
        let message = fault.to_string();
        println!("{name}: {message}");
        assert!(message.starts_with("plugin ") && message.contains("component"), "{name} does not name it: {message}");
        assert!(message.contains("; ") || fault.code() == "result", "{name} names no remedy: {message}");
        assert!(message.len() < 700, "{name} buries its message: {message}");
        let limit = match fault.cause {
            Cause::Fuel { limit } => Some(limit.to_string()),
            Cause::Memory { limit } | Cause::Stack { limit } | Cause::Table { limit } | Cause::ResultSize { limit } => {
                Some(limit.to_string())
            }
            Cause::Deadline { limit } => Some(limit.to_string()),
            _ => None,
        };
        assert!(limit.is_none_or(|limit| message.contains(&limit)), "{name} does not name the limit: {message}");
        self.is_well(name);
    }

    /// Why a guest is not taken, because it failed when it was asked what it is.
    pub fn fault_at_registration(&self, name: &str, guest: &Guest) -> Fault {
        match self.registry.register(&guest.bytes()) {
            Err(sagwan::plugin::PluginError::Fault(fault)) => {
                self.named(name, &fault);
                fault
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn reproducible(fault: &Fault) -> bool {
    fault.class() == Class::Reproducible
}

fn said(honest: &Validator) -> [Judged; 2] {
    [judge(honest), honest.validate(&view(2_000_000), "{}", no_answers())]
}
