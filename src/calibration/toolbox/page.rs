//! The page on the toolbox: sizes, powers and coverages in words and as JSON.
#![deny(clippy::disallowed_methods)]

use crate::calibration::tails;
use crate::calibration::toolbox::{self, Null};
use crate::stat::StatError;
use serde_json::json;

/// A uniformity or coverage below this is a failure: one in 300 calibrations of a right toolbox.
const SUSPICIOUS: f64 = 1e-4;

/// Verdicts drawn per law for its tail where nothing else is asked for.
pub const FEW_TAILS: usize = 20_000;

/// Most of them: a day on one core.
pub const MOST_TAILS: usize = 1_000_000_000;

/// A p-value for a table.
fn p_value(p: f64) -> String {
    match p {
        0.0 => "0".into(),
        p if p < 1e-3 => format!("{p:.1e}"),
        p => format!("{p:.3}"),
    }
}

/// The page, its numbers, and whether the laws are right.
pub struct Made {
    /// Markdown.
    pub page: String,
    /// The same numbers.
    pub json: serde_json::Value,
    /// Whether every exact and Monte Carlo law is right, and no asymptotic one refutes more than
    /// twice as often as its level says.
    pub right: bool,
}

/// Tries the whole toolbox: `seeds` null draws per test, `tails` verdicts per asymptotic law.
///
/// # Errors
/// Too few draws for a fit.
pub fn make(seeds: usize, tails: usize, seed: u64, progress: &dyn Fn(&str)) -> Result<Made, StatError> {
    let mut right = true;
    let mut verdict = |null: Null, p: f64| {
        let passed = !null.must_be_right() || p >= SUSPICIOUS;
        right &= passed;
        if passed { "" } else { " **wrong**" }
    };
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let mut page = format!(
        "# Calibration of the toolbox\n\nMade by `rbm-landscape calibrate --toolbox --seeds {seeds} --tails {tails} --seed {seed}`. \
         Every test is shown {seeds} draws for which its null hypothesis is true and a tenth as many (at least 50) for which it is \
         false. A p-value whose null law is exact or Monte Carlo must be uniform (made continuous where it is discrete); the \
         column *uniform* is the p-value of that, by a Kolmogorov-Smirnov test. The size of an asymptotic one is shown here down to \
         0.1 %, and for the verdicts that use it at 10⁻⁶ in the section on tails. Jensen-Shannon of normal values lies above its floor in \
         sparse tails: claims compare it with a bound, not with this law.\n\n\
         ## Tests\n\n| test | null law | uniform | refuted at 10 % | 5 % | 1 % | 0.1 % | wrong model | level | refuted there, % |\n\
         |---|---|---|---|---|---|---|---|---|---|\n"
    );
    let mut trials = Vec::new();
    for trial in toolbox::TRIALS {
        progress(trial.name);
        let rates = toolbox::try_test(trial, seeds, seed);
        let sizes = rates.sizes.map(percent).join(" | ");
        page += &format!(
            "| {} | {} | {}{} | {sizes} | {} | {:.0e} | {} |\n",
            trial.name,
            trial.null.name(),
            p_value(rates.uniform),
            verdict(trial.null, rates.uniform),
            trial.wrong,
            trial.level,
            percent(rates.power)
        );
        trials.push(json!({
            "name": trial.name, "null": trial.null.name(), "uniform": rates.uniform, "levels": toolbox::LEVELS,
            "sizes": rates.sizes, "wrong": trial.wrong, "level": trial.level, "power": rates.power,
            "wrong_draws": rates.wrong_draws,
        }));
    }
    page += &format!(
        "\nBinomial standard errors of the shares, in per cent: {}.\n\n## Intervals of 95 %\n\n\
         | interval | law | covers, % | p of 95 % |\n|---|---|---|---|\n",
        toolbox::LEVELS.map(|p| format!("{:.2}", 100.0 * (p * (1.0 - p) / seeds as f64).sqrt())).join(", ")
    );
    let mut intervals = Vec::new();
    for cover in toolbox::INTERVALS {
        progress(cover.name);
        let (share, p) = toolbox::try_interval(cover, seeds, seed);
        let remark = verdict(cover.null, p);
        let p_shown = p_value(p);
        page += &format!("| {} | {} | {} | {p_shown}{remark} |\n", cover.name, cover.null.name(), percent(share));
        intervals.push(json!({"name": cover.name, "law": cover.null.name(), "coverage": share, "p_value": p}));
    }
    page += "\n## What finite size leaves of the edge law\n\nLargest singular value of normal matrices in the units of the \
             Tracy-Widom law, with N − 1/2 and M − 1/2 in the centring, against the mean (−1.2065) and variance (1.6078) of the law; for \
             comparison the older form with N − 1 and M.\n\n\
             | N x M | mean − law | the same, N − 1 and M | ± | variance / law − 1 |\n|---|---|---|---|---|\n";
    progress("edge law");
    let bias = toolbox::edge_bias(5 * seeds, seed);
    for row in &bias {
        let (n, m) = row.shape;
        page += &format!(
            "| {n} x {m} | {:+.4} | {:+.4} | {:.4} | {:+.3} |\n",
            row.mean, row.mean_one_sided, row.error, row.variance
        );
    }
    progress("rigidity");
    let rigid = toolbox::rigidity((seeds / 5).max(20), seed)?;
    page += "\n## Rigidity\n\nr times the Kolmogorov distance of one square Gaussian spectrum to the Marchenko-Pastur law. Independent \
             values would give 0.87 √r.\n\n| r | mean | ± | 0.87 √r |\n|---|---|---|---|\n";
    for &(r, mean, error) in &rigid.points {
        page += &format!("| {r} | {mean:.3} | {error:.3} | {:.1} |\n", 0.8687 * (r as f64).sqrt());
    }
    let (line, power) = (rigid.line, rigid.power);
    page += &format!(
        "\nLine: {:.3} + {:.3} ln r, slope in [{:.3}, {:.3}] with 99 % confidence. Exponent in r: {:.3} in [{:.3}, {:.3}]; \
         the 1/2 of independent values is refuted. So no p-value of independent values is attached to one spectrum; the \
         p-value of a bulk's shape is drawn from the bidiagonal model.\n",
        line.intercept,
        line.slope,
        line.slope_interval.low,
        line.slope_interval.high,
        power.slope,
        power.slope_interval.low,
        power.slope_interval.high
    );
    let rigid_right = line.slope_interval.low > 0.0 && power.slope_interval.high < 0.5;
    progress("signs");
    let [raw, random] = toolbox::sign_bias(5 * seeds, seed);
    page += &format!(
        "\n## Signs of singular vectors\n\nOf 12 x 8 normal matrices, {} % come out of the decomposition with V_11 < 0; after one \
         random sign per pair, {} % (binomial standard error {:.1} %).\n",
        percent(raw),
        percent(random),
        50.0 / (5.0 * seeds as f64).sqrt()
    );
    progress("a spectrum of 100,000");
    let worst = toolbox::large_spectrum(seed);
    page += &format!(
        "\n## A large spectrum\n\n200,000 x 100,000, by Sturm counts of the bidiagonal model: at none of 200 places does the number of singular \
         values below it differ by more than {worst:.1} from r times the law.\n"
    );
    right &= rigid_right;
    progress("tails");
    let rows = tails::try_all(tails, seed, progress);
    let dense = tails::try_dense(tails, seed, progress);
    page += &tails::section(&rows, &dense);
    right &= rows.iter().chain(&dense).all(tails::Tail::is_right);
    let bias: Vec<serde_json::Value> = edge_rows(&bias);
    let tails: Vec<serde_json::Value> = rows.iter().chain(&dense).map(tails::Tail::json).collect();
    let json = json!({
        "seeds": seeds, "seed": seed, "right": right, "tests": trials, "intervals": intervals, "tails": tails,
        "edge": bias, "signs": {"raw": raw, "random": random}, "large_spectrum": worst,
        "rigidity": {
            "slope": line.slope, "intercept": line.intercept, "slope_interval": line.slope_interval,
            "exponent": power.slope, "exponent_interval": power.slope_interval,
        },
    });
    Ok(Made { page, json, right })
}

fn edge_rows(bias: &[toolbox::EdgeBias]) -> Vec<serde_json::Value> {
    let row = |row: &toolbox::EdgeBias| {
        json!({
            "visible": row.shape.0, "hidden": row.shape.1, "mean": row.mean, "mean_one_sided": row.mean_one_sided,
            "error": row.error, "variance": row.variance,
        })
    };
    bias.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::largest;
    use crate::spectra::tracy_widom;
    use serde_json::Value;
    use std::cell::RefCell;

    fn number(value: &Value) -> f64 {
        value.as_f64().unwrap_or_else(|| panic!("a number in the place of {value}"))
    }

    fn rows(value: &Value) -> &[Value] {
        value.as_array().map_or(&[], Vec::as_slice)
    }

    // One run for everything that takes many draws. 10 draws of every test and interval, 50 wrong
    // ones of every test, 20,000 verdicts of every law; one seed.
    #[test]
    fn p_values_are_plain_down_to_a_thousandth() {
        assert_eq!([1.0, 0.081_1, 0.001, 7.91e-8, 0.0].map(p_value), ["1.000", "0.081", "0.001", "7.9e-8", "0"]);
    }

    #[test]
    fn sizes_are_those_of_the_levels_and_wrong_models_are_refuted() {
        let said = RefCell::new(Vec::new());
        let Made { page, json, right } =
            make(10, FEW_TAILS, 1, &|line| said.borrow_mut().push(line.to_string())).expect("enough draws");
        assert!(right && json["right"] == true && !page.contains("**wrong**"), "{page}");
        assert_eq!((&json["seeds"], &json["seed"]), (&10.into(), &1.into()));
        assert!(said.borrow().len() > toolbox::TRIALS.len() + toolbox::INTERVALS.len());

        // Tests: no size of 0.1 % in 10 draws (0.1 each at most, asymptotic), p-values that 10
        // draws cannot tell from uniform ones.
        let tests = rows(&json["tests"]);
        assert_eq!(tests.len(), toolbox::TRIALS.len());
        for (row, trial) in tests.iter().zip(toolbox::TRIALS) {
            assert_eq!((&row["name"], &row["null"]), (&trial.name.into(), &trial.null.name().into()));
            assert!(number(&row["uniform"]) > SUSPICIOUS && number(&row["sizes"][3]) <= 0.1, "{row}");
            // The smallest edge shows what small matrices cannot do; the others are designed.
            let least = if trial.level == 0.05 { 0.15 } else { 0.9 };
            assert!(number(&row["power"]) >= least && row["wrong_draws"] == 50, "{row}");
            let shown = |share: &Value| format!("{:.1}", 100.0 * number(share));
            let sizes: Vec<String> = rows(&row["sizes"]).iter().map(shown).collect();
            let (uniform, power) = (number(&row["uniform"]), shown(&row["power"]));
            let (null, sizes, uniform) = (trial.null.name(), sizes.join(" | "), p_value(uniform));
            let start = format!("| {} | {null} | {uniform} | {sizes} | {} | ", trial.name, trial.wrong);
            let line = page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start}\n{page}"));
            assert!(line.ends_with(&format!(" | {power} |")), "{line}");
        }
        // By hand, √(p(1 − p)/10) in per cent.
        assert!(
            page.contains("Binomial standard errors of the shares, in per cent: 9.49, 6.89, 3.15, 1.00."),
            "{page}"
        );

        // Intervals of 95 %: that four or fewer of 10 cover has probability 3e-6.
        let intervals = rows(&json["intervals"]);
        assert_eq!(intervals.len(), toolbox::INTERVALS.len());
        for (row, cover) in intervals.iter().zip(toolbox::INTERVALS) {
            let share = number(&row["coverage"]);
            assert!(row["name"] == cover.name && share > 0.45, "{row}");
            assert!(
                page.contains(&format!("| {} | {} | {:.1} | ", cover.name, cover.null.name(), 100.0 * share)),
                "{row}"
            );
        }

        // The edge law: 50 draws of variance 1.6, five standard errors. The older form is linear in
        // the square of the singular value as well (Johnstone 2001: centre (a + b)², scale (a +
        // b)(1/a + 1/b)^(1/3) with a = √(N − 1), b = √M).
        let shapes = [(50, 32), (50, 50), (200, 128), (200, 200), (784, 500), (784, 784)];
        assert_eq!(rows(&json["edge"]).len(), shapes.len());
        for (row, (n, m)) in rows(&json["edge"]).iter().zip(shapes) {
            assert!(row["visible"] == n && row["hidden"] == m);
            let [mean, one_sided, error, variance] =
                ["mean", "mean_one_sided", "error", "variance"].map(|key| number(&row[key]));
            assert!(mean.abs() < 5.0 * error && variance.abs() < 1.0, "{row}");
            assert!((50.0 * error * error / tracy_widom::VARIANCE - 1.0 - variance).abs() < 1e-12, "{row}");
            let (n, m) = (f64::from(n), f64::from(m));
            let law = |a: f64, b: f64| ((a + b).powi(2), (a + b) * (1.0 / a + 1.0 / b).cbrt());
            let (centre, scale) = law((n - 0.5).sqrt(), (m - 0.5).sqrt());
            let (old_centre, old_scale) = law((n - 1.0).sqrt(), m.sqrt());
            let square = centre + scale * (mean + tracy_widom::MEAN);
            let old = (square - old_centre) / old_scale - tracy_widom::MEAN;
            assert!((one_sided - old).abs() < 1e-9, "{row} {old}");
        }
        // By hand: 0.8687 √32 and 0.8687 √1024.
        for (r, independent) in [(32, "4.9"), (1024, "27.8")] {
            let line = page.lines().find(|line| line.starts_with(&format!("| {r} | "))).expect("a row");
            assert!(line.ends_with(&format!(" | {independent} |")), "{line}");
        }
        assert!(number(&json["rigidity"]["exponent_interval"]["high"]) < 0.5, "{}", json["rigidity"]);
        // 50 signs, 50/√50 = 7.1 % each: five standard errors of the fair ones.
        assert!(
            (number(&json["signs"]["random"]) - 0.5).abs() < 0.36 && page.contains("(binomial standard error 7.1 %)")
        );
        // Counts deviate by about √(ln r)/π = 1.08: the largest of 200 by some standard deviations.
        let worst = number(&json["large_spectrum"]);
        assert!(
            (1.08..8.0).contains(&worst) && page.contains(&format!("by more than {worst:.1} from r times the law"))
        );

        // 20,000 verdicts: at 1 % 200 ± 14 are refuted, and asymptotic laws may be off by a few per
        // cent; 100 and 300 are 7 standard errors away.
        let tails = rows(&json["tails"]);
        for row in tails {
            let refuted: Vec<f64> = rows(&row["levels"]).iter().map(|level| number(&level["observed"])).collect();
            assert!(row["draws"] == 20_000 && (100.0..=300.0).contains(&refuted[0]), "{row}");
            assert!(refuted.windows(2).all(|pair| pair[0] >= pair[1]) && refuted[4] <= 2.0, "{row}");
        }
        // Three shapes with five verdicts each, one for the smallest singular value of the square
        // one, and the machines of T08.
        assert_eq!(tails.len(), 17);
        assert_eq!(
            tails[0]["name"],
            "T08: largest singular value of 8 machines 784 x [32, 32, 32, 32, 64, 64, 128, 128]"
        );
        let named: Vec<&str> = tails.iter().filter_map(|row| row["name"].as_str()).collect();
        for name in [
            "T02: largest singular value of 80 matrices 784 x 500, mean, z",
            "T02: tr S, tr S², tr S³, χ², 80 matrices 211 x 313",
            "T02: smallest singular value of 80 matrices 251 x 251, Kolmogorov-Smirnov",
        ] {
            assert!(named.contains(&name) && page.contains(&format!("\n| {name} | ")), "{name}\n{page}");
        }
        assert_eq!(named.iter().filter(|name| name.contains("smallest")).count(), 1);
        assert!(largest(tails.iter().map(|row| number(&row["seconds"]))) > 0.0);
    }
}
