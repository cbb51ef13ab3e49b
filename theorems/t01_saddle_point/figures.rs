//! Figures of the claim.

use super::evidence::ordered;
use super::falsifiers;
use super::landscape::{self, STATES};
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::{Dossier, RegimeDossier};
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Contours, Figure, Panel, Role, Series};
use crate::math::{larger, largest, smaller, typeset};
use crate::stat::histogram::grid;
use crate::stat::interval::Interval;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([
        landscape_figure(dossier),
        mode_figure(dossier, 0.0, "T01_modes_before", "before"),
        mode_figure(dossier, 1.0, "T01_modes_after", "after"),
        training_figure(dossier),
        offset_figure(dossier),
    ])
}

/// Offsets of untrained machines and of a trained machine against the normal law, one panel per
/// regime.
fn offset_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let panels = regimes::ALL.iter().map(|regime| offset_panel(dossier.regime(regime)?));
    Ok(Figure {
        name: "T01_offsets",
        title: "Where the mean state lies relative to the saddle".into(),
        caption: "Quantile-quantile plot of the offset of the uniform mean state from each mode's saddle, in predicted standard deviations, over all modes and machines (about 200 of the ordered offsets and the last three are drawn). Untrained machines follow the normal law up to the last mode; the leading modes of a machine trained on MNIST (grey: one machine, whose modes have random signs) lie far from it."
            .into(),
        panels: panels.collect::<Result<_, _>>()?,
    }
    .sharing_y())
}

fn offset_panel(regime: &RegimeDossier) -> Result<Panel, Missing> {
    let untrained = regime.evidence.table(tables::OFFSETS)?.column(columns::OFFSET_X)?;
    // Without a trained machine this falsifier is missing in every regime, and the figure is left
    // out.
    let trained = regime.falsified(&falsifiers::TRAINED).map_err(|_| Missing::Regime(regime.regime.id))?;
    let trained = trained.table(tables::OFFSETS)?.column(columns::OFFSET_X)?;
    Ok(Panel::new(
        format!("{}: {}", regime.regime.title, regime.evidence.sizes()?),
        Axis::linear("quantile of the standard normal law"),
        Axis::linear("t, offset along x / √(1/4 + s²/λ²)"),
    )
    .with(vec![
        Series::line("normal law", Role::Prediction, vec![(-4.3, -4.3), (4.3, 4.3)]),
        Series::points("trained", Role::Falsifier, ordered(trained)),
        Series::points("untrained", Role::Measurement, ordered(untrained)),
    ]))
}

/// The energy landscapes of several modes, before (0) or after (1) training.
fn mode_figure(dossier: &Dossier, trained: f64, name: &'static str, when: &str) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::AFTER_TRAINING)?.evidence;
    let (modes, states) = (evidence.table(tables::LANDSCAPES)?, evidence.table(tables::STATES)?);
    let rows = modes.rows.iter().filter(|row| row[0] == trained);
    Ok(Figure {
        name,
        title: format!("Energy of single modes {when} training on MNIST"),
        caption: format!(
            "Energy E of modes 1, 2, 30 and the last of one machine of {} x {} units {when} training (trained by persistent chains from normal visible biases; T08 trains from the pixel means) in reciprocal coordinates: E = −ax − by − λxy, with its contour lines, at most {STATES} test images and as many persistent chains, which need not be where the images are, the uniform mean and the saddle (ring). Hidden units are sampled given the visible units. Axes and colours differ from panel to panel.",
            modes.column(columns::VISIBLE)?.first().copied().unwrap_or(f64::NAN),
            modes.column(columns::HIDDEN)?.first().copied().unwrap_or(f64::NAN)
        ),
        panels: rows.filter_map(|row| mode_panel(row, states)).collect(),
    })
}

/// The energy landscape of one mode, a row of the table of landscapes, with the sampled states.
fn mode_panel(row: &[f64], states: &Table) -> Option<Panel> {
    let [trained, mode, l, a, b, mu_x, mu_y, ..] = *row else { return None };
    let of = |chains: f64| -> Vec<(f64, f64)> {
        let wanted = |row: &&Vec<f64>| row[..3] == [trained, mode, chains];
        states.rows.iter().filter(wanted).map(|row| (row[3], row[4])).collect()
    };
    let (data, chains, saddle) = (of(0.0), of(1.0), (-b / l, -a / l));
    // The axes always include all states and the mean. They include the saddle unless it lies much
    // farther out.
    let shown: Vec<(f64, f64)> = data.iter().chain(&chains).copied().chain([(mu_x, mu_y)]).collect();
    let range = |pick: &dyn Fn(&(f64, f64)) -> f64| -> Vec<f64> {
        let shown = Interval::envelope(shown.iter().map(pick));
        let (low, high, at) = (shown.low - 1.0, shown.high + 1.0, pick(&saddle));
        let near = at > low - (high - low) && at < high + (high - low);
        let (low, high) = if near { (smaller(low, at - 0.5), larger(high, at + 0.5)) } else { (low, high) };
        grid(low, high, 30).collect()
    };
    let (xs, ys) = (range(&|p| p.0), range(&|p| p.1));
    let inside = |p: &(f64, f64)| p.0 >= xs[0] && p.0 <= xs[xs.len() - 1] && p.1 >= ys[0] && p.1 <= ys[ys.len() - 1];
    let z = ys.iter().flat_map(|y| xs.iter().map(move |x| -(a * x + b * y + l * x * y))).collect();
    let mut series = vec![
        Series::points("persistent chains", Role::Measurement, chains).coloured(0).small(),
        Series::points("test images", Role::Measurement, data).coloured(1).small(),
        Series::points("uniform mean", Role::Measurement, vec![(mu_x, mu_y)]).coloured(4),
    ];
    let mut title = format!("mode {mode}, λ = {l:.3}");
    match inside(&saddle) {
        true => series.push(Series::points("saddle", Role::Prediction, vec![saddle])),
        false => title += &format!(", saddle at ({:.0}, {:.0})", saddle.0, saddle.1),
    }
    let energy = Contours { label: "E, energy".into(), x: xs, y: ys, z, pixels: false };
    let panel = Panel::new(title, Axis::linear("x, visible coordinate"), Axis::linear("y, hidden coordinate"));
    Some(panel.with(series).over(energy))
}

/// Saddles during training.
fn training_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::AFTER_TRAINING)?.evidence;
    let table = evidence.table(tables::TRAINING)?;
    let (epochs, row_modes) = (table.column(columns::EPOCH)?, table.column(columns::MODE)?);
    // Every training run has at least the record of its initial state.
    let &end = epochs.last().ok_or(Missing::Table(tables::TRAINING.0))?;
    let modes = landscape::drawn(largest(row_modes.iter().copied()) as usize);
    let of = |mode: usize, column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        let rows = epochs.iter().copied().zip(table.column(column)?).zip(&row_modes);
        Ok(rows.filter(|(_, one)| **one == mode as f64).map(|(point, _)| point).collect())
    };
    let measured = |label: &str, mode: usize, (column, error): (Column, Column)| -> Result<Series, Missing> {
        let errors = of(mode, error)?.into_iter().map(|point| point.1).collect();
        let points = Series::points(label, Role::Measurement, of(mode, column)?);
        Ok(Series { errors, connect: true, ..points })
    };
    let by_mode = |column: (Column, Column)| -> Result<Vec<Series>, Missing> {
        modes.iter().map(|&mode| measured(&format!("mode {mode}"), mode, column)).collect()
    };
    let panel = |title: &str, y: Axis, series: Vec<Series>| {
        Panel::new(title, Axis::linear("training time (epochs)"), y).with(series)
    };
    let place = |title: &str, axis: &str, column: (Column, Column), mean: Column| -> Result<Panel, Missing> {
        let mean = Series::line("uniform mean of the states", Role::Guide, of(1, mean)?);
        Ok(panel(title, Axis::linear(axis), vec![measured("saddle", 1, column)?, mean]))
    };
    let law = (2.0 / std::f64::consts::PI).sqrt();
    let expected = Series::line("√(2/π), mean under the untrained law", Role::Prediction, vec![(0.0, law), (end, law)]);
    Ok(Figure {
        name: "T01_training",
        title: "The saddle during training on MNIST".into(),
        caption: format!(
            "Means over {} independent trainings from normal visible biases, M = {}; bars: one standard error of what is joined by a line. (a), (b): coordinates of the saddle of mode 1 and of the uniform mean, which starts there up to thermal fluctuations. (c): energy of the saddle of several modes, a and b the fields along the mode; (d): its distance from the uniform mean in standard deviations of the untrained law.",
            table.column(columns::RUNS)?.first().copied().unwrap_or(f64::NAN),
            table.column(columns::HIDDEN)?.first().copied().unwrap_or(f64::NAN)
        ),
        panels: vec![
            place("mode 1, visible", "x₁, visible coordinate", (columns::X, columns::X_ERROR), columns::MU_X)?,
            place("mode 1, hidden", "y₁, hidden coordinate", (columns::Y, columns::Y_ERROR), columns::MU_Y)?,
            panel(
                "energy of the saddle",
                Axis::linear("ε = ab/λ, energy"),
                by_mode((columns::ENERGY, columns::ENERGY_ERROR))?,
            ),
            panel(
                "distance of the uniform mean along x",
                Axis::log("|μ − x*| / √(1/4 + s²/λ²)"),
                by_mode((columns::OFF_X, columns::OFF_X_ERROR))?.into_iter().chain([expected]).collect(),
            ),
        ],
    })
}

/// The landscape of the leading mode of one untrained machine.
fn landscape_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::TALL)?.evidence;
    let table = evidence.table(tables::MODE_1)?;
    let Some(&[l, a, b, mu_x, mu_y]) = table.rows.first().map(Vec::as_slice) else {
        // Random weights always have a leading mode.
        return Err(Missing::Table(tables::MODE_1.0));
    };
    let samples = evidence.table(tables::SAMPLES)?;
    let states: Vec<(f64, f64)> = samples.column(columns::X)?.into_iter().zip(samples.column(columns::Y)?).collect();
    let (x_star, y_star) = (-b / l, -a / l);
    let far = states.iter().flat_map(|(x, y)| [(x - x_star).abs(), (y - y_star).abs()]);
    let reach = 1.05 * largest(far.chain([2.0]));
    let axis = |centre: f64| grid(centre - reach, centre + reach, 40).collect::<Vec<f64>>();
    let (xs, ys) = (axis(x_star), axis(y_star));
    // Directions of equal and of opposite motion of both layers, through the saddle.
    let along = |sign: f64| [-reach, reach].map(|t| (x_star + t, y_star + sign * t)).to_vec();
    let z = ys.iter().flat_map(|y| xs.iter().map(move |x| -(a * x + b * y + l * x * y))).collect();
    let energy = Contours { label: "E₁, energy".into(), x: xs, y: ys, z, pixels: false };
    let panel = Panel::new(
        format!("λ₁ = {l:.3}, ε₁ = {}", typeset(&format!("{:.1e}", a * b / l))),
        Axis::linear("x₁, visible coordinate"),
        Axis::linear("y₁, hidden coordinate"),
    )
    .over(energy)
    .with([
        Series::points("states of the machine", Role::Measurement, states).coloured(1).small(),
        Series::line("u, downhill", Role::Guide, along(1.0)).coloured(4),
        Series::line("w, uphill", Role::Guide, along(-1.0)).coloured(3),
        Series::points("uniform mean", Role::Measurement, vec![(mu_x, mu_y)]).coloured(5),
        Series::points("saddle", Role::Prediction, vec![(x_star, y_star)]),
    ]);
    Ok(Figure {
        name: "T01_landscape",
        title: "Energy of the leading mode of an untrained machine".into(),
        caption: format!(
            "Energy E₁ = −ax − by − λ₁xy of mode 1 of one machine ({}) in reciprocal coordinates, with its contour lines; ε₁ = ab/λ₁ is that of the saddle. It falls from the saddle along u = (x + y)/√2 and rises along w = (y − x)/√2. In each coordinate the mean of the uniform states is off the saddle by about 1/2, one standard deviation of a single state; the machine's states ({} of independent Gibbs chains) scatter around that mean by as much.",
            evidence.size()?,
            samples.rows.len()
        ),
        panels: vec![panel],
    })
}
