//! A ledger with a small pipeline in it.

use super::house::{House, ORIGIN, author, dataset, found};
use sagwan::{
    codec::event::from_json,
    decide::Reader,
    event::{Body, Env, Event, Reference, Timestamp},
    ledger::{Asker, Author},
    lineage::{Answered, Question, answer},
    verify::LogKeys,
};
use std::path::Path;

pub struct Town {
    pub house: House,
    pub maker: Author,
}

pub fn town(folder: &Path) -> Town {
    let house = found(&folder.join("ledger"));
    let maker = author("user:mina", 30);
    house.enrol(&maker, "role:data-scientist");
    Town { house, maker }
}

pub fn references(names: &[&str]) -> Vec<Reference> {
    names.iter().map(|name| Reference { subject: name.parse().unwrap(), digest: None, external: false }).collect()
}

pub fn body(kind: &str, json: &str) -> Body {
    let kind_of = kind.split('.').next().unwrap();
    let subject = match kind_of {
        "alert" => "alert/x",
        _ if kind == "access.used" => "dataset/x",
        "run" => "run/x",
        "access" => "grant/x",
        "retrain" => "model/x",
        other => &format!("{other}/x"),
    };
    let text = format!(r#"{{"kind":"{kind}","subject":"{subject}","env":"dev","body":{json}}}"#);
    from_json(&text, Timestamp(0)).unwrap().body
}

impl Town {
    pub fn event(&self, subject: &str, env: Env, body: Body, inputs: &[&str], outputs: &[&str]) -> Event {
        let event = self.house.event(subject, Some(env), body);
        Event { inputs: references(inputs), outputs: references(outputs), ..event }
    }

    pub fn dataset(&self, name: &str, inputs: &[&str]) -> u64 {
        self.house.record(&self.maker, &[self.event(name, Env::Dev, dataset(false), inputs, &[])])
    }

    pub fn run(&self, name: &str, inputs: &[&str], outputs: &[&str]) -> u64 {
        let started = self.event(name, Env::Dev, body("run.started", r#"{"trigger":"manual"}"#), inputs, &[]);
        let ended = self.event(name, Env::Dev, body("run.completed", "{}"), inputs, outputs);
        self.house.record(&self.maker, &[started]);
        self.house.record(&self.maker, &[ended])
    }

    pub fn operator() -> Asker {
        Asker { reader: Reader::Operator(None), origin: "here".parse().unwrap(), purpose: None }
    }

    pub fn ask_as(&self, asker: Asker, question: &Question) -> Answered {
        let viewer = self.house.ledger().as_reader(asker);
        answer(&viewer, question, true, "a test").unwrap().value
    }

    pub fn ask(&self, question: &Question) -> Answered {
        self.ask_as(Self::operator(), question)
    }

    pub fn keys(&self) -> LogKeys {
        LogKeys::new(ORIGIN, &self.house.ledger().log_keys().unwrap()).unwrap()
    }
}
