//! Figures of the claim.

use super::falsifiers;
use crate::evidence::Missing;
use super::names::{columns, tables};
use super::evidence::independent_distance;
use super::regimes;
use crate::dossier::Dossier;
use crate::dossier::RegimeDossier;
use crate::evidence::Table;
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat;
use crate::stat::histogram::histogram;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    let panel = |regime: &RegimeDossier| {
        let (spectra, law) = (regime.evidence.table(tables::SPECTRA)?, regime.evidence.table(tables::LAW)?);
        let heavy = regime.falsified(&falsifiers::HEAVY_TAILS)?.table(tables::SPECTRA)?;
        let edge = law.column(columns::LAMBDA)?.last().copied()?;
        let high = 1.15 * edge;
        let points = law.column(columns::LAMBDA)?.into_iter().zip(law.column(columns::DENSITY)?).collect();
        Some(Panel {
            title: regime.regime.title.to_string(),
            x: Axis::linear("λ, singular value of W (energy)"),
            y: Axis::linear("ρ(λ), density (1/energy)"),
            series: vec![
                Series::bars("measured", Role::Measurement, histogram(&spectra.column(columns::LAMBDA)?, 0.0, high, 60)),
                Series::line(
                    "entries of Student's t(1.5)",
                    Role::Falsifier,
                    histogram(&heavy.column(columns::LAMBDA)?, 0.0, high, 60),
                ),
                Series::line("Marchenko-Pastur law", Role::Prediction, points),
            ],
            contours: None,
        })
    };
    let panels: Vec<Panel> = dossier.regimes.iter().filter_map(panel).collect();
    if panels.is_empty() {
        return Vec::new();
    }
    let density = Figure {
        name: "T02_density",
        title: "Curvature spectrum of untrained machines".into(),
        caption: "Density of the singular values of random weight matrices over independent draws, against the \
                  Marchenko-Pastur law without any fitted parameter. Heavy-tailed entries of infinite variance \
                  (grey) do not follow it."
            .into(),
        panels,
    };
    std::iter::once(density).chain(dossier.regime(&regimes::TALL).and_then(edge_figure)).collect()
}

/// Both edges of the density of tall machines, and rigidity.
fn edge_figure(regime: &RegimeDossier) -> Result<Figure, Missing> {
    let falsified = |id: &str| Some(&regime.falsifiers.iter().find(|trial| trial.id == id)?.evidence);
    let (spectra, law) = (regime.evidence.table(tables::SPECTRA)?, regime.evidence.table(tables::EDGES)?);
    let correlated = falsified("correlated-rows")?.table(tables::SPECTRA)?;
    let line: Vec<(f64, f64)> = law.column(columns::LAMBDA)?.into_iter().zip(law.column(columns::DENSITY)?).collect();
    // The lower edge fills the first half.
    let (lower, upper) = line.split_at(line.len() / 2);
    // Mean and standard error over spectra of the density in so many equal bins.
    let bins = |table: &Table, (from, to): (f64, f64), count: usize| -> (Vec<(f64, f64)>, Vec<f64>) {
        let spectra: Vec<Vec<f64>> =
            table.rows.chunk_by(|a, b| a[0] == b[0]).map(|rows| rows.iter().map(|row| row[1]).collect()).collect();
        let each: Vec<Vec<(f64, f64)>> = spectra.iter().map(|one| histogram(one, from, to, count)).collect();
        let of = |bin: usize| {
            let (mean, error) = stat::mean::mean_and_error(&each.iter().map(|one| one[bin].1).collect::<Vec<_>>());
            ((each[0][bin].0, mean), error)
        };
        (0..each.first().map_or(0, Vec::len)).map(of).unzip()
    };
    let edge = |title: &str, line: &[(f64, f64)]| {
        let range = (line[0].0, line[line.len() - 1].0);
        let (points, errors) = bins(spectra, range, 32);
        Panel {
            title: title.into(),
            x: Axis::linear("λ, singular value of W (energy)"),
            y: Axis::linear("ρ(λ), density (1/energy)"),
            series: vec![
                // Of a falsifier there are few spectra.
                Series::line("neighbours in a row correlated", Role::Falsifier, bins(correlated, range, 10).0),
                Series { errors, ..Series::points("measured", Role::Measurement, points) },
                Series::line("Marchenko-Pastur law", Role::Prediction, line.to_vec()),
            ],
            contours: None,
        }
    };
    let against = |table: &Table, column: &str| -> Vec<(f64, f64)> {
        table.column(columns::RANK)?.into_iter().zip(table.column(column)?).collect()
    };
    let measured = |label: &str, role: Role, table: &Table| Series {
        errors: table.column(columns::ERROR)?,
        ..Series::points(label, role, against(table, "mean"))
    };
    let (rigid, free) = (regime.evidence.table(tables::RIGIDITY)?, falsified("independent-levels")?.table(tables::RIGIDITY)?);
    let independent = rigid.column(columns::RANK)?.into_iter().map(|r| (r, independent_distance() * r.sqrt())).collect();
    let rigidity = Panel {
        title: "rigidity".into(),
        x: Axis::log("r, number of singular values"),
        y: Axis::log("r sup|F − law| of one spectrum"),
        series: vec![
            measured("independent values", Role::Falsifier, free),
            Series::line("√(π/2) ln 2 √r of independent values", Role::Prediction, independent),
            measured("singular values", Role::Measurement, rigid),
            Series::line("line in ln r, fitted", Role::Guide, against(rigid, "line")),
        ],
        contours: None,
    };
    Ok(Figure {
        name: "T02_edges",
        title: "Both edges of the curvature spectrum, and its rigidity".into(),
        caption: "Left and middle: density at the lower and upper edge, with standard errors over draws, against the \
                  Marchenko-Pastur law and entries correlated along rows (grey). Right: the distance of one spectrum to the law, \
                  times r, grows like ln r, as repelling values do, and not like the square root of independent ones (grey)."
            .into(),
        panels: vec![
            edge("lower edge", lower),
            edge("upper edge", upper),
            rigidity,
        ],
    })
}
