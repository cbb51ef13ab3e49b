//! Figures of the claim.

use super::evidence::BETA;
use super::langevin::Picture;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::stat::histogram::grid;
use crate::stat::interval::Interval;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([figure(dossier), relaxation_figure(dossier)])
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let surrogate = dossier.regime(&regimes::SURROGATE)?;
    let finite = dossier.regime(&regimes::FINITE_RANK)?;
    let count = dossier.regime(&regimes::COUNT)?;
    let langevin = surrogate.evidence.table(tables::LANGEVIN)?;
    let mut motion = Vec::new();
    let draws = |table: &Table| Ok(table.column(columns::DRAWS)?.first().copied().unwrap_or(f64::NAN));
    let (paths, matrices) = (draws(langevin)?, draws(count.evidence.table(tables::COUNT)?)?);
    for g in [2.0, 4.0, 6.0] {
        let rows = || langevin.rows.iter().filter(move |row| row[0] == g);
        if g == 4.0 {
            let low = |t: f64| (t, Picture { threshold: 4.0, noise: 1.0, beta: BETA }.moments(g / BETA, t).1.sqrt());
            let low = grid(0.02, 3.0, 100).map(low).collect();
            motion.push(Series::line("βλ = 4, noise √(1/β)", Role::Falsifier, low));
        }
        let label = format!("βλ = {g}");
        motion.push(Series::points(&label, Role::Measurement, rows().map(|row| (row[1], row[3])).collect()));
        let exact = |t: f64| (t, Picture { threshold: 4.0, noise: 2.0, beta: BETA }.moments(g / BETA, t).1.sqrt());
        motion.push(Series::line(&label, Role::Prediction, grid(0.02, 3.0, 100).map(exact).collect()));
    }
    let pairs = |table: &Table, x: Column, y: Column| -> Result<Vec<(f64, f64)>, Missing> {
        Ok(table.column(x)?.into_iter().zip(table.column(y)?).collect())
    };
    let measured = |label: &str, table: &Table, x: Column| -> Result<Series, Missing> {
        let errors = table.column(columns::ERROR)?;
        Ok(Series { errors, ..Series::points(label, Role::Measurement, pairs(table, x, columns::FACTOR)?) })
    };
    let only = |table: &Table, keep: &dyn Fn(&[f64]) -> bool| {
        let rows = table.rows.iter().filter(|row| keep(row)).cloned().collect();
        Table { rows, ..table.clone() }
    };
    let biased = dossier.regime(&regimes::BIAS_AWARE)?;
    // Without a trained machine the regime has its other checks only, and the figure is left out.
    let learned = biased.evidence.table(tables::TRAINED).map_err(|_| Missing::Regime(regimes::BIAS_AWARE.id))?;
    let gibbs = finite.evidence.table(tables::GIBBS)?;
    let extensive = dossier.regime(&regimes::EXTENSIVE_RANK)?.evidence.table(tables::EXTENSIVE)?;
    let units = extensive.column(columns::VISIBLE)?.first().copied().unwrap_or(f64::NAN);
    let near = biased.evidence.table(tables::NEAR)?;
    let layers = Interval::envelope(near.column(columns::VISIBLE)?.into_iter().chain(near.column(columns::HIDDEN)?));
    let line = |factor: &dyn Fn(f64) -> f64| grid(0.5, 8.0, 200).map(|g| (g, factor(g))).collect::<Vec<_>>();
    let sweep = vec![
        measured("rank one, zero field", &only(gibbs, &|row| row[1] == 1.0), columns::G)?,
        measured("rank one, visible mean 0.1", biased.evidence.table(tables::NEAR)?, columns::G)?,
        measured(&format!("random, {units} x {units}"), extensive, columns::LAMBDA)?,
        Series::line("Gaussian, (βλ/4)²", Role::Prediction, line(&|g| (g / 4.0).powi(2))),
        Series::line("squared gain, visible mean 0.1", Role::Prediction, line(&|g| g * g * 0.0225)),
        // A = B = 4 + β²λ₁²/16 at the edge λ₁ = 2s√N of a square random matrix.
        Series::line("reaction term, random N = M", Role::Prediction, line(&|g| (g / (4.0 + g * g / 16.0)).powi(2))),
        Series::line("(βλ/8)², threshold 8", Role::Falsifier, line(&|g| (g / 8.0).powi(2))),
    ];
    // Smaller ones are mostly noise.
    let visible = only(learned, &|row| row[7] > 0.05);
    let plain = visible.rows.iter().map(|row| (row[7], (row[3] / 4.0).powi(2))).collect();
    let training = vec![
        measured("measured", &visible, columns::AVERAGED)?,
        Series::points(
            "predicted, slopes at the fixed point",
            Role::Prediction,
            pairs(&visible, columns::AVERAGED, columns::BIAS_AWARE)?,
        )
        .coloured(1),
        Series::line("predicted, averaged slopes", Role::Prediction, grid(0.05, 2.0, 2).map(|x| (x, x)).collect())
            .coloured(0),
        Series::points("(λ/4)² of the same rank", Role::Falsifier, plain),
    ];
    let mut counted = pairs(count.evidence.table(tables::COUNT)?, columns::BETA_S, columns::COUNT)?;
    counted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tail = |threshold: f64| -> Vec<(f64, f64)> {
        let above = |s: f64| {
            MarchenkoPastur::new(784, 500, s).map_or((s, f64::NAN), |law| (s, 500.0 * (1.0 - law.cdf(threshold))))
        };
        grid(0.01, 0.42, 200).map(above).collect()
    };
    let modes = vec![
        Series::points("random matrices", Role::Measurement, counted),
        Series::line("Marchenko-Pastur tail above 4", Role::Prediction, tail(4.0)),
        Series::line("tail above 2", Role::Falsifier, tail(2.0)),
    ];
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel::new(title, x, y).with(series);
    Ok(Figure {
        name: "T06_diffusion",
        title: "Modes that do not converge in the Gaussian picture".into(),
        caption: format!(
            "(a): standard deviation of {paths} Langevin paths of one Gaussian mode (points), β = 2, against its law (lines): relaxation below βλ = 4, free diffusion at 4, divergence above. (b): factor by which one sweep of block Gibbs multiplies a deviation, for machines of rank one, with and without biases, and for random machines, against the predictions (rank one with biases: {} to {} units per layer, whose corrections of order g⁴/N show at βλ = 8; random ones: Onsager's reaction term of T09); grey, here and in T06_relaxation: a threshold of βλ = 8, that of units of half the variance. (c): number of modes above 4/β, mean over {matrices} random 784 x 500 matrices (β = 1 and 2). (d): sweep factors of the leading modes of machines in training at the mean-field fixed point, against predictions with the slopes of the units at that point or averaged over their fluctuating fields; grey: (λ/4)² of the same rank. Bars: one standard error.",
            layers.low, layers.high
        ),
        panels: vec![
            panel("fluctuations in time", Axis::linear("t, time"), Axis::log("standard deviation of u"), motion),
            panel("one sweep", Axis::linear("βλ, coupling"), Axis::linear("sweep factor"), sweep),
            panel("modes above 4/β", Axis::linear("βs, scale of the weights"), Axis::count("number of modes"), modes),
            panel(
                "machines in training",
                Axis::log("predicted sweep factor, averaged slopes"),
                Axis::log("sweep factor"),
                training,
            ),
        ],
    })
}

/// Drift, relaxation times, and the number of modes that do not converge during training.
fn relaxation_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let langevin = dossier.regime(&regimes::SURROGATE)?.evidence.table(tables::LANGEVIN)?;
    let relaxation = dossier.regime(&regimes::FINITE_RANK)?.evidence.table(tables::RELAXATION)?;
    let counts = dossier.regime(&regimes::TRAINED)?.evidence.table(tables::MODES)?;
    // Records without a fixed point are skipped; if no record remains, the figure is left out.
    let first = |column: Column| counts.column(column)?.first().copied().ok_or(Missing::Regime(regimes::TRAINED.id));
    let in_training = format!("in training, {} x {}", first(columns::VISIBLE)?, first(columns::HIDDEN)?);
    let picture = Picture { threshold: 4.0, noise: 2.0, beta: BETA };
    let mut drift = Vec::new();
    for g in [2.0, 4.0, 6.0] {
        let points = langevin.rows.iter().filter(|row| row[0] == g).map(|row| (row[1], row[2])).collect();
        let label = format!("βλ = {g}");
        drift.push(Series::points(&label, Role::Measurement, points));
        let exact = |t: f64| (t, picture.moments(g / BETA, t).0);
        let line = grid(0.02, 3.0, 100).map(exact).collect();
        drift.push(Series::line(&label, Role::Prediction, line));
    }
    let gap = |column: usize| relaxation.rows.iter().map(|row| (4.0 - row[0], row[column])).collect::<Vec<_>>();
    let times = vec![
        Series {
            errors: relaxation.column(columns::ERROR)?,
            ..Series::points("chains, 10⁶ units per layer", Role::Measurement, gap(1))
        },
        Series::line(
            "−1/ln (βλ/4)²",
            Role::Prediction,
            grid(0.08f64.ln(), 0f64, 60).map(|x| (x.exp(), -1.0 / (1.0 - x.exp() / 4.0).powi(2).ln())).collect(),
        ),
        Series::line(
            "threshold 8",
            Role::Falsifier,
            grid(0.08f64.ln(), 0f64, 60).map(|x| (x.exp(), -1.0 / (0.5 - x.exp() / 8.0).powi(2).ln())).collect(),
        ),
    ];
    let of = |start: f64, column: usize| -> Vec<(f64, f64)> {
        counts.rows.iter().filter(|row| row[0] == start).map(|row| (row[1], row[column])).collect()
    };
    let growth = vec![
        Series::points("λ > 4/β, from normal biases", Role::Measurement, of(0.0, 2)),
        Series::points("λ > 4/β, from the data means", Role::Measurement, of(1.0, 2)),
        Series::points("mean-field gain > 1, from normal biases", Role::Prediction, of(0.0, 3)),
        Series::points("mean-field gain > 1, from the data means", Role::Prediction, of(1.0, 3)),
    ];
    let panel = |title: &str, x: Axis, y: Axis, series: Vec<Series>| Panel::new(title, x, y).with(series);
    Ok(Figure {
        name: "T06_relaxation",
        title: "Drift, relaxation, and the number of modes that do not converge".into(),
        caption: "(a): mean of Langevin paths of one Gaussian mode, β = 2 (points), against its law (lines). (b): relaxation time of a machine of rank one below the threshold (bars: one standard error). (c): number of modes with λ above 4/β, and with a mean-field gain above 1, of machines in training (T08 has others), where a fixed point was found. The gains (rings) are evaluated at a fixed point found by Newton's method, which may be unstable."
            .into(),
        panels: vec![
            panel("mean in time", Axis::linear("t, time"), Axis::linear("mean of u"), drift),
            panel("relaxation", Axis::log("4 − βλ"), Axis::log("relaxation time (sweeps)"), times),
            panel(&in_training, Axis::linear("update"), Axis::count("number of modes"), growth),
        ],
    })
}
