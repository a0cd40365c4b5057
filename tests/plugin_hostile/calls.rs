//! Code that does not end, wants too much, or stops.

use crate::{
    plugin_support::{Guest, LOG, at, limits},
    ward::Ward,
};
use sagwan::plugin::{Cause, Class, Limits, Verdict};

const LOOP: &str = "(loop $again (br $again)) (unreachable)";

#[test]
fn endless_loops_run_out_of_fuel_wherever_they_stand() {
    let ward = Ward::new();
    let fuel = |fault: sagwan::plugin::Fault| {
        assert_eq!((fault.cause.clone(), fault.class()), (Cause::Fuel { limit: 3_000_000 }, Class::Reproducible));
    };
    fuel(ward.fault("loop in validate", &Guest::validator().main(LOOP)));
    fuel(ward.fault("loop in realloc", &Guest { realloc: LOOP.into(), ..Guest::validator() }));
    let after = "(func (export \"cabi_post_sagwan:plugin/validation@1.0.0#validate\") (param i32) (loop $l (br $l)))";
    fuel(ward.fault("loop after the return", &Guest::validator().extra(after)));
    fuel(ward.fault_at_registration("loop in describe", &Guest { describe: LOOP.into(), ..Guest::validator() }));
    let start = "(func $begin (loop $l (br $l))) (start $begin)";
    fuel(ward.fault_at_registration("loop in start", &Guest::validator().extra(start)));
    let check = Guest { check: LOOP.into(), ..Guest::validator() };
    let plugin = crate::plugin_support::validator(&ward.registry, &check);
    let fault = plugin.check_settings("{}").expect_err("it does not end");
    ward.named("loop in check-settings", &fault);
    assert_eq!((fault.call, fault.code()), ("check-settings", "fuel"));
}

#[test]
fn a_call_that_lasts_too_long_is_indeterminate() {
    let ward = Ward::with(Limits { fuel: u64::MAX / 2, call_ms: 100, ..limits() });
    let fault = ward.fault("endless, with endless fuel", &Guest::validator().main(LOOP));
    assert_eq!((fault.cause.clone(), fault.class()), (Cause::Deadline { limit: 100 }, Class::Indeterminate));
}

#[test]
fn memory_is_bounded_over_all_memories() {
    let ward = Ward::new();
    let memory = Cause::Memory { limit: 64 << 20 };
    let bomb = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)";
    let fault = ward.fault("memory bomb", &Guest::validator().main(bomb));
    assert_eq!((fault.cause.clone(), fault.class()), (memory.clone(), Class::Reproducible));
    // Two memories of 40 MiB each fit alone, and not together.
    let two = Guest::validator()
        .main("(drop (memory.grow $second (i32.const 640))) (if (i32.eq (memory.grow 0 (i32.const 640)) (i32.const -1)) (then (unreachable))) (i32.const 352)")
        .extra("(memory $second 1)");
    assert_eq!(ward.fault("two memories", &two).cause, memory);
    let beyond = "(if (i32.eq (memory.grow (i32.const 70000)) (i32.const -1)) (then (unreachable))) (i32.const 352)";
    assert_eq!(ward.fault("more than 32 bits can name", &Guest::validator().main(beyond)).cause, memory);
    let lives = format!("(drop (memory.grow (i32.const 60000))) (i32.const {})", at::ACCEPT);
    let judged = ward.judge(&Guest::validator().main(lives), crate::plugin_support::no_answers());
    assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])), "who lives without what he was refused has his verdict");
    let own = format!("(drop (memory.grow (i32.const 1))) (i32.const {})", at::ACCEPT);
    let own = Guest::validator().main(own).memory("(memory (export \"memory\") 4 4)");
    let judged = ward.judge(&own, crate::plugin_support::no_answers());
    assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])));
    ward.is_well("memory");
}

#[test]
fn tables_are_bounded() {
    let ward = Ward::new();
    let bomb = "(loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 10000)) (i32.const -1))))
                (unreachable)";
    let fault = ward.fault("table bomb", &Guest::validator().main(bomb).extra("(table $t 1 funcref)"));
    assert!(matches!(fault.cause, Cause::Table { .. }), "{fault}");
}

#[test]
fn a_stack_that_is_used_up_is_indeterminate() {
    let ward = Ward::with(limits());
    let recursion = "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))";
    let fault = ward.fault("recursion", &Guest::validator().main("(call $deep (i32.const 1))").extra(recursion));
    assert_eq!((fault.cause.clone(), fault.class()), (Cause::Stack { limit: 512 << 10 }, Class::Indeterminate));
    let indirect = "(table 1 funcref) (elem (i32.const 0) $deep) (type $f (func (param i32) (result i32)))
        (func $deep (param i32) (result i32)
          (i32.add (call_indirect (type $f) (local.get 0) (i32.const 0)) (i32.const 1)))";
    let fault =
        ward.fault("recursion by a table", &Guest::validator().main("(call $deep (i32.const 1))").extra(indirect));
    assert_eq!(fault.code(), "stack");
}

#[test]
fn traps_are_named() {
    let ward = Ward::new();
    let table = "(table 2 funcref) (elem (i32.const 0) $other) (func $other) (type $f (func (param i32) (result i32)))";
    let cases = [
        ("unreachable", "(unreachable)", "unreachable"),
        ("division by zero", "(i32.div_u (i32.const 1) (i32.const 0))", "divide by zero"),
        ("overflow", "(i32.div_s (i32.const 0x80000000) (i32.const -1))", "overflow"),
        ("no integer", "(i32.trunc_f64_s (f64.const nan))", "integer"),
        ("beyond memory", "(i32.load (i32.const -1))", "out of bounds memory"),
        ("beyond memory by an offset", "(i32.load offset=0xfffffff0 (i32.const -1))", "out of bounds memory"),
        ("null function", "(call_indirect (type $f) (i32.const 0) (i32.const 1))", "uninitialized"),
        ("function of another type", "(call_indirect (type $f) (i32.const 0) (i32.const 0))", "indirect call"),
        ("beyond a table", "(call_indirect (type $f) (i32.const 0) (i32.const 9))", "undefined element"),
    ];
    for (name, body, says) in cases {
        let fault = ward.fault(name, &Guest::validator().main(body).extra(table));
        assert!(matches!(&fault.cause, Cause::Trap { what } if what.contains(says)), "{name}: {fault}");
        assert_eq!(fault.class(), Class::Reproducible);
    }
}

#[test]
fn nothing_leaks_from_one_call_to_the_next() {
    let ward = Ward::new();
    // Rejects if memory or a global has what an earlier call left.
    let body = format!(
        "(if (i32.or (i32.load (i32.const {free})) (global.get $mark)) (then (return (i32.const {reject}))))
         (i32.store (i32.const {free}) (i32.const 1)) (global.set $mark (i32.const 1))
         (drop (memory.grow (i32.const 8)))
         (i32.store (i32.const 400000) (i32.const 1))
         (i32.const {accept})",
        free = at::FREE,
        reject = at::REJECT,
        accept = at::ACCEPT
    );
    let guest = Guest::validator().main(body).extra("(global $mark (mut i32) (i32.const 0))");
    let plugin = crate::plugin_support::validator(&ward.registry, &guest);
    for call in 0..200 {
        let judged = crate::plugin_support::judge(&plugin);
        assert_eq!(judged.outcome, Ok(Verdict::Accept(vec![])), "call {call}");
    }
    // A fresh memory is zero beyond what the module says, whoever had the slot before.
    let sum = format!(
        "(local $at i32) (local $sum i32) (local.set $at (i32.const 200000))
         (loop $l (local.set $sum (i32.or (local.get $sum) (i32.load (local.get $at))))
           (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 262140))))
         (select (i32.const {}) (i32.const {}) (local.get $sum))",
        at::REJECT,
        at::ACCEPT
    );
    let filled = "(memory.fill (i32.const 100000) (i32.const 255) (i32.const 160000)) (i32.const 352)";
    let filler = crate::plugin_support::validator(&ward.registry, &Guest::validator().main(filled));
    let reader = crate::plugin_support::validator(&ward.registry, &Guest::validator().main(sum));
    for _ in 0..20 {
        assert_eq!(crate::plugin_support::judge(&filler).outcome, Ok(Verdict::Accept(vec![])));
        assert_eq!(crate::plugin_support::judge(&reader).outcome, Ok(Verdict::Accept(vec![])));
    }
}

#[test]
fn a_plugin_does_not_call_out_where_it_may_not() {
    let ward = Ward::new();
    let call = "(call $write (i32.const 0) (i32.const 4096) (i32.const 4))";
    let guest = Guest::validator().import(LOG, "write", "write", "(param i32 i32 i32)");
    // The host is placing arguments: the component may not be left, so it cannot be entered again either.
    let realloc = format!("{call} {}", guest.realloc);
    let fault = ward.fault(
        "calls out of realloc",
        &Guest { realloc: realloc.replacen("(local $at i32)", "", 1), ..guest.clone() }.locals(),
    );
    assert_eq!(fault.code(), "trap", "{fault}");
    let start = format!("(func $begin {call}) (start $begin)");
    let fault = ward.fault_at_registration("calls out of start", &guest.extra(&start));
    assert_eq!(fault.code(), "trap", "{fault}");
}

impl Guest {
    /// Puts the local of `realloc` before its first instruction.
    fn locals(mut self) -> Self {
        self.realloc = format!("(local $at i32) {}", self.realloc);
        self
    }
}
