//! Figures of the claim.

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
    // Values of the modes at s√N = 2.4.
    let of = |column: Column| -> Result<Vec<f64>, Missing> {
        let values = modes.column(column)?.into_iter().zip(&scales);
        Ok(values.filter(|(_, scale)| **scale == 2.4).map(|(value, _)| value).collect())
    };
    let against_lambda =
        |y: Column| -> Result<Vec<(f64, f64)>, Missing> { Ok(of(columns::LAMBDA)?.into_iter().zip(of(y)?).collect()) };
    let measured = |y: Column, error: Column| -> Result<Series, Missing> {
        let points = against_lambda(y)?;
        Ok(Series { errors: of(error)?, ..Series::points("Gibbs chains", Role::Measurement, points) })
    };
    let gaussian = |f: &dyn Fn(f64) -> f64, to: f64| grid(0.0, to, 100).map(|l| (l, f(l))).collect::<Vec<_>>();
    let mut boundary = vec![
        Series::line("Gaussian", Role::Falsifier, grid(0.5, 1.95, 60).map(|g| (g, 1.0 / (4.0 - g * g))).collect()),
        Series::line(
            "closed form",
            Role::Prediction,
            grid(0.5, 3.9, 100).map(|g| (g, (4.0 + g * g / 4.0) / (4.0 - g * g / 4.0).powi(2))).collect(),
        ),
    ];
    let beyond = dossier.regime(&regimes::BEYOND_GLASS_LINE)?.evidence.table(tables::LEADING)?;
    let below = regime.evidence.table(tables::LEADING)?;
    let mut sizes = [below.column(columns::SIZE)?, beyond.column(columns::SIZE)?].concat();
    sizes.sort_by(f64::total_cmp);
    // Tables without rows count as missing.
    let [smallest, .., largest] = sizes[..] else { return Err(Missing::Table(below.name)) };
    for size in [smallest, largest] {
        let found = below.rows.iter().chain(&beyond.rows).filter(|row| row[1] == size);
        let (points, errors) = found.map(|row| ((row[0], row[2]), row[3])).unzip();
        let label = format!("measured, N = M = {size}");
        boundary.push(Series { errors, ..Series::points(&label, Role::Measurement, points) });
    }
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel::new(title, x, y).with(series);
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
        found("Gaussian", Role::Falsifier, wrong, 3, 1.0, true),
        Series::line("−½ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.5 * (1.0 - rho).ln())),
        found("reaction term, N = M", Role::Measurement, logs, 3, 1.0, true),
        found("reaction term, N = 5M/3", Role::Measurement, logs, 3, 1.0, false),
        Series::line("−¼ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.25 * (1.0 - rho).ln())),
        found("large-N form, N = M", Role::Measurement, logs, 5, -1.0, true),
        found("large-N form, N = 5M/3", Role::Measurement, logs, 5, -1.0, false),
    ];
    Ok(Figure {
        name: "T09_onsager",
        title: "Onsager's reaction term instead of the product of Gaussians".into(),
        caption: "Variance and one-sweep autocorrelation of modes at s√N = 2.4, against the theory with Onsager's reaction term and the Gaussian theory (grey). Errors of ln Z with the reaction term and of (N+M) ln 2 + c0 + s²NM/32, which tend to constants. Variance of the leading mode across the spin-glass transition line s√N = 4, which the Gaussian theory puts at 2. Bars: intervals of confidence 1 − 10⁻⁶ for ln Z, otherwise standard errors."
            .into(),
        panels: vec![
            panel(
                &format!("variance of modes, N = M = {largest}, s√N = 2.4"),
                lambda(),
                Axis::linear("var x, variance of the mode"),
                vec![
                    Series::line("Gaussian, 1/(4 − λ²/4)", Role::Falsifier, gaussian(&|l| 1.0 / (4.0 - l * l / 4.0), 3.4)),
                    Series::line("B/(AB − λ²)", Role::Prediction, against_lambda(columns::PREDICTED)?),
                    measured(columns::VARIANCE, columns::VARIANCE_ERROR)?,
                ],
            ),
            panel(
                "autocorrelation over one sweep",
                lambda(),
                Axis::linear("autocorrelation of x"),
                vec![
                    Series::line("Gaussian, λ²/16", Role::Falsifier, gaussian(&|l| l * l / 16.0, 4.0)),
                    Series::line("1 − Q/var x", Role::Prediction, against_lambda(columns::PREDICTED_LAG)?),
                    measured(columns::LAG, columns::LAG_ERROR)?,
                ],
            ),
            panel(
                "error of ln Z, N → ∞",
                Axis::log("ρ = s⁴NM/256, strength of the weights"),
                Axis::log("closed form − exact ln Z"),
                remainders,
            ),
            panel("across the spin-glass transition line", Axis::linear("s√N, scale of the weights"), Axis::log("var x₁, leading mode"), boundary),
        ],
    })
}
