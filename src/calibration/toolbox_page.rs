//! The page on the toolbox: sizes, powers and coverages in words and as JSON.
#![deny(clippy::disallowed_methods)]

use super::tails;
use super::toolbox::{self, Null};
use crate::stat::StatError;
use serde_json::json;

/// A uniformity or coverage below this is a failure: one in 300 calibrations of a right toolbox.
const SUSPICIOUS: f64 = 1e-4;

/// Verdicts drawn per law for its tail where nothing else is asked for.
pub const FEW_TAILS: usize = 20_000;

/// Most of them: a day on one core.
pub const MOST_TAILS: usize = 1_000_000_000;

/// The page, its numbers, and whether the laws are right.
pub struct Made {
    /// Markdown.
    pub page: String,
    /// The same numbers.
    pub json: serde_json::Value,
    /// Whether every exact and Monte Carlo law is right, and no asymptotic one refutes more than twice as often as its level says.
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
            "| {} | {} | {:.2e}{} | {sizes} | {} | {:.0e} | {} |\n",
            trial.name,
            trial.null.name(),
            rates.uniform,
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
        page += &format!("| {} | {} | {} | {p:.2e}{remark} |\n", cover.name, cover.null.name(), percent(share));
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
         random sign a pair, {} % (binomial standard error {:.1} %).\n",
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
    let bias: Vec<serde_json::Value> = bias
        .iter()
        .map(|row| {
            json!({
                "visible": row.shape.0, "hidden": row.shape.1, "mean": row.mean, "mean_one_sided": row.mean_one_sided,
                "error": row.error, "variance": row.variance,
            })
        })
        .collect();
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
