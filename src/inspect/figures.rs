//! Pictures of a machine and of a training.

use super::{Data, Inspection, Training};
use crate::bits::States;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::spectra::marchenko_pastur::MarchenkoPastur;
use crate::stat::histogram::{grid, histogram};

/// States drawn along two modes at most.
const MOST: usize = 1000;

/// Values of a bulk at least whose law is drawn.
const BULK: usize = 16;

/// Modes that a training shows one by one.
const TRACED: usize = 6;

/// The figures that there is something for. `picture` has lines and columns of a visible state;
/// (N, M) are `shape`.
pub fn figures(
    found: &Inspection,
    (shape, beta): ((usize, usize), f64),
    data: Option<Data<'_>>,
    picture: Option<(usize, usize)>,
    training: Option<&Training>,
) -> Vec<Figure> {
    let mut figures: Vec<Figure> = training.map(|training| along(training, beta)).into_iter().collect();
    figures.extend([spectrum(found, shape, beta), modes(found, shape, beta)]);
    figures.extend(positions(found, data));
    figures.extend(picture.map(|picture| vectors(found, picture)));
    figures
}

fn horizontal(label: &str, ends: [f64; 2], y: f64) -> Series {
    Series::line(label, Role::Guide, ends.map(|x| (x, y)).to_vec())
}

fn critical(beta: f64) -> Option<f64> {
    (beta != 0.0).then(|| 4.0 / beta.abs())
}

fn spectrum(found: &Inspection, (n, m): (usize, usize), beta: f64) -> Figure {
    let lambdas = &found.singular_values;
    let top = lambdas.first().copied().unwrap_or(0.0);
    let law = found.spectrum.sigma.and_then(|sigma| MarchenkoPastur::new(n, m, sigma).ok());
    let r = lambdas.len();
    let mut by_rank = Vec::new();
    let ranked = |range: std::ops::Range<usize>| range.map(|i| ((i + 1) as f64, lambdas[i])).collect();
    let outliers = found.spectrum.outliers;
    if let (Some(law), true) = (&law, r - outliers >= BULK) {
        let bulk = (outliers..r)
            .map(|i| ((i + 1) as f64, law.quantile(1.0 - ((i - outliers) as f64 + 0.5) / (r - outliers) as f64)));
        by_rank.push(Series::line("Marchenko-Pastur", Role::Prediction, bulk.collect()));
    }
    by_rank.push(Series::points("bulk", Role::Measurement, ranked(outliers..r)));
    if outliers > 0 {
        by_rank.push(Series::points("outliers", Role::Measurement, ranked(0..outliers)));
    }
    let ends = [1.0, r as f64];
    // A line far above everything would hide the spectrum.
    by_rank.extend(critical(beta).filter(|l| *l < 2.0 * top).map(|l| horizontal("4/β", ends, l)));
    let mut panels = vec![
        Panel::new("singular values", Axis::linear("rank"), Axis::linear("λ, singular value (energy)")).with(by_rank),
    ];
    let high = found.spectrum.edge_high.unwrap_or(top);
    if let (Some(law), true) = (&law, r - outliers >= BULK) {
        let bulk = &lambdas[outliers..];
        let low = 0.9 * libm::fminimum(law.edges().0, bulk[bulk.len() - 1]);
        let bins = ((bulk.len() as f64).sqrt() as usize).clamp(6, 40);
        let bars = histogram(bulk, low, libm::fmaximum(high, bulk[0]) * 1.02, bins);
        let density = grid(law.edges().0, law.edges().1, 200).map(|l| (l, law.density(l))).collect();
        panels.push(
            Panel::new("density of the bulk", Axis::linear("λ, singular value (energy)"), Axis::linear("density"))
                .with([
                    Series::bars("measured", Role::Measurement, bars),
                    Series::line("Marchenko-Pastur", Role::Prediction, density),
                ]),
        );
    }
    let law =
        if panels.len() == 1 { " A bulk of fewer than 16 values has no law." } else { " (b): the bulk and that law." };
    Figure {
        name: "spectrum",
        title: "The spectrum of W".into(),
        caption: format!(
            "Singular values by rank, with the quantiles of the Marchenko-Pastur law that fits the bulk; what lies above it is no noise of independent entries.{law}"
        ),
        panels,
    }
}

fn modes(found: &Inspection, (n, m): (usize, usize), beta: f64) -> Figure {
    let modes = &found.modes;
    let index = |i: usize| modes[i].index as f64;
    let points = |of: &dyn Fn(&super::Mode) -> Option<f64>| -> Vec<(f64, f64)> {
        (0..modes.len()).filter_map(|i| Some((index(i), of(&modes[i])?))).collect()
    };
    let mut series = vec![Series::line("Gaussian", Role::Prediction, points(&|mode| mode.autocorrelation_gaussian))];
    if found.onsager.is_some() {
        series.push(Series::line("Onsager", Role::Prediction, points(&|mode| mode.autocorrelation_onsager)));
    }
    series.push(Series::points(
        if found.exact_by == super::ExactBy::AllStates { "all states" } else { "identity" },
        Role::Measurement,
        points(&|mode| mode.autocorrelation_exact),
    ));
    let measured = points(&|mode| Some(mode.autocorrelation_measured?.mean));
    let errors = modes.iter().filter_map(|mode| Some(mode.autocorrelation_measured?.se)).collect();
    series.push(Series { errors, ..Series::points("chains", Role::Measurement, measured) });
    series.retain(|series| !series.points.is_empty());
    let ends = [1.0, modes.len() as f64];
    let haar = |size: usize| 3.0 / (size as f64 + 2.0);
    let localised = vec![
        Series::points("visible", Role::Measurement, points(&|mode| Some(mode.ipr_visible))),
        Series::points("hidden", Role::Measurement, points(&|mode| Some(mode.ipr_hidden))),
        horizontal(&format!("random direction of {n}"), ends, haar(n)),
        horizontal(&format!("random direction of {m}"), ends, haar(m)),
    ];
    Figure {
        name: "modes",
        title: format!("The leading modes at β = {beta}"),
        caption: "(a): autocorrelation of x = U·v over one sweep: by the Gaussian picture, (βλ/4)², where it converges; by Onsager's reaction at zero field; from all states, or by the identity for conditionally independent units from averages over chains; and as chains show it. (b): inverse participation ratio of both vectors of a mode; 1 is one unit."
            .into(),
        panels: vec![
            Panel::new("autocorrelation", Axis::linear("mode"), Axis::linear("per sweep")).with(series),
            Panel::new(
                "localisation",
                Axis::linear("mode"),
                Axis::log("inverse participation ratio"),
            )
            .with(localised),
        ],
    }
}

/// Data and chains along the two leading modes.
fn positions(found: &Inspection, data: Option<Data<'_>>) -> Option<Figure> {
    let [first, second] = found.vectors.get(..2)? else { return None };
    let points = |states: &States| -> Vec<(f64, f64)> {
        let step = states.rows().div_ceil(MOST).max(1);
        (0..states.rows()).step_by(step).map(|row| (states.along(row, first), states.along(row, second))).collect()
    };
    let mut series = Vec::new();
    series.extend(data.map(|data| Series::points("data", Role::Measurement, points(data.states))));
    series.push(Series::points("chains", Role::Measurement, points(&found.drawn)));
    Some(Figure {
        name: "positions",
        title: "States along the two leading modes".into(),
        caption: format!(
            "x = U·v of the chains at their end{}. Chains start from {}.",
            if data.is_some() { format!(", and of the samples, {MOST} at most") } else { String::new() },
            match found.chains_from {
                super::From::Law => "exact samples of the machine",
                super::From::Tempering => "tempered samples: states that these miss are not shown",
                super::From::IndependentUnits => "independent units: states that they do not find are not shown",
            }
        ),
        panels: vec![Panel::new("positions", Axis::linear("x₁"), Axis::linear("x₂")).with(series)],
    })
}

/// The leading visible vectors as pictures.
fn vectors(found: &Inspection, (height, width): (usize, usize)) -> Figure {
    let panel = |(i, vector): (usize, &Vec<f64>)| {
        let most = vector.iter().fold(0.0, |most, u| libm::fmaximum(most, u.abs()));
        let pixel = |(at, u): (usize, &f64)| {
            let (x, y) = ((at % width) as f64, (height - 1 - at / width) as f64);
            (x, y, if most > 0.0 { 0.5 + 0.5 * u / most } else { 0.5 })
        };
        let pixels: Vec<(f64, f64, f64)> = vector.iter().enumerate().map(pixel).collect();
        Panel::new(format!("mode {}", i + 1), Axis::linear("column"), Axis::linear("line from below"))
            .with([Series::pixels("entries of U", Role::Measurement, &pixels)])
    };
    Figure {
        name: "vectors",
        title: "The leading visible vectors".into(),
        caption: format!(
            "Entries of U as pictures of {height} x {width} pixels: grey is 0, black positive, white negative."
        ),
        panels: found.vectors.iter().enumerate().take(6).map(panel).collect(),
    }
}

/// The modes along a training.
fn along(training: &Training, beta: f64) -> Figure {
    let updates = &training.updates;
    let at = |update: &super::Update| update.update as f64;
    let span: Vec<f64> = updates.iter().map(at).filter(|t| *t > 0.0).collect();
    let (first, last) = (span.first().copied().unwrap_or(1.0), span.last().copied().unwrap_or(1.0));
    let wide = last > 30.0 * first;
    let time = || if wide { Axis::log("updates") } else { Axis::linear("updates") };
    let ends = [if wide { first } else { updates.first().map_or(first, at) }, last];
    let points = |of: &dyn Fn(&super::Update) -> Option<f64>| -> Vec<(f64, f64)> {
        updates.iter().filter_map(|update| Some((at(update), of(update)?))).collect()
    };
    let traced = |label: &str, of: &dyn Fn(&super::Update) -> Option<f64>| Series {
        connect: true,
        ..Series::points(label, Role::Measurement, points(of))
    };
    let modes = updates.iter().map(|update| update.singular_values.len()).min().unwrap_or(0).min(TRACED);
    let mut lambdas: Vec<Series> = (0..modes)
        .map(|mode| {
            // What is 0 to rounding would stretch a logarithmic axis beyond use.
            let value = |update: &super::Update| {
                let [top, l] = [0, mode].map(|at| update.singular_values[at]);
                (l > 1e-12 * top).then_some(l)
            };
            traced(&format!("mode {}", mode + 1), &value)
        })
        .collect();
    lambdas.push(Series::line("edge of the bulk", Role::Prediction, points(&|update| update.edge_high)));
    lambdas.extend(critical(beta).map(|l| horizontal("4/β", ends, l)));
    let counts = vec![
        traced("outliers", &|update| Some(update.beyond_edge? as f64)),
        traced("above 4/β", &|update| Some(update.above_4 as f64)),
    ];
    let gain = vec![traced("largest gain", &|update| update.mean_field_gain), horizontal("1", ends, 1.0)];
    let leading = vec![
        traced("overlap with the last", &|update| Some(update.alignment)),
        traced("IPR, visible", &|update| Some(update.ipr_visible)),
        traced("IPR, hidden", &|update| Some(update.ipr_hidden)),
    ];
    let mut panels = vec![
        Panel::new("singular values", time(), Axis::log("λ (energy)")).with(lambdas),
        Panel::new("modes", time(), Axis::count("number of modes")).with(counts),
        Panel::new("mean-field gain", time(), Axis::linear("gain at the mean-field state")).with(gain),
        Panel::new("leading mode", time(), Axis::linear("squared overlap, participation")).with(leading),
    ];
    if updates.iter().any(|update| update.log_partition.is_some()) {
        panels.push(
            Panel::new("ln Z", time(), Axis::linear("ln Z (nats)"))
                .with([traced("exact", &|update| update.log_partition)]),
        );
    }
    panels.retain(|panel| panel.series.iter().any(|series| series.role != Role::Guide && !series.points.is_empty()));
    Figure {
        name: "training",
        title: "The modes along the training".into(),
        caption: format!(
            "Singular values of W with the edge of the bulk and 4/β, where a mode stops converging in the Gaussian picture; how many modes lie beyond either; the gain of the mean-field equations, unstable above 1; the leading visible vector against that of the last update, and how localised both vectors are.{}",
            if wide { " Updates on a logarithmic axis, without update 0." } else { "" }
        ),
        panels,
    }
}
