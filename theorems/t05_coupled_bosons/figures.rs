//! Figures of the claim.

use super::chains::LEAST_DRAWS;
use super::evidence::{EACH, mean_error};
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([figure(dossier)])
}

fn pairs_of(table: &Table, x: Column, y: Column) -> Result<Vec<(f64, f64)>, Missing> {
    Ok(table.column(x)?.into_iter().zip(table.column(y)?).collect())
}

/// One column against the size, with error bars.
fn with_bars(label: &str, role: Role, table: &Table, y: Column, bar: Column) -> Result<Series, Missing> {
    let points = pairs_of(table, columns::SIZE, y)?;
    Ok(Series { errors: table.column(bar)?, ..Series::points(label, role, points) })
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let finite = dossier.regime(&regimes::FINITE_RANK)?;
    let apart = dossier.regime(&regimes::DECOUPLING)?;
    let extensive = dossier.regime(&regimes::EXTENSIVE_RANK)?;
    let scatter = finite.evidence.table(tables::SCATTER)?;
    // Ellipse of two standard deviations for coupling g; u and w are its axes.
    let ellipse = |g: f64| -> Vec<(f64, f64)> {
        let (u, w) = (2.0 / (4.0 - g).sqrt(), 2.0 / (4.0 + g).sqrt());
        let at = |t: f64| ((u * t.cos() - w * t.sin()) / 2f64.sqrt(), (u * t.cos() + w * t.sin()) / 2f64.sqrt());
        grid(0.0, 2.0 * std::f64::consts::PI, 120).map(at).collect()
    };
    let (haar, sampled) = (apart.evidence.table(tables::HAAR)?, apart.evidence.table(tables::SAMPLED)?);
    let coupled = apart.evidence.table(tables::COUPLED)?;
    let five = apart.falsified(&falsifiers::FIVE_UNITS)?.table(tables::HAAR)?;
    let (one, two) = (finite.evidence.table(tables::ONE_MODE)?, finite.evidence.table(tables::TWO_MODES)?);
    let (growth, ranks) = (extensive.evidence.table(tables::GROWTH)?, extensive.evidence.table(tables::RANKS)?);
    let curve = extensive.evidence.table(tables::RANK_CURVE)?;
    let haar_line = grid(6f64.ln(), 600f64.ln(), 60).map(|n| (n.exp(), 1.0 / (8.0 * (n.exp() + 2.0)))).collect();
    let mut panels = vec![
        Panel::new(
            "mode 1, βλ = 2.5, 200 x 150",
            Axis::linear("x − mean, visible reciprocal variable"),
            Axis::linear("y − mean, hidden reciprocal variable"),
        )
        .with(vec![
            Series::points("uniform states", Role::Falsifier, pairs_of(scatter, columns::FREE_X, columns::FREE_Y)?),
            Series::points("Gibbs samples", Role::Measurement, pairs_of(scatter, columns::X, columns::Y)?),
            Series::line("2σ, var u = 1/(4 − βλ), var w = 1/(4 + βλ)", Role::Prediction, ellipse(2.5)),
        ]),
        Panel::new(
            "modes decouple",
            Axis::log("N, number of visible units"),
            Axis::log("−κ(x₁, x₁, x₂, x₂), joint fourth cumulant"),
        )
        .with(vec![
            with_bars("modes on five units", Role::Falsifier, five, columns::CUMULANT, columns::ERROR)?,
            with_bars("Haar modes", Role::Measurement, haar, columns::CUMULANT, columns::ERROR)?,
            Series::points(
                "coupled, βλ = 2.5, 1.5",
                Role::Measurement,
                pairs_of(coupled, columns::SIZE, columns::CUMULANT)?,
            ),
            with_bars("sampled states", Role::Measurement, sampled, columns::CUMULANT, columns::ERROR)?,
            Series::line("1/(8(N+2))", Role::Prediction, haar_line),
            Series::line("coupled, 1/N", Role::Prediction, pairs_of(coupled, columns::SIZE, columns::PREDICTED)?),
        ]),
        Panel::new(
            "error of the Gaussian ln Z against size",
            Axis::log("N = M, units per layer"),
            Axis::log("Gaussian − exact ln Z (nats)"),
        )
        .with(vec![
            Series::points(
                "two modes, cross terms dropped",
                Role::Falsifier,
                pairs_of(two, columns::SIZE, columns::WITHOUT_CROSS)?,
            ),
            Series::points("one mode, βλ = 2", Role::Measurement, pairs_of(one, columns::SIZE, columns::ERROR)?),
            Series::points("two modes, βλ = 2", Role::Measurement, pairs_of(two, columns::SIZE, columns::ERROR)?),
            with_bars("all modes, s√N = 0.6", Role::Measurement, growth, columns::ERROR, columns::BAR)?,
            Series::line("ρ²/(2N)", Role::Prediction, pairs_of(one, columns::SIZE, columns::PREDICTED)?),
            Series::line("(ρ₁+ρ₂)²/(2N)", Role::Prediction, pairs_of(two, columns::SIZE, columns::PREDICTED)?),
            Series::line("s⁴NM(N+M+2)/1024", Role::Prediction, {
                grid(5.5f64.ln(), 22f64.ln(), 40).map(|n| (n.exp(), mean_error(n.exp()))).collect()
            }),
        ]),
        Panel::new(
            format!("error of the Gaussian ln Z against rank, N = M = {}", curve.rows.len()),
            Axis::count("rank, number of modes with βλ = 0.8"),
            Axis::linear("Gaussian − exact ln Z (nats)"),
        )
        .with(vec![
            Series::points("enumeration", Role::Measurement, pairs_of(ranks, columns::RANK, columns::ERROR)?),
            Series::line(
                "expansion to second order",
                Role::Prediction,
                pairs_of(curve, columns::RANK, columns::PREDICTED)?,
            ),
        ]),
    ];
    // This panel is not part of the claim and exists only if there is a trained machine.
    if let Ok(table) = apart.evidence.table(tables::AFTER_TRAINING) {
        panels.push(after_training(table)?);
    }
    Ok(Figure {
        name: "T05_bosons",
        title: "Modes as pairs of coupled oscillators: where the product of Gaussians holds".into(),
        caption: format!(
            "(a): Gibbs samples of a mode stretch along u and shrink along w as predicted; uniform states in grey. (b): joint cumulants of two modes fall as 1/N (Haar modes: at least {LEAST_DRAWS} draws per size); on five units (grey) they do not. (c): the error of the Gaussian ln Z falls as 1/N at rank one and two and grows with N at full rank ({EACH} matrices per size); ρ = g²/(16 − g²) with g = βλ, grey: two modes without what couples them. (d): its growth with the rank. (e): after training, modes are still decoupled under uniform states, but coupled in the machine's own samples (after the training of T01, over persistent chains, which do not mix; at most ten modes per factor e are shown). Bars: one standard error; exact values have none."
        ),
        panels,
    })
}

/// Coupling of the leading mode to the others before and after training.
fn after_training(table: &Table) -> Result<Panel, Missing> {
    // At most ten modes per factor e are shown.
    let cell = |k: f64| (10.0 * k.ln()).floor();
    let shown = table.rows.iter().filter(|row| cell(row[0]) > cell(row[0] - 1.0)).cloned().collect();
    let table = &Table { rows: shown, ..table.clone() };
    let negative = |column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        Ok(pairs_of(table, columns::MODE, column)?.into_iter().map(|(k, c)| (k, -c)).collect())
    };
    let hidden = table.column(columns::HIDDEN)?.first().copied().unwrap_or(f64::NAN);
    Ok(Panel::new(
        format!("coupling of mode 1 to the others, M = {hidden} trained"),
        Axis::log("k, mode"),
        Axis::linear("−κ(x₁, x₁, x_k, x_k)/(var x₁ var x_k)"),
    )
    .with(vec![
        Series {
            errors: table.column(columns::ERROR)?,
            ..Series::points("samples of the trained machine", Role::Measurement, negative(columns::GIBBS)?)
        },
        Series::line("Haar mean, 2/(N+2)", Role::Prediction, negative(columns::HAAR)?),
        Series::points("uniform states, trained", Role::Measurement, negative(columns::UNIFORM)?),
        Series::points("uniform states, untrained", Role::Falsifier, negative(columns::UNTRAINED)?).small(),
    ]))
}
