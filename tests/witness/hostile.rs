//! Witnesses that lie, babble, dawdle or are not there.

use crate::{
    stand::answer,
    town::{NOW, Town, only, round, witness},
};
use sagwan::{
    codec::note::{KeyType, Note},
    crypto::{NoteSigner, SecretKey},
    event::limits,
    ledger::COSIGNED,
    witness::{Board, Outcome, Service},
};
use std::{
    io::Write as _,
    net::TcpListener,
    sync::{Arc, Mutex},
};

#[test]
fn no_answer_but_a_good_cosignature_is_kept() {
    let (town, one) = (Town::new(), witness("one", 50));
    let head = town.house.ledger().head();
    let text = Note::parse(head.checkpoint.as_bytes()).unwrap().text.to_owned();
    let signer = |name: &str, seed: u8| {
        NoteSigner::new(name, KeyType::CosignatureEd25519, SecretKey::from_seed(&[seed; 32])).unwrap()
    };
    let own = signer("witness.example/one", 50);
    let lines = |body: &str| answer("200 OK", "text/plain", body);
    let size = |body: &str| answer("409 Conflict", "text/x.tlog.size", body);
    let other = text.replacen(&format!("\n{}\n", head.size), &format!("\n{}\n", head.size + 1), 1);
    let huge = "— witness.example/one AAAA\n".repeat(100_000);
    let answers = [
        String::new(),
        "HTTP/1.1 200 OK\r\n\r\n".into(),
        "nonsense\r\n\r\n".into(),
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n".into(),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(50_000)),
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".into(),
        lines(&huge),
        lines(&own.sign(&text, 0).line()),
        lines(&own.sign(&text, u64::MAX).line()),
        lines(&own.sign(&text, NOW + 1_000_000).line()),
        lines(&own.sign(&other, NOW).line()),
        lines(&signer("witness.example/one", 51).sign(&text, NOW).line()),
        lines(&signer("witness.example/two", 50).sign(&text, NOW).line()),
        lines(
            &NoteSigner::new("witness.example/one", KeyType::Ed25519, SecretKey::from_seed(&[50; 32]))
                .unwrap()
                .sign(&text, NOW)
                .line(),
        ),
        lines(own.sign(&text, NOW).line().trim_end()),
        lines(&own.sign(&text, NOW).line().replace('—', "-")),
        size("99999999999999999999\n"),
        size("many\n"),
        size(""),
        answer("409 Conflict", "text/plain", "0\n"),
        answer("200 OK", "text/plain", "\u{1b}[2Jgone\n"),
    ];
    for raw in answers {
        one.tell(&raw);
        let done = round(&mut town.asker(&[one.section("one", "")], 1));
        let Outcome::Failed(why) = only(&done) else { panic!("{:?} of {raw:.80?}", done.outcomes) };
        assert!(why.len() < 2_000 && !why.chars().any(char::is_control), "{why}");
        assert!(!done.is_met && town.house.ledger().witnessed().is_none());
        assert!(!town.folder().join(COSIGNED).exists());
    }
    assert!(round(&mut town.asker(&[one.section("one", "")], 1)).is_met, "and a good one is kept");
}

/// Sizes that jump about cost two requests a round, and teach us nothing.
#[test]
fn a_witness_that_names_sizes_at_will_is_asked_twice_at_most() {
    let (town, one) = (Town::new(), witness("one", 50));
    for n in 0..9 {
        town.dataset(&format!("d{n}@1"));
    }
    let size = |body: &str| answer("409 Conflict", "text/x.tlog.size", body);
    let asked = |answers: &[&str]| {
        answers.iter().for_each(|body| one.tell(&size(body)));
        let done = round(&mut town.asker(&[one.section("one", "")], 1));
        one.state.lock().unwrap().instead.clear();
        (only(&done).clone(), one.asked().len())
    };
    let (outcome, count) = asked(&["3\n", "5\n", "7\n"]);
    assert!(matches!(outcome, Outcome::Failed(_)) && count == limits::WITNESS_REQUESTS_MAX, "{outcome:?}");
    let (outcome, count) = asked(&["0\n", "0\n"]);
    assert!(matches!(outcome, Outcome::Failed(_)) && count == 1, "{outcome:?}");
    // It claims more than there is, and shows nothing: a claim, on which nothing but a word to the operator depends.
    let (outcome, count) = asked(&["1000000\n"]);
    assert_eq!((outcome, count), (Outcome::Ahead { size: 1_000_000, proof: None }, 1));
    // What it shows must be signed by this ledger's key, and not be what the ledger has.
    for shown in ["nonsense".to_owned(), town.house.ledger().head().checkpoint.clone()] {
        one.state.lock().unwrap().shown = Some(shown);
        assert_eq!(asked(&["1000000\n"]).0, Outcome::Ahead { size: 1_000_000, proof: None });
    }
}

/// A witness that takes the request and says nothing, or a byte a second, ends at its time. The others are asked beside it,
/// and recording goes on.
#[test]
fn a_witness_that_dawdles_keeps_nobody() {
    let (town, one) = (Town::new(), witness("one", 50));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            held.push(stream);
        }
    });
    let slow = witness("slow", 51);
    let slow = slow.section("slow", "").replace(&format!("127.0.0.1:{}", slow.port), &address.to_string());
    let sections = [one.section("one", ""), slow];
    let ledger = town.house.ledger().clone();
    let mut asker = town.asker(&sections, 1);
    let asking = std::thread::spawn(move || round(&mut asker));
    // While it dawdles: records, and answers to them.
    let before = ledger.head().size;
    town.dataset("meanwhile@1");
    assert!(ledger.head().size > before);
    let done = asking.join().unwrap();
    let of =
        |name: &str| done.outcomes.iter().find(|(own, _)| own == name).map(|(_, outcome)| outcome.clone()).unwrap();
    assert!(matches!(of("one"), Outcome::Cosigned { .. }) && matches!(of("slow"), Outcome::Failed(_)), "{done:?}");
    assert!(done.is_met);
}

#[test]
fn who_runs_the_server_is_told_once_and_the_figures_say_it() {
    let (town, one) = (Town::new(), witness("one", 50));
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let down = one.section("down", "").replace(&one.port.to_string(), &nobody.to_string());
    let mut settings = crate::town::settings(&[down], 1);
    settings.interval = std::time::Duration::from_millis(10);
    settings.lag = std::time::Duration::ZERO;
    let (board, told) = (Board::default(), Arc::new(Mutex::new(Vec::<String>::new())));
    let sink = Arc::clone(&told);
    let service = Service::start(town.house.ledger(), settings, &board, false, move |line| {
        sink.lock().unwrap().push(line.to_owned());
    })
    .unwrap();
    town.dataset("a@1");
    for _ in 0..50 {
        town.house.clock.advance(700_000);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    service.stop();
    let told = told.lock().unwrap();
    assert_eq!(told.iter().filter(|line| line.contains("witness down: ")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains("recording goes on")).count(), 1, "{told:?}");
    let metrics = board.metrics();
    assert!(metrics.contains("sagwan_witness_late 1\n") && metrics.contains("sagwan_witnessed_size 0\n"), "{metrics}");
    assert!(metrics.contains("sagwan_witness_cosigned_size{witness=\"down\"} 0"), "{metrics}");
    assert!(board.mark().unwrap().is_late);
}
