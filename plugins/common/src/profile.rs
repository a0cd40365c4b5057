//! Profiles in the form `sagwan.profile/1` (docs/profiles.md of the ledger).

use crate::{curve::Curve, json, value::Value};
use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};

/// A profile.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Profile {
    /// Rows.
    pub rows: u64,
    /// Rows that are equal to an earlier one.
    pub duplicates: u64,
    /// Columns, in their order.
    pub columns: Vec<Column>,
    /// Predictions held against the target.
    pub judged: Option<Judged>,
}

/// A column.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// `target`, `prediction` or `score`.
    pub role: Option<String>,
    /// Rows without a value.
    pub missing: u64,
    /// Different values.
    pub distinct: u64,
    /// Categories with their counts.
    pub categories: Vec<(String, u64)>,
    /// Rows with a category that is not listed.
    pub rest: u64,
    /// Numbers.
    pub number: Option<Number>,
}

/// What is known of a column's numbers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Number {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The standard deviation of the sample.
    pub deviation: Option<f64>,
    /// Outliers by the quartiles.
    pub outliers_iqr: Option<u64>,
    /// Outliers by the deviation.
    pub outliers_z: Option<u64>,
    /// The distribution.
    pub curve: Curve,
    /// All values are listed.
    pub listed: Option<Vec<(f64, u64)>>,
}

/// Predictions held against the target.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Judged {
    /// Rows with both.
    pub rows: u64,
    /// The class that precision, recall and the like are about.
    pub positive: Option<String>,
    /// What was measured.
    pub metrics: BTreeMap<String, f64>,
}

impl Profile {
    /// The profile that `bytes` hold; `None` when they hold none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = json::read_with_pairs(core::str::from_utf8(bytes).ok()?)?;
        if value.get("form")?.text() != Some("sagwan.profile/1") {
            return None;
        }
        Some(Self {
            rows: value.get("rows")?.count()?,
            duplicates: value.get("duplicates")?.get("count")?.count()?,
            columns: value.get("columns")?.items().iter().map(column).collect::<Option<_>>()?,
            judged: value.get("judged").and_then(judged),
        })
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// Rows with a value.
    #[must_use]
    pub fn present(&self, rows: u64) -> u64 {
        rows.saturating_sub(self.missing)
    }

    /// Whether it is judged by its numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.number.is_some()
    }
}

fn counted(value: &Value<'_>) -> Option<u64> {
    value.count()
}

fn text(value: &Value<'_>, name: &str) -> Option<String> {
    value.get(name).and_then(Value::text).map(ToOwned::to_owned)
}

fn column(value: &Value<'_>) -> Option<Column> {
    let category = |pair: &Value<'_>| Some((pair.items().first()?.text()?.to_owned(), counted(pair.items().get(1)?)?));
    let categories = value.get("categories").map(Value::items).unwrap_or_default();
    Some(Column {
        name: text(value, "name")?,
        kind: text(value, "type")?,
        role: text(value, "role"),
        missing: value.get("missing")?.count()?,
        distinct: value.get("distinct")?.count()?,
        categories: categories.iter().map(category).collect::<Option<_>>()?,
        rest: value.get("rest").and_then(|rest| rest.get("count")).and_then(counted).unwrap_or_default(),
        number: match value.get("number") {
            Some(number) => Some(self::number(number)?),
            None => None,
        },
    })
}

fn number(value: &Value<'_>) -> Option<Number> {
    let pair = |pair: &Value<'_>| Some((pair.items().first()?.number()?, pair.items().get(1)?.number()?));
    // A count is whole, and not more than a double holds.
    let whole = |(value, count): (f64, f64)| {
        let fits = (0.0..=9e15).contains(&count) && count.fract() == 0.0;
        fits.then_some((value, count as u64))
    };
    let pairs = |name: &str| -> Option<Vec<(f64, u64)>> {
        match value.get(name) {
            Some(Value::Pairs(pairs)) => pairs.iter().copied().map(whole).collect(),
            Some(list) => list.items().iter().map(|one| whole(pair(one)?)).collect(),
            None => Some(Vec::new()),
        }
    };
    let listed = Some(pairs("values")?).filter(|values| !values.is_empty());
    let curve = match &listed {
        Some(values) => Curve::of_values(values),
        None => Curve::of_vertices(&pairs("distribution")?),
    };
    let optional = |name: &str| value.get(name).and_then(Value::number);
    Some(Number {
        min: optional("min")?,
        max: optional("max")?,
        mean: optional("mean"),
        deviation: optional("deviation"),
        outliers_iqr: value.get("outliers_iqr").and_then(counted),
        outliers_z: value.get("outliers_z").and_then(counted),
        curve,
        listed,
    })
}

fn judged(value: &Value<'_>) -> Option<Judged> {
    let metrics = value.get("metrics")?.members().iter();
    Some(Judged {
        rows: value.get("rows")?.count()?,
        positive: text(value, "positive"),
        metrics: metrics.filter_map(|(name, value)| Some((name.clone().into_owned(), value.number()?))).collect(),
    })
}
