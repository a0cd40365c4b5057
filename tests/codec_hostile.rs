//! Hand-made malformed input for every parser of bytes, each refused for the reason that its line names; and random
//! bytes and changed valid ones, which no parser may panic on.
//!
//! The cases stand in `tests/hostile/codec-binary.txt` and `codec-text.txt`, which explain their own notation.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::collections::HashMap;

use sagwan::{
    codec::{
        CborError, CodecError, cbor,
        checkpoint::Checkpoint,
        note::{Note, Vkey},
        receipt::Receipt,
        statement::{Statement, split_receipts},
        tlog_proof::TlogProof,
    },
    crypto::{KeyError, NoteVerifier, PublicKey, SecretKey},
};

const BINARY: &str = include_str!("hostile/codec-binary.txt");
const TEXT: &str = include_str!("hostile/codec-text.txt");

/// The name of an error, and what it is about.
trait Named {
    fn name(&self) -> String;
}

impl Named for CborError {
    fn name(&self) -> String {
        format!("{:?}@{}", self.rule, self.offset).replace('"', "")
    }
}

impl Named for CodecError {
    fn name(&self) -> String {
        match self {
            Self::Cbor(error) | Self::Part { error, .. } => error.name(),
            Self::Oversize { what, size, .. } => format!("Oversize({what}, {size})"),
            Self::UnknownLabel { label, .. } => format!("UnknownLabel({label})"),
            Self::BadLine { line, .. } => format!("BadLine({line})"),
            Self::BadText { offset } => format!("BadText({offset})"),
            Self::WrongValue { what, .. } => format!("WrongValue({what})"),
            other => format!("{other:?}").replace('"', ""),
        }
    }
}

impl Named for KeyError {
    fn name(&self) -> String {
        match self {
            Self::Note(error) => error.name(),
            other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        }
    }
}

/// What a parser says of some bytes: the name of its refusal, or nothing if it accepts.
fn refusal(parser: &str, bytes: &[u8]) -> Option<String> {
    fn name<T, E: Named>(result: Result<T, E>) -> Option<String> {
        result.err().map(|error| error.name())
    }
    let text = || std::str::from_utf8(bytes).unwrap_or("\u{fffd}");
    match parser {
        "cbor" => name(cbor::check(bytes)),
        "map" => name(cbor::Map::parse(bytes)),
        "array" => name(cbor::array_items(bytes, 3)),
        "statement" => name(Statement::parse(bytes)),
        "transparent" => name(split_receipts(bytes)),
        "receipt" => name(Receipt::parse(bytes)),
        "note" => name(Note::parse(bytes)),
        "checkpoint" => name(Checkpoint::parse(text())),
        "vkey" => name(text().parse::<Vkey>()),
        "verifier" => name(NoteVerifier::parse(text())),
        "proof" => name(TlogProof::parse(bytes)),
        "public" => name(PublicKey::from_pem(text())),
        "secret" => name(SecretKey::from_pem(text())),
        other => panic!("no parser is called {other}"),
    }
}

/// The bytes of the binary notation.
fn binary(notation: &str, names: &HashMap<String, Vec<u8>>) -> Vec<u8> {
    let mut open = vec![Vec::new()];
    for token in notation.split_whitespace() {
        let (token, times) = token.split_once('*').map_or((token, 1), |(token, n)| (token, n.parse().unwrap()));
        let piece = match token {
            "<" => {
                open.push(Vec::new());
                continue;
            }
            ">" => {
                let inner = open.pop().unwrap();
                [head(2, inner.len()), inner].concat()
            }
            _ => match token.strip_prefix('$') {
                Some(name) => names[name].clone(),
                None => match token.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    Some(text) => [head(3, text.len()), text.as_bytes().to_vec()].concat(),
                    None => hex::decode(token).unwrap_or_else(|error| panic!("{token}: {error}")),
                },
            },
        };
        open.last_mut().unwrap().extend(piece.repeat(times));
    }
    assert_eq!(open.len(), 1, "unbalanced < > in {notation}");
    open.remove(0)
}

fn head(major: u8, length: usize) -> Vec<u8> {
    match length {
        0..24 => vec![major << 5 | length as u8],
        24..256 => vec![major << 5 | 24, length as u8],
        _ => [&[major << 5 | 25], (length as u16).to_be_bytes().as_slice()].concat(),
    }
}

/// The bytes of the text notation.
fn text(notation: &str, names: &HashMap<String, Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = notation;
    while let Some(first) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("${") {
            let (name, after) = inner.split_once('}').unwrap();
            let (name, times) = name.split_once('*').map_or((name, 1), |(name, n)| (name, n.parse().unwrap()));
            out.extend(names[name].repeat(times));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix("\\x") {
            out.extend(hex::decode(&inner[..2]).unwrap());
            rest = &inner[2..];
        } else if let Some(inner) = rest.strip_prefix("\\n") {
            out.push(b'\n');
            rest = inner;
        } else {
            out.extend(first.to_string().as_bytes());
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Runs a file of cases: how many refusals, and every input for other tests.
fn run(file: &str, notation: fn(&str, &HashMap<String, Vec<u8>>) -> Vec<u8>) -> (usize, Vec<(String, Vec<u8>)>) {
    let mut names = HashMap::new();
    let (mut inputs, mut refused, mut wrong) = (Vec::new(), 0, Vec::new());
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<_> = line.split(" | ").map(str::trim).collect();
        if let [name, value] = fields[..] {
            let value = notation(value, &names);
            names.insert(name.to_owned(), value);
            continue;
        }
        let [parser, case, input, expected] = fields[..] else { panic!("not four fields: {line}") };
        let bytes = if input == "-" { Vec::new() } else { notation(input, &names) };
        let found = refusal(parser, &bytes).unwrap_or_else(|| "accepted".to_owned());
        if found != expected {
            wrong.push(format!("{parser} | {case} | … | expected {expected}, found {found}"));
        }
        refused += usize::from(expected != "accepted");
        inputs.push((parser.to_owned(), bytes));
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    (refused, inputs)
}

fn all() -> (usize, Vec<(String, Vec<u8>)>) {
    let (binary_refused, mut inputs) = run(BINARY, binary);
    let (text_refused, more) = run(TEXT, text);
    inputs.extend(more);
    (binary_refused + text_refused, inputs)
}

#[test]
fn every_malformed_input_is_refused_for_its_reason() {
    let (refused, _) = all();
    println!("{refused} refusals");
    assert!(refused >= 120, "{refused}");
}

#[test]
fn no_parser_panics_on_any_prefix_or_changed_byte_of_any_case() {
    let (_, inputs) = all();
    for (parser, bytes) in inputs {
        let bytes = &bytes[..bytes.len().min(2_000)];
        for cut in 0..bytes.len() {
            refusal(&parser, &bytes[..cut]);
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = bytes.to_vec();
                changed[cut] ^= flip;
                refusal(&parser, &changed);
            }
        }
    }
}
