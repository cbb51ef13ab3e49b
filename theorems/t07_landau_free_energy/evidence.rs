//! The checks of one mode: free energy, order parameter, exponents, fields.

use super::derivation::{Theory, falling, in_field, square_correction};
use super::log_partition::{annealed, enumerated, layer, reach, trained};
use super::names::{columns, tables};
use super::phases::phases;
use super::regimes;
use super::streams;
use super::training::along_training;
use crate::claim::{Case, CheckError};
use crate::evidence::check;
use crate::evidence::{Criterion, Evidence, Measurement, Table};
use crate::exact::profile::Profiled;
use crate::exact::profile::cumulants;
use crate::exact::rank_one::RankOne;
use crate::lab::{Lab, Scale};
use crate::spectra::ensemble::unit_vector;
use crate::stat;
use crate::stat::histogram::grid;
use crate::symbolic::poly::Poly;
use rand::Rng;
use rayon::prelude::*;

pub(super) fn measure(case: Case<'_>, lab: &Lab) -> Result<Evidence, CheckError> {
    let mut evidence = Evidence::default();
    match *case.regime {
        regimes::ONE_MODE => {
            let theory = Theory::of(&case);
            potential(&theory, &mut evidence);
            order_parameter(&theory, lab, &mut evidence);
            exponents(&theory, lab, &mut evidence)?;
            let uneven = Uneven::draw(&mut lab.stream(&case, streams::UNEVEN, 0));
            critical(&theory, &uneven, lab, &mut evidence);
            uneven_profiles(&theory, &uneven, &mut evidence);
            fields(&theory, &mut evidence);
            profiles(&theory, &case, lab, &mut evidence);
        }
        regimes::MEAN_FIELD_LN_Z => {
            enumerated(&case, lab, &mut evidence)?;
            annealed(&case, lab, &mut evidence)?;
        }
        regimes::PHASES => phases(&case, lab, &mut evidence)?,
        regimes::TRAINED => trained(&case, lab, &mut evidence)?,
        regimes::ALONG_TRAINING => along_training(lab, &mut evidence)?,
        _ => return Err(CheckError::no_checks(case.regime)),
    }
    Ok(evidence)
}

/// Checks −ln P(x)/N from the exact law against the free energy.
pub(super) fn potential(theory: &Theory, evidence: &mut Evidence) {
    const M: f64 = 0.6;
    let at_coupling = |g: f64| {
        let at = [200usize, 800].map(|n| {
            let law = RankOne::new(n, n, g).law_of_x();
            let middle = n / 2;
            let there = middle + (0.5 * M * n as f64).round() as usize;
            let size = n as f64;
            let observed = -(law[there].1 / law[middle].1).ln() / size;
            let m = 2.0 * law[there].0 / size.sqrt();
            (observed, theory.free_energy(1.0, g, m) + 0.5 * (-m * m).ln_1p() / size)
        });
        let bound = 2.0 * M * M / (3.0 * (1.0 - M * M)) / 800f64.powi(2);
        let rationale = "twice the next term of Stirling's series, m²/(3(1 − m²)N²)";
        falling("potential", format!("−ln P/N at m = 0.6, βλ = {g}"), 2.0, at, bound, rationale)
    };
    evidence.measurements.extend(check::worst([3.0, 4.0, 6.0].map(at_coupling).into()));
    let mut curves = Table::new(tables::CURVES, &[columns::COUPLING, columns::M, columns::LANDAU]);
    let mut table = Table::new(tables::POTENTIAL, &[columns::COUPLING, columns::M, columns::EXACT]);
    const N: usize = 200;
    for g in [3.0, 4.0, 6.0] {
        let law = RankOne::new(N, N, g).law_of_x();
        for (x, p) in law.iter().step_by(5) {
            let m = 2.0 * x / (N as f64).sqrt();
            if m.abs() < 0.98 {
                // P is divided by its prefactor (1 − m²)^(−1/2).
                let exact = -((p / law[N / 2].1).ln() + 0.5 * (-m * m).ln_1p()) / N as f64;
                table.rows.push(vec![g, m, exact]);
            }
        }
        curves.rows.extend(grid(-0.97, 0.97, 194).map(|m| vec![g, m, theory.free_energy(1.0, g, m)]));
    }
    evidence.tables.extend([curves, table]);
}

/// Checks 2⟨|x|⟩/√N above the threshold, and 2⟨x⟩/√N in a field.
fn order_parameter(theory: &Theory, lab: &Lab, evidence: &mut Evidence) {
    let rationale = "twice the derived 1/N term of Laplace's method";
    for (ratio, id, shape) in [(1usize, "square", "N = M"), (4, "tall", "N = 4M")] {
        let cases = [(4.4, 0.0), (5.0, 0.0), (6.0, 0.0), (if ratio == 1 { 5.0 } else { 3.0 }, 0.1)];
        let found = cases.into_par_iter().map(|(g, h)| {
            let (predicted, first) = theory.minimum(1.0 / ratio as f64, g, h);
            let at = [4_000usize, 16_000].map(|n| {
                let moments = in_field(n, n / ratio, g, h).moments();
                (2.0 / (n as f64).sqrt() * if h == 0.0 { moments.abs_x } else { moments.x }, predicted)
            });
            let (id, name) = (format!("order-{id}"), format!("m at βλ = {g}, field {h}, {shape}"));
            falling(&id, name, 1.0, at, 2.0 * first.abs() / 16_000.0, rationale)
        });
        evidence.measurements.extend(check::worst(found.collect()));
    }
    let sizes: [usize; 2] = if lab.plan().scale == Scale::Quick { [200, 5_000] } else { [200, 100_000] };
    let rows = |n: usize| {
        let row = move |g: f64| {
            let moments = RankOne::new(n, n, g).moments();
            let binder = 1.0 - moments.uuuu / (3.0 * moments.uu * moments.uu);
            vec![n as f64, g, 2.0 * moments.abs_x / (n as f64).sqrt(), binder]
        };
        grid(2.5, 6.5, 32).map(row).collect::<Vec<_>>()
    };
    let mut table = Table::new(tables::ORDER, &[columns::SIZE, columns::COUPLING, columns::EXACT, columns::BINDER]);
    table.rows = sizes.par_iter().flat_map(|&n| rows(n)).collect();
    let mut curve = Table::new(tables::ORDER_CURVE, &[columns::COUPLING, columns::LANDAU]);
    curve.rows = grid(2.5, 6.5, 400).map(|g| vec![g, theory.minimum(1.0, g, 0.0).0]).collect();
    evidence.tables.extend([table, curve]);
}

/// Checks the amplitude of m² and the three exponents, by linear fits of logarithms over stated
/// windows.
fn exponents(theory: &Theory, lab: &Lab, evidence: &mut Evidence) -> Result<(), CheckError> {
    let n: usize = if lab.plan().scale == Scale::Quick { 200_000 } else { 1_000_000 };
    let size = n as f64;
    let slope = |points: Vec<(f64, f64)>| {
        let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().map(|(x, y)| (x.abs().ln(), y.ln())).unzip();
        stat::regression::linear_fit(&x, &y, 0.99).map(|line| line.slope).map_err(CheckError::while_doing("exponents"))
    };
    let distance = |g: f64| g / theory.critical - 1.0;
    let window: Vec<f64> = (0..5).map(|i| 0.01 * 4f64.powf(f64::from(i) / 4.0)).collect();
    // Of each the worse of two shapes.
    let mut found: [Vec<Measurement>; 4] = Default::default();
    for ratio in [1usize, 4] {
        let (m, c) = (n / ratio, ratio as f64);
        let shape = if ratio == 1 { "N = M" } else { "N = 4M" };
        let correction = square_correction().evaluate_f64(&[("c", c)]);
        let along = |eps: f64| RankOne::new(n, m, 4.0 + 4.0 * eps).moments();
        let above: Vec<(f64, f64)> =
            window.par_iter().map(|&eps| (distance(4.0 + 4.0 * eps), 2.0 * along(eps).abs_x / size.sqrt())).collect();
        let (eps, magnetisation) = above[2];
        // The term c₁/N of Laplace's method relative to m, near the threshold.
        let finite = (1.0 + c) / (16.0 * size * 1e-4);
        found[0].push(check::exactly(
            "amplitude",
            format!("m²(1 + c)/(6ε) at ε = 0.02, {shape}"),
            magnetisation.powi(2) * (1.0 + c) / (6.0 * eps),
            1.0 - correction * 0.02,
            2.0 * ((correction * 0.02).powi(2) + finite / 2.0),
            "twice the square of the derived order Kε, and twice the finite-size term (1 + c)/(8Nε²)",
        ));
        found[1].push(check::exactly(
            "exponent-m",
            format!("exponent of m in ε, 0.01 ≤ ε ≤ 0.04, {shape}"),
            slope(above)?,
            0.5,
            0.5 * correction * 0.04 + 2.0 * finite,
            "leading correction Kε/2 at the upper end of the window, (1 + c)/(8Nε²) at the lower end",
        ));
        let below = window.par_iter().map(|eps| (distance(4.0 - 4.0 * eps), along(-eps).uu)).collect();
        found[2].push(check::exactly(
            "exponent-uu",
            format!("exponent of ⟨u²⟩ in −ε, 0.01 ≤ −ε ≤ 0.04, {shape}"),
            slope(below)?,
            -1.0,
            8.0 * finite,
            "logarithmic slope of ⟨u²⟩(4 − βλ) = 1 − (1 + c)/(4Nε²) at the lower end of the window",
        ));
        let rho = c.sqrt().recip();
        let isotherm = (0..5)
            .into_par_iter()
            .map(|i| {
                let m_there = 0.15 * 2f64.powf(f64::from(i) / 4.0);
                // A field on the visible units only, at the true critical point.
                let h = 2.0 * (m_there.atanh() - rho * (m_there / rho).tanh());
                let machine = RankOne { field_x: size.sqrt() * h, ..RankOne::new(n, m, 4.0) };
                let response = theory.sign * machine.moments().x * 2.0 / size.sqrt();
                // A free energy with a cubic term responds to the field differently; this is its
                // field at the given m.
                (response, h + 6.0 * theory.cubic * response * response)
            })
            .collect();
        found[3].push(check::exactly(
            "exponent-field",
            format!("exponent of the field in m at βλ = 4, 0.15 ≤ m ≤ 0.3, {shape}"),
            slope(isotherm)?,
            3.0,
            2.0 * 0.09 * (3.0 - 2.0 * c * c).abs() / (5.0 * (1.0 + c)) + 12.0 / ((1.0 + c) * size * 0.15f64.powi(4)),
            "leading correction 2m²(3 − 2c²)/(5(1 + c)) at the upper end of the window, finite-size term 12/((1 + c)Nm⁴) at the lower end",
        ));
    }
    evidence.measurements.extend(found.into_iter().filter_map(check::worst));
    Ok(())
}

/// Checks at the threshold βλ = 4: Binder's ratio and ⟨u²⟩ extrapolated in N^(−1/2), and their
/// slopes.
pub(super) fn critical(theory: &Theory, uneven: &Uneven, lab: &Lab, evidence: &mut Evidence) {
    let smallest: usize = if lab.plan().scale == Scale::Quick { 2_000 } else { 16_000 };
    let gamma = libm::tgamma;
    let quarter = gamma(0.25);
    let ratio = gamma(0.75) / quarter;
    let binder_limit = 1.0 - quarter.powi(4) / (24.0 * std::f64::consts::PI.powi(2));
    let even = |ratio: usize| {
        move |n: usize| {
            let moments = RankOne::new(n, n / ratio, theory.critical).moments();
            (moments.uu, moments.uuuu, (1.0 + ratio as f64) / n as f64)
        }
    };
    let uneven = |n: usize| {
        let machine = uneven.machine(n / UNEVEN, theory.critical);
        let moments = machine.moments();
        let kappa = (power(&machine.visible, 4) + power(&machine.hidden, 4)) / machine.copies as f64;
        (moments.uu, moments.uuuu, kappa)
    };
    type Source<'a> = &'a (dyn Fn(usize) -> (f64, f64, f64) + Sync);
    let sources: [([&str; 2], usize, Source); 3] = [
        (["square", "N = M"], smallest, &even(1)),
        (["tall", "N = 4M"], smallest, &even(4)),
        (["profiles", "uneven profiles"], smallest / 8, &uneven),
    ];
    for ([id, shape], smallest, source) in sources {
        let sizes = [1, 4, 16, 64].map(|factor| factor * smallest);
        let found: Vec<(f64, f64, f64)> = sizes
            .par_iter()
            .map(|&n| {
                let (uu, uuuu, kappa) = source(n);
                let binder = 1.0 - uuuu / (3.0 * uu * uu);
                (1.0 / (n as f64).sqrt(), binder, uu * (theory.kappa * kappa / 3.0).sqrt())
            })
            .collect();
        let pick = |f: &dyn Fn(&(f64, f64, f64)) -> f64| -> Vec<f64> { found.iter().map(f).collect() };
        for (what, name, values, predicted) in [
            ("binder", "Binder's ratio", pick(&|f| f.1), binder_limit),
            ("uu", "⟨u²⟩ √((κx+κy)/3)", pick(&|f| f.2), ratio),
        ] {
            let (id, name) = (format!("{what}-{id}"), format!("{name} at βλ = 4, {shape}, limit in N^(−1/2)"));
            evidence.measurements.push(check::tends_to(&id, name, &values, (4.0, 0.5), predicted));
        }
        if id == "square" {
            // s = m N^(1/4) has the weight e^(−s⁴/6): ⟨s²⟩ = √6 ratio, ⟨s⁴⟩ = 3/2, and higher
            // moments follow from Γ(z + 1) = zΓ(z).
            let s2 = 6f64.sqrt() * ratio;
            let (s4, s6, s8, s10) = (1.5, 4.5 * s2, 11.25, 47.25 * s2);
            // f = m⁴/6 + m⁶/90 with the prefactor 1 + m²/2; u² = Nm²/2 − Nm⁴/6 + 1/8, and similarly
            // for ⟨u⁴⟩.
            let shift =
                |high: f64, product6: f64, up: f64, product2: f64| -(high - product6) / 90.0 + 0.5 * (up - product2);
            let second = 0.5 * shift(s8, s2 * s6, s4, s2 * s2) - s4 / 6.0 + 0.125;
            let fourth = 0.25 * shift(s10, s4 * s6, s6, s4 * s2) - s6 / 6.0 + 0.375 * s2;
            let (u2, u4) = (0.5 * s2, 0.25 * s4);
            let slope = -(1.0 - binder_limit) * (fourth / u4 - 2.0 * second / u2);
            let steep = |f: Vec<f64>| {
                let slope = |i: usize| (f[i] - f[i + 1]) / (found[i].0 - found[i + 1].0);
                check::limit(&[0, 1, 2].map(slope), 4.0, 0.5)
            };
            let (binder, bound) = steep(pick(&|f| f.1));
            // Corrections to scaling are of relative order √κ.
            let (name, predicted) = ("slope of Binder's ratio in N^(−1/2)", slope * theory.kappa.sqrt());
            evidence.measurements.push(check::exactly(
                "binder-slope",
                name,
                binder,
                predicted,
                bound,
                check::CONVERGED,
            ));
            let (square, bound) = steep(pick(&|f| f.2 / (2.0f64 / 3.0).sqrt()));
            let (name, predicted) = ("slope of ⟨u²⟩/√N in N^(−1/2)", second * theory.kappa.sqrt());
            evidence.measurements.push(check::exactly("uu-slope", name, square, predicted, bound, check::CONVERGED));
            let amplitude = (4.0 * found[2].2 - 2.0 * found[1].2) / 2.0 / (2.0f64 / 3.0).sqrt();
            evidence.observations.push(("⟨u²⟩/√N at βλ = 4, one Richardson step".into(), amplitude));
        }
    }
}

/// Checks the first-order line above the threshold and linear response below.
pub(super) fn fields(theory: &Theory, evidence: &mut Evidence) {
    let g = 6.0;
    let (m, first) = Theory { sign: 1.0, ..*theory }.minimum(1.0, g, 0.0);
    let mut table = Table::new(tables::LINE, &[columns::FIELD, columns::EXACT, columns::LANDAU]);
    for scaled in [-3.0, -1.5, -0.5, 0.5, 1.5, 3.0] {
        let at = [4_000usize, 16_000].map(|n| {
            let observed = in_field(n, n, g, scaled / n as f64).moments().x * 2.0 / (n as f64).sqrt();
            (observed, theory.sign * m * (scaled * m).tanh())
        });
        table.rows.push(vec![scaled, at[1].0, at[1].1]);
        if scaled == 0.5 {
            let response = 0.5 * (1.0 - m * m) / (1.0 - (1.0 - m * m) * g / 4.0);
            let bound = (4.0 * first.abs() + 2.0 * response) / 16_000.0;
            let rationale =
                "twice the shift c₁/N of the minima and their response to the field, χ/(2N), in m tanh(Nhm)";
            let name = "⟨m⟩ at βλ = 6, field 1/(2N)".into();
            evidence.measurements.push(falling("first-order-line", name, 1.0, at, bound, rationale));
        }
    }
    evidence.tables.push(table);
    // Below the threshold, for N = 4M: ⟨x⟩ = (4f_x + g f_y)/(16 − g²) and its mirror image. Their
    // next order follows from the derivative of −Σ(κ/192)(μ⁴ + 6μ²v + 3v²).
    let (g, fx, fy) = (2.0, 0.9, -0.4);
    let gap = 16.0 - g * g;
    let at = |second: bool| {
        [4_000usize, 16_000].map(|n| {
            let moments = RankOne { field_x: fx, field_y: fy, ..RankOne::new(n, n / 4, g) }.moments();
            let (fx, fy) = (theory.sign * fx, theory.sign * fy);
            if second { (moments.y, (4.0 * fy + g * fx) / gap) } else { (moments.x, (4.0 * fx + g * fy) / gap) }
        })
    };
    let (mu_x, mu_y) = ((16.0 * fx + 4.0 * g * fy) / gap, (16.0 * fy + 4.0 * g * fx) / gap);
    let cubic = |mu: f64| (4.0 * mu.powi(3) + 12.0 * mu * 4.0 * g * g / gap) / 192.0;
    let (kx, ky) = (1.0 / 16_000.0, 4.0 / 16_000.0);
    let shifts = [
        -kx * cubic(mu_x) * 16.0 / gap - ky * cubic(mu_y) * 4.0 * g / gap,
        -kx * cubic(mu_x) * 4.0 * g / gap - ky * cubic(mu_y) * 16.0 / gap,
    ];
    for (id, name, second) in [("response-x", "⟨x⟩", false), ("response-y", "⟨y⟩", true)] {
        let rationale = "twice the derived first order in κ";
        let bound = 2.0 * shifts[usize::from(second)].abs();
        let name = format!("{name} below the threshold: βλ = 2, fields 0.9 and −0.4, N = 4M");
        evidence.measurements.push(falling(id, name, 1.0, at(second), bound, rationale));
    }
}

/// Σ_j U_j^k.
pub(super) fn power(profile: &[f64], k: i32) -> f64 {
    profile.iter().map(|u| u.powi(k)).sum()
}

/// Number of visible entries of an uneven profile before they are repeated.
const UNEVEN: usize = 50;

/// Two profiles of unequal κ: normal entries on 50 visible units, equal entries on 10 hidden units.
pub(super) struct Uneven {
    pub(super) visible: Vec<f64>,
}

impl Uneven {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        Self { visible: unit_vector(UNEVEN, rng) }
    }

    pub(super) fn machine(&self, copies: usize, coupling: f64) -> Profiled {
        let hidden = 10;
        let even = vec![1.0 / (hidden as f64).sqrt(); hidden];
        Profiled { visible: self.visible.clone(), hidden: even, copies, coupling }
    }
}

/// Checks uneven profiles of unequal κ above and below the threshold.
fn uneven_profiles(theory: &Theory, uneven: &Uneven, evidence: &mut Evidence) {
    let g = 5.0;
    // The deepest minimum of I(x) − Σ ln cosh(g x V/2). In terms of the conjugate field t with x =
    // K'(t), it satisfies t = g y(gx).
    let minimum = |machine: &Profiled| {
        let many = machine.copies as f64;
        // Mean, variance and third cumulant of independent units in a field, computed independently
        // of the reference solution.
        let layer = |profile: &[f64], t: f64| {
            profile.iter().fold([0.0; 3], |sum: [f64; 3], u| {
                let (e, size) = ((t * u / many.sqrt()).exp(), u / many.sqrt());
                let (p, q) = (e / (1.0 + e), 1.0 / (1.0 + e));
                let of = [size * (p - 0.5), size * size * p * q, size.powi(3) * p * q * (q - p)];
                [0, 1, 2].map(|k| sum[k] + many * of[k])
            })
        };
        let at = |t: f64| layer(&machine.visible, t);
        let pull = |x: f64| layer(&machine.hidden, 4.0 * g / theory.critical * x);
        let (mut low, mut high) = (1e-9, 1e3);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle < g * pull(at(middle)[0])[0] { low = middle } else { high = middle }
        }
        let (x, y) = (at(high), pull(at(high)[0]));
        let second = 1.0 / x[1] - g * g * y[1];
        let third = -x[2] / x[1].powi(3) - g.powi(3) * y[2];
        (x[0], -third / (2.0 * second * second) - 0.5 * x[2] / (x[1] * x[1] * second))
    };
    let above = [8usize, 32].map(|copies| {
        let machine = uneven.machine(copies, g);
        let full = (copies as f64).sqrt();
        (machine.moments().abs_x / full, minimum(&machine).0 / full, minimum(&machine).1.abs() / full)
    });
    let rationale = "twice the derived 1/N term of Laplace's method";
    let at = above.map(|(observed, predicted, _)| (observed, predicted));
    let name = "⟨|x|⟩ divided by the square root of the number of copies at βλ = 5, uneven profiles".into();
    evidence.measurements.push(falling("order-profiles", name, 1.0, at, 2.0 * above[1].2, rationale));
    let g = 2.0;
    let machine = |copies: usize| uneven.machine(copies, g);
    let [kx, ky] = [machine(1).visible, machine(1).hidden].map(|profile| power(&profile, 4));
    let predicted = theory.kappa * 2.0 * (kx - ky) * g * g / (16.0 - g * g).powi(2);
    // The coefficient of the next order vanishes at one κx; therefore the size of the error is
    // judged, not its order.
    let (limit, bound) =
        check::limit(&[8, 32, 128].map(|copies| copies as f64 * machine(copies).moments().uw), 4.0, 1.0);
    let name = "number of copies times ⟨uw⟩ at βλ = 2 for κx ≠ κy, limit of many copies";
    evidence.measurements.push(check::exactly("uw-profiles", name, limit, predicted, bound, check::CONVERGED));
}

/// Checks the coefficients of I(x) of Haar profiles, evaluated from the derived polynomials,
/// against the numerical Legendre transform.
fn profiles(theory: &Theory, case: &Case<'_>, lab: &Lab, evidence: &mut Evidence) {
    let n = 400usize;
    let profile = unit_vector(n, &mut lab.stream(case, streams::PROFILE, 0));
    let power = |k: i32| power(&profile, k);
    let kappa = theory.kappa * power(4);
    let at: [(&str, f64); 3] = [("κ", kappa), ("κ₆", power(6)), ("κ₈", power(8))];
    let int = Poly::int;
    let fourth = Poly::ratio(4, 3) * Poly::var("κ");
    let sixth = Poly::ratio(32, 45) * (int(5) * Poly::var("κ").pow(2) - int(2) * Poly::var("κ₆"));
    let eighth = Poly::ratio(128, 9) * Poly::var("κ").pow(3) - Poly::ratio(512, 45) * Poly::var("κ") * Poly::var("κ₆")
        + Poly::ratio(544, 315) * Poly::var("κ₈");
    let (c4, c6, c8) = (fourth.evaluate_f64(&at), sixth.evaluate_f64(&at), eighth.evaluate_f64(&at));
    // At t and 2t: the remainder falls as x².
    let t = 0.15 * (n as f64).sqrt();
    let found = [2.0 * t, t].map(|t| {
        let ([x, ..], log) = cumulants(&profile, 1, t);
        let i = t * x - log;
        (x, (i - 2.0 * x * x) / x.powi(4), (i - 2.0 * x * x - c4 * x.powi(4)) / x.powi(6))
    });
    let x = found[1].0;
    for (id, name, of, predicted, next) in [
        ("rate-x4", "coefficient of x⁴ of a Haar profile divided by (4/3)κ", found.map(|f| f.1), c4, c6),
        ("rate-x6", "coefficient of x⁶ of a Haar profile divided by (32/45)(5κ² − 2κ₆)", found.map(|f| f.2), c6, c8),
    ] {
        let gaps = of.map(|value| (value / predicted - 1.0).abs());
        let measured_order = (gaps[0] / gaps[1]).ln() / (found[0].0 / x).ln();
        let bound = 2.0 * (next / predicted).abs() * x * x;
        let rationale = "twice the next derived coefficient, times x²";
        let criterion = Criterion::Truncation { order: 2.0, measured_order, bound, rationale };
        evidence.measurements.push(Measurement::new(id, name, of[1] / predicted, 1.0, criterion));
    }
}

/// Solution x of the mean-field equations x = Σ ½U_j tanh(½(f_j + λU_j y)), y = Σ ½V_k tanh(½(g_k +
/// λV_k x)): the deeper of the minima that are reached from both sides.
///
/// # Errors
/// If the iteration has not converged to 10⁻¹² after 10⁵ rounds.
pub(super) fn mode_equation(u: &[f64], v: &[f64], lambda: f64, f: &[f64], g: &[f64]) -> Result<f64, CheckError> {
    let from = |side: f64| {
        let mut y = side * reach(v);
        for _ in 0..100_000 {
            let (x, _) = layer(u, f, lambda * y);
            let (next, _) = layer(v, g, lambda * x);
            let moved = (next - y).abs();
            y = next;
            if moved < 1e-12 {
                let (x, log_v) = layer(u, f, lambda * y);
                let (_, log_h) = layer(v, g, lambda * x);
                return Ok((log_v + log_h - lambda * x * y, x));
            }
        }
        Err(CheckError::Input(format!("T07: the mean-field equations of a mode with βλ = {lambda:.3} do not converge")))
    };
    let (up, down) = (from(1.0)?, from(-1.0)?);
    Ok(if up.0 >= down.0 { up.1 } else { down.1 })
}

/// Number of chains from which mean-field states are searched.
pub(super) const STATES: usize = 100;
