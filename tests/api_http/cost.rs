//! What a statement costs through HTTP, in CPU time of the server alone, beside strict signature verification. Nothing
//! is asserted about time; run it to see:
//! `cargo test --release --test api_http -- --ignored --nocapture cost`

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use ed25519_dalek::{Signer, SigningKey};
use rustix::time::{ClockId, clock_gettime};
use sagwan::ledger::{Author, Options};
use serde_json::json;

use crate::world::{World, author, dataset, event, ledger_with, now, sign};

const ACTORS: usize = 64;
const CONNECTIONS: usize = 64;
const BYTES: usize = 600;

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Strict verifications a second of CPU on each of two threads, best of five, summed.
fn v() -> f64 {
    let key = SigningKey::from_bytes(&[5; 32]);
    let message = [7; BYTES];
    let signature = key.sign(&message);
    let once = || {
        let thread = || {
            let key = key.verifying_key();
            let start = seconds(ClockId::ThreadCPUTime);
            (0..4_000).for_each(|_| key.verify_strict(&message, &signature).unwrap());
            4_000.0 / (seconds(ClockId::ThreadCPUTime) - start)
        };
        std::thread::scope(|scope| {
            let threads = [scope.spawn(thread), scope.spawn(thread)];
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<f64>()
        })
    };
    (0..5).map(|_| once()).fold(0.0, f64::max)
}

/// Signed Statements of about [`BYTES`] bytes, each about a subject of its own and two more of 100,000.
fn statements(authors: &[Author], from: usize, count: usize) -> Vec<Vec<u8>> {
    let signed_at = u64::try_from(now().0 / 1_000).unwrap();
    let one = |number: usize| {
        let other =
            |step: usize| json!({"subject": format!("dataset/pool-{}", number * step % 100_000), "external": true});
        let mut json = dataset(&format!("cost-{number}"));
        json["inputs"] = json!([other(7_919), other(104_729)]);
        json["body"]["source"] = json!("s".repeat(84));
        let author = &authors[number % authors.len()];
        author.sign(&[event(json)], signed_at, None).unwrap()
    };
    (from..from + count).map(one).collect()
}

/// Sends requests over one connection, one after the other; gives the client's own CPU time.
fn send(address: SocketAddr, requests: &[Vec<u8>]) -> f64 {
    let start = seconds(ClockId::ThreadCPUTime);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 1 << 20];
    for request in requests {
        stream.write_all(request).unwrap();
        let mut have = 0;
        loop {
            let count = stream.read(&mut buffer[have..]).unwrap();
            assert!(count > 0, "the server closed");
            have += count;
            let text = &buffer[..have];
            let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&text[..end]).unwrap();
            assert!(head.starts_with("HTTP/1.1 20"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if have == end + 4 + length.parse::<usize>().unwrap() {
                break;
            }
        }
    }
    seconds(ClockId::ThreadCPUTime) - start
}

fn request(path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\naccept: application/cbor, application/cose\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Statements a second that two cores could take, by the server's CPU time; and the wall clock's rate.
fn measure(address: SocketAddr, requests: Vec<Vec<u8>>, statements: usize) -> (f64, f64) {
    let share = requests.len().div_ceil(CONNECTIONS);
    let (wall, cpu) = (Instant::now(), seconds(ClockId::ProcessCPUTime));
    let clients: f64 = std::thread::scope(|scope| {
        let threads: Vec<_> = requests.chunks(share).map(|part| scope.spawn(move || send(address, part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let server = seconds(ClockId::ProcessCPUTime) - cpu - clients;
    (statements as f64 / (server / 2.0), statements as f64 / wall.elapsed().as_secs_f64())
}

#[test]
#[ignore = "prints timings; run it by name in a release build"]
fn cost() {
    let folder = tempfile::tempdir().unwrap();
    // Every connection has a full request in hand at once.
    let options = Options { queue_statements_max: 2 * 256 * CONNECTIONS, ..Options::default() };
    let (ledger, log_key) = ledger_with(&folder, &options);
    let world = World::serve(folder, ledger, log_key, |config| config.limits.peer_rate = 0);
    let officer = author("user:officer");
    let authors: Vec<_> = (0..ACTORS).map(|number| author(&format!("user:cost-{number}"))).collect();
    for author in &authors {
        let subject = format!("actor/{}", author.actor);
        let key = serde_json::to_value(author.enrolment()).unwrap();
        let role = json!({"role": "role:data-engineer"});
        for json in [
            json!({"kind": "actor.enrolled", "subject": subject, "body": {"key": key}}),
            json!({"kind": "role.assigned", "subject": subject, "env": "dev", "body": role}),
        ] {
            world
                .client
                .post("/api/v1/statements", &[("content-type", "application/cose")], &sign(&officer, json))
                .is(201);
        }
    }
    let v = v();
    println!("V: {v:.0} strict verifications a second on two threads");
    let count = 256 * CONNECTIONS * 2;
    let many = statements(&authors, 0, count);
    println!("statements of {} bytes", many.iter().map(Vec::len).sum::<usize>() / count);
    let batches = many.chunks(256).map(|part| request("/api/v1/statements", "application/cbor-seq", &part.concat()));
    let (rate, wall) = measure(world.address, batches.collect(), count);
    println!(
        "256 a request: {rate:.0}/s by server CPU, {:.0} % of V ({wall:.0}/s by the clock, clients included)",
        rate / v * 100.0
    );
    let singles = statements(&authors, count, 200 * CONNECTIONS);
    for path in ["/api/v1/statements", "/entries"] {
        let fresh = if path == "/entries" { statements(&authors, 2 * count, singles.len()) } else { singles.clone() };
        let requests = fresh.iter().map(|statement| request(path, "application/cose", statement)).collect();
        let (rate, wall) = measure(world.address, requests, fresh.len());
        println!(
            "one a request to {path}: {rate:.0}/s by server CPU, {:.0} % of V ({wall:.0}/s by the clock)",
            rate / v * 100.0
        );
    }
}
