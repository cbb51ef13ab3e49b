//! Figures of the claim.

use super::evidence::independent_distance;
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use crate::dossier::{Dossier, RegimeDossier};
use crate::evidence::{Column, Evidence, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([density_figure(dossier), edge_figure(dossier)])
}

/// Density of the singular values in every regime.
fn density_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let panels =
        regimes::HOLDS.iter().chain([&regimes::STUDENT_T3]).map(|regime| density_panel(dossier.regime(regime)?));
    Ok(Figure {
        name: "T02_density",
        title: "Curvature spectrum of untrained machines".into(),
        caption: "Density of the singular values of independent random N x M weight matrices, against the Marchenko-Pastur law without fitted parameters. Heavy-tailed entries of infinite variance (grey, an eighth of the draws or fewer; most of their values lie beyond the panel) do not follow it. (f): of entries from Student's t(3) the bulk follows it slowly and the edge does not."
            .into(),
        panels: panels.collect::<Result<_, _>>()?,
    })
}

fn density_panel(regime: &RegimeDossier) -> Result<Panel, Missing> {
    let binned = |evidence: &Evidence| densities(evidence.table(tables::SPECTRA)?);
    // Where a refutation is expected there are no falsifiers.
    let heavy = if regimes::HOLDS.contains(regime.regime) {
        Some(binned(regime.falsified(&falsifiers::HEAVY_TAILS)?)?)
    } else {
        None
    };
    let law = densities(regime.evidence.table(tables::LAW)?)?;
    Ok(Panel::new(
        format!("{}: {}", regime.regime.title, regime.evidence.sizes()?),
        Axis::linear("λ, singular value of W (energy)"),
        Axis::linear("ρ(λ), density (1/energy)"),
    )
    .with(
        [Series::bars("measured", Role::Measurement, binned(&regime.evidence)?)]
            .into_iter()
            .chain(heavy.map(|heavy| Series::line("entries from Student's t(1.5)", Role::Falsifier, heavy)))
            .chain([Series::line("Marchenko-Pastur law", Role::Prediction, law)]),
    ))
}

/// Singular values and densities there.
fn densities(table: &Table) -> Result<Vec<(f64, f64)>, Missing> {
    Ok(table.column(columns::LAMBDA)?.into_iter().zip(table.column(columns::DENSITY)?).collect())
}

/// Both edges of the density of tall machines, and the rigidity of the spectrum.
fn edge_figure(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::TALL)?;
    let measured = regime.evidence.table(tables::SPECTRA_AT_EDGES)?;
    let (line, points) = (densities(regime.evidence.table(tables::EDGES)?)?, densities(measured)?);
    let errors = measured.column(columns::ERROR)?;
    let correlated = densities(regime.falsified(&falsifiers::CORRELATED_ROWS)?.table(tables::SPECTRA_AT_EDGES)?)?;
    let edge = |title: &str, upper: bool| {
        // The first half of each table belongs to the lower edge.
        fn half<T: Clone>(of: &[T], upper: bool) -> Vec<T> {
            let (low, high) = of.split_at(of.len() / 2);
            if upper { high.to_vec() } else { low.to_vec() }
        }
        let (lambda, density) =
            (Axis::linear("λ, singular value of W (energy)"), Axis::linear("ρ(λ), density (1/energy)"));
        Panel::new(title, lambda, density).with([
            Series::line("correlated rows", Role::Falsifier, half(&correlated, upper)),
            Series {
                errors: half(&errors, upper),
                ..Series::points("measured", Role::Measurement, half(&points, upper))
            },
            Series::line("Marchenko-Pastur law", Role::Prediction, half(&line, upper)),
        ])
    };
    let against = |table: &Table, column: Column| -> Result<Vec<(f64, f64)>, Missing> {
        Ok(table.column(columns::RANK)?.into_iter().zip(table.column(column)?).collect())
    };
    let measured = |label: &str, role: Role, table: &Table| -> Result<Series, Missing> {
        let points = Series::points(label, role, against(table, columns::MEAN)?);
        Ok(Series { errors: table.column(columns::ERROR)?, ..points })
    };
    let rigid = regime.evidence.table(tables::RIGIDITY)?;
    let free = regime.falsified(&falsifiers::INDEPENDENT_LEVELS)?.table(tables::RIGIDITY)?;
    let ranks = rigid.column(columns::RANK)?;
    let independent = ranks.iter().map(|r| (*r, independent_distance() * r.sqrt())).collect();
    // The fit is linear in ln r.
    let fit = match &against(rigid, columns::LINE)?[..] {
        &[(a, low), .., (b, high)] => {
            let along = |t: f64| (t.exp(), low + (high - low) * (t - a.ln()) / (b / a).ln());
            grid(a.ln(), b.ln(), 60).map(along).collect()
        }
        _ => return Err(Missing::Table(rigid.name)),
    };
    let rigidity =
        Panel::new("rigidity", Axis::log("r, number of singular values"), Axis::log("r sup|F − law| per spectrum"))
            .with(vec![
                measured("independent levels", Role::Falsifier, free)?,
                Series::line("√(π/2) (ln 2) √r, independent levels", Role::Prediction, independent),
                measured("singular values", Role::Measurement, rigid)?,
                Series::line("linear fit in ln r", Role::Guide, fit),
            ]);
    Ok(Figure {
        name: "T02_edges",
        title: "Edges and rigidity of the curvature spectrum".into(),
        caption: format!(
            "(a), (b): density at the lower and upper edge ({}), against the Marchenko-Pastur law and matrices with correlated rows (grey). (c): r times the distance of one spectrum to the law grows as ln r (dashed: a fit of that form), because the levels repel; for independent levels (grey) it grows as √r. Bars: one standard error over matrices.",
            regime.evidence.sizes()?
        ),
        panels: vec![edge("lower edge", false), edge("upper edge", true), rigidity],
    })
}
