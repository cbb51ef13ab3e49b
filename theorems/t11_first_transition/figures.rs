//! Figures of the claim.

use super::limit::scaling;
use super::names::{columns, tables};
use super::{falsifiers, regimes};
use crate::dossier::Dossier;
use crate::evidence::{Column, Missing, Table};
use crate::figure::{Axis, Figure, Panel, Role, Series};
use crate::stat::histogram::grid;
use crate::theorem::drawn;

pub(super) fn figures(dossier: &Dossier) -> Result<Vec<Figure>, Missing> {
    drawn([flow(dossier), collapse(dossier), hysteresis(dossier), cascade(dossier)])
}

/// (x, y) of the rows whose first column is `of`.
fn of(table: &Table, first: (Column, f64), x: Column, y: Column) -> Result<Vec<(f64, f64)>, Missing> {
    let keep = table.column(first.0)?.into_iter().map(|value| value == first.1);
    let points = table.column(x)?.into_iter().zip(table.column(y)?);
    Ok(points.zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| point).collect())
}

/// (x, y) of all rows.
fn all(table: &Table, x: Column, y: Column) -> Result<Vec<(f64, f64)>, Missing> {
    Ok(table.column(x)?.into_iter().zip(table.column(y)?).collect())
}

/// The different values of a column, in the order of the rows.
fn values(table: &Table, column: Column) -> Result<Vec<f64>, Missing> {
    let mut values = table.column(column)?;
    values.dedup();
    Ok(values)
}

fn flow(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::ONE_PATTERN)?;
    let (exact, limit) = (regime.evidence.table(tables::FLOW)?, regime.evidence.table(tables::LIMIT)?);
    let wrong = regime.falsified(&falsifiers::HALF_PATTERN)?.table(tables::FLOW)?;
    let trained = dossier.regime(&regimes::PCD)?.evidence.table(tables::TRAINED)?;
    let tau = || Axis::linear("τ = ct/4, time of training");
    let along = |y: Column, grey: &str| -> Result<Vec<Series>, Missing> {
        let mut series = vec![
            Series::line(grey, Role::Falsifier, all(wrong, columns::TAU, y)?),
            Series::line("N = M → ∞", Role::Prediction, all(limit, columns::TAU, y)?),
        ];
        for size in values(exact, columns::SIZE)? {
            let points = of(exact, (columns::SIZE, size), columns::TAU, y)?;
            series.push(Series::points(&format!("exact, N = M = {size}"), Role::Measurement, points));
        }
        Ok(series)
    };
    let errors = trained.column(columns::ERROR)?;
    let machines = Series {
        errors,
        ..Series::points("trained machines", Role::Measurement, all(trained, columns::TAU, columns::LAMBDA)?)
    };
    Ok(Figure {
        name: "T11_flow",
        title: "λ passes its threshold 4 with finite speed; the magnetisation sets in there".into(),
        caption: "(a), (b): the gradient flow on one pattern, m₀ = 0.6 and λ₀ = 0.01, from exact sums at three sizes (points, without an error) and for N = M → ∞ (line). Grey: a pattern in half of 800 pixels, with the time scale of all. (c): λ of machines that the trainer makes from drawn images, N = M = 64, PCD-1, 0.04 in τ per update, from λ = 0.5 (mean of the trainings, bars of one standard error are smaller than the points); the training with infinitely many chains and images stays behind the flow at first, because its steps are finite, and runs ahead of it after the transition, because chains lag."
            .into(),
        panels: vec![
            Panel::new("singular value", tau(), Axis::linear("λ, singular value (energy)"))
                .with(along(columns::LAMBDA, "pattern in half of the pixels")?),
            Panel::new("order parameter", tau(), Axis::linear("2⟨|x|⟩/√N, magnetisation"))
                .with(along(columns::M, "pattern in half of the pixels")?),
            Panel::new("persistent chains", tau(), Axis::linear("λ, singular value (energy)")).with([
                Series::line("exact flow", Role::Guide, all(trained, columns::TAU, columns::EXACT)?),
                Series::line("infinitely many chains", Role::Prediction, all(trained, columns::TAU, columns::THEORY)?),
                machines,
            ]),
        ],
    })
}

fn collapse(dossier: &Dossier) -> Result<Figure, Missing> {
    let regime = dossier.regime(&regimes::ONE_PATTERN)?;
    let table = regime.evidence.table(tables::CRITICAL)?;
    let speed = 4.0 * super::one_pattern::STRENGTH.tanh() / super::one_pattern::STRENGTH;
    let theory = grid(-3.0, 3.0, 160).map(|z| (z, 0.5 * scaling(2, speed * z / 4.0))).collect();
    let z = || Axis::linear("√N(τ − τ_c)");
    let along = |y: Column| -> Result<Vec<Series>, Missing> {
        values(table, columns::SIZE)?
            .into_iter()
            .map(|size| {
                let points = of(table, (columns::SIZE, size), columns::Z, y)?;
                Ok(Series::points(&format!("exact, N = M = {size}"), Role::Measurement, points))
            })
            .collect()
    };
    let mut first = vec![Series::line("scaling function", Role::Prediction, theory)];
    first.extend(along(columns::UU)?);
    let mut second = vec![
        Series::line("0.270520, limit at τ_c", Role::Guide, vec![(-3.0, 0.270_520), (3.0, 0.270_520)]),
        Series::line("no transition", Role::Falsifier, vec![(-3.0, 0.0), (3.0, 0.0)]),
    ];
    second.extend(along(columns::BINDER)?);
    Ok(Figure {
        name: "T11_collapse",
        title: "Machines of all sizes pass the transition alike, in √N(τ − τ_c)".into(),
        caption: "Size of the mode and Binder's ratio around the time τ_c of λ = 4, m₀ = 0.6, from exact sums (points, without an error); the line is ⟨s²⟩/2 under the weight exp(es² − s⁴/6) of the free energy, e = v√N(τ − τ_c)/4 with the speed v = (4/m₀) tanh m₀. Grey: Binder's ratio of a Gaussian variable."
            .into(),
        panels: vec![
            Panel::new("size of the mode", z(), Axis::linear("⟨u²⟩/√N")).with(first),
            Panel::new("Binder's ratio", z(), Axis::linear("1 − ⟨u⁴⟩/(3⟨u²⟩²)")).with(second),
        ],
    })
}

fn hysteresis(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::PCD)?.evidence;
    let (loops, lags) = (evidence.table(tables::LOOPS)?, evidence.table(tables::LAGS)?);
    let lambda = || Axis::linear("λ, singular value (energy)");
    let mut series = Vec::new();
    for (place, rate) in values(loops, columns::RATE)?.into_iter().enumerate() {
        let mut points = of(loops, (columns::RATE, rate), columns::LAMBDA, columns::UP)?;
        points.extend(of(loops, (columns::RATE, rate), columns::LAMBDA, columns::DOWN)?.into_iter().rev());
        let label = format!("up and down, {rate} in λ per sweep");
        series.push(Series::line(&label, Role::Prediction, points).coloured(place));
    }
    let lag = |power: i32, to: f64| -> Vec<(f64, f64)> {
        let of = |lambda: f64| (lambda / 4.0).powi(power) / (1.0 - (lambda / 4.0).powi(power));
        grid(2.0, to, 120).map(|lambda| (lambda, of(lambda))).collect()
    };
    let mut second = vec![
        Series::line("half a sweep, (λ/4)² for x²", Role::Falsifier, lag(2, 3.9)),
        Series::line("ρ/(1 − ρ), ρ = (λ/4)⁴", Role::Prediction, lag(4, 3.93)),
    ];
    for size in values(lags, columns::SIZE)? {
        let points = of(lags, (columns::SIZE, size), columns::LAMBDA, columns::EXACT)?;
        second.push(Series::points(&format!("exact, N = M = {size}"), Role::Measurement, points));
    }
    let seen = all(evidence.table(tables::NATURAL)?, columns::GAIN, columns::VARIANCE)?;
    let gaussian = grid(0.0, 0.95, 120).map(|gain| (gain, 1.0 / (1.0 - gain * gain))).collect();
    let gaussian = Series::line("1/(1 − gain²)", Role::Prediction, gaussian);
    Ok(Figure {
        name: "T11_hysteresis",
        title: "Persistent chains lag around the transition, and less the slower it is passed".into(),
        caption: "(a): 4⟨x²⟩/N of infinitely many chains, N = M = 64, while λ is driven from 3.4 to 4.8 and back at two speeds, from the exact law of x (mean of before and after each sweep); the area between up and down vanishes with the speed. (b): lag of ⟨x²⟩ in units of its change per update, for one sweep per update: theory for N → ∞ (line), which diverges at 4, and exact at two sizes (points), which lag most beyond it. Grey: half a sweep taken for a sweep. (c), not judged: a machine of 32 hidden units that learns MNIST, the first 1,000 images at most; variance over its chains of the leading mode of fluctuations around the mean-field state, in units of that without couplings, after every pass, against the mean-field gain. The line is the Gaussian approximation; gains of such states are at most 1."
            .into(),
        panels: vec![
            Panel::new("hysteresis", lambda(), Axis::linear("4⟨x²⟩/N")).with(series),
            Panel::new("lag", lambda(), Axis::log("lag (updates)")).with(second),
            Panel::new("natural images", Axis::linear("mean-field gain"), Axis::log("variance of the leading mode"))
                .with([gaussian, Series::points("chains in training", Role::Measurement, seen)]),
        ],
    })
}

fn cascade(dossier: &Dossier) -> Result<Figure, Missing> {
    let evidence = &dossier.regime(&regimes::TWO_PATTERNS)?.evidence;
    let (exact, limit) = (evidence.table(tables::CASCADE)?, evidence.table(tables::CASCADE_LIMIT)?);
    let sided = dossier.regime(&regimes::ONE_SIDED)?.evidence.table(tables::SIDED)?;
    let measured = all(sided, columns::LAMBDA, columns::M)?.into_iter().step_by(4).collect();
    let tau = || Axis::linear("τ = c₁t/4, time of training");
    let found = |column: Column, name: &str, place: usize| -> Result<Vec<Series>, Missing> {
        values(exact, columns::SIZE)?
            .into_iter()
            .map(|size| {
                let points = of(exact, (columns::SIZE, size), columns::TAU, column)?;
                Ok(Series::points(&format!("{name}, N = M = {size}"), Role::Measurement, points).coloured(place))
            })
            .collect()
    };
    let lines = |column: Column, name: &str, place: usize| -> Result<Series, Missing> {
        Ok(Series::line(&format!("{name}, N → ∞"), Role::Prediction, all(limit, columns::TAU, column)?).coloured(place))
    };
    let mut values_of = vec![lines(columns::FIRST, "λ₁", 0)?, lines(columns::SECOND, "λ₂", 1)?];
    values_of.extend(found(columns::FIRST, "λ₁", 0)?);
    values_of.extend(found(columns::SECOND, "λ₂", 1)?);
    // 4⟨x²⟩/N of both.
    let mut shares = vec![lines(columns::SHARE, "first pattern", 0)?, lines(columns::M, "second pattern", 1)?];
    shares.extend(found(columns::SHARE, "first pattern", 0)?);
    shares.extend(found(columns::M, "second pattern", 1)?);
    Ok(Figure {
        name: "T11_cascade",
        title: "The second pattern is learned late, and where the singular values meet".into(),
        caption: "(a), (b): two orthogonal patterns, m₁ = 0.6 and m₂ = 0.35, λ = 0.1 at first, from exact sums at two sizes (points, without an error) and for N = M → ∞ (lines). λ₂ grows slower once the first pattern is there; where λ₂ reaches λ₁, the states of both patterns exchange their weights within 1/N of λ₁ − λ₂, and both singular values grow together. (c): data of one sign only, at finite N: the fields that grow with λ round the transition; the line is the magnetisation in these fields."
            .into(),
        panels: vec![
            Panel::new("singular values", tau(), Axis::linear("λ₁, λ₂, singular values (energy)")).with(values_of),
            Panel::new("order parameters", tau(), Axis::linear("4⟨x²⟩/N")).with(shares),
            Panel::new("data of one sign", Axis::linear("λ, singular value (energy)"), Axis::linear("2⟨x⟩/√N")).with([
                Series::line("in the fields", Role::Prediction, all(sided, columns::LAMBDA, columns::THEORY)?),
                Series::points("exact", Role::Measurement, measured),
            ]),
        ],
    })
}
