//! Statistics of drift, as Evidently 0.7 and SciPy define them: the same numbers for the same data.

use crate::{
    curve::Curve,
    profile::{Column, Number},
};
use alloc::{collections::BTreeMap, vec::Vec};

/// What was measured between the reference and the current distribution of a column.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Drift {
    /// The population stability index: Σ (r - c) ln(r / c) over bins or categories.
    pub psi: f64,
    /// The Jensen-Shannon distance (the root of the divergence, natural logarithm).
    pub jensen_shannon: f64,
    /// The Kolmogorov-Smirnov statistic, of numbers.
    pub ks: Option<f64>,
    /// Its p-value (asymptotic).
    pub ks_p: Option<f64>,
    /// The first Wasserstein distance over the reference's deviation, of numbers.
    pub wasserstein: Option<f64>,
    /// The p-value of chi-squared, of categories.
    pub chi_squared_p: Option<f64>,
    /// The greatest difference of a category's shares, of categories (L∞).
    pub l_infinity: Option<f64>,
}

/// Different numbers up to which a column is compared value by value.
const FEW_VALUES: usize = 20;

/// Measures a column of numbers against its reference; `None` where one of them is empty.
#[must_use]
pub fn of_numbers(reference: &Number, current: &Number) -> Option<Drift> {
    let (r, c) = (&reference.curve, &current.curve);
    if r.count() < 1.0 || c.count() < 1.0 {
        return None;
    }
    let (reference_shares, current_shares) = binned(reference, current);
    let (ks, area) = r.distances(c);
    let deviation = reference.deviation.map_or(0.0, |deviation| r.population_deviation(deviation));
    Some(Drift {
        psi: psi(&reference_shares, &current_shares),
        jensen_shannon: jensen_shannon(&reference_shares, &current_shares),
        ks: Some(ks),
        ks_p: Some(kolmogorov(ks, r.count(), c.count())),
        wasserstein: Some(area / deviation.max(0.001)),
        chi_squared_p: None,
        l_infinity: None,
    })
}

/// Shares of the reference and the current numbers: by value where the reference has few, otherwise in equal bins over
/// both, as many as Sturges says.
fn binned(reference: &Number, current: &Number) -> (Vec<f64>, Vec<f64>) {
    if let (Some(few), Some(other)) = (&reference.listed, &current.listed)
        && few.len() <= FEW_VALUES
    {
        let mut values: Vec<f64> = few.iter().chain(other).map(|(value, _)| *value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let share = |curve: &Curve| values.iter().map(|x| curve.until(*x) - curve.below(*x)).collect();
        return (share(&reference.curve), share(&current.curve));
    }
    let edges = sturges(
        reference.min.min(current.min),
        reference.max.max(current.max),
        reference.curve.count() + current.curve.count(),
    );
    (reference.curve.shares(&edges), current.curve.shares(&edges))
}

/// The edges of ⌈log2(count) + 1⌉ equal bins.
fn sturges(low: f64, high: f64, count: f64) -> Vec<f64> {
    let bins = (count.log2() + 1.0).ceil().clamp(1.0, 64.0);
    let mut edges = Vec::new();
    let mut at = 0.0;
    while at < bins {
        edges.push(low + (high - low) * (at / bins));
        at += 1.0;
    }
    edges.push(high);
    edges
}

/// Measures a column of categories against its reference; `None` where one of them is empty.
#[must_use]
pub fn of_categories(reference: &Column, current: &Column) -> Option<Drift> {
    // What is not listed is one more category.
    let mut counts: BTreeMap<Option<&str>, [f64; 2]> = BTreeMap::new();
    for (place, column) in [reference, current].into_iter().enumerate() {
        let listed = column.categories.iter().map(|(category, count)| (Some(category.as_str()), *count));
        for (category, count) in listed.chain((column.rest > 0).then_some((None, column.rest))) {
            if let Some(slot) = counts.entry(category).or_default().get_mut(place) {
                *slot += count as f64;
            }
        }
    }
    let total = |place: usize| counts.values().filter_map(|both| both.get(place)).sum::<f64>();
    let (reference_total, current_total) = (total(0), total(1));
    if reference_total < 1.0 || current_total < 1.0 {
        return None;
    }
    let shares = |place: usize, total: f64| -> Vec<f64> {
        counts.values().filter_map(|both| both.get(place)).map(|count| count / total).collect()
    };
    let (r, c) = (shares(0, reference_total), shares(1, current_total));
    let statistic: f64 = r
        .iter()
        .zip(&c)
        .map(|(expected, observed)| {
            let difference = (observed - expected) * current_total;
            if difference == 0.0 { 0.0 } else { difference * difference / (expected * current_total) }
        })
        .sum();
    let differences = r.iter().zip(&c).map(|(a, b)| (a - b).abs());
    Some(Drift {
        psi: psi(&r, &c),
        jensen_shannon: jensen_shannon(&r, &c),
        chi_squared_p: Some(chi_squared(statistic, r.len().saturating_sub(1) as f64)),
        l_infinity: Some(differences.fold(0.0, f64::max)),
        ..Drift::default()
    })
}

/// Shares of nothing are replaced by a small share, as Evidently does: a ten-thousandth, or a millionth of the least
/// share where that is no greater.
fn filled(shares: &[f64]) -> Vec<f64> {
    let least = shares.iter().copied().filter(|share| *share > 0.0).fold(f64::INFINITY, f64::min);
    let small = if least <= 0.0001 { least / 1e6 } else { 0.0001 };
    shares.iter().map(|share| if *share > 0.0 { *share } else { small }).collect()
}

fn psi(reference: &[f64], current: &[f64]) -> f64 {
    filled(reference).iter().zip(filled(current)).map(|(r, c)| (r - c) * (r / c).ln()).sum()
}

fn jensen_shannon(reference: &[f64], current: &[f64]) -> f64 {
    let entropy = |p: f64, m: f64| if p > 0.0 { p * (p / m).ln() } else { 0.0 };
    let divergence: f64 = reference
        .iter()
        .zip(current)
        .map(|(r, c)| {
            let middle = (r + c) / 2.0;
            entropy(*r, middle) + entropy(*c, middle)
        })
        .sum();
    (divergence / 2.0).max(0.0).sqrt()
}

/// The p-value of the two-sided Kolmogorov-Smirnov test of two samples, by the limiting distribution with Stephens'
/// correction for finite samples (1970).
fn kolmogorov(statistic: f64, first: f64, second: f64) -> f64 {
    let size = (first * second / (first + second)).sqrt();
    let lambda = (size + 0.12 + 0.11 / size) * statistic;
    if lambda < 0.2 {
        return 1.0;
    }
    let mut sum = 0.0;
    let mut sign = 1.0;
    for k in 1..=100_u32 {
        let k = f64::from(k);
        let term = (-2.0 * k * k * lambda * lambda).exp();
        sum += sign * term;
        sign = -sign;
        if term < 1e-16 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

/// The upper tail of the chi-squared distribution.
fn chi_squared(statistic: f64, degrees: f64) -> f64 {
    if degrees < 1.0 {
        return 1.0;
    }
    if !statistic.is_finite() {
        return 0.0;
    }
    upper_gamma(degrees / 2.0, statistic / 2.0)
}

/// The regularised upper incomplete gamma function Q(a, x) (Abramowitz and Stegun 6.5.29 and 6.5.31).
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term.abs() > sum.abs() * 1e-15 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / tiny, 1.0 / b);
    let mut fraction = d;
    for i in 1..=1_000_u32 {
        let i = f64::from(i);
        let step = -i * (i - a);
        b += 2.0;
        d = 1.0 / nonzero(step * d + b, tiny);
        c = nonzero(b + step / c, tiny);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

fn nonzero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// The logarithm of the gamma function (Lanczos, g = 7).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    let mut place = x;
    for coefficient in COEFFICIENTS {
        place += 1.0;
        sum += coefficient / place;
    }
    let t = x + 7.5;
    0.5 * (2.0 * core::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;

    fn near(a: f64, b: f64, error: f64) {
        assert!((a - b).abs() <= error, "{a} {b}");
    }

    #[test]
    fn tails_are_those_of_tables() {
        near(chi_squared(3.841_458_820_694_124, 1.0), 0.05, 1e-12);
        near(chi_squared(18.307_038_053_275_146, 10.0), 0.05, 1e-12);
        near(chi_squared(2.0, 5.0), 0.849_145_036_084_610_4, 1e-12);
        near(chi_squared(1_000.0, 30.0), 0.0, 1e-100);
        // SciPy: kstwo.sf(d, n m / (n + m)), which ks_2samp takes for large samples.
        near(kolmogorov(1.358_098_7 / 1_000.0_f64.sqrt(), 2e3, 2e3), 0.048555, 1e-3);
        near(kolmogorov(0.05, 600.0, 600.0), 0.427441, 5e-3);
        near(kolmogorov(0.2, 100.0, 100.0), 0.031439, 2e-3);
    }

    #[test]
    fn shares_give_what_scipy_gives() {
        // scipy.spatial.distance.jensenshannon([0.5, 0.5, 0], [0.25, 0.25, 0.5])
        near(jensen_shannon(&[0.5, 0.5, 0.0], &[0.25, 0.25, 0.5]), 0.464_501_404_022_457_6, 1e-3);
        near(psi(&[0.5, 0.5], &[0.4, 0.6]), 0.1 * (0.5_f64 / 0.4).ln() - 0.1 * (0.5_f64 / 0.6).ln(), 1e-15);
    }

    #[test]
    fn categories_are_compared_by_name() {
        let column = |categories: &[(&str, u64)]| Column {
            categories: categories.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            ..Column::default()
        };
        let drift = of_categories(&column(&[("a", 50), ("b", 50)]), &column(&[("b", 60), ("a", 40)])).unwrap();
        // Expected 50 and 50, observed 40 and 60: chi-squared 4 with one degree.
        near(drift.chi_squared_p.unwrap(), 0.045_500_263_896_358_42, 1e-12);
        near(drift.l_infinity.unwrap(), 0.1, 1e-15);
        assert_eq!(of_categories(&column(&[]), &column(&[("a", 1)])), None);
        // A category that the reference never had is beyond chance.
        let unseen = of_categories(&column(&[("a", 50)]), &column(&[("a", 40), ("x", 10)])).unwrap();
        assert_eq!(unseen.chi_squared_p, Some(0.0));
    }
}
