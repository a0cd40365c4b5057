//! What a witness's answer means (C2SP tlog-witness, `add-checkpoint`). Nothing of it is believed but a cosignature that
//! verifies under the witness's key.

use crate::{
    codec::{
        CodecError,
        note::{NoteKey as _, NoteSignature, signature_lines, signed_message},
        witness::{SIZE_MEDIA_TYPE, parse_size},
    },
    crypto::NoteVerifier,
    event::limits,
    merkle::TREE_SIZE_MAX,
};

/// What a witness answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// 200: its cosignature, which is good, and when it was made by its clock, in seconds since 1970.
    Cosigned {
        /// The line.
        line: NoteSignature,
        /// Its time.
        time: u64,
    },
    /// 409: the size that it cosigned last is another one.
    Last(u64),
    /// 404: it does not know this log.
    UnknownLog,
    /// 403: it does not know the key that signed the checkpoint.
    UnknownKey,
    /// 422: the proof does not lead from what it cosigned to this checkpoint.
    Inconsistent,
    /// Anything else, in words.
    Failed(String),
}

/// Judges an answer to the checkpoint with the text `text`. `now` is our clock, in seconds since 1970.
#[must_use]
pub fn judge(status: u16, media_type: &str, body: &[u8], text: &str, key: &NoteVerifier, now: u64) -> Answer {
    match status {
        200 => cosigned(body, text, key, now).unwrap_or_else(Answer::Failed),
        404 => Answer::UnknownLog,
        403 => Answer::UnknownKey,
        422 => Answer::Inconsistent,
        409 => last(media_type, body).unwrap_or_else(Answer::Failed),
        _ => Answer::Failed(format!("it answered {status}")),
    }
}

fn last(media_type: &str, body: &[u8]) -> Result<Answer, String> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence != SIZE_MEDIA_TYPE {
        return Err(format!("it answered 409 without a size ({SIZE_MEDIA_TYPE})"));
    }
    let size = parse_size(body).map_err(|error| format!("its answer 409: {error}"))?;
    if size > TREE_SIZE_MAX {
        Err(format!("it answered 409 with the size {size}, which no tree has"))
    } else {
        Ok(Answer::Last(size))
    }
}

fn cosigned(body: &[u8], text: &str, key: &NoteVerifier, now: u64) -> Result<Answer, String> {
    let lines = signature_lines(body).map_err(|error: CodecError| format!("its answer: {error}"))?;
    let vkey = key.vkey();
    // Lines of keys that we do not know are ignored, as the specification asks.
    let own = lines.into_iter().find(|line| line.name == vkey.name() && line.key_id == vkey.key_id());
    let line = own.ok_or_else(|| format!("no cosignature by {} is in its answer", vkey.name()))?;
    let signed = signed_message(vkey.key_type(), text, &line.signature);
    let signed = signed.ok_or("its cosignature has no time, or one that cannot be")?;
    let time = signed.time.ok_or("its cosignature has no time")?;
    if !key.check(&signed.message, signed.signature) {
        return Err("its cosignature is wrong".to_owned());
    }
    if time > now.saturating_add(limits::WITNESS_AHEAD_S_MAX) {
        return Err(format!("its cosignature is of {time}, and it is {now} now: one of the clocks is wrong"));
    }
    Ok(Answer::Cosigned { time, line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::note::KeyType,
        crypto::{NoteSigner, SecretKey},
    };

    const TEXT: &str = "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    const NOW: u64 = 1_700_000_000;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, KeyType::CosignatureEd25519, SecretKey::from_seed(&[seed; 32])).unwrap()
    }

    fn judged(status: u16, media_type: &str, body: &str) -> Answer {
        judge(status, media_type, body.as_bytes(), TEXT, &signer("w", 1).verifier(), NOW)
    }

    #[test]
    fn a_cosignature_counts_when_it_verifies() {
        let own = signer("w", 1).sign(TEXT, NOW - 5);
        let other = signer("x", 2).sign(TEXT, NOW).line();
        let good = Answer::Cosigned { line: own.clone(), time: NOW - 5 };
        assert_eq!(judged(200, "", &own.line()), good);
        assert_eq!(judged(200, "", &format!("{other}{}{other}", own.line())), good);
    }

    #[test]
    fn whatever_else_is_said_with_200_is_a_failure() {
        let own = signer("w", 1);
        let mut flipped = own.sign(TEXT, NOW);
        flipped.signature[20] ^= 1;
        let mut short = own.sign(TEXT, NOW);
        short.signature.truncate(7);
        for body in [
            String::new(),
            "\n".into(),
            "<html>\n".into(),
            signer("x", 2).sign(TEXT, NOW).line(),
            signer("w", 2).sign(TEXT, NOW).line(),
            own.sign("log\n2\n", NOW).line(),
            own.sign(TEXT, 0).line(),
            own.sign(TEXT, 1 << 63).line(),
            own.sign(TEXT, NOW + 2 * limits::WITNESS_AHEAD_S_MAX).line(),
            flipped.line(),
            short.line(),
            own.sign(TEXT, NOW).line().trim_end().to_owned(),
            format!("{}\n", own.sign(TEXT, NOW).line()),
            own.sign(TEXT, NOW).line().repeat(65),
        ] {
            assert!(matches!(judged(200, "text/plain", &body), Answer::Failed(_)), "{body:?}");
        }
    }

    #[test]
    fn a_conflict_names_a_size() {
        assert_eq!(judged(409, "text/x.tlog.size", "17\n"), Answer::Last(17));
        assert_eq!(judged(409, "text/x.tlog.size; charset=utf-8", "0\n"), Answer::Last(0));
        for (media_type, body) in [
            ("text/plain", "17\n"),
            ("text/x.tlog.size", "17"),
            ("text/x.tlog.size", ""),
            ("text/x.tlog.size", "-1\n"),
            ("text/x.tlog.size", "9223372036854775808\n"),
        ] {
            assert!(matches!(judged(409, media_type, body), Answer::Failed(_)), "{media_type} {body:?}");
        }
        assert_eq!(judged(404, "", ""), Answer::UnknownLog);
        assert_eq!(judged(403, "", "x"), Answer::UnknownKey);
        assert_eq!(judged(422, "", ""), Answer::Inconsistent);
        for status in [100, 201, 204, 301, 400, 429, 500, 503, 999] {
            assert!(matches!(judged(status, "", ""), Answer::Failed(_)));
        }
    }
}
