//! A witness, written from C2SP tlog-witness alone; and one that answers whatever it is told to.

#![allow(dead_code, reason = "each test binary uses its part")]

use sagwan::{
    codec::note::{KeyType, Note},
    crypto::{NoteSigner, NoteVerifier, SecretKey},
    merkle::{Hash, verify_consistency},
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a witness remembers, and what it is told to do instead of its duty.
pub struct State {
    pub signer: NoteSigner,
    pub log: NoteVerifier,
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// The last note, as shown to monitors.
    pub shown: Option<String>,
    /// Its clock.
    pub now: u64,
    /// Raw answers to the next requests, in the place of its own.
    pub instead: VecDeque<Vec<u8>>,
    /// The raw answer to every request, where there is one.
    pub always: Option<Vec<u8>>,
    /// Bodies of the requests to `add-checkpoint`.
    pub asked: Vec<String>,
}

/// A witness that listens.
pub struct Witness {
    pub port: u16,
    pub state: Arc<Mutex<State>>,
}

impl Witness {
    pub fn start(name: &str, seed: u8, log: NoteVerifier, origin: &str, now: u64) -> Self {
        let signer = NoteSigner::new(name, KeyType::CosignatureEd25519, SecretKey::from_seed(&[seed; 32])).unwrap();
        let state = State {
            signer,
            log,
            origin: origin.to_owned(),
            size: 0,
            root: Sha256::digest([]).into(),
            shown: None,
            now,
            instead: VecDeque::new(),
            always: None,
            asked: Vec::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, own) = (stream.unwrap(), Arc::clone(&own));
                // A client that goes away early is a client's right.
                thread::spawn(move || drop(serve(&stream, &own)));
            }
        });
        Self { port, state }
    }

    pub fn vkey(&self) -> String {
        self.state.lock().unwrap().signer.vkey().to_string()
    }

    pub fn verifier(&self) -> NoteVerifier {
        self.state.lock().unwrap().signer.verifier()
    }

    /// The section of `sagwan.toml`.
    pub fn section(&self, name: &str, more: &str) -> String {
        format!(
            "[[witness]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:{}/w/\"\nvkey = \"{}\"\nallow_private = true\n{more}\n",
            self.port,
            self.vkey()
        )
    }

    pub fn tell(&self, answer: &str) {
        self.state.lock().unwrap().instead.push_back(answer.as_bytes().to_vec());
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    pub fn set_now(&self, now: u64) {
        self.state.lock().unwrap().now = now;
    }
}

pub fn answer(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    let request = line.clone();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().rsplit_once("content-length: ") {
            length = value.1.trim().parse().unwrap_or_default();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    let answered = {
        let mut state = state.lock().unwrap();
        if let Some(raw) = &state.always {
            raw.clone()
        } else if request.starts_with("POST /w/add-checkpoint ") {
            state.asked.push(body.clone());
            match state.instead.pop_front() {
                Some(raw) => raw,
                None => state.add_checkpoint(&body).into_bytes(),
            }
        } else {
            let place = hex::encode(Sha256::digest(&state.origin));
            match &state.shown {
                Some(note) if request.starts_with(&format!("GET /w/{place}/checkpoint ")) => {
                    answer("200 OK", "text/plain", note).into_bytes()
                }
                _ => answer("404 Not Found", "text/plain", "").into_bytes(),
            }
        }
    };
    stream.write_all(&answered)
}

fn hash(line: &str) -> Hash {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(line).unwrap().try_into().unwrap()
}

impl State {
    /// The checks in the specification's order.
    fn add_checkpoint(&mut self, body: &str) -> String {
        let status = |status: &str| answer(status, "text/plain", "");
        let Some((head, checkpoint)) = body.split_once("\n\n") else { return status("400 Bad Request") };
        let mut lines = head.lines();
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        let proof: Vec<Hash> = lines.map(hash).collect();
        assert!(proof.len() <= 63, "a client must not send more");
        let text: Vec<&str> = checkpoint.lines().collect();
        if text[0] != self.origin {
            return status("404 Not Found");
        }
        let note = Note::parse(checkpoint.as_bytes()).unwrap();
        if note.verify(std::slice::from_ref(&self.log)).is_err() {
            return status("403 Forbidden");
        }
        let (size, root): (u64, Hash) = (text[1].parse().unwrap(), hash(text[2]));
        if old > size {
            return status("400 Bad Request");
        }
        if old != self.size {
            return answer("409 Conflict", "text/x.tlog.size", &format!("{}\n", self.size));
        }
        let is_right =
            if old == 0 { proof.is_empty() } else { verify_consistency(old, size, &proof, &self.root, &root).is_ok() };
        if !is_right {
            return status("422 Unprocessable Entity");
        }
        (self.size, self.root) = (size, root);
        let line = self.signer.sign(note.text, self.now).line();
        self.shown = Some(format!("{checkpoint}{line}"));
        answer("200 OK", "text/plain; charset=utf-8", &line)
    }
}
