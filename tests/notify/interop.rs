//! The receiver's side as the specification's own library has it (PyPI `standardwebhooks`), in `target/interop-venv`.

use crate::{
    receiver::{Got, Receiver},
    town::{SECRET, Town},
};
use sagwan::{
    event::Env,
    ledger::Host,
    notify::{Answer, Message, Secret, Sender},
};
use serde_json::json;
use std::{
    path::Path,
    process::{Command, Output},
};

fn checked(python: &Path, got: &Got, change: impl FnOnce(&mut serde_json::Value)) -> Output {
    let headers: serde_json::Map<_, _> =
        got.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let mut delivery =
        json!({ "secret": SECRET, "headers": headers, "body": String::from_utf8(got.body.clone()).unwrap() });
    change(&mut delivery);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("delivery.json");
    std::fs::write(&file, delivery.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check_webhook.py");
    Command::new(python).arg("-B").arg(script).arg(file).output().unwrap()
}

#[test]
fn standardwebhooks_accepts_a_delivery_and_nothing_altered() {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("interop-venv/bin/python");
    if !python.exists() {
        assert!(
            std::env::var_os("SAGWAN_REQUIRE_INTEROP").is_none_or(|value| value != "1"),
            "run tests/interop/setup.sh"
        );
        return;
    }
    let receiver = Receiver::start();
    let town = Town::new(&receiver.url());
    let courier = town.courier();
    let new = Secret::of(&zeroize::Zeroizing::new([9; 32]));
    let record = town.house.ledger().record(town.dataset("a@1", Env::Dev)).unwrap();
    let message = Message::of(town.house.ledger().origin(), "pipeline", &record, 0).unwrap();
    // The library looks at its own clock.
    let now = Host::real().clock.now();
    let answer = Sender::new(courier.endpoint()).send(&message, &[new, Town::secret()], now);
    assert_eq!(answer, Answer::Taken { status: 204 });
    let got = receiver.got().remove(0);
    let output = checked(&python, &got, |_| ());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said, got.json());
    let altered: [fn(&mut serde_json::Value); 5] = [
        |delivery| delivery["body"] = format!("{} ", delivery["body"].as_str().unwrap()).into(),
        |delivery| delivery["headers"]["webhook-id"] = "msg_other".into(),
        |delivery| delivery["headers"]["webhook-timestamp"] = "1".into(),
        |delivery| delivery["headers"]["webhook-signature"] = "v1,AAAA".into(),
        |delivery| delivery["secret"] = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
    ];
    for change in altered {
        let output = checked(&python, &got, change);
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && why.contains("WebhookVerificationError"), "{why}");
    }
}
