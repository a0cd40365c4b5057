//! Where nothing goes, and what is cut off.

use crate::{
    receiver::Receiver,
    town::{Town, did, turn},
};
use sagwan::event::Env;

/// What the one attempt at this endpoint came to.
fn attempted(town: &Town) -> String {
    let mut courier = town.courier();
    town.dataset("a@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
    courier.queue().waiting[0].last.clone().unwrap()
}

#[test]
fn redirects_are_not_followed() {
    let (receiver, elsewhere) = (Receiver::start(), Receiver::start());
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    town.dataset("a@1", Env::Dev);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        receiver.answer(status, &format!("location: {}\r\n", elsewhere.url()));
    }
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
    assert!(courier.queue().waiting[0].last.as_ref().unwrap().contains("redirects are not followed"));
    for dead in [0, 1] {
        town.house.clock.advance(60_000);
        assert_eq!(turn(&mut courier), did(0, 0, 1, dead));
    }
    assert_eq!((receiver.got().len(), elsewhere.connections()), (3, 0));
}

#[test]
fn addresses_of_this_machine_and_network_are_refused_unless_allowed() {
    let receiver = Receiver::start();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"] {
        let mut town = Town::new(&receiver.url());
        town.set("allow_private = true", "allow_private = false");
        town.set("http://127.0.0.1", &format!("https://{host}"));
        let why = attempted(&town);
        assert!(why.contains("not an address of the public internet"), "{host}: {why}");
    }
    assert_eq!(receiver.connections(), 0, "nobody even connected");
}

#[test]
fn nothing_leaves_the_own_network_in_the_clear() {
    let mut town = Town::new("http://127.0.0.1:1/x");
    town.set("http://127.0.0.1:1/x", "http://1.1.1.1:9/x");
    let why = attempted(&town);
    assert!(why.contains("is public, and http://"), "{why}");
}

#[test]
fn nobody_there_is_a_failure_like_another() {
    let town = Town::new("http://127.0.0.1:1/x");
    assert!(!attempted(&town).is_empty());
}

#[test]
fn endless_answers_are_cut_off() {
    let receiver = Receiver::start();
    let mut endless = b"HTTP/1.1 200 OK\r\n".to_vec();
    endless.extend(b"x-filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000));
    receiver.answer_raw(endless);
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    town.dataset("a@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
    // Of a long body a little is read, and its status counts.
    receiver.answer_raw([b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec(), vec![b'x'; 4 << 20]].concat());
    town.house.clock.advance(1_200);
    assert_eq!(turn(&mut courier), did(0, 1, 0, 0));
    // What is no HTTP at all.
    receiver.answer_raw(b"\0\xff hello\r\n\r\n".to_vec());
    town.dataset("b@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
}
