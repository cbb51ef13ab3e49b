//! Figures of the claim.

use super::falsifiers;
use crate::evidence::Missing;
use super::names::{columns, tables};
use super::evidence::pairs_of;
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::Table;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    figure(dossier).into_iter().collect()
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let finite = dossier.regime(&regimes::FINITE_RANK)?;
    let apart = dossier.regime(&regimes::DECOUPLING)?;
    let extensive = dossier.regime(&regimes::EXTENSIVE_RANK)?;
    let scatter = finite.evidence.table(tables::SCATTER)?;
    // Two standard deviations: u and w are the axes of the ellipse, g = 2.5.
    let ellipse = |g: f64| -> Vec<(f64, f64)> {
        let (u, w) = (2.0 / (4.0 - g).sqrt(), 2.0 / (4.0 + g).sqrt());
        let at = |t: f64| ((u * t.cos() - w * t.sin()) / 2f64.sqrt(), (u * t.cos() + w * t.sin()) / 2f64.sqrt());
        grid(0.0, 2.0 * std::f64::consts::PI, 120).map(at).collect()
    };
    let with_bars = |label: &str, role: Role, table: &Table, x: &str, y: &str, bar: &str| Series {
        errors: table.column(bar)?,
        ..Series::points(label, role, pairs_of(table, x, y))
    };
    let [haar, sampled, coupled] = ["haar", "sampled", "coupled"].map(|name| apart.evidence.table(name));
    let (haar, sampled, coupled) = (haar?, sampled?, coupled?);
    let five = apart.falsified(&falsifiers::FIVE_UNITS)?.table(tables::HAAR)?;
    let [one, two] = ["one_mode", "two_modes"].map(|name| finite.evidence.table(name));
    let [growth, ranks] = ["growth", "ranks"].map(|name| extensive.evidence.table(name));
    let (one, two, growth, ranks) = (one?, two?, growth?, ranks?);
    let haar_line = grid(6f64.ln(), 600f64.ln(), 60).map(|n| (n.exp(), 1.0 / (8.0 * (n.exp() + 2.0)))).collect();
    let panels = vec![
        Panel {
            title: "mode 1, βλ = 2.5, 200 x 150".into(),
            x: Axis::linear("x − mean, visible reciprocal variable"),
            y: Axis::linear("y − mean, hidden reciprocal variable"),
            series: vec![
                Series::points("uniform states", Role::Falsifier, pairs_of(scatter, "free_x", "free_y")),
                Series::points("Gibbs samples", Role::Measurement, pairs_of(scatter, "x", "y")),
                Series::line("2σ, var u = 1/(4 − βλ), var w = 1/(4 + βλ)", Role::Prediction, ellipse(2.5)),
            ],
            contours: None,
        },
        Panel {
            title: "modes decouple".into(),
            x: Axis::log("N, number of visible units"),
            y: Axis::log("−κ(x₁, x₁, x₂, x₂), joint fourth cumulant"),
            series: vec![
                with_bars("modes on five units", Role::Falsifier, five, "size", "cumulant", "error"),
                with_bars("Haar mean", Role::Measurement, haar, "size", "cumulant", "error"),
                Series::points("coupled, βλ = 2.5, 1.5", Role::Measurement, pairs_of(coupled, "size", "cumulant")),
                with_bars("drawn states", Role::Measurement, sampled, "size", "cumulant", "error"),
                Series::line("1/(8(N+2))", Role::Prediction, haar_line),
                Series::line("coupled, 1/N", Role::Prediction, pairs_of(coupled, "size", "predicted")),
            ],
            contours: None,
        },
        Panel {
            title: "error of the Gaussian ln Z against size".into(),
            x: Axis::log("N = M, number of units a side"),
            y: Axis::log("Gaussian − exact ln Z (nats)"),
            series: vec![
                Series::points(
                    "two modes, cross terms dropped",
                    Role::Falsifier,
                    pairs_of(two, "size", "without_cross"),
                ),
                Series::points("one mode, βλ = 2", Role::Measurement, pairs_of(one, "size", "error")),
                Series::points("two modes, βλ = 2", Role::Measurement, pairs_of(two, "size", "error")),
                with_bars("all modes, s√N = 0.6", Role::Measurement, growth, "size", "error", "bar"),
                Series::line("ρ²/(2N)", Role::Prediction, pairs_of(one, "size", "predicted")),
                Series::line("(ρ₁+ρ₂)²/(2N)", Role::Prediction, pairs_of(two, "size", "predicted")),
                Series::line("s⁴NM(N+M+2)/1024", Role::Prediction, pairs_of(growth, "size", "predicted")),
            ],
            contours: None,
        },
        Panel {
            title: "error of the Gaussian ln Z against rank".into(),
            x: Axis::linear("rank, number of modes of βλ = 0.8"),
            y: Axis::linear("Gaussian − exact ln Z (nats)"),
            series: vec![
                Series::points("enumeration, N = M", Role::Measurement, pairs_of(ranks, "rank", "error")),
                Series::line("expansion to second order", Role::Prediction, pairs_of(ranks, "rank", "predicted")),
            ],
            contours: None,
        },
    ];
    let mut panels = panels;
    if let Some(table) = apart.evidence.table(tables::AFTER_TRAINING) {
        // Of hundreds of modes, ten in every factor e.
        let cell = |k: f64| (10.0 * k.ln()).floor();
        let shown = table.rows.iter().filter(|row| cell(row[0]) > cell(row[0] - 1.0)).cloned().collect();
        let table = &Table { rows: shown, ..table.clone() };
        let negative = |column: &str| pairs_of(table, "mode", column).into_iter().map(|(k, c)| (k, -c)).collect();
        panels.push(Panel {
            title: format!(
                "coupling of mode 1 to the others, M = {} trained",
                table.rows.first().map_or(f64::NAN, |row| row[5])
            ),
            x: Axis::log("k, mode"),
            y: Axis::linear("−κ(x₁, x₁, x_k, x_k)/(var x₁ var x_k)"),
            series: vec![
                Series::points("uniform states, untrained", Role::Falsifier, negative("untrained")),
                Series {
                    errors: table.column(columns::ERROR)?.iter().map(|error| 3.0 * error).collect(),
                    ..Series::points("samples of the trained machine", Role::Measurement, negative("gibbs"))
                },
                Series::points("uniform states, trained", Role::Measurement, negative("uniform")),
                Series::line("Haar mean, 2/(N+2)", Role::Prediction, negative("haar")),
            ],
            contours: None,
        });
    }
    Ok(Figure {
        name: "T05_bosons",
        title: "Modes as pairs of coupled oscillators: where the product of Gaussians holds".into(),
        caption: "Top left: Gibbs samples of a mode stretch along u and shrink along w as predicted; uniform states in grey. Top \
                  middle: joint cumulants of two modes fall as 1/N; on five units (grey) they do not. Top right: the error of \
                  the Gaussian ln Z falls as 1/N at rank one and two and grows with N at full rank. Bottom left: its growth with the rank. Last: after training, modes \
                  are still decoupled under uniform states; the machine's own samples couple them (bars: 3 standard errors between persistent chains, which do not mix; \
                  at most ten modes in every factor e are drawn)."
            .into(),
        panels,
    })
}
