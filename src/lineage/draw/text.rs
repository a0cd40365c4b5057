//! Texts in pictures: what a name may hold must stay a name in every language that pictures are written in.

/// A text on one line that looks like what it is: what would break a line, turn the direction of writing, or is no
/// character of XML (1.0, section 2.2) becomes a space or U+FFFD.
pub(super) fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// At most `most` characters, cut in the middle where it is longer: the beginning says what it is, the end which.
pub(super) fn cut(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let (begin, end) = (most / 2, most - most / 2 - 1);
    text.chars().take(begin).chain(['…']).chain(text.chars().skip(count - end)).collect()
}

/// Within an element or attribute of XML.
pub(super) fn xml(text: &str) -> String {
    let text = clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// Within a quoted string of DOT, whose labels know the entities of HTML.
pub(super) fn dot(text: &str) -> String {
    let text = clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Within a quoted label of Mermaid, whose labels are HTML and whose directives (`%%{…}%%`) are found anywhere.
pub(super) fn mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '#' | '"' | '<' | '>' | '&' | '`' | '%' | '{' | '}' | '\\' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\"]</text><script>'&\\\"; } x --> y\n\u{202e}#quot;`%%{init: {}}%%\u{fffe}\u{7}";

    #[test]
    fn hostile_texts_are_escaped() {
        for (escape, forbidden) in [
            (xml as fn(&str) -> String, &["<", ">", "\"", "'", "& ", "\n", "\u{202e}", "\u{fffe}", "\u{7}"][..]),
            (mermaid, &["<", ">", "\"", "`", "%%", "{", "\n", "\u{202e}", "\u{7}"]),
            (dot, &["<", ">", "\n", "\u{202e}", "\u{7}"]),
        ] {
            let text = escape(HOSTILE);
            assert!(forbidden.iter().all(|bad| !text.contains(bad)), "{text}");
        }
        // In DOT every quote has an odd number of backslashes before it.
        let text = dot(HOSTILE);
        for (at, _) in text.match_indices('"') {
            let before = text[..at].chars().rev().take_while(|c| *c == '\\').count();
            assert_eq!(before % 2, 1, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_in_the_middle() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("0123456789", 7), "012…789");
        assert_eq!(cut("한국어텍스트입니다", 5).chars().count(), 5);
    }
}
