//! Results that cannot be read, are too large, or say what the contract does not allow.

use crate::{
    plugin_support::{Guest, Layout, at},
    ward::Ward,
};
use sagwan::plugin::{Cause, Class};

/// A validator that returns the address, with these words in memory.
fn returns(address: u32, change: impl FnOnce(&mut Layout)) -> Guest {
    let mut guest = Guest::validator().main(format!("(i32.const {address})"));
    change(&mut guest.data);
    guest
}

#[test]
fn what_cannot_be_read_breaks_the_contract() {
    let ward = Ward::new();
    let cases = [
        ("an address beyond memory", returns(0xffff_fff0, |_| {})),
        ("an address that is not aligned", returns(at::ACCEPT + 1, |_| {})),
        ("no such verdict", returns(at::FREE, |data| data.words(at::FREE, &[7, 0, 0]))),
        ("a list beyond memory", returns(at::FREE, |data| data.words(at::FREE, &[1, 0x1000, 9_000]))),
        ("a list that wraps", returns(at::FREE, |data| data.words(at::FREE, &[1, 0x1000, 0xffff_ffff]))),
        ("a list that is not aligned", returns(at::FREE, |data| data.words(at::FREE, &[1, at::FINDING + 1, 1]))),
        ("no such severity", returns(at::REJECT, |data| data.put(at::FINDING + 8, &[9]))),
        ("half an option", returns(at::REJECT, |data| data.put(at::FINDING + 20, &[2]))),
        ("a text beyond memory", returns(at::REJECT, |data| data.words(at::FINDING + 12, &[0x3_ffff, 100]))),
        ("a text of all of memory", returns(at::REJECT, |data| data.words(at::FINDING + 12, &[0, 0xffff_ffff]))),
        (
            "a text that is not UTF-8",
            returns(at::REJECT, |data| {
                let [address, length] = data.bytes(&[0xff, 0xfe, b'a', 0xc0, 0x80]);
                data.words(at::FINDING + 12, &[address, length]);
            }),
        ),
        (
            "half a surrogate",
            returns(at::REJECT, |data| {
                let [address, length] = data.bytes(&[0xed, 0xa0, 0x80]);
                data.words(at::FINDING, &[address, length]);
            }),
        ),
        ("memory at an address beyond it", Guest { realloc: "(i32.const -8)".into(), ..Guest::validator() }),
        ("memory that is not aligned", Guest { realloc: "(i32.const 4097)".into(), ..Guest::validator() }),
    ];
    for (name, guest) in cases {
        let fault = ward.fault(name, &guest);
        let told = matches!(fault.cause, Cause::Interface { .. } | Cause::ResultSize { .. } | Cause::Trap { .. });
        assert!(told && fault.class() == Class::Reproducible, "{name}: {fault}");
    }
}

#[test]
fn a_result_is_bounded_in_bytes() {
    let ward = Ward::new();
    // 20,000 findings whose texts are all the same mebibyte: 20 GB, if it were copied.
    let guest = Guest::validator().memory("(memory (export \"memory\") 64)").main(format!(
        "(local $at i32) (local.set $at (i32.const 131072))
             (loop $l
               (memory.copy (local.get $at) (i32.const {finding}) (i32.const 48))
               (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 48))) (i32.const 1091072))))
             (memory.fill (i32.const 2000000) (i32.const 97) (i32.const 1048576))
             (i32.store (i32.const {free}) (i32.const 1))
             (i32.store offset=4 (i32.const {free}) (i32.const 131072))
             (i32.store offset=8 (i32.const {free}) (i32.const 20000))
             (i32.const {free})",
        finding = at::FINDING,
        free = at::FREE
    ));
    let mut aliasing = guest.clone();
    aliasing.data.words(at::FINDING + 12, &[2_000_000, 1 << 20]);
    let fault = ward.fault("findings that alias", &aliasing);
    assert_eq!((fault.cause.clone(), fault.class()), (Cause::ResultSize { limit: 1 << 20 }, Class::Reproducible));
    let fault = ward.fault("20,000 findings", &guest);
    assert!(matches!(fault.cause, Cause::ResultSize { .. } | Cause::Result { .. }), "{fault}");
}

#[test]
fn what_says_too_much_or_too_little_is_not_taken() {
    let ward = Ward::new();
    let text = |field: u32, bytes: &'static [u8]| {
        returns(at::REJECT, move |data| {
            let [address, length] = data.bytes(bytes);
            data.words(at::FINDING + field, &[address, length]);
        })
    };
    let many = |field: u32, entry: Vec<u8>, count: u32| {
        returns(at::REJECT, move |data| {
            let [address, _] = data.bytes(&entry);
            data.words(at::FINDING + field, &[address, count]);
        })
    };
    let attribute = |count: usize| {
        // Name and value are the eight bytes at TEXTS, so the name stands twice.
        let one: Vec<u8> = [at::TEXTS, 8, at::TEXTS, 8].iter().flat_map(|word| word.to_le_bytes()).collect();
        one.repeat(count)
    };
    let cases = [
        ("a rejection without a finding", returns(at::FREE, |data| data.words(at::FREE, &[2, 0, 0])), "finding"),
        ("an empty code", text(0, b""), "code"),
        ("a code in capitals", text(0, b"DRIFT"), "code"),
        ("a long code", text(0, &[b'a'; 65]), "code"),
        ("an empty message", text(12, b""), "message"),
        ("a message that would move the cursor", text(12, b"\x1b[2Jgone"), "message"),
        ("a long message", text(12, &[b'a'; 4_097]), "message"),
        (
            "a pointer that is none",
            returns(at::REJECT, |data| {
                let [address, length] = data.text("body/rows");
                data.words(at::FINDING + 20, &[1, address, length]);
            }),
            "pointer",
        ),
        ("evidence that is no digest", many(32, vec![0; 8], 1), "digest"),
        ("too much evidence", many(32, vec![0; 8 * 65], 65), "65"),
        ("an attribute twice", many(40, attribute(2), 2), "twice"),
        ("too many attributes", many(40, attribute(33), 33), "33"),
        (
            "257 findings",
            returns(at::FREE, |data| {
                let one: Vec<u32> = vec![at::TEXTS, 4, 1, at::TEXTS, 4, 0, 0, 0, 0, 0, 0, 0];
                let all: Vec<u8> = one.repeat(257).iter().flat_map(|word| word.to_le_bytes()).collect();
                let [address, _] = data.bytes(&all);
                data.words(at::FREE, &[1, address, 257]);
            }),
            "257",
        ),
    ];
    for (name, guest, says) in cases {
        let fault = ward.fault(name, &guest);
        assert!(matches!(&fault.cause, Cause::Result { what } if what.contains(says)), "{name}: {fault}");
        assert_eq!(fault.class(), Class::Reproducible);
    }
}

#[test]
fn errors_in_settings_are_bounded() {
    let ward = Ward::new();
    let check = |words: &[u32], count: u32| {
        let mut guest = Guest { check: format!("(i32.const {})", at::FREE), ..Guest::validator() };
        let list: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let [address, _] = guest.data.bytes(&list);
        guest.data.words(at::FREE, &[1, address, count]);
        crate::plugin_support::validator(&ward.registry, &guest).check_settings("{}")
    };
    let one = [at::TEXTS, 9];
    assert_eq!(check(&one, 1), Ok(vec!["test-rule".to_owned()]));
    for (words, count) in [(vec![], 0), (one.repeat(65), 65), (vec![at::TEXTS, 0], 1)] {
        let fault = check(&words, count).expect_err("it is not allowed");
        ward.named("errors in settings", &fault);
        assert_eq!(fault.code(), "result");
    }
}
