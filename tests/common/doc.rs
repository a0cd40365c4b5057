//! Reads `docs/events.md`: what the tables and examples of the page say.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeMap;

/// One row of a table of fields.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: String,
    pub presence: String,
}

/// The section of one kind of event.
#[derive(Clone, Debug, Default)]
pub struct Section {
    pub group: String,
    pub name: String,
    pub bullets: BTreeMap<String, String>,
    pub fields: Vec<Field>,
    pub example: String,
}

/// The whole page.
pub struct Page {
    pub text: String,
    /// A section for each kind, in the order of the page.
    pub kinds: Vec<Section>,
    /// The fields of each object within bodies, by its heading in lower case.
    pub objects: BTreeMap<String, Vec<Field>>,
    /// The section of everything under `## Parts that all events have`, by heading.
    pub parts: BTreeMap<String, Section>,
}

impl Page {
    pub fn read() -> Self {
        Self::parse(include_str!("../../docs/events.md").to_owned())
    }

    fn parse(text: String) -> Self {
        let (mut kinds, mut objects, mut parts) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for chapter in text.split("\n## ").skip(1) {
            let (group, _) = chapter.split_once('\n').unwrap();
            let mut pieces = chapter.split("\n### ");
            if group == "Parts that all events have" {
                parts.insert(String::new(), section(group, pieces.next().unwrap()));
            }
            for piece in pieces.skip(usize::from(group != "Parts that all events have")) {
                let section = section(group, piece);
                match group {
                    "Parts that all events have" => drop(parts.insert(section.name.clone(), section)),
                    "Objects within bodies" => drop(objects.insert(section.name.to_lowercase(), section.fields)),
                    _ => kinds.push(section),
                }
            }
        }
        Self { text, kinds, objects, parts }
    }

    pub fn kind(&self, name: &str) -> &Section {
        self.kinds.iter().find(|section| section.name == name).unwrap_or_else(|| panic!("no section for {name}"))
    }
}

fn section(group: &str, piece: &str) -> Section {
    let mut section = Section { group: group.to_lowercase(), ..Section::default() };
    section.name = piece.lines().next().unwrap().trim_matches('`').to_owned();
    for line in piece.lines() {
        if let Some((name, value)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) {
            section.bullets.insert(name.to_owned(), value.to_owned());
        }
        let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        if let [name, kind, presence, meaning] = cells[..]
            && name.starts_with('`')
        {
            assert!(!meaning.is_empty(), "{} {name} has no meaning", section.name);
            section.fields.push(Field {
                name: name.trim_matches('`').to_owned(),
                kind: kind.to_owned(),
                presence: presence.to_owned(),
            });
        }
    }
    section.example =
        piece.split_once("```json\n").map_or("", |(_, rest)| rest.split("\n```").next().unwrap()).to_owned();
    section
}
