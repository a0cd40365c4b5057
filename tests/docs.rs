//! The pages keep their word: the worked example and the constants of `docs/format.md` are what the code makes, every
//! relative link leads somewhere, and every command shown is one that the program takes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory as _;
use sagwan::{
    codec::{
        self,
        note::{KeyType, Vkey},
        receipt::Receipt,
        statement::{EVENT_MEDIA_TYPE, STATEMENT_MEDIA_TYPE, Statement},
    },
    crypto::{Algorithm, PublicKey, possession_message},
    event::{Body, Value, limits},
    merkle::{Trie, key_hash, leaf_hash, node_hash},
};

const ORIGIN: &str = "example.org/sagwan";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn vector(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/vectors").join(name)).unwrap()
}

/// The content of the fenced block with this info string; it must stand once.
fn block(page: &str, info: &str) -> String {
    let fence = format!("```{info}\n");
    let mut parts = page.split(&fence);
    let after = parts.nth(1).unwrap_or_else(|| panic!("no block {info:?}"));
    assert!(parts.next().is_none(), "{info:?} stands twice");
    after.split("\n```").next().unwrap().to_owned()
}

/// The bytes of a block of hexadecimal digits, white space left out.
fn bytes(page: &str, info: &str) -> Vec<u8> {
    let digits: String = block(page, &format!("hex {info}")).split_whitespace().collect();
    hex::decode(&digits).unwrap_or_else(|error| panic!("{info}: {error}"))
}

fn hash(page: &str, info: &str) -> [u8; 32] {
    bytes(page, info).try_into().unwrap()
}

#[test]
fn the_worked_example_is_what_the_vectors_hold() {
    let page = read("docs/format.md");
    let parts = ["statement-1", "statement-2", "statement-3"].map(|part| bytes(&page, part));
    assert_eq!(hex::encode(parts.concat()), hex::encode(vector("cose-statement.cbor")));
    assert_eq!(hex::encode(bytes(&page, "receipt")), hex::encode(vector("receipt.cbor")));
    assert_eq!(format!("{}\n", block(&page, "text checkpoint")).as_bytes(), vector("note-checkpoint.txt"));
    assert!(read("tests/vectors/note-vkeys.txt").lines().any(|line| line == block(&page, "text log-vkey")));
    let keys = read("tests/vectors/keys.txt");
    for (name, info) in [
        ("log.public", "log-x"),
        ("log.thumbprint", "log-kid"),
        ("statement.identity", "statement-identity"),
        ("possession.message", "possession"),
    ] {
        let line = format!("{name} {}", hex::encode(bytes(&page, info)));
        assert!(keys.lines().any(|known| known == line), "{line}");
    }
}

#[test]
fn the_worked_example_is_what_the_code_computes() {
    let page = read("docs/format.md");
    let statement = vector("cose-statement.cbor");
    let leaf = leaf_hash(&statement);
    assert_eq!(leaf, hash(&page, "statement-leaf"));
    assert_eq!(Statement::parse(&statement).unwrap().identity(), hash(&page, "statement-identity"));
    assert_eq!(leaf_hash(&[0x73]), hash(&page, "sibling"));
    let tree = node_hash(&leaf, &hash(&page, "sibling"));
    assert_eq!(tree, hash(&page, "root"));

    let log = PublicKey::from_raw(Algorithm::Ed25519, &bytes(&page, "log-x")).unwrap();
    assert_eq!(log.thumbprint(), hash(&page, "log-kid"));
    assert_eq!(Vkey::new(ORIGIN, KeyType::Ed25519, log.raw()).unwrap().to_string(), block(&page, "text log-vkey"));
    let receipt = bytes(&page, "receipt");
    let receipt = Receipt::parse(&receipt).unwrap();
    log.verify(&receipt.signed_bytes(&tree), receipt.signature).unwrap();

    let Body::Seal(seal) = codec::event::from_cbor(&bytes(&page, "seal")).unwrap().body else { panic!("not a seal") };
    assert_eq!((seal.first, seal.size, seal.rules), (0, 1, sagwan::decide::RULES_VERSION));
    assert_eq!((seal.tree.0, seal.t.0, seal.codes), (leaf, 1_700_000_001_000, vec![(1, 0)]));

    let mut index = Trie::default();
    index.append(vec![(key_hash(b"a:user:ada"), 0)]);
    assert_eq!(hex::encode(seal.index.0), hex::encode(index.root()));

    let value = Value::Text("203.0.113.9".to_owned());
    assert!(page.contains(&hex::encode(codec::event::value_to_cbor(&value))));
    assert_eq!(codec::commit::commit("/body/origin", &value, &[0x5a; 32]).0, hash(&page, "commitment"));
    let actor = PublicKey::from_pem(&read("tests/vectors/keys-actor-public.pem")).unwrap();
    assert_eq!(possession_message("user:ada", &actor.thumbprint()), bytes(&page, "possession"));
}

/// The rows of the table under this header row, cell by cell, back-quotes left out.
fn table<'a>(page: &'a str, header: &str) -> Vec<Vec<&'a str>> {
    let after = page.split(header).nth(1).unwrap_or_else(|| panic!("no table {header:?}"));
    let rows = after.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

#[test]
fn the_constants_are_those_of_the_code() {
    let page = read("docs/format.md");
    let rows = table(&page, "| constant | where it stands in the code |");
    assert!(rows.len() >= 10, "{rows:?}");
    for row in rows {
        let [constant, file] = row[..] else { panic!("{row:?}") };
        assert!(read(file).contains(constant), "{file} has no {constant:?}");
        assert!(page.matches(constant).count() >= 2, "{constant:?} stands in the table only");
    }
    for media_type in [EVENT_MEDIA_TYPE, STATEMENT_MEDIA_TYPE] {
        assert!(page.contains(&format!("`{media_type}`")), "{media_type}");
    }
    for label in ["-65538", "395: 1", "396:", "{394:"] {
        assert!(page.contains(label), "{label}");
    }
    let source = read("src/codec/receipt.rs");
    assert!(source.contains("-65_538") && source.contains("395 =>") && source.contains("396"));
}

#[test]
fn the_limits_are_those_of_the_code() {
    let known = [
        ("bytes of a recorded statement", limits::STATEMENT_BYTES_MAX),
        ("bytes of an entry", limits::ENTRY_BYTES_MAX),
        ("bytes of a protected header", limits::PROTECTED_BYTES_MAX),
        ("bytes of a signature", limits::SIGNATURE_BYTES_MAX),
        ("bytes of a `cti`", limits::CTI_BYTES_MAX),
        ("bytes of an origin", limits::ORIGIN_BYTES_MAX),
        ("bytes of an actor id", limits::ACTOR_BYTES_MAX),
        ("bytes of a subject", limits::SUBJECT_BYTES_MAX),
        ("events of a signed batch", limits::BATCH_EVENTS_MAX),
        ("entries of a batch with its seal", limits::SEAL_STATEMENTS_MAX),
        ("nesting of CBOR", limits::DEPTH_MAX),
        ("references of an event, each way", limits::REFERENCES_MAX),
        ("commitments of an event", limits::COMMITMENTS_MAX),
        ("bytes of a committed value", limits::COMMITTED_VALUE_BYTES_MAX),
        ("bytes of a receipt", limits::RECEIPT_BYTES_MAX),
        ("receipts of a Transparent Statement", limits::RECEIPTS_MAX),
        ("hashes of a proof", limits::PROOF_HASHES_MAX),
        ("admission window in milliseconds", usize::try_from(limits::ADMISSION_WINDOW_MS).unwrap()),
        ("denials a minute and actor", usize::try_from(limits::DENIALS_PER_MINUTE).unwrap()),
    ];
    let page = read("docs/format.md");
    let found: BTreeSet<_> =
        table(&page, "| limit | value |").iter().map(|row| (row[0].replace('`', ""), row[1].to_owned())).collect();
    let expected = known.map(|(name, value)| (name.replace('`', ""), value.to_string()));
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn the_limits_of_plugins_are_those_of_the_code() {
    let written = |number: usize| {
        let digits = number.to_string();
        let groups = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap());
        groups.collect::<Vec<_>>().join(",")
    };
    let (mega, kilo) = (1 << 20, 1 << 10);
    let page = read("docs/plugins.md");
    for (name, limit) in [
        ("size", format!("{} bytes", written(limits::PLUGIN_COMPONENT_BYTES_MAX))),
        (
            "functions",
            format!(
                "{}, each at most {} bytes",
                written(limits::PLUGIN_FUNCTIONS_MAX),
                written(limits::PLUGIN_FUNCTION_BYTES_MAX)
            ),
        ),
        ("schema of the settings", format!("{} bytes", written(limits::PLUGIN_SCHEMA_BYTES_MAX))),
        ("memory", format!("{} MiB, all memories together", limits::PLUGIN_MEMORY_BYTES_MAX / mega)),
        ("elements of tables", written(limits::PLUGIN_TABLE_ELEMENTS_MAX)),
        ("stack", format!("{} KiB", limits::PLUGIN_STACK_BYTES_MAX / kilo)),
        ("result, and arguments of one question", format!("{} MiB", limits::PLUGIN_RESULT_BYTES_MAX / mega)),
        (
            "questions; bytes of answers; events of one answer",
            format!(
                "{}; {} MiB; {}",
                written(limits::PLUGIN_QUERIES_MAX as usize),
                limits::PLUGIN_ANSWER_BYTES_MAX / mega,
                limits::PLUGIN_ANSWER_EVENTS_MAX
            ),
        ),
        (
            "findings, evidence and attributes of each",
            format!(
                "{}, {}, {}",
                limits::PLUGIN_FINDINGS_MAX,
                limits::PLUGIN_EVIDENCE_MAX,
                limits::PLUGIN_ATTRIBUTES_MAX
            ),
        ),
        (
            "observations; metrics of each",
            format!("{}; {}", limits::PLUGIN_OBSERVATIONS_MAX, limits::PLUGIN_METRICS_MAX),
        ),
    ] {
        let row = format!("| {name} | {limit} |");
        assert!(page.contains(&row), "docs/plugins.md has no row {row:?}");
    }
    assert!(page.contains(&format!("| fuel | {} units", written(usize::try_from(limits::PLUGIN_FUEL_MAX).unwrap()))));
}

/// Every page of the project that a reader is sent to, by its path from the root.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
            pages.push(format!("docs/{name}"));
        }
    }
    pages.sort();
    pages
}

/// A page's text without fenced blocks and code spans: neither has links.
fn prose(text: &str) -> String {
    let outside = text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    outside.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// The anchors of a page's headings, as the usual renderers make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.split("\n```").step_by(2).flat_map(str::lines).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        heading.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut checked = 0;
    for page in pages() {
        let text = read(&page);
        for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(&page).parent().unwrap();
            let target = if path.is_empty() { root().join(&page) } else { root().join(folder).join(path) };
            assert!(target.exists(), "{page}: {link:?} leads nowhere");
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).unwrap());
                assert!(there.contains(anchor), "{page}: {link:?} names no heading; there are {there:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links were found");
}

/// The words of a command line up to a pipe or a redirection, quotes taken away.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, begun) = (Some(c), true),
            (None, ' ') if begun || !word.is_empty() => {
                begun = false;
                words.push(std::mem::take(&mut word));
            }
            (None, ' ') => {}
            (None, c) => word.push(c),
        }
    }
    let end = words.iter().position(|word| matches!(word.as_str(), "|" | ">" | "<" | "&" | "&&" | "#"));
    words.truncate(end.unwrap_or(words.len()));
    words
}

#[test]
fn every_command_shown_is_one_that_the_program_takes() {
    let mut checked = 0;
    for page in pages() {
        let text = read(&page);
        for console in text.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next()) {
            let joined = console.replace("\\\n", " ");
            for command in joined.lines().filter_map(|line| line.strip_prefix("$ ")) {
                let words = words(command);
                if words.first().is_none_or(|program| program != "sagwan") {
                    continue;
                }
                if let Err(error) = sagwan::cli::Cli::command().try_get_matches_from(&words) {
                    assert!(!error.use_stderr(), "{page}: {command:?}: {error}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "only {checked} commands were found");
}
