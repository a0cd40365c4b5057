//! The lexical baseline: a claim is supported when a passage of a source has its numbers and most of its words. It knows
//! nothing of meaning: "is" and "is not" are alike to it. It is for want of a judge.

use std::collections::BTreeMap;

/// Sentences of a passage.
const PASSAGE: usize = 4;
/// Terms that a sentence must have to be a claim.
const TERMS_LEAST: usize = 3;
/// Words that say nothing of their own.
const STOP: [&str; 64] = [
    "about", "above", "after", "all", "also", "and", "any", "are", "because", "been", "before", "but", "can", "could",
    "did", "does", "each", "for", "from", "had", "has", "have", "her", "here", "his", "how", "into", "its", "may",
    "more", "most", "must", "not", "only", "other", "our", "out", "own", "she", "should", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "was", "were", "what", "when",
    "which", "while", "who", "will", "with", "would", "you",
];

/// A word, a number, or two neighbouring letters of a script without spaces or with endings (Hangul, Han, Kana).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Term {
    Word(String),
    Number(String),
}

/// The sentences of a response that claim something: no questions.
pub fn claims(response: &str) -> impl Iterator<Item = &str> {
    sentences(response).filter(|sentence| !sentence.ends_with(['?', '？']))
}

/// Sentences: to a full stop, question or exclamation mark before a space or the end, or to the end of a line.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut letters = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            let stops = match letter {
                '\n' | '。' | '！' | '？' => true,
                '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
                _ => false,
            };
            if stops {
                end = at + letter.len_utf8();
                break;
            }
        }
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence.trim_end())
    })
}

fn is_dense(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// The different terms of a text.
fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut at = 0;
    while let Some(first) = letters.get(at).copied() {
        let kind = |letter: char| (is_dense(letter), letter.is_numeric());
        let run = letters.iter().skip(at).copied().enumerate().take_while(|(place, letter)| {
            let joins = matches!(letter, '.' | ',')
                && first.is_numeric()
                && letters.get(at + place + 1).is_some_and(|next| next.is_numeric());
            joins || (letter.is_alphanumeric() && kind(*letter) == kind(first))
        });
        let run: Vec<char> = run.map(|(_, letter)| letter).collect();
        if first.is_alphanumeric() {
            terms.extend(of_run(&run, first));
        }
        at += run.len().max(1);
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn of_run(run: &[char], first: char) -> Vec<Term> {
    if first.is_numeric() {
        // 1,200 and 1200 are one number.
        return vec![Term::Number(run.iter().filter(|letter| **letter != ',').collect())];
    }
    if is_dense(first) {
        let pairs = run.windows(2).map(|pair| Term::Word(pair.iter().collect()));
        return if run.len() == 1 { vec![Term::Word(run.iter().collect())] } else { pairs.collect() };
    }
    let mut word: String = run.iter().collect();
    if run.len() < 3 || STOP.contains(&word.as_str()) {
        return Vec::new();
    }
    // Of plurals, the singular: as far as English spells it simply.
    if run.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
        word.pop();
    }
    vec![Term::Word(word)]
}

/// Where each term stands in the sources' sentences.
pub struct Sources {
    places: BTreeMap<Term, Vec<usize>>,
    sentences: usize,
}

impl Sources {
    /// Reads sources. A passage never reaches from one into the next.
    pub fn read(sources: &[&str]) -> Self {
        let mut places: BTreeMap<Term, Vec<usize>> = BTreeMap::new();
        let mut at = 0;
        for source in sources {
            for sentence in sentences(source) {
                for term in terms(sentence) {
                    places.entry(term).or_default().push(at);
                }
                at += 1;
            }
            at += PASSAGE;
        }
        Self { places, sentences: at }
    }

    /// Whether a passage supports a claim; `None` where it claims too little to be held against anything.
    pub fn support(&self, claim: &str, overlap: f64) -> Option<bool> {
        let terms = terms(claim);
        if terms.len() < TERMS_LEAST {
            return None;
        }
        let numbers = terms.iter().filter(|term| matches!(term, Term::Number(_))).count();
        let words = terms.len() - numbers;
        // Of each passage, by its first sentence: words and numbers of the claim that it has.
        let mut found = vec![(0_usize, 0_usize); self.sentences];
        for term in &terms {
            let mut from = 0;
            for place in self.places.get(term).map(Vec::as_slice).unwrap_or_default() {
                let first = from.max((place + 1).saturating_sub(PASSAGE));
                for (has_words, has_numbers) in found.iter_mut().take(place + 1).skip(first) {
                    match term {
                        Term::Word(_) => *has_words += 1,
                        Term::Number(_) => *has_numbers += 1,
                    }
                }
                from = place + 1;
            }
        }
        let enough = |(has_words, has_numbers): &(usize, usize)| {
            *has_numbers == numbers && *has_words as f64 >= words as f64 * overlap && has_words + has_numbers > 0
        };
        Some(found.iter().any(enough))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supports(source: &[&str], claim: &str) -> Option<bool> {
        Sources::read(source).support(claim, 0.6)
    }

    #[test]
    fn sentences_end_where_they_end() {
        let text =
            "The fee is 3.5 percent. Is it?  Yes!\n- See https://a.example/b.html now\n\n수수료는 3.5%입니다。네";
        let found: Vec<&str> = sentences(text).collect();
        assert_eq!(
            found,
            [
                "The fee is 3.5 percent.",
                "Is it?",
                "Yes!",
                "- See https://a.example/b.html now",
                "수수료는 3.5%입니다。",
                "네"
            ]
        );
        assert_eq!(claims(text).count(), 5);
        assert_eq!(sentences(" \n ").count(), 0);
    }

    #[test]
    fn words_numbers_and_pairs_are_terms() {
        let word = |text: &str| Term::Word(text.into());
        let number = |text: &str| Term::Number(text.into());
        assert_eq!(
            terms("The fees of 1,200.50 EUR, and an ID7"),
            [word("eur"), word("fee"), number("1200.50"), number("7")]
        );
        assert_eq!(terms("환불은 14일"), [word("불은"), word("일"), word("환불"), number("14")]);
        assert!(terms("... , 。 -").is_empty());
    }

    #[test]
    fn a_claim_needs_its_words_and_all_its_numbers() {
        let source = ["Refunds are paid within 14 days of the return. Shipping costs 4.90 EUR and is never refunded."];
        assert_eq!(supports(&source, "We pay refunds within 14 days."), Some(true));
        assert_eq!(supports(&source, "We pay refunds within 30 days."), Some(false));
        assert_eq!(supports(&source, "Our warehouse stands in a quiet Norwegian valley."), Some(false));
        assert_eq!(supports(&source, "Of course!"), None);
        assert_eq!(supports(&[], "We pay refunds within 14 days."), Some(false));
        let korean = ["환불은 반품 후 14일 이내에 지급됩니다."];
        assert_eq!(supports(&korean, "환불은 14일 이내에 지급됩니다."), Some(true));
        assert_eq!(supports(&korean, "환불은 30일 이내에 지급됩니다."), Some(false));
    }

    #[test]
    fn a_passage_is_four_sentences_of_one_source() {
        let near = "Red apples grow here. A filler. A filler. Blue plums ripen there.";
        let far = "Red apples grow here. A filler. A filler. A filler. Blue plums ripen there.";
        let claim = "red apples grow, blue plums ripen";
        assert_eq!(supports(&[near], claim), Some(true));
        assert_eq!(supports(&[far], claim), Some(false));
        assert_eq!(supports(&["Red apples grow here.", "Blue plums ripen there."], claim), Some(false));
    }
}
