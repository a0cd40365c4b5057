//! The same component, event, settings and answers give the same verdict at the same cost: in fresh instances, on many
//! threads at once, in other processes, and whatever ran before.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod plugin_support;

use plugin_support::{Guest, at, judge, limits, no_answers, validator, view};
use sagwan::plugin::{CompileCache, InProcess, Registry, Verdict};
use std::{process::Command, sync::Arc, thread};

/// Rules whose verdict hangs on what a machine could do differently: the bits of a NaN, the order of sums, memory that
/// is refused, fused multiplications.
fn delicate() -> Vec<(&'static str, Guest)> {
    // Writes the low word of a sum of floats into the message of the finding, as hexadecimal digits.
    let digits = "(local $n i32) (local $x f64) (local $bits i64)
        (local.set $x (f64.const 1))
        (loop $l
          (local.set $x (f64.add (f64.div (local.get $x) (f64.const 3)) (f64.mul (local.get $x) (f64.const 0.1))))
          (local.set $x (f64.sqrt (f64.add (local.get $x) (f64.convert_i32_u (local.get $n)))))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 500))))
        (local.set $bits (i64.xor (i64.reinterpret_f64 (local.get $x)) NAN))
        (local.set $n (i32.const 0))
        (loop $l
          (i32.store8 (i32.add (i32.const MESSAGE) (local.get $n))
            (i32.add (i32.const 97) (i32.wrap_i64 (i64.and (i64.shr_u (local.get $bits)
              (i64.extend_i32_u (i32.mul (local.get $n) (i32.const 4)))) (i64.const 15)))))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 16))))
        (i32.const REJECT)";
    let nans = [
        ("a sum", "(i64.const 0)"),
        ("zero by zero", "(i64.reinterpret_f64 (f64.div (f64.const 0) (f64.sub (local.get $x) (local.get $x))))"),
        ("a NaN with a payload", "(i64.reinterpret_f64 (f64.add (f64.const nan:0x123) (local.get $x)))"),
        ("a negative NaN", "(i64.extend_i32_u (i32.reinterpret_f32 (f32.mul (f32.const -nan) (f32.const 2))))"),
        ("infinity less infinity", "(i64.reinterpret_f64 (f64.sub (f64.const inf) (f64.const inf)))"),
        ("the smaller of NaN and one", "(i64.reinterpret_f64 (f64.min (f64.const nan:0x1) (f64.const 1)))"),
    ];
    let mut rules = Vec::new();
    for (name, nan) in nans {
        let mut guest = Guest::validator();
        let [message, _] = guest.data.text("sixteen letters.");
        guest.data.words(at::FINDING + 12, &[message, 16]);
        let body = digits.replace("NAN", nan).replace("MESSAGE", &message.to_string());
        rules.push((name, guest.main(body.replace("REJECT", &at::REJECT.to_string()))));
    }
    let relaxed = "(local $v v128)
        (local.set $v (f32x4.relaxed_madd (f32x4.splat (f32.const 1.0000001)) (f32x4.splat (f32.const 1.0000001))
          (f32x4.splat (f32.const -1.0000002))))
        (select (i32.const 384) (i32.const 352) (i32.and (i32x4.extract_lane 0 (local.get $v)) (i32.const 1)))";
    rules.push(("a fused multiplication", Guest::validator().main(relaxed)));
    let memory = "(local $n i32)
        (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (select (i32.const 384) (i32.const 352) (i32.eq (local.get $n) (i32.const 1021)))";
    rules.push(("memory until it is refused", Guest::validator().main(memory)));
    rules.push(("honest", Guest::honest()));
    rules.push(("a trap", Guest::validator().main("(unreachable)")));
    rules
}

/// One line a rule: what it said, and what it took.
fn lines(registry: &Registry) -> Vec<String> {
    let line = |(name, guest): (&str, Guest)| {
        let judged = judge(&validator(registry, &guest));
        format!("{name}: {:?} for {}", judged.outcome, judged.cost.fuel)
    };
    delicate().into_iter().map(line).collect()
}

fn registry() -> Registry {
    Registry::new(limits(), None).unwrap()
}

#[test]
fn a_hundred_fresh_instances_say_the_same() {
    let registry = registry();
    for (name, guest) in delicate() {
        let rule = validator(&registry, &guest);
        let first = judge(&rule);
        for _ in 0..100 {
            assert_eq!(judge(&rule), first, "{name}");
        }
    }
}

#[test]
fn threads_and_other_engines_say_the_same() {
    let wanted = lines(&registry());
    assert!(wanted.iter().any(|line| line.contains("Reject")), "{wanted:?}");
    let folder = tempfile::tempdir().unwrap();
    let cache = CompileCache::open(folder.path(), Arc::new(InProcess)).unwrap();
    let other = Registry::new(limits(), Some(cache)).unwrap();
    // More threads than places in the pool: those that are too many wait.
    thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| lines(&other))).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), wanted));
    });
}

#[test]
#[ignore = "runs in the processes that the next test starts"]
fn a_process_prints_what_its_rules_say() {
    lines(&registry()).iter().for_each(|line| println!("rule {line}"));
}

#[test]
fn other_processes_say_the_same() {
    let wanted = lines(&registry());
    for _ in 0..2 {
        let mut other = Command::new(std::env::current_exe().unwrap());
        other.args(["--exact", "a_process_prints_what_its_rules_say", "--ignored", "--nocapture"]);
        let output = String::from_utf8(other.output().unwrap().stdout).unwrap();
        let said: Vec<&str> =
            output.lines().filter_map(|line| line.split_once("rule ").map(|(_, rule)| rule)).collect();
        assert_eq!(said, wanted);
    }
}

#[test]
fn settings_are_seen_as_they_are_given() {
    // Rejects unless the settings are nine bytes long.
    let body = format!(
        "(select (i32.const {}) (i32.const {}) (i32.eq (i32.load offset={} (local.get $event)) (i32.const 9)))",
        at::ACCEPT,
        at::REJECT,
        at::SETTINGS + 4
    );
    let registry = registry();
    let rule = validator(&registry, &Guest::validator().main(body));
    let said = |settings: &str| rule.validate(&view(5), settings, no_answers()).outcome.unwrap();
    assert_eq!(said(r#"{"max":2}"#), Verdict::Accept(vec![]));
    assert!(matches!(said("{}"), Verdict::Reject(_)));
}
