//! What a client may take: every limit, reached.

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::Duration,
};

use sagwan::{
    event::Timestamp,
    ledger::{Clock, Host, Ledger, Options},
};

use crate::{
    client::{raw, rest, socket},
    world::{self, TOKEN, World, author, bearer, dataset, sign},
};

const COSE: [(&str, &str); 1] = [("content-type", "application/cose")];

#[test]
fn a_body_is_bounded_whether_it_says_its_size_or_not() {
    let world = World::with(|config| config.limits.body_bytes = 60_000);
    world.client.post("/api/v1/statements", &COSE, &vec![0; 60_001]).has_problem(413, "too-large");
    world.client.post("/entries", &COSE, &vec![0; 60_001]).is_concise(413);
    world.client.post("/api/v1/statements", &COSE, &vec![0; 60_000]).has_problem(400, "malformed-statement");
    // No byte of the body is needed to refuse it.
    let said = raw(
        world.address,
        b"POST /api/v1/statements HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: 99999999999\r\n\r\n",
    );
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    let mut chunked =
        b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..8 {
        chunked.extend(format!("{:x}\r\n", 10_000).bytes().chain(vec![0; 10_000]).chain(*b"\r\n"));
    }
    let said = raw(world.address, &chunked);
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
}

#[test]
fn headers_are_bounded_in_number_and_size() {
    let world = World::with(|config| {
        config.limits.headers = 10;
        config.limits.header_bytes = 8_192;
    });
    let request = |headers: &str| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let few: String = (0..8).map(|number| format!("x-{number}: y\r\n")).collect();
    let said = raw(world.address, request(&few).as_bytes());
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    let many: String = (0..9).map(|number| format!("x-{number}: y\r\n")).collect();
    let said = raw(world.address, request(&many).as_bytes());
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
    let large = format!("x: {}\r\n", "y".repeat(8_192));
    let said = raw(world.address, request(&large).as_bytes());
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(9_000));
    let said = raw(world.address, long.as_bytes());
    assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    world.client.get("/healthz", &[]).is(200);
}

#[test]
fn what_is_not_http_is_not_answered_as_if_it_were() {
    let world = World::new();
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello over TLS\r\n\r\n".as_slice(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let said = raw(world.address, bytes);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 505"), "{said}");
    }
    world.client.get("/healthz", &[]).is(200);
}

#[test]
fn slow_headers_lose_the_connection() {
    let world = World::with(|config| config.limits.header_read_ms = 300);
    // Nothing at all; a part of a request; a drop at a time.
    let mut silent = socket(world.address);
    let mut partial = socket(world.address);
    partial.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
    let mut dripping = socket(world.address);
    let mut writer = dripping.try_clone().unwrap();
    let drip = std::thread::spawn(move || {
        let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: ".iter().chain(std::iter::repeat(&b'y'));
        for byte in request.take(600) {
            if writer.write_all(&[*byte]).is_err() {
                return true;
            }
            sleep(Duration::from_millis(20));
        }
        false
    });
    for stream in [&mut silent, &mut partial, &mut dripping] {
        let said = rest(stream);
        assert!(!said.contains("200 OK"), "{said}");
    }
    assert!(drip.join().unwrap(), "the server closed while the client still dripped");
    // The time begins anew with every request of a connection.
    let mut kept = socket(world.address);
    for _ in 0..3 {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut buffer = [0; 1_024];
        let count = kept.read(&mut buffer).unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 200 "));
        sleep(Duration::from_millis(50));
    }
    assert_eq!(rest(&mut kept), "", "an idle connection is closed as well");
}

#[test]
fn a_slow_body_is_answered_with_408() {
    let world = World::with(|config| config.limits.body_read_ms = 300);
    let mut stream = socket(world.address);
    stream
        .write_all(b"POST /api/v1/statements HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: 100\r\n\r\nab")
        .unwrap();
    let said = rest(&mut stream);
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("urn:sagwan:problem:slow-body"), "{said}");
}

#[test]
fn a_request_that_takes_too_long_is_answered_with_503() {
    let world = World::with(|config| config.limits.request_ms = 300);
    let mut stream = socket(world.address);
    stream
        .write_all(
            b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: 100\r\n\r\nab",
        )
        .unwrap();
    let said = rest(&mut stream);
    assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("retry-after: 1"), "{said}");
}

#[test]
fn a_peer_has_a_rate() {
    let world = World::with(|config| config.limits.peer_rate = 1);
    for _ in 0..2 {
        world.client.get("/healthz", &[]).is(200);
    }
    let answer = world.client.get("/healthz", &[]).has_problem(429, "rate");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    let (title, _) = world.client.get("/entries/0", &[]).is_concise(429);
    assert_eq!(title, "Too Many Requests");
    sleep(Duration::from_millis(1_100));
    world.client.get("/healthz", &[]).is(200);
}

#[test]
fn a_token_has_a_rate_of_its_own() {
    let world = World::with(|config| config.limits.token_rate = 1);
    for _ in 0..2 {
        world.client.get("/api/v1/status", &[bearer(TOKEN)]).is(200);
    }
    world.client.get("/api/v1/status", &[bearer(TOKEN)]).has_problem(429, "rate");
    world.client.get("/api/v1/status", &[bearer(world::READ_ONLY)]).is(200);
    world.client.get("/healthz", &[]).is(200);
}

#[test]
fn connections_are_counted_in_all_and_by_peer() {
    for by_peer in [false, true] {
        let world = World::with(|config| {
            let limit = if by_peer { &mut config.limits.peer_connections } else { &mut config.limits.connections };
            *limit = 2;
        });
        let serves = |stream: &mut std::net::TcpStream| {
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
            let mut buffer = [0; 1_024];
            stream.read(&mut buffer).is_ok_and(|count| buffer[..count].starts_with(b"HTTP/1.1 200 "))
        };
        let mut held = [socket(world.address), socket(world.address)];
        assert!(held.iter_mut().all(serves));
        assert!(!serves(&mut socket(world.address)), "a third one is closed as it comes");
        drop(held);
        let freed = (0..500).any(|_| {
            sleep(Duration::from_millis(10));
            serves(&mut socket(world.address))
        });
        assert!(freed, "places are given back");
    }
}

/// A clock that stops the sequencer while the gate is closed.
struct Gate {
    inner: Arc<dyn Clock>,
    closed: Arc<AtomicBool>,
}

impl Clock for Gate {
    fn now(&self) -> Timestamp {
        while self.closed.load(Ordering::Acquire) {
            sleep(Duration::from_millis(5));
        }
        self.inner.now()
    }

    fn monotonic_ms(&self) -> i64 {
        self.inner.monotonic_ms()
    }
}

#[test]
fn a_full_queue_pushes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, log_key) = world::ledger(&folder);
    ledger.close().unwrap();
    let mut host = Host::real();
    let closed = Arc::new(AtomicBool::new(false));
    host.clock = Arc::new(Gate { inner: Arc::clone(&host.clock), closed: Arc::clone(&closed) });
    let options = Options { queue_statements_max: 1, ..Options::default() };
    let ledger = Ledger::open(&folder.path().join("ledger"), &options, &host).unwrap();
    let world = World::serve(folder, ledger, log_key, |_| {});
    closed.store(true, Ordering::Release);
    let engineer = author("user:engineer");
    let waiting: Vec<_> = (0..4)
        .map(|number| {
            let (client, statement) = (world.client.clone(), sign(&engineer, dataset(&format!("waits-{number}"))));
            std::thread::spawn(move || client.post("/entries", &COSE, &statement))
        })
        .collect();
    // Whichever came first waits at the gate; of the others at least one finds the queue full.
    let busy = (0..1_000).any(|_| {
        sleep(Duration::from_millis(10));
        waiting.iter().any(std::thread::JoinHandle::is_finished)
    });
    assert!(busy, "nobody was pushed back");
    closed.store(false, Ordering::Release);
    let answers: Vec<_> = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
    let pushed: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!pushed.is_empty() && answers.iter().any(|answer| answer.status == 201), "{answers:?}");
    for answer in pushed {
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.is_concise(503).0, "Busy");
    }
}
