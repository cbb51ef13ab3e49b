//! Figures of the claim.

use crate::evidence::Missing;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::Table;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    figure(dossier).into_iter().collect()
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::PARAMAGNET)?;
    let of = |id: &str| regime.falsifiers.iter().find(|trial| trial.id == id).map(|trial| &trial.evidence);
    let (modes, logs) = (regime.evidence.table(tables::MODES)?, regime.evidence.table(tables::REMAINDER)?);
    let wrong = of("uncorrected-gaussian")?.table(tables::REMAINDER)?;
    let rows = |table: &Table, scale: f64, x: &str, y: &str| -> Vec<(f64, f64)> {
        let at = table.column(columns::SCALE)?.into_iter().zip(table.column(x)?.into_iter().zip(table.column(y)?));
        at.filter(|(s, _)| *s == scale).map(|(_, point)| point).collect()
    };
    let bars = |table: &Table, scale: f64, column: &str| -> Vec<f64> {
        rows(table, scale, column, column).into_iter().map(|(_, error)| error).collect()
    };
    let measured = |label: &str, table: &Table, scale: f64, x: &str, y: &str, error: &str| Series {
        errors: bars(table, scale, error),
        ..Series::points(label, Role::Measurement, rows(table, scale, x, y))
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
    let beyond = dossier.regime(&regimes::BEYOND_GLASS_LINE).and_then(|regime| regime.evidence.table(tables::LEADING));
    let leading = [regime.evidence.table(tables::LEADING), beyond];
    let mut sizes: Vec<f64> = leading.iter().flatten().flat_map(|table| table.column(columns::SIZE)?).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    for size in [sizes.first(), sizes.last()].into_iter().flatten() {
        let found = leading.iter().flatten().flat_map(|table| &table.rows).filter(|row| row[1] == *size);
        let (points, errors) = found.map(|row| ((row[0], row[2]), row[3])).unzip();
        let label = format!("measured, N = M = {size}");
        boundary.push(Series { errors, ..Series::points(&label, Role::Measurement, points) });
    }
    let size = sizes.last()?;
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel {
        title: title.into(),
        x,
        y,
        series,
        contours: None,
    };
    let lambda = || Axis::linear("λ, singular value of the mode (energy unit)");
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
        found("reaction, N = M", Role::Measurement, logs, 3, 1.0, true),
        found("reaction, N = 5M/3", Role::Measurement, logs, 3, 1.0, false),
        Series::line("−¼ ln(1 − ρ)", Role::Prediction, rho(-0.4, &|rho| -0.25 * (1.0 - rho).ln())),
        found("large-N form, N = M", Role::Measurement, logs, 5, -1.0, true),
        found("large-N form, N = 5M/3", Role::Measurement, logs, 5, -1.0, false),
    ];
    Ok(Figure {
        name: "T09_onsager",
        title: "The reaction in the place of the product of Gaussians".into(),
        caption: "Variance and one-sweep autocorrelation of modes at s√N = 2.4 against the theory with the reaction and the Gaussian (grey); \
                  error of ln Z with the reaction and of (N+M) ln 2 + c0 + s²NM/32, which tend to constants; variance of the leading mode across the \
                  spin-glass line s√N = 4, which the Gaussian puts at 2. Bars at what is left of ln Z: intervals of confidence 1 − 10⁻⁶; \
                  others: standard errors."
            .into(),
        panels: vec![
            panel(
                &format!("variance of modes, N = M = {size}, s√N = 2.4"),
                lambda(),
                Axis::linear("var x, variance of the mode"),
                vec![
                    Series::line("Gaussian, 1/(4 − λ²/4)", Role::Falsifier, gaussian(&|l| 1.0 / (4.0 - l * l / 4.0), 3.4)),
                    Series::line("B/(AB − λ²)", Role::Prediction, rows(modes, 2.4, "lambda", "predicted")),
                    measured("Gibbs chains", modes, 2.4, "lambda", "variance", "variance_error"),
                ],
            ),
            panel(
                "autocorrelation over one sweep",
                lambda(),
                Axis::linear("autocorrelation of x"),
                vec![
                    Series::line("Gaussian, λ²/16", Role::Falsifier, gaussian(&|l| l * l / 16.0, 4.0)),
                    Series::line("1 − Q/var x", Role::Prediction, rows(modes, 2.4, "lambda", "predicted_lag")),
                    measured("Gibbs chains", modes, 2.4, "lambda", "lag", "lag_error"),
                ],
            ),
            panel(
                "what is left of ln Z, N → ∞",
                Axis::log("ρ = s⁴NM/256, strength"),
                Axis::log("closed form − exact ln Z"),
                remainders,
            ),
            panel("across the spin-glass line", Axis::linear("s√N, scale of the weights"), Axis::log("var x₁, leading mode"), boundary),
        ],
    })
}
