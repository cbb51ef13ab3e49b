//! Checks of the energy landscape: energy, gradient, Hessian; landscapes of single modes for the
//! figures.

use super::evidence::{Seen, curvature};
use super::falsifiers;
use super::names::{columns, tables};
use super::regimes;
use super::streams;
use crate::bits::States;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{Criterion, Evidence, Measurement, Table};
use crate::lab::Lab;
use crate::linalg::symmetric_eigenvalues;
use crate::math::largest;
use crate::oracle;
use crate::rbm::Rbm;
use crate::rbm::gibbs::{Chains, hidden_means};
use crate::rbm::reciprocal::{Reciprocal, unstable_stable};
use faer::Mat;
use rand::RngExt;

/// Checks the energies of states (v, h), summed over modes and from the kernel, against the direct
/// sum.
pub(super) fn energy_checks(
    suffix: &str,
    machine: &Rbm,
    seen: &Seen,
    states: &[(Vec<f64>, Vec<f64>)],
    which: &str,
) -> Vec<Measurement> {
    // [summed over modes, from the kernel, direct sum, sum of the absolute terms]
    let energies: Vec<[f64; 4]> = states
        .iter()
        .map(|(v, h)| {
            let (by_modes, scale) = energy_by_modes(&seen.modes, &seen.curvature, v, h);
            let naive = oracle::energy(&machine.weights, &machine.visible_bias, &machine.hidden_bias, v, h);
            [by_modes, seen.machine.energy(v, h), naive, scale]
        })
        .collect();
    let of = |(side, (id, what)): (usize, (&str, &str))| {
        let off = |e: &[f64; 4]| match (e[side] - e[2]).abs() {
            // No error: this also holds if all terms vanish, where the ratio below would be 0/0.
            0.0 => 0.0,
            // A value that is not a number counts as the largest error.
            off => (off / e[3]).abs(),
        };
        let worst = energies.iter().max_by(|a, b| off(a).total_cmp(&off(b)))?;
        Some(Measurement::new(
            &format!("{id}{suffix}"),
            format!("energy {what} against the direct sum, {which}"),
            worst[side],
            worst[2],
            Criterion::Rounding {
                factor: 8.0,
                n: machine.visible * machine.hidden,
                scale: worst[3],
                rationale: "backward error of the SVD and of NM products; scale = sum of the absolute terms",
            },
        ))
    };
    [("energy-modes", "summed over modes"), ("energy-kernel", "from the kernel")]
        .into_iter()
        .enumerate()
        .filter_map(of)
        .collect()
}

/// Checks the energy identity, the gradient at the saddle and the Hessian spectrum of one machine;
/// of a falsifier those that it names.
pub(super) fn landscape_checks(
    case: &Case<'_>,
    lab: &Lab,
    machine: &Rbm,
    evidence: &mut Evidence,
) -> Result<(), CheckError> {
    if case.asks(&["energy-modes", "energy-kernel", "gradient", "hessian"]) {
        // Only the curvatures are left of what is seen: the Hessian is large.
        let curvature = {
            let seen = Seen::of(case, machine)?;
            if case.asks(&["energy-modes", "energy-kernel"]) {
                let mut rng = lab.stream(case, streams::STATES, 0);
                let mut bits =
                    |count: usize| -> Vec<f64> { (0..count).map(|_| f64::from(rng.random_range(0..2u8))).collect() };
                let states: Vec<_> = (0..20).map(|_| (bits(machine.visible), bits(machine.hidden))).collect();
                let which = "largest error over 20 random states";
                evidence.measurements.extend(energy_checks("", machine, &seen, &states, which));
            }
            if case.asks(&["gradient"]) {
                evidence.measurements.push(gradient_check(case, machine, &seen));
            }
            if !case.falsified() {
                evidence.tables.extend(shown(case, lab, machine, &seen.modes));
            }
            seen.curvature
        };
        if case.asks(&["hessian"]) {
            let shape = (machine.visible, machine.hidden);
            evidence.measurements.push(hessian_check("hessian", "machine", shape, &machine.weights, &curvature)?.0);
        }
    }
    if case.asks(&["hessian-rank-3", "flat-rank-3"]) {
        evidence.measurements.extend(rank_3_checks(case, lab)?);
    }
    Ok(())
}

/// Checks the gradient of a machine at its saddle.
fn gradient_check(case: &Case<'_>, machine: &Rbm, seen: &Seen) -> Measurement {
    let (n, m) = (machine.visible, machine.hidden);
    let Seen { modes, curvature: curvatures, .. } = seen;
    let divide = |l: f64| if case.is(&falsifiers::SADDLE_NOT_DIVIDED) { 1.0 } else { l };

    // Gradient −(a + W h*) and −(b + Wᵀ v*) at v* = U x*, h* = V y*, projected on the paired modes.
    let rank = modes.rank();
    let star = |i: usize| (-modes.field_y()[i] / divide(curvatures[i]), -modes.field_x()[i] / divide(curvatures[i]));
    let v_star: Vec<f64> = (0..n).map(|j| (0..rank).map(|i| modes.visible_modes()[(j, i)] * star(i).0).sum()).collect();
    let h_star: Vec<f64> = (0..m).map(|k| (0..rank).map(|i| modes.hidden_modes()[(k, i)] * star(i).1).sum()).collect();
    let w = &machine.weights;
    let pull_v: Vec<f64> =
        (0..n).map(|j| machine.visible_bias[j] + (0..m).map(|k| w[j * m + k] * h_star[k]).sum::<f64>()).collect();
    let pull_h: Vec<f64> =
        (0..m).map(|k| machine.hidden_bias[k] + (0..n).map(|j| w[j * m + k] * v_star[j]).sum::<f64>()).collect();
    let slope = largest(modes.x(&pull_v)[..rank].iter().chain(&modes.y(&pull_h)[..rank]).map(|g| g.abs()));
    let norm = |z: &[f64]| z.iter().map(|a| a * a).sum::<f64>().sqrt();
    let reach = modes.singular_values().first().copied().unwrap_or(0.0) * (norm(&v_star) + norm(&h_star));
    Measurement::new(
        "gradient",
        "largest gradient component at the saddle in the paired subspace",
        slope,
        0.0,
        Criterion::Rounding {
            factor: 8.0,
            n: n * m,
            scale: norm(&machine.visible_bias) + norm(&machine.hidden_bias) + reach,
            rationale: "two matrix products with vectors of the stated norm",
        },
    )
}

/// Checks the Hessian of a matrix that is known to have rank 3.
fn rank_3_checks(case: &Case<'_>, lab: &Lab) -> Result<[Measurement; 2], CheckError> {
    // The product of a 7 x 3 and a 3 x 5 matrix has rank 3.
    let mut rng = lab.stream(case, streams::RANK_DEFICIENT, 0);
    let thin = Rbm::normal(7, 3, 1.0, &mut rng);
    let flat = Rbm::normal(3, 5, 1.0, &mut rng);
    let product: Vec<f64> =
        (0..35).map(|at| (0..3).map(|i| thin.weights[at / 5 * 3 + i] * flat.weights[i * 5 + at % 5]).sum()).collect();
    let deficient = Rbm::new(7, 5, product, vec![0.0; 7], vec![0.0; 5]).map_err(CheckError::while_doing("rank 3"))?;
    let modes_3 = Reciprocal::full(&deficient).map_err(CheckError::while_doing("rank 3"))?;
    let curvature_3 = curvature(case, modes_3.singular_values());
    let (of_rank_3, found) =
        hessian_check("hessian-rank-3", "matrix of rank 3", (7, 5), &deficient.weights, &curvature_3)?;
    let paired = if case.is(&falsifiers::EVERY_MODE_PAIRED) { 5 } else { 3 };
    let flat =
        check::count("flat-rank-3", "number of flat directions of the 7 x 5 matrix of rank 3", found, 12 - 2 * paired);
    Ok([of_rank_3, flat])
}

/// For the figure: the landscape of mode 1, and samples of one machine.
fn shown(case: &Case<'_>, lab: &Lab, machine: &Rbm, modes: &Reciprocal) -> Vec<Table> {
    let mut table = Table::new(
        tables::MODE_1,
        &[columns::LAMBDA, columns::FIELD_X, columns::FIELD_Y, columns::MU_X, columns::MU_Y],
    );
    let (mu_x, mu_y) = modes.uniform_mean();
    if modes.rank() > 0 {
        table.rows.push(vec![modes.singular_values()[0], modes.field_x()[0], modes.field_y()[0], mu_x[0], mu_y[0]]);
    }
    let mut shown = vec![table];
    if case.at(&regimes::TALL) {
        // Sweeps mix at once where every λ is far below 4.
        let single = machine.to_f32();
        let mut chains = Chains::independent(&single, SAMPLES, lab.key(case, streams::SAMPLED));
        chains.sweep(&single, 20);
        let mut table = Table::new(tables::SAMPLES, &[columns::X, columns::Y]);
        let rng = &mut lab.stream(case, streams::SAMPLED_HIDDEN, 0);
        table.rows = coordinates(&single, modes, &chains.visible, rng, |x, y| vec![x[0], y[0]]);
        shown.push(table);
    }
    shown
}

/// States of the machine that are drawn.
const SAMPLES: usize = 200;

/// What `of` makes of the reciprocal coordinates of every state, with hidden units sampled given
/// the visible ones.
fn coordinates<T>(
    machine: &Rbm<f32>,
    modes: &Reciprocal,
    states: &States,
    rng: &mut impl rand::Rng,
    mut of: impl FnMut(&[f64], &[f64]) -> T,
) -> Vec<T> {
    let means = hidden_means(machine, states);
    let rows = means.chunks(machine.hidden.max(1)).enumerate();
    rows.map(|(row, means)| {
        let on = |&q: &f32| f64::from(u8::from(rng.random::<f32>() < q));
        let hidden: Vec<f64> = means.iter().map(on).collect();
        of(&modes.x(&states.to_f64(row)), &modes.y(&hidden))
    })
    .collect()
}

/// Modes shown in the figures: 1, 2, 30 and the last.
pub(super) fn drawn(last: usize) -> Vec<usize> {
    [1, 2, 30].into_iter().filter(|&mode| mode < last).chain([last]).collect()
}

/// Test images and persistent chains that are drawn at most.
pub(super) const STATES: usize = 150;

/// Modes 1, 2, 30 and the last of one machine before and after the shared training: parameters of
/// their landscapes, and coordinates of test images and persistent chains. Hidden units are sampled
/// given the visible units.
pub(super) fn landscapes(case: &Case<'_>, lab: &Lab, hidden: usize) -> Result<[Table; 2], CheckError> {
    let mut modes = Table::new(
        tables::LANDSCAPES,
        &[
            columns::TRAINED,
            columns::MODE,
            columns::LAMBDA,
            columns::FIELD_X,
            columns::FIELD_Y,
            columns::MU_X,
            columns::MU_Y,
            columns::VISIBLE,
            columns::HIDDEN,
        ],
    );
    let mut states =
        Table::new(tables::STATES, &[columns::TRAINED, columns::MODE, columns::CHAINS, columns::X, columns::Y]);
    let trajectory = lab.trained_from_normal(hidden, 0)?;
    let snapshots = [trajectory.snapshots.first(), trajectory.snapshots.last()];
    for (trained, snapshot) in snapshots.into_iter().flatten().enumerate() {
        let (single, machine) = (&snapshot.machine, snapshot.machine.to_f64());
        let reciprocal = Reciprocal::thin(&machine).map_err(CheckError::while_doing("landscapes"))?;
        let (mu_x, mu_y) = reciprocal.uniform_mean();
        let last = reciprocal.singular_values().len();
        let drawn = drawn(last);
        for &mode in &drawn {
            let i = mode - 1;
            let (lambda, x, y) = (reciprocal.singular_values()[i], reciprocal.field_x()[i], reciprocal.field_y()[i]);
            modes.rows.push(vec![
                trained as f64,
                mode as f64,
                lambda,
                x,
                y,
                mu_x[i],
                mu_y[i],
                machine.visible as f64,
                hidden as f64,
            ]);
        }
        for (chains, of) in [&lab.data().test.images, &snapshot.chains].into_iter().enumerate() {
            let shown = of.select(&(0..of.rows().min(STATES)).collect::<Vec<_>>());
            let rng = &mut lab.stream(case, streams::HIDDEN_STATES, [trained, chains]);
            coordinates(single, &reciprocal, &shown, rng, |x, y| {
                let at = |&mode: &usize| vec![trained as f64, mode as f64, chains as f64, x[mode - 1], y[mode - 1]];
                states.rows.extend(drawn.iter().map(at));
            });
        }
    }
    Ok([modes, states])
}

/// Tolerance for the symmetric eigensolver in units of (N+M) eps ‖H‖. Its backward error is p(n)
/// eps ‖H‖ with p linear in n = N+M. For N+M = 100 to 2400 and seed 0, the magnitudes of the
/// eigenvalues that it returns for a pair ±λ were measured to differ by 0.3 to 0.75 of that unit,
/// while two decompositions of W agree to 1 eps.
const SOLVER: f64 = 2.0;

/// Checks the spectrum of the Hessian, from a symmetric eigensolver, against ±λ and zeros. Also
/// returns the number of flat directions, that is of eigenvalues that are 0 within the tolerance.
pub(super) fn hessian_check(
    id: &str,
    what: &str,
    (n, m): (usize, usize),
    weights: &[f64],
    curvature: &[f64],
) -> Result<(Measurement, usize), CheckError> {
    let hessian = Mat::from_fn(n + m, n + m, |r, c| match (r < n, c < n) {
        (true, false) => -weights[r * m + c - n],
        (false, true) => -weights[c * m + r - n],
        _ => 0.0,
    });
    let observed = symmetric_eigenvalues(hessian.as_ref()).map_err(CheckError::while_doing("Hessian"))?;
    let mut predicted: Vec<f64> = curvature.iter().flat_map(|&l| [l, -l]).collect();
    predicted.resize(n + m, 0.0);
    predicted.sort_by(f64::total_cmp);
    let off = |(a, b): &(&f64, &f64)| (*a - *b).abs();
    let (&seen, &law) = observed
        .iter()
        .zip(&predicted)
        .max_by(|a, b| off(a).total_cmp(&off(b)))
        .ok_or_else(|| CheckError::Input("T01: a machine without units has no Hessian".into()))?;
    let measurement = Measurement::new(
        id,
        format!("Hessian eigenvalues of the {what} against ±λ and zeros, largest error"),
        seen,
        law,
        Criterion::Rounding {
            factor: SOLVER,
            n: (n + m).pow(2),
            scale: largest(observed.iter().map(|e| e.abs())),
            rationale: "backward error of the symmetric eigensolver, p(n) eps times the norm with p linear in n = N+M",
        },
    );
    let noise = measurement.bound();
    let flat = observed.iter().filter(|e| e.abs() <= noise).count();
    Ok((measurement, flat))
}

/// E = Σ εᵢ − (λᵢ/2)(uᵢ² − wᵢ²) − field terms of modes without a saddle. Returns the sum and the
/// sum of the absolute values of its terms.
fn energy_by_modes(modes: &Reciprocal, curvature: &[f64], v: &[f64], h: &[f64]) -> (f64, f64) {
    let (x, y) = (modes.x(v), modes.y(h));
    let (a, b) = (modes.field_x(), modes.field_y());
    let rank = modes.rank();
    let mut terms = Vec::with_capacity(3 * x.len().max(y.len()));
    for i in 0..rank {
        let l = curvature[i];
        let (dx, dy) = (x[i] + b[i] / l, y[i] + a[i] / l);
        let (u, w) = unstable_stable(dx, dy);
        terms.extend([a[i] * b[i] / l, -l / 2.0 * u * u, l / 2.0 * w * w]);
    }
    terms.extend((rank..x.len()).map(|i| -a[i] * x[i]));
    terms.extend((rank..y.len()).map(|i| -b[i] * y[i]));
    (terms.iter().sum(), terms.iter().map(|t| t.abs()).sum())
}
