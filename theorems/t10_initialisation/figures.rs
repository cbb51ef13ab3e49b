//! Figures of the claim.

use super::names::{columns, tables};
use super::schemes::{Law, Scheme, TWO_AND_A_HALF, Units};
use super::theory;
use super::{falsifiers, regimes};
use crate::claim::Regime;
use crate::dossier::Dossier;
use crate::evidence::{Column, Evidence, Missing};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([phases(dossier)])
}

/// Values above which x is shown.
const LEAST: f64 = 1e-6;

fn phases(dossier: &Dossier) -> Result<Figure, Missing> {
    let of = |regime: &Regime| -> Result<&Evidence, Missing> { Ok(&dossier.regime(regime)?.evidence) };
    let hinton = of(&regimes::HINTON)?;
    let (tall, square) = (of(&regimes::GLOROT_SPINS_TALL)?, of(&regimes::GLOROT_SPINS_SQUARE)?);
    let glass = of(&regimes::PARAMAGNET_2_5)?;
    let wrong = dossier.regime(&regimes::GLOROT_SPINS_TALL)?.falsified(&falsifiers::FERROMAGNET)?;

    let drawn = last(hinton, columns::VISIBLE)?.zip(last(hinton, columns::HIDDEN)?);
    let drawn = drawn.map_or((784, 500), |(n, m)| (n as usize, m as usize));
    let mut spins = map(Units::Spins, drawn);
    spins.push(measured("N⟨q²⟩ of chains", &[tall], by_pairs)?);
    let mut bits = map(Units::Bits, drawn);
    bits.push(measured("memory of chains", &[hinton, of(&regimes::GLOROT)?], by_memory)?);

    let decay = vec![
        overlaps("below the line, x = 0.22", Role::Measurement, tall)?.coloured(0),
        overlaps("on the line, x = 1", Role::Measurement, square)?.coloured(1),
        overlaps("beyond the line, x = 39", Role::Measurement, glass)?.coloured(2),
        Series::points(
            "first sweep below and on the line",
            Role::Prediction,
            vec![(1.0, theory::memory(2.0 / 17.0)), (1.0, theory::memory(1.0))],
        ),
        Series::line(
            "linear map on the line, N = M",
            Role::Guide,
            (0..=6).map(|at| 1usize << at).map(|t| (t as f64, theory::linear_map(t, (1, 1)))).collect(),
        ),
        overlaps("with a ferromagnetic mean", Role::Falsifier, wrong)?,
    ];
    let below = 289.0 / 225.0; // 1/(1 − x) at N = 16 M: 1 − x = ((N − M)/(N + M))²
    let growth = vec![
        pairs("below the line, x = 0.22", Role::Measurement, tall)?.coloured(0),
        pairs("on the line, x = 1", Role::Measurement, square)?.coloured(1),
        pairs("beyond the line, x = 39", Role::Measurement, glass)?.coloured(2),
        Series::line("1/(1 − x)", Role::Prediction, sizes(tall)?.map(|n| (n, below)).collect()).coloured(0),
        Series::line("slope 1/3", Role::Guide, sizes(square)?.map(|n| (n, 0.75 * n.cbrt())).collect()),
        pairs("with a ferromagnetic mean", Role::Falsifier, wrong)?,
    ];
    let ratio = || Axis::log("N/M, shape");
    let x = || Axis::log("x = (βs)⁴NM/256");
    let spins = Panel::new("±1 units", ratio(), x()).with(spins);
    let bits = Panel::new("{0,1} units", ratio(), x()).with(bits);
    let phase = |ratio: f64, x: f64, name: &str| ((ratio, x), name.to_string());
    Ok(Figure {
        name: "T10_phases",
        title: "Which initialisations are paramagnetic".into(),
        caption: format!(
            "(a), (b): x of every scheme against the shape, with weights in ±1 units and in {{0,1}} units at zero centred field; the machine is paramagnetic below the line x = 1 (dashed). x of Hinton's scheme is drawn for N M = {} x {}. Points: x as the chains of the largest machines say it, in (a) 1 − 1/(N⟨q²⟩), q the overlap of two of them, in (b) c²N/M with the c that gives their memory over one sweep. (c): overlap of a state with itself against sweeps. (d): N⟨q²⟩ against N. Grey: tall machines with a mean added to their weights. Below the line: {}; on it: {}; beyond it: {}. Bars: one standard error over machines.",
            drawn.0,
            drawn.1,
            shapes(tall)?,
            shapes(square)?,
            shapes(glass)?
        ),
        panels: vec![
            Panel { regions: vec![phase(14.0, 130.0, "spin glass"), phase(1.0, 0.03, "paramagnet")], ..spins },
            Panel { regions: vec![phase(20.0, 0.03, "paramagnet")], ..bits },
            Panel::new("overlap with the start", Axis::log("t, sweeps"), Axis::linear("overlap after t sweeps"))
                .with(decay),
            Panel::new("overlap of two chains", Axis::log("N, visible units"), Axis::log("N⟨q²⟩")).with(growth),
        ],
    })
}

/// Last value of a column by size.
fn last(evidence: &Evidence, column: Column) -> Result<Option<f64>, Missing> {
    Ok(evidence.table(tables::BY_SIZE)?.column(column)?.last().copied())
}

/// N from the smallest to the largest machines, for a line.
fn sizes(evidence: &Evidence) -> Result<impl Iterator<Item = f64>, Missing> {
    let all = evidence.table(tables::BY_SIZE)?.column(columns::VISIBLE)?;
    let end = |at: Option<&f64>| at.copied().unwrap_or(1.0).ln();
    Ok(grid(end(all.first()), end(all.last()), 60).map(f64::exp).collect::<Vec<_>>().into_iter())
}

/// x of every scheme against N/M, with the NM of one shape for Hinton's, and the line.
fn map(units: Units, (n, m): (usize, usize)) -> Vec<Series> {
    let at = |law: Law| -> Vec<(f64, f64)> {
        let points = grid(-2.0, 2.0, 80).map(|e| 10f64.powf(e)).map(|ratio| {
            // Only NM matters for Hinton's, only the ratio for the others.
            let hidden = (1e12 / ratio).sqrt();
            let (n, m) = if law == Law::Hinton { (n, m) } else { ((ratio * hidden) as usize, hidden as usize) };
            (ratio, Scheme::new(law, units).x(n, m))
        });
        points.filter(|(_, x)| *x > LEAST).collect()
    };
    let line = grid(-2.0, 2.0, 2).map(|e| (10f64.powf(e), 1.0)).collect();
    let schemes = [
        ("Glorot".into(), Law::Glorot),
        ("LeCun".into(), Law::Lecun),
        ("He".into(), Law::He),
        ("2.5/(NM)^(1/4)".into(), TWO_AND_A_HALF.law),
        (format!("Hinton, {n} x {m}"), Law::Hinton),
    ];
    let of =
        |(place, (label, law)): (usize, (String, Law))| Series::line(&label, Role::Prediction, at(law)).coloured(place);
    let mut all: Vec<Series> = schemes.into_iter().enumerate().map(of).collect();
    all.push(Series::line("line x = 1", Role::Guide, line));
    all
}

/// The last row of a table by size.
struct Largest {
    ratio: f64,
    susceptibility: [f64; 2],
    memory: [f64; 2],
}

/// x and its error by 1 − 1/(N⟨q²⟩).
fn by_pairs(of: &Largest) -> [f64; 2] {
    let [found, error] = of.susceptibility;
    [1.0 - found.recip(), error / found.powi(2)]
}

/// x and its error by c²N/M, c the mean square of the field on a visible unit.
fn by_memory(of: &Largest) -> [f64; 2] {
    let [found, error] = of.memory;
    let x = |memory: f64| theory::field(memory).powi(2) * of.ratio;
    [x(found), x(found + error) - x(found)]
}

/// x of the largest machines of every regime as their chains show it.
fn measured(label: &str, regimes: &[&Evidence], x: fn(&Largest) -> [f64; 2]) -> Result<Series, Missing> {
    let (mut points, mut errors) = (Vec::new(), Vec::new());
    for evidence in regimes {
        let last = |column| Ok::<f64, Missing>(last(evidence, column)?.unwrap_or(f64::NAN));
        let largest = Largest {
            ratio: last(columns::VISIBLE)? / last(columns::HIDDEN)?,
            susceptibility: [last(columns::SUSCEPTIBILITY)?, last(columns::SUSCEPTIBILITY_ERROR)?],
            memory: [last(columns::MEMORY)?, last(columns::MEMORY_ERROR)?],
        };
        let [value, error] = x(&largest);
        points.push((largest.ratio, value));
        errors.push(error);
    }
    Ok(Series { errors, ..Series::points(label, Role::Measurement, points) })
}

fn overlaps(label: &str, role: Role, evidence: &Evidence) -> Result<Series, Missing> {
    let table = evidence.table(tables::DECAY)?;
    let points = table.column(columns::SWEEPS)?.into_iter().zip(table.column(columns::OVERLAP)?).collect();
    let errors = table.column(columns::OVERLAP_ERROR)?;
    Ok(Series { errors, connect: true, ..Series::points(label, role, points) })
}

fn pairs(label: &str, role: Role, evidence: &Evidence) -> Result<Series, Missing> {
    let table = evidence.table(tables::BY_SIZE)?;
    let points = table.column(columns::VISIBLE)?.into_iter().zip(table.column(columns::SUSCEPTIBILITY)?).collect();
    let errors = table.column(columns::SUSCEPTIBILITY_ERROR)?;
    Ok(Series { errors, ..Series::points(label, role, points) })
}

/// Shapes and machines in words.
fn shapes(evidence: &Evidence) -> Result<String, Missing> {
    let table = evidence.table(tables::BY_SIZE)?;
    let sizes = table.column(columns::VISIBLE)?.into_iter().zip(table.column(columns::HIDDEN)?);
    let all: Vec<String> = sizes
        .zip(table.column(columns::DRAWS)?)
        .map(|((n, m), draws)| format!("{n} x {m} ({draws} machines)"))
        .collect();
    Ok(all.join(", "))
}
