//! What is recorded arrives: signed, once where all goes well, at least once where it does not.

use crate::{
    receiver::Receiver,
    town::{Town, did, turn},
};
use sagwan::{
    event::{Env, body::DeliveryOutcome},
    notify::{Again, Queue, Settled},
    storage::io::RealIo,
};
use std::sync::atomic::AtomicBool;

#[test]
fn a_recorded_event_is_told_signed_and_once() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let before = town.dataset("before@1", Env::Dev);
    let mut courier = town.courier();
    // A new endpoint begins at the head: the past is nobody's news.
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    let index = town.dataset("new@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 1, 0, 0));
    // What the ledger recorded of the delivery is told to nobody.
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    let (id, at) = (got[0].header("webhook-id"), got[0].header("webhook-timestamp").parse().unwrap());
    assert_eq!(at, town.house.clock.now_ms() / 1_000);
    assert!(Town::secret().verifies(id, at, &got[0].body, got[0].header("webhook-signature")));
    assert_eq!(got[0].header("content-type"), "application/json");
    let body = got[0].json();
    assert_eq!(body["type"], "dataset.registered");
    let data = &body["data"];
    assert_eq!((data["record"].as_u64(), data["position"].as_u64()), (Some(index), Some(0)));
    assert_eq!(data["event"]["subject"], "dataset/new@1");
    assert_eq!((&data["actor"], &data["decision"]), (&"user:dana".into(), &"allow".into()));
    let told = town.told();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].record, told[0].outcome, told[0].attempts), (index, DeliveryOutcome::Delivered, 1));
    assert_eq!((told[0].message.as_str(), told[0].status), (id, Some(204)));
    assert!(before < index && courier.queue().waiting.is_empty() && courier.queue().settled.is_empty());
}

#[test]
fn only_what_was_asked_for_is_told() {
    let receiver = Receiver::start();
    let mut town = Town::new(&receiver.url());
    town.set(
        "kinds = [\"dataset.*\"]",
        "kinds = [\"dataset.registered\"]\nenvironments = [\"dev\"]\nsubjects = [\"dataset/a@*\"]",
    );
    let mut courier = town.courier();
    for (name, env) in
        [("a@1", Env::Dev), ("a@2", Env::Staging), ("b@1", Env::Dev), ("a@3", Env::Dev), ("ab@1", Env::Dev)]
    {
        town.dataset(name, env);
    }
    assert_eq!(turn(&mut courier), did(2, 2, 0, 0));
    let subjects: Vec<_> = receiver.got().iter().map(|got| got.json()["data"]["event"]["subject"].clone()).collect();
    assert_eq!(subjects, ["dataset/a@1", "dataset/a@3"]);
}

#[test]
fn a_failure_is_tried_again_later_under_the_same_id() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    town.dataset("a@1", Env::Dev);
    receiver.answer("500 Internal Server Error", "");
    receiver.answer("429 Too Many Requests", "retry-after: 60\r\n");
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0), "not before its time");
    assert_eq!(courier.queue().waiting[0].last.as_deref(), Some("500 Internal Server Error"));
    town.house.clock.advance(1_200);
    assert_eq!(turn(&mut courier), did(0, 0, 1, 0));
    // Four seconds would be enough by its own schedule, and the endpoint asked for sixty.
    town.house.clock.advance(59_000);
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    town.house.clock.advance(1_000);
    assert_eq!(turn(&mut courier), did(0, 1, 0, 0));
    let got = receiver.got();
    assert_eq!(got.len(), 3);
    assert!(got.iter().all(|one| one.header("webhook-id") == got[0].header("webhook-id") && one.body == got[0].body));
    assert_ne!(got[0].header("webhook-signature"), got[2].header("webhook-signature"), "signed at the time of each");
    let told = town.told();
    assert_eq!((told.len(), told[0].attempts, told[0].outcome), (1, 3, DeliveryOutcome::Delivered));
}

#[test]
fn who_fails_rests_and_the_others_keep_their_attempts() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    for n in 0..5 {
        town.dataset(&format!("a@{n}"), Env::Dev);
    }
    receiver.answer("503 Service Unavailable", "");
    assert_eq!(turn(&mut courier), did(5, 0, 1, 0));
    town.house.clock.advance(1_200);
    assert_eq!(turn(&mut courier), did(0, 5, 0, 0));
    let attempts: Vec<u64> = town.told().iter().map(|told| told.attempts).collect();
    assert_eq!(attempts.iter().sum::<u64>(), 6, "{attempts:?}");
}

#[test]
fn what_fails_for_good_is_given_up_seen_and_sent_again_on_demand() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    let index = town.dataset("a@1", Env::Dev);
    for last in [did(1, 0, 1, 0), did(0, 0, 1, 0), did(0, 0, 1, 1)] {
        receiver.answer("500 Internal Server Error", "");
        assert_eq!(turn(&mut courier), last);
        town.house.clock.advance(60_000);
    }
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    assert_eq!((courier.queue().dead.len(), courier.queue().dead[0].status), (1, Some(500)));
    // Gone means gone: no second attempt.
    let gone = town.dataset("b@1", Env::Dev);
    receiver.answer("410 Gone", "");
    assert_eq!(turn(&mut courier), did(1, 0, 1, 1));
    town.store().ask_again(&RealIo, &Again { all: false, records: [index].into() }).unwrap();
    assert_eq!(turn(&mut courier), did(0, 1, 0, 0));
    assert_eq!(town.store().asked_again(&RealIo).unwrap(), None);
    let told: Vec<_> = town.told().iter().map(|told| (told.record, told.outcome, told.attempts)).collect();
    let (dead, delivered) = (DeliveryOutcome::Dead, DeliveryOutcome::Delivered);
    assert_eq!(told, [(index, dead, 3), (gone, dead, 1), (index, delivered, 1)]);
    assert_eq!(town.told()[0].reason.as_ref().unwrap().as_str(), "500 Internal Server Error");
    let got = receiver.got();
    assert_eq!(got[0].header("webhook-id"), got.last().unwrap().header("webhook-id"));
}

#[test]
fn a_restart_loses_nothing_and_tells_nothing_twice() {
    let receiver = Receiver::start();
    let mut town = Town::new(&receiver.url());
    drop(town.courier());
    let first = town.dataset("a@1", Env::Dev);
    town.house.reopen();
    let mut courier = town.courier();
    receiver.answer("500 Internal Server Error", "");
    assert_eq!(turn(&mut courier), did(1, 0, 1, 0));
    drop(courier);
    let second = town.dataset("b@1", Env::Dev);
    town.house.reopen();
    town.house.clock.advance(10_000);
    let mut courier = town.courier();
    assert_eq!(turn(&mut courier), did(1, 2, 0, 0));
    drop(courier);
    town.house.reopen();
    assert_eq!(turn(&mut town.courier()), did(0, 0, 0, 0));
    let told: Vec<_> = town.told().iter().map(|told| (told.record, told.attempts)).collect();
    assert_eq!(told, [(first, 2), (second, 1)]);
    assert_eq!(receiver.got().len(), 3);
}

#[test]
fn an_outcome_is_recorded_once_whatever_was_written_before_the_end() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    let index = town.dataset("a@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 1, 0, 0));
    let cursor = courier.queue().cursor;
    drop(courier);
    // The process ended after the ledger had recorded the outcome, and before the queue said so; and once more later.
    let at = town.house.clock.now_ms();
    for _ in 0..2 {
        let mut queue = Queue::starting_at(cursor);
        queue.settled.push_back(Settled {
            index,
            position: 0,
            attempts: 1,
            at: sagwan::event::Timestamp(at),
            outcome: DeliveryOutcome::Delivered,
            status: Some(204),
            reason: None,
        });
        town.store().save(&RealIo, &queue).unwrap();
        let mut courier = town.courier();
        assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
        assert!(courier.queue().settled.is_empty());
        town.house.clock.advance(5 * 3_600_000);
    }
    assert_eq!((town.told().len(), receiver.got().len()), (1, 1));
}

#[test]
fn a_batch_is_told_event_by_event_and_a_stop_comes_between_two() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    let events: Vec<_> = (0..3)
        .map(|n| town.house.event(&format!("dataset/d@{n}"), Some(Env::Dev), crate::house::dataset(false)))
        .collect();
    let index = town.house.record(&town.dana, &events);
    assert_eq!(courier.turn(&AtomicBool::new(true)).unwrap(), did(3, 0, 0, 0));
    assert_eq!(turn(&mut courier), did(0, 3, 0, 0));
    let told: Vec<_> = town.told().iter().map(|told| (told.record, told.position)).collect();
    assert_eq!(told, [(index, 0), (index, 1), (index, 2)]);
    let got = receiver.got();
    assert_eq!(got.iter().map(|one| one.header("webhook-id")).collect::<std::collections::BTreeSet<_>>().len(), 3);
}

#[test]
fn a_changed_secret_needs_no_restart_and_both_sign_meanwhile() {
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let mut courier = town.courier();
    let new = sagwan::notify::Secret::of(&zeroize::Zeroizing::new([9; 32]));
    std::fs::write(town.secret_file(), format!("{}\n{}\n", *new.written(), crate::town::SECRET)).unwrap();
    town.dataset("a@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 1, 0, 0));
    let got = receiver.got().remove(0);
    let (id, at) = (got.header("webhook-id"), got.header("webhook-timestamp").parse().unwrap());
    for secret in [&new, &Town::secret()] {
        assert!(secret.verifies(id, at, &got.body, got.header("webhook-signature")));
    }
    std::fs::remove_file(town.secret_file()).unwrap();
    town.dataset("b@1", Env::Dev);
    let error = courier.turn(&AtomicBool::new(false)).unwrap_err().to_string();
    assert!(error.contains("webhook secret"), "{error}");
    assert_eq!(courier.queue().waiting.len(), 1, "it waits for the secret");
}

#[test]
fn kinds_that_are_added_later_begin_where_they_were_added() {
    let receiver = Receiver::start();
    let mut town = Town::new(&receiver.url());
    town.set("dataset.*", "run.*");
    let mut courier = town.courier();
    town.dataset("before@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    courier.put_down().unwrap();
    town.set("run.*", "dataset.*");
    let mut courier = town.courier();
    assert_eq!(turn(&mut courier), did(0, 0, 0, 0));
    town.dataset("after@1", Env::Dev);
    assert_eq!(turn(&mut courier), did(1, 1, 0, 0));
}
