//! Records that want to abuse the terminal on which they are shown.

use super::support::Bench;

const HOSTILE: [&str; 8] = [
    "\u{1b}[2J\u{1b}[1;1Hdecision  allowed",
    "\u{1b}]0;title\u{7}\u{9b}31m",
    "a\rdecision  allowed",
    "line\ndecision  allowed",
    "\u{202e}dewolla\u{202c}\u{2066}x\u{2069}",
    "z\u{200b}e\u{200d}r\u{feff}o\u{2060}",
    "\u{e0041}\u{fe0f}\u{2028}\u{ad}",
    "\u{7f}\u{85}\u{8d}",
];

fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe0fff)
}

/// The output without the colours that are ours.
fn without_colours(text: &str) -> String {
    let mut rest = text.to_owned();
    while let Some(start) = rest.find("\u{1b}[") {
        let sequence: String = rest[start..].chars().take_while(|c| *c != 'm').collect();
        assert!(sequence[2..].bytes().all(|b| b.is_ascii_digit() || b == b';'), "a foreign sequence in {text:?}");
        rest.replace_range(start..=start + sequence.len(), "");
    }
    rest
}

#[test]
fn nothing_that_a_record_says_reaches_the_terminal_as_itself() {
    let bench = Bench::new();
    // Names may hold no control characters; everything else may come.
    let name = |number: usize, text: &str| match text.chars().any(char::is_control) {
        true => format!("f{number}"),
        false => format!("f{number}{text}"),
    };
    let facets = HOSTILE.iter().enumerate().map(|(number, text)| (name(number, text), serde_json::json!(text)));
    let facets: serde_json::Map<_, _> = facets.collect();
    let event = serde_json::json!({
        "kind": "x.acme.evil", "subject": "system/x", "env": "dev", "facets": facets, "body": {"text": HOSTILE},
    });
    bench.write("evil.json", &event.to_string());
    let index = bench.run(&["record", "evil.json", "--json"]).done().json()["index"].as_u64().unwrap().to_string();
    for args in [
        &["show", &index][..],
        &["show", &index, "--colour", "always"],
        &["show", &index, "--json"],
        &["log"],
        &["log", "--colour", "always"],
        &["log", "--json"],
        &["verify", &index],
        &["subjects"],
    ] {
        let ran = bench.run(args).done();
        for text in [&ran.out, &ran.err] {
            let plain = without_colours(text);
            let found: Vec<char> = plain.chars().filter(|c| is_hostile(*c)).collect();
            assert!(found.is_empty(), "{args:?} let {found:?} through");
        }
        // No line of a record's making looks like one of ours.
        assert!(ran.out.lines().filter(|line| *line == "decision  allowed").count() <= 1, "{args:?}");
    }
    // The JSON is harmless and still the same value.
    let shown = bench.run(&["show", &index, "--json"]).done().json();
    assert_eq!(shown["events"][0]["body"]["text"], serde_json::json!(HOSTILE));
}

#[test]
fn no_colours_where_they_are_not_wanted() {
    let bench = Bench::new();
    assert!(!bench.run(&["log"]).done().out.contains('\u{1b}'));
    assert!(bench.run(&["log", "--colour", "always"]).done().out.contains('\u{1b}'));
    let quiet = bench.command(&["log", "--colour", "auto"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!quiet.stdout.contains(&0x1b));
}

#[test]
fn what_the_user_typed_comes_back_harmless_too() {
    let bench = Bench::new();
    let failed = bench.run(&["show", "\u{1b}[2J"]).ended(2);
    assert!(!failed.err.contains('\u{1b}'), "{:?}", failed.err);
}
