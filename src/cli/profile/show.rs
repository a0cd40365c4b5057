//! A profile for people.

use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    profile::{Column, Profile, Role},
};
use serde_json::json;

/// Prints what was found: the file, a line a column, how good the predictions were.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(profile: &Profile, context: &Context) -> Done {
    let mut table = Table::new(&[
        "column",
        "type",
        "missing",
        "distinct",
        "min",
        "median",
        "mean",
        "max",
        "deviation",
        "outliers",
        "most frequent",
    ]);
    for column in &profile.columns {
        table.toned(cells(column, profile.rows));
    }
    context.printer.table(&table)?;
    let duplicates = profile.duplicates;
    let least = if duplicates.exact { "" } else { "at least " };
    let mut fields = vec![
        ("rows", profile.rows.to_string()),
        ("duplicate rows", format!("{least}{}", duplicates.count)),
        ("file", profile.source.digest.clone()),
    ];
    if let Some(judged) = &profile.judged {
        let metrics: Vec<String> =
            judged.metrics.iter().map(|(name, value)| format!("{name} {}", short(*value))).collect();
        fields.push(("predictions", format!("{} judged: {}", judged.rows, metrics.join(", "))));
    }
    context.printer.fields(&fields)
}

fn cells(column: &Column, rows: u64) -> Vec<(String, Tone)> {
    let kind = json!(column.kind);
    let role = match column.role {
        Some(Role::Target) => " (target)",
        Some(Role::Prediction) => " (prediction)",
        Some(Role::Score) => " (score)",
        None => "",
    };
    let number = column.number.as_ref();
    let show = |value: Option<f64>| value.map_or_else(String::new, short);
    let about = if column.distinct_error.is_some() { "~" } else { "" };
    let missing = match column.missing {
        0 => ("0".to_owned(), Tone::Quiet),
        some => (format!("{some} ({}%)", short(100.0 * some as f64 / rows.max(1) as f64)), Tone::Doubtful),
    };
    let frequent: Vec<String> =
        column.categories.iter().take(3).map(|(value, count)| format!("{value} {count}")).collect();
    let median = number.map(|number| number.quartiles[1]);
    let [min, max] = match column.time {
        Some((first, last)) => [first, last].map(|at| crate::event::Timestamp(at).to_string()),
        None => [show(number.map(|number| number.min)), show(number.map(|number| number.max))],
    };
    let outliers = number.map_or_else(String::new, |number| number.outliers_iqr.to_string());
    let plain = |text: String| (text, Tone::Plain);
    vec![
        plain(column.name.clone()),
        plain(format!("{}{role}", kind.as_str().unwrap_or_default())),
        missing,
        plain(format!("{about}{}", column.distinct)),
        plain(min),
        plain(show(median)),
        plain(show(number.and_then(|number| number.mean))),
        plain(max),
        plain(show(number.and_then(|number| number.deviation))),
        plain(outliers),
        plain(if column.hidden { "(hidden)".to_owned() } else { frequent.join(", ") }),
    ]
}

/// A number in about five digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == value.trunc() && size < 1e9 {
        return format!("{value}");
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = if size >= 1_000.0 {
        1
    } else if size >= 10.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
