//! Two runtimes, part by part.

use crate::runtime::{Hardware, Runtime, plain};
use sagwan_common::Value;
use sagwan_guest::{Settings, Severity};

/// A difference.
pub struct Difference {
    /// Its code.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What it is.
    pub what: String,
    /// Digests of what differs.
    pub evidence: Vec<String>,
}

impl Difference {
    /// Whether it refuses.
    pub fn grave(&self) -> bool {
        self.severity as u8 >= Severity::Major as u8
    }
}

struct Differences<'d> {
    settings: &'d Settings<'d>,
    found: Vec<Difference>,
}

/// Every difference that the settings do not allow.
pub fn differences(deployed: &Runtime, evaluated: &Runtime, settings: &Settings<'_>) -> Vec<Difference> {
    let mut all = Differences { settings, found: Vec::new() };
    all.image(deployed, evaluated);
    all.libraries(deployed, evaluated);
    let (language, os) = (settings.text("language"), settings.text("os"));
    all.version(["language", "language.unknown"], language, &deployed.language, &evaluated.language);
    all.version(["os", "os.unknown"], os, &deployed.os, &evaluated.os);
    all.hardware(deployed.hardware.as_ref(), evaluated.hardware.as_ref());
    all.found
}

/// As much of a version as a rule looks at.
fn cut(version: &str, rule: &str) -> String {
    let numbers = |count: usize| version.split('.').take(count).collect::<Vec<_>>().join(".");
    match rule {
        "minor" => numbers(2),
        "major" => numbers(1),
        "present" => String::new(),
        _ => version.to_owned(),
    }
}

impl Differences<'_> {
    fn lacks(&mut self, code: &'static str, what: String) {
        self.found.push(Difference { code, severity: Severity::Major, what, evidence: Vec::new() });
    }

    fn image(&mut self, deployed: &Runtime, evaluated: &Runtime) {
        let rule = self.settings.text("image").unwrap_or("same");
        match (&deployed.image, &evaluated.image) {
            _ if rule == "ignore" => {}
            (Some(ours), Some(theirs)) if ours == theirs => {}
            (Some(ours), Some(theirs)) => {
                self.lacks("image", format!("the image is {ours}, not {theirs}"));
                if let Some(found) = self.found.last_mut() {
                    found.evidence = vec![ours.clone(), theirs.clone()];
                }
            }
            (None, None) if rule == "same-if-named" => {}
            (ours, _) => {
                let side = if ours.is_none() { "what is deployed" } else { "the evaluation" };
                self.lacks("image.unknown", format!("{side} names no image: capture its digest"));
            }
        }
    }

    fn libraries(&mut self, deployed: &Runtime, evaluated: &Runtime) {
        let settings = self.settings;
        let all = settings.text("libraries").unwrap_or("same");
        let rule = |name: &str| {
            settings.map("library_rules").find(|(of, _)| plain(of) == name).and_then(|(_, rule)| rule.text())
        };
        // The same lock file is the same libraries, whatever is listed.
        let locked = deployed.lock_file.is_some() && deployed.lock_file == evaluated.lock_file;
        if locked || (all == "ignore" && settings.map("library_rules").next().is_none()) {
            return;
        }
        if all != "ignore" && (deployed.libraries.is_empty() || evaluated.libraries.is_empty()) {
            let side = if deployed.libraries.is_empty() { "what is deployed" } else { "the evaluation" };
            let what = format!("{side} lists no libraries, and the lock files are not the same: capture them");
            return self.lacks("library.unknown", what);
        }
        for (name, theirs) in &evaluated.libraries {
            let rule = rule(name).unwrap_or(all);
            match deployed.libraries.get(name) {
                _ if rule == "ignore" => {}
                None => self.lacks("library.missing", format!("{name} {theirs} is not there")),
                Some(ours) if cut(ours, rule) == cut(theirs, rule) => {}
                Some(ours) => self.lacks("library", format!("{name} is {ours}, not {theirs}")),
            }
        }
        let new = |name: &&String| !evaluated.libraries.contains_key(*name) && rule(name).unwrap_or(all) != "ignore";
        let more: Vec<&str> = deployed.libraries.keys().filter(new).map(String::as_str).collect();
        if !more.is_empty() {
            let severity = if settings.truth("more_libraries") { Severity::Minor } else { Severity::Major };
            let shown = more.iter().take(20).copied().collect::<Vec<_>>().join(", ");
            let rest = if more.len() > 20 { ", …" } else { "" };
            let what = format!("{} more libraries: {shown}{rest}", more.len());
            self.found.push(Difference { code: "library.more", severity, what, evidence: Vec::new() });
        }
    }

    /// A name and a version, such as `Python 3.13.2`: the words must be the same, the version as far as the rule says.
    fn version(
        &mut self,
        codes: [&'static str; 2],
        rule: Option<&str>,
        ours: &Option<String>,
        theirs: &Option<String>,
    ) {
        let Some(rule) = rule.filter(|rule| *rule != "ignore") else { return };
        let [differs, unknown] = codes;
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            let side = if ours.is_none() { "what is deployed" } else { "the evaluation" };
            return self.lacks(unknown, format!("{side} does not say its {differs}: capture it"));
        };
        let parts = |text: &str| -> Vec<String> {
            let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
            text.split_whitespace()
                .map(|word| if number(word) { cut(word, rule) } else { word.to_lowercase() })
                .collect()
        };
        if parts(ours) != parts(theirs) {
            self.lacks(differs, format!("it is {ours}, not {theirs}"));
        }
    }

    fn hardware(&mut self, deployed: Option<&Hardware>, evaluated: Option<&Hardware>) {
        let settings = self.settings;
        let accelerators = settings.text("accelerators").unwrap_or("same-kinds");
        let cpu = settings.text("cpu").unwrap_or("same-maker");
        let share = settings.number("memory_share").unwrap_or_default();
        if accelerators == "ignore" && cpu == "ignore" && share <= 0.0 {
            return;
        }
        let (Some(ours), Some(theirs)) = (deployed, evaluated) else {
            let side = if deployed.is_none() { "what is deployed" } else { "the evaluation" };
            return self.lacks("hardware.unknown", format!("{side} does not say its hardware: capture it"));
        };
        let kinds = |hardware: &Hardware| {
            let mut kinds: Vec<String> = hardware.accelerators.iter().map(|one| self.class(one)).collect();
            kinds.sort_unstable();
            if accelerators == "same-kinds" {
                kinds.dedup();
            }
            kinds
        };
        let (our_kinds, their_kinds) = (kinds(ours), kinds(theirs));
        if accelerators != "ignore" && our_kinds != their_kinds {
            let list = |kinds: &[String]| if kinds.is_empty() { "none".into() } else { kinds.join(", ") };
            let what = format!("its accelerators are {}, not {}", list(&our_kinds), list(&their_kinds));
            self.lacks("accelerators", what);
        }
        let maker = |hardware: &Hardware| {
            let class = self.class(&hardware.cpu);
            // Of a class, all are alike; of the others, what begins alike.
            let whole = cpu == "same" || class != hardware.cpu;
            if whole { class } else { class.split_whitespace().next().unwrap_or_default().to_lowercase() }
        };
        if cpu != "ignore" && maker(ours) != maker(theirs) {
            self.lacks("cpu", format!("its processor is {}, not {}", ours.cpu, theirs.cpu));
        }
        if (ours.memory as f64) < theirs.memory as f64 * share {
            let (ours, theirs) = (ours.memory, theirs.memory);
            let words = match (amount(ours), amount(theirs)) {
                (ours, theirs) if ours != theirs => format!("it has {ours} of memory, not {theirs}"),
                _ => format!("it has {ours} bytes of memory, not {theirs}"),
            };
            self.lacks("memory", words);
        }
    }

    /// The class of a piece of hardware; its own name where it is of none.
    fn class(&self, name: &str) -> String {
        let named = |(_, names): &(&str, &Value<'_>)| names.items().iter().any(|one| one.text() == Some(name));
        self.settings.map("hardware_classes").find(named).map_or(name, |(class, _)| class).to_owned()
    }
}

/// Bytes of memory as people say them, to a tenth: `8.0 GiB`, `512.0 MiB`.
fn amount(bytes: u64) -> String {
    let (unit, name) = if bytes >= 1 << 30 { (1_u64 << 30, "GiB") } else { (1 << 20, "MiB") };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn memory_is_told_in_the_unit_that_people_use() {
        assert_eq!(amount(8 << 30), "8.0 GiB");
        assert_eq!(amount(25_276_059_648), "23.5 GiB");
        assert_eq!(amount(512 << 20), "512.0 MiB");
        assert_eq!(amount(0), "0.0 MiB");
    }
}
