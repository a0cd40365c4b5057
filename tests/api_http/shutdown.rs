//! The end: nothing that was acknowledged is lost, and what is in hand is finished.

use std::{
    io::Write,
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread::sleep,
    time::Duration,
};

use sagwan::ledger::{Host, Ledger, Options};

use crate::{
    client::{rest, socket},
    world::{World, author, dataset, sign},
};

#[test]
fn a_stop_under_load_loses_nothing_acknowledged() {
    let mut world = World::new();
    let (enough, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let client = world.client.clone();
    let acknowledged = std::thread::scope(|scope| {
        let (enough, count, client) = (&enough, &count, &client);
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                scope.spawn(move || {
                    let engineer = author("user:engineer");
                    let mut acknowledged = Vec::new();
                    for number in 0.. {
                        let statement = sign(&engineer, dataset(&format!("load-{thread}-{number}")));
                        let Some(index) = try_record(client, &statement) else { break };
                        acknowledged.push((index, statement));
                        count.fetch_add(1, Ordering::Relaxed);
                        if enough.load(Ordering::Acquire) && number > 5_000 {
                            panic!("the server did not stop");
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        while count.load(Ordering::Relaxed) < 50 {
            sleep(Duration::from_millis(5));
        }
        world.ask_to_stop();
        enough.store(true, Ordering::Release);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let address = world.address;
    let (folder, stopped) = world.stop();
    stopped.unwrap();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    assert!(acknowledged.len() >= 50);
    let ledger = Ledger::open(&folder.path().join("ledger"), &Options::default(), &Host::real()).unwrap();
    for (index, statement) in acknowledged {
        assert_eq!(*ledger.record(index).unwrap().bytes, *statement, "record {index}");
    }
}

/// The index, or nothing when the server is gone.
fn try_record(client: &crate::client::Client, statement: &[u8]) -> Option<u64> {
    let headers = [("content-type", "application/cose")];
    let answer = client.try_post("/api/v1/statements", &headers, statement).ok()?;
    assert!(answer.status == 201 || answer.status == 503, "{answer}");
    (answer.status == 201).then(|| answer.json()["index"].as_u64().unwrap())
}

#[test]
fn a_request_in_hand_is_finished_and_the_connection_closed() {
    let mut world = World::new();
    let statement = sign(&author("user:engineer"), dataset("in-hand"));
    let mut stream = socket(world.address);
    let head = format!(
        "POST /api/v1/statements HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: {}\r\n\r\n",
        statement.len()
    );
    let (first, second) = statement.split_at(100);
    stream.write_all(&[head.as_bytes(), first].concat()).unwrap();
    let mut idle = socket(world.address);
    // Both are in the server's hands once another request on a later connection is answered.
    world.client.get("/healthz", &[]).is(200);
    world.ask_to_stop();
    assert_eq!(rest(&mut idle), "", "an idle connection is closed at once");
    stream.write_all(second).unwrap();
    let said = rest(&mut stream);
    assert!(said.starts_with("HTTP/1.1 201 "), "{said}");
    let (_folder, stopped) = world.stop();
    stopped.unwrap();
}

#[test]
fn a_client_that_never_ends_does_not_hold_the_server() {
    let mut world = World::with(|config| config.limits.shutdown_ms = 300);
    let mut stream = socket(world.address);
    stream
        .write_all(
            b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: 100\r\n\r\nab",
        )
        .unwrap();
    world.client.get("/healthz", &[]).is(200);
    world.ask_to_stop();
    assert_eq!(rest(&mut stream), "", "the connection is closed without an answer");
    let (_folder, stopped) = world.stop();
    stopped.unwrap();
}
