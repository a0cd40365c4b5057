//! Webhooks from the command line and beside the server.

use super::support::{Bench, Server, dataset};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

/// Takes messages: the first with 500, every other with 204; gives their bodies.
fn receiver() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let (sender, bodies) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = if number == 0 { "500 Broken" } else { "204 No Content" };
            (&stream).write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
            sender.send(String::from_utf8(body).unwrap()).unwrap();
        }
    });
    (url, bodies)
}

fn with_webhook(bench: &Bench, url: &str, attempts: u32) {
    bench.run(&["webhook", "secret", "ledger/keys/hook.secret"]).done();
    let path = bench.path("ledger/sagwan.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let section = format!(
        "\n[[webhook]]\nname = \"pipeline\"\nurl = \"{url}\"\nsecret_file = \"keys/hook.secret\"\n\
         kinds = [\"dataset.registered\"]\nallow_private = true\nattempts = {attempts}\nretry_ms = 1\n"
    );
    std::fs::write(&path, format!("{text}{section}")).unwrap();
}

#[test]
fn what_waits_what_was_given_up_and_sending_it_again() {
    let bench = Bench::new();
    bench.run(&["webhook", "list"]).ended(5);
    let (url, bodies) = receiver();
    with_webhook(&bench, &url, 1);
    bench.run(&["webhook", "secret", "ledger/keys/hook.secret"]).ended(2);
    let once = || bench.run(&["webhook", "deliver", "--once", "--json"]).done().json();
    bench.dataset("before@1");
    assert_eq!(once()["found"], 0);
    let index = bench.dataset("new@1").to_string();
    let gave_up = once();
    assert_eq!((&gave_up["found"], &gave_up["given_up"], &gave_up["dead"]), (&1.into(), &1.into(), &1.into()));
    assert!(bodies.recv().unwrap().contains("dataset/new@1"));
    let list = bench.run(&["webhook", "list", "--json"]).done().json();
    assert_eq!(
        (&list["waiting"], &list["dead"], &list["kinds"][0]),
        (&0.into(), &1.into(), &"dataset.registered".into())
    );
    let dead = bench.run(&["webhook", "dead", "pipeline", "--json"]).done().json();
    assert_eq!((dead["record"].to_string(), &dead["status"]), (index.clone(), &500.into()));
    assert!(bench.run(&["webhook", "dead"]).done().out.contains("500"));
    bench.run(&["webhook", "retry", "pipeline", "999"]).ended(5);
    bench.run(&["webhook", "retry", "nobody", "--all"]).ended(2);
    bench.run(&["webhook", "retry", "pipeline"]).ended(2);
    assert_eq!(bench.run(&["webhook", "retry", "pipeline", &index, "--json"]).done().json()["again"], 1);
    assert_eq!(once()["delivered"], 1);
    assert!(bodies.recv().unwrap().contains("dataset/new@1"));
    bench.run(&["webhook", "retry", "pipeline", "--all"]).ended(5);
    let tested = bench.run(&["webhook", "test", "pipeline", "--json"]).done().json();
    assert_eq!(tested["status"], 204);
    assert!(bodies.recv().unwrap().contains("sagwan.test"));
    let outcomes: Vec<_> = bench
        .run(&["log", "--kind", "notification.recorded", "--limit", "0", "--json"])
        .done()
        .jsons()
        .iter()
        .map(|record| record["events"][0]["body"]["outcome"].clone())
        .collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.contains(&"dead".into()) && outcomes.contains(&"delivered".into()));
    bench.run(&["verify", "--full"]).done();
}

#[test]
fn a_server_delivers_by_itself() {
    let bench = Bench::new();
    bench.set("server", "open_metrics = true");
    let (url, bodies) = receiver();
    with_webhook(&bench, &url, 5);
    let server = Server::start(&bench);
    bench.write("event.json", &dataset("far@1"));
    bench.run(&["record", "event.json", "--server", &server.url]).done();
    let patience = Duration::from_secs(60);
    // The first attempt is answered with 500.
    let first = bodies.recv_timeout(patience).unwrap();
    assert_eq!(bodies.recv_timeout(patience).unwrap(), first);
    let count = |name: &str| {
        let text = ureq::get(format!("{}/metrics", server.url)).call().unwrap().body_mut().read_to_string().unwrap();
        let line = format!("{name}{{webhook=\"pipeline\"}} ");
        text.lines().find_map(|found| found.strip_prefix(&line)?.parse::<u64>().ok()).unwrap()
    };
    while count("sagwan_webhook_delivered_total") == 0 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(count("sagwan_webhook_failed_attempts_total"), 1);
    assert_eq!(server.stop(), 0);
    let told = bench.run(&["log", "--kind", "notification.recorded", "--json"]).done().json();
    assert_eq!(told["events"][0]["body"]["attempts"], 2);
    assert_eq!(told["actor"], "service:ledger");
}

#[test]
fn a_setting_that_cannot_work_is_told_before_anything_starts() {
    let bench = Bench::new();
    with_webhook(&bench, "http://127.0.0.1:1/", 1);
    std::fs::remove_file(bench.path("ledger/keys/hook.secret")).unwrap();
    let failed = bench.run(&["serve", "--listen", "127.0.0.1:0"]).ended(4);
    assert!(failed.err.contains("sagwan webhook secret"), "{}", failed.err);
    let path = bench.path("ledger/sagwan.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("dataset.registered", "notification.recorded")).unwrap();
    assert!(bench.run(&["webhook", "list"]).ended(2).err.contains("kinds"));
}
