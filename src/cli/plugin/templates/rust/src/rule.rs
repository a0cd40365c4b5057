//! The rule, without the ledger: `cargo test` runs it natively.

use serde_json::Value;

/// What the rule goes by.
#[derive(Debug, PartialEq)]
pub struct Settings {
    /// The metric that must be good enough.
    pub metric: String,
    /// The least that is good enough.
    pub minimum: f64,
}

/// What there is to say of an evaluation.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// It does not say how good the model is.
    Missing,
    /// The model is not good enough.
    TooLow(f64),
    /// It is.
    Enough(f64),
}

/// Reads settings; every error names the field and what to write.
pub fn settings(text: &str) -> Result<Settings, Vec<String>> {
    let given: Value = serde_json::from_str(text).map_err(|error| vec![format!("settings: {error}; write JSON")])?;
    let Value::Object(fields) = given else { return Err(vec!["settings: write a JSON object, such as {}".into()]) };
    let mut settings = Settings { metric: "auc".into(), minimum: 0.7 };
    let mut errors = Vec::new();
    for (name, value) in &fields {
        match (name.as_str(), value) {
            ("metric", Value::String(metric)) => settings.metric.clone_from(metric),
            ("metric", _) => errors.push("metric: write the name of a metric, such as \"auc\"".into()),
            ("minimum", value) => match value.as_f64() {
                Some(minimum) => settings.minimum = minimum,
                None => errors.push("minimum: write a number, such as 0.7".into()),
            },
            _ => errors.push(format!("{name}: there is no such setting; there are metric and minimum")),
        }
    }
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

/// Judges the body of a `model.evaluated`, as JSON text.
pub fn judge(body: &str, settings: &Settings) -> Found {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match body["metrics"][&settings.metric].as_f64() {
        None => Found::Missing,
        Some(value) if value < settings.minimum => Found::TooLow(value),
        Some(value) => Found::Enough(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_must_reach_the_minimum() {
        let settings = settings("{}").unwrap();
        assert_eq!(judge(r#"{"metrics":{"auc":0.7}}"#, &settings), Found::Enough(0.7));
        assert_eq!(judge(r#"{"metrics":{"auc":0.69}}"#, &settings), Found::TooLow(0.69));
        assert_eq!(judge(r#"{"metrics":{"f1":0.9}}"#, &settings), Found::Missing);
        assert_eq!(judge("{}", &settings), Found::Missing);
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for wrong in ["", "[]", r#"{"minimum":"high"}"#, r#"{"metric":1}"#, r#"{"maximum":1}"#] {
            assert_eq!(settings(wrong).unwrap_err().len(), 1, "{wrong}");
        }
    }
}
