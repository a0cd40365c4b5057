//! Settings: a JSON object, held against the JSON Schema that the plugin describes itself with. One text says what there
//! is, what it must be, and what holds where nothing is said.

use sagwan_common::{Value, json};

/// Settings with the defaults of their schema.
pub struct Settings<'a> {
    given: Value<'a>,
    defaults: Value<'static>,
}

impl<'a> Settings<'a> {
    /// Settings that `check` passed; `defaults` is a JSON object of the defaults of their schema.
    #[must_use]
    pub fn read(defaults: &'static str, text: &'a str) -> Self {
        Self {
            given: json::read(text).unwrap_or(Value::Map(Vec::new())),
            defaults: json::read(defaults).unwrap_or(Value::Map(Vec::new())),
        }
    }

    fn value(&self, name: &str) -> Option<&Value<'_>> {
        self.given.get(name).or_else(|| self.defaults.get(name))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(Value::number)
    }

    /// A truth value; false where nothing is said.
    #[must_use]
    pub fn truth(&self, name: &str) -> bool {
        self.value(name).and_then(Value::truth).unwrap_or_default()
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::text)
    }

    /// The texts of a list.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.value(name).map(Value::items).unwrap_or_default().iter().filter_map(Value::text)
    }

    /// The members of a map.
    pub fn map(&self, name: &str) -> impl Iterator<Item = (&str, &Value<'_>)> {
        self.value(name).map(Value::members).unwrap_or_default().iter().map(|(name, value)| (&**name, value))
    }
}

/// Holds a settings text against a schema of the few words that the shipped plugins use: `type`, `properties`, `items`,
/// `additionalProperties`, `minimum`, `maximum`, `enum`. Each error names the field and the remedy.
///
/// # Errors
/// All that is wrong.
pub fn check(schema: &'static str, text: &str) -> Result<(), Vec<String>> {
    let Some(given) = json::read(text) else {
        return Err(vec!["the settings are no JSON: write one object, such as {}".into()]);
    };
    let mut errors = Vec::new();
    if let Some(schema) = json::read(schema) {
        hold(&schema, &given, "settings", &mut errors);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn hold(schema: &Value<'_>, given: &Value<'_>, place: &str, errors: &mut Vec<String>) {
    if let Some(kind) = schema.get("type").and_then(Value::text) {
        let fits = match kind {
            "object" => matches!(given, Value::Map(_)),
            "array" => matches!(given, Value::List(_)),
            "string" => given.text().is_some(),
            "boolean" => given.truth().is_some(),
            "integer" => matches!(given, Value::Int(_)),
            _ => given.number().is_some(),
        };
        if !fits {
            errors.push(format!("{place}: write a value of type {kind}"));
            return;
        }
    }
    if let Some(number) = given.number() {
        let bound = |name: &str| schema.get(name).and_then(Value::number);
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            errors.push(format!("{place}: {number} is below {least}, the least that makes sense"));
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            errors.push(format!("{place}: {number} is above {most}, the most that makes sense"));
        }
    }
    if let Some(words) = schema.get("enum").filter(|words| !words.items().contains(given)) {
        let words: Vec<&str> = words.items().iter().filter_map(Value::text).collect();
        errors.push(format!("{place}: write one of {}", words.join(", ")));
    }
    for (at, item) in given.items().iter().enumerate() {
        if let Some(schema) = schema.get("items") {
            hold(schema, item, &format!("{place}[{at}]"), errors);
        }
    }
    for (name, value) in given.members() {
        let known = schema.get("properties").and_then(|properties| properties.get(name));
        match known.or_else(|| schema.get("additionalProperties").filter(|other| matches!(other, Value::Map(_)))) {
            Some(schema) => hold(schema, value, &format!("{place}.{name}"), errors),
            None if matches!(schema.get("additionalProperties"), Some(Value::Bool(false))) => {
                let properties = schema.get("properties").map(Value::members).unwrap_or_default();
                let there: Vec<&str> = properties.iter().map(|(name, _)| &**name).collect();
                errors.push(format!("{place}.{name}: there is no such setting; there are {}", there.join(", ")));
            }
            None => {}
        }
    }
}
