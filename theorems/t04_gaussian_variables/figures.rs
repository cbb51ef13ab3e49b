//! Figures of the claim.

use super::densities::STATES;
use super::distance::{berry_esseen, edgeworth};
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::math::largest;
use crate::stat::histogram::grid;
use crate::stat::histogram::histogram;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([figure(dossier), densities_figure(dossier)])
}

fn densities_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::DELOCALISED)?;
    let uniform = regime.evidence.table(tables::DENSITIES)?;
    let five = regime.falsified(&falsifiers::FIVE_UNITS)?.table(tables::DENSITIES)?;
    let of = |table: &Table, side: f64, mode: f64| -> (Vec<(f64, f64)>, Vec<f64>) {
        let rows = table.rows.iter().filter(|row| row[0] == side && row[1] == mode);
        rows.map(|row| ((row[2], row[3]), row[4])).unzip()
    };
    let panel = |title: &str, table: &Table, side: f64, grey: Option<&Table>| -> Result<Panel, Missing> {
        let mut modes = table.column(columns::MODE)?;
        modes.dedup();
        modes.truncate(modes.len() / 2);
        let normal = |z: f64| (z, (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt());
        let grey =
            grey.map(|grey| Series::points("mode on five units", Role::Falsifier, of(grey, side, 1.0).0).small());
        let measured = modes.into_iter().map(|mode| {
            let (points, errors) = of(table, side, mode);
            Series { errors, ..Series::points(&format!("mode {mode}"), Role::Measurement, points) }
        });
        let law = Series::line("normal law", Role::Prediction, grid(-4.0, 4.0, 100).map(normal).collect());
        let x = if side == 0.0 { "2(x − mean), visible coordinate" } else { "2(y − mean), hidden coordinate" };
        Ok(Panel::new(title, Axis::linear(x), Axis::log("density")).with(grey.into_iter().chain(measured).chain([law])))
    };
    let mut panels = vec![
        panel("untrained machine, uniform states: visible", uniform, 0.0, Some(five))?,
        panel("untrained machine, uniform states: hidden", uniform, 1.0, Some(five))?,
    ];
    if let Ok(trained) = dossier.regime(&regimes::TRAINED_GIBBS) {
        let own = trained.evidence.table(tables::DENSITIES)?;
        panels.push(panel("trained machine, its own samples: visible", own, 0.0, None)?);
        panels.push(panel("trained machine, its own samples: hidden", own, 1.0, None)?);
    }
    Ok(Figure {
        name: "T04_densities",
        title: "Densities of reciprocal variables by mode".into(),
        caption: format!(
            "(a), (b): an untrained machine ({}) under {} uniform states. Every mode follows the normal law; a mode with only five non-zero entries (grey) does not. (c), (d): a machine trained on MNIST under its own samples, after the training of T01. The leading mode has two peaks, and hidden units hardly fluctuate within a peak. Variables are centred and in units of 1/2, the standard deviation for uniform states. Bars: one standard error over groups of states or over chains.",
            regime.evidence.size()?,
            STATES
        ),
        panels,
    })
}

fn figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::DELOCALISED)?;
    let (kurtosis, distance) = (regime.evidence.table(tables::KURTOSIS)?, regime.evidence.table(tables::DISTANCE)?);
    let sampled = regime.evidence.table(tables::SAMPLED_KURTOSIS)?;
    let raw = regime.falsified(&falsifiers::RAW_POOLING)?.table(tables::KURTOSIS)?;
    let five = regime.falsified(&falsifiers::FIVE_UNITS)?.table(tables::DISTANCE)?;
    let inverse = |label: &str, role: Role, table: &Table| -> Result<Series, Missing> {
        let sizes = table.column(columns::SIZE)?.into_iter().map(|n| 1.0 / n);
        let points = sizes.zip(table.column(columns::KURTOSIS)?).collect();
        Ok(Series { errors: table.column(columns::ERROR)?, ..Series::points(label, role, points) })
    };
    let against = |table: &Table, column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        Ok(table.column(columns::SIZE)?.into_iter().zip(table.column(column)?).collect())
    };
    let sizes = |f: &dyn Fn(f64) -> f64| grid(90f64.ln(), 2200f64.ln(), 60).map(|t| (t.exp(), f(t.exp()))).collect();
    let mut panels = vec![
        Panel::new("kurtosis", Axis::linear("1/N"), Axis::linear("kurtosis of x, pooled over modes")).with(vec![
            inverse("modes not centred", Role::Falsifier, raw)?,
            inverse("centred, sampled states", Role::Measurement, sampled)?,
            inverse("centred, exact", Role::Measurement, kurtosis)?,
            Series::line(
                "3 − 6/(N+2)",
                Role::Prediction,
                grid(0.0, 0.01, 50).map(|x| (x, 3.0 - 6.0 * x / (1.0 + 2.0 * x))).collect(),
            ),
        ]),
        Panel::new("distance to the normal law", Axis::log("N, number of visible units"), Axis::log("sup |F − Φ|"))
            .with(vec![
                Series::points("modes on five units", Role::Falsifier, against(five, columns::DISTANCE)?),
                Series {
                    errors: distance.column(columns::ERROR)?,
                    ..Series::points("delocalised modes", Role::Measurement, against(distance, columns::DISTANCE)?)
                },
                Series::points("lattice, |U| = 1/√N", Role::Measurement, against(distance, columns::LATTICE)?),
                Series::line("0.0459 · 3/(N+2)", Role::Prediction, sizes(&|n| edgeworth() * 3.0 / (n + 2.0))),
                Series::line("Berry-Esseen bound, delocalised", Role::Guide, sizes(&berry_esseen)),
            ]),
    ];
    if let Ok(trained) = dossier.regime(&regimes::TRAINED_GIBBS) {
        let x = trained.evidence.table(tables::SAMPLES)?.column(columns::X)?;
        let reach = largest(x.iter().map(|x| x.abs()).chain([4.0]));
        let normal = |z: f64| (z, (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt());
        panels.push(
            Panel::new("mode 1 of a trained machine", Axis::linear("2(x₁ − mean)"), Axis::linear("density")).with(
                vec![
                    Series::bars("its own samples", Role::Measurement, histogram(&x, -reach, reach, 40)),
                    Series::line(
                        "normal law of uniform states",
                        Role::Prediction,
                        grid(-reach, reach, 200).map(normal).collect(),
                    ),
                ],
            ),
        );
    }
    Ok(Figure {
        name: "T04_gaussian",
        title: "Where reciprocal variables are Gaussian".into(),
        caption: "(a): kurtosis of Haar modes under uniform states, with centring before pooling and without (grey). (b): the exact distance to the normal law falls as 1/N for delocalised modes and as 1/√N on a lattice; it is constant for modes on five units (grey). (c): the leading mode of a trained machine under its own samples does not follow the normal law of uniform states. Bars: one standard error over modes, for sampled states that of a normal sample."
            .into(),
        panels,
    })
}
