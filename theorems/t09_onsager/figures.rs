//! Figures of the claim.

use super::ensembles::{Kind, SHOWN};
use super::evidence::conditional_variance;
use super::names::{columns, tables};
use super::{falsifiers, regimes};
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([figure(dossier)])
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::PARAMAGNET)?;
    let (modes, logs) = (regime.evidence.table(tables::MODES)?, regime.evidence.table(tables::REMAINDER)?);
    let wrong = regime.falsified(&falsifiers::UNCORRECTED_GAUSSIAN)?.table(tables::REMAINDER)?;
    let scales = modes.column(columns::SCALE)?;
    // Modes at one s√N, against the theory for N → ∞.
    let kind = Kind::random(2.4, 1.0);
    let (reaction, q) = (kind.closed(), conditional_variance(kind.field_variance()));
    let of = |column: Column| -> Result<Vec<f64>, Missing> {
        let values = modes.column(column)?.into_iter().zip(&scales);
        Ok(values.filter(|(_, scale)| **scale == kind.scale).map(|(value, _)| value).collect())
    };
    let measured = |y: Column, error: Column| -> Result<Series, Missing> {
        let points = of(columns::LAMBDA)?.into_iter().zip(of(y)?).collect();
        Ok(Series { errors: of(error)?, ..Series::points("Gibbs chains", Role::Measurement, points) })
    };
    let curve = |f: &dyn Fn(f64) -> f64, to: f64| grid(0.0, to, 160).map(|l| (l, f(l))).collect::<Vec<_>>();
    let precision = |l: f64| reaction.var_x(l).recip();
    let mut boundary = vec![
        Series::line(
            "Gaussian theory",
            Role::Falsifier,
            grid(0.5, 1.95, 60).map(|g| (g, 1.0 / (4.0 - g * g))).collect(),
        ),
        Series::line(
            "with the reaction term",
            Role::Prediction,
            grid(0.5, 3.9, 160).map(|g| (g, (4.0 + g * g / 4.0) / (4.0 - g * g / 4.0).powi(2))).collect(),
        ),
        Series::line("transition line, s√N = 4", Role::Guide, vec![(4.0, 0.25), (4.0, 200.0)]),
    ];
    let beyond = dossier.regime(&regimes::BEYOND_GLASS_LINE)?.evidence.table(tables::LEADING)?;
    let below = regime.evidence.table(tables::LEADING)?;
    // Of the sizes on both sides of the line the smallest and the largest; where there are none,
    // those of the figure beyond it.
    let of_below = below.column(columns::SIZE)?;
    let mut sizes = beyond.column(columns::SIZE)?;
    sizes.retain(|size| of_below.contains(size));
    sizes.extend(sizes.is_empty().then(|| SHOWN.iter().map(|(size, _)| *size as f64)).into_iter().flatten());
    sizes.sort_by(f64::total_cmp);
    // A table without rows counts as missing.
    let largest = of_below.iter().copied().fold(f64::NAN, f64::max);
    let [smallest, .., common] = sizes[..] else { return Err(Missing::Table(below.name)) };
    for size in [smallest, common] {
        let found = below.rows.iter().chain(&beyond.rows).filter(|row| row[1] == size);
        let (points, errors) = found.map(|row| ((row[0], row[2]), row[3])).unzip();
        let label = format!("Gibbs chains, N = M = {size}");
        boundary.push(Series { errors, ..Series::points(&label, Role::Measurement, points) });
    }
    let lambda = || Axis::linear("λ, singular value (energy)");
    let rho = |to: f64, f: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        grid(-2.6, to, 60).map(|e| 10f64.powf(e)).map(|rho| (rho, f(rho))).collect()
    };
    let found = |label: &str, role: Role, table: &Table, at: usize, sign: f64, square: bool| {
        let rows = table.rows.iter().filter(|row| (row[1] == 1.0) == square);
        let (points, errors) = rows.map(|row| ((row[2], sign * row[at]), row[at + 1])).unzip();
        Series { errors, ..Series::points(label, role, points) }
    };
    let remainders = vec![
        found("Gaussian theory", Role::Falsifier, wrong, 3, 1.0, true),
        Series::line("−½ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.5 * (1.0 - rho).ln())),
        found("reaction term, N = M", Role::Measurement, logs, 3, 1.0, true).coloured(0),
        found("reaction term, N = 5M/3", Role::Measurement, logs, 3, 1.0, false).coloured(0),
        Series::line("−¼ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.25 * (1.0 - rho).ln())),
        found("large-N form, N = M", Role::Measurement, logs, 5, -1.0, true).coloured(1),
        found("large-N form, N = 5M/3", Role::Measurement, logs, 5, -1.0, false).coloured(1),
    ];
    Ok(Figure {
        name: "T09_onsager",
        title: "Onsager's reaction term instead of the product of Gaussians".into(),
        caption: "(a), (b): variance and one-sweep autocorrelation of modes at s√N = 2.4. With the reaction of the other layer 1/var x = A − λ²/B, where A = 4 + s²M/4 and B = 4 + s²N/4, and the autocorrelation is 1 − Q/var x, Q the mean variance of a unit given the other layer. (c): error of ln Z in closed form with A and B (reaction term), and of its limit for many units, (N + M) ln 2 + c0 + s²NM/32 with the constant c0 of the biases (large-N form), extrapolated to N → ∞; they tend to −½ ln(1 − ρ) and −¼ ln(1 − ρ), the Gaussian theory (grey) to neither. (d): variance of the leading mode across the spin-glass transition line s√N = 4, which the Gaussian theory (grey) puts at 2; finite machines round it. Bars: one standard error over machines."
            .into(),
        panels: vec![
            Panel::new(
                format!("variance of modes, N = M = {largest}"),
                lambda(),
                Axis::linear("var x, variance of the mode"),
            )
            .with([
                Series::line("Gaussian, 1/(4 − λ²/4)", Role::Falsifier, curve(&|l| 1.0 / (4.0 - l * l / 4.0), 3.4)),
                Series::line("B/(AB − λ²)", Role::Prediction, curve(&|l| reaction.var_x(l), kind.edge())),
                measured(columns::VARIANCE, columns::VARIANCE_ERROR)?,
            ]),
            Panel::new("autocorrelation over one sweep", lambda(), Axis::linear("autocorrelation of x")).with([
                Series::line("Gaussian, λ²/16", Role::Falsifier, curve(&|l| l * l / 16.0, 4.0)),
                Series::line("1 − Q/var x", Role::Prediction, curve(&|l| 1.0 - q * precision(l), kind.edge())),
                measured(columns::LAG, columns::LAG_ERROR)?,
            ]),
            Panel::new(
                "error of ln Z, N → ∞",
                Axis::log("ρ = s⁴NM/256, strength of the weights"),
                Axis::log("closed form − exact ln Z"),
            )
            .with(remainders),
            Panel::new(
                "leading mode across the transition",
                Axis::linear("s√N, scale of the weights"),
                Axis::log("var x₁, leading mode"),
            )
            .with(boundary),
        ],
    })
}
