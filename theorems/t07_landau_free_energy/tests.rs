//! Tests.

use super::derivation::Theory;
use super::log_partition::replica_symmetric;

#[test]
fn minimum_solves_both_layers() {
    // Substitution into m_v = tanh(h/2 + g ρ m_h/4), m_h = tanh(h/2 + g m_v/(4ρ)) with ρ = √(M/N).
    let theory = Theory { critical: 4.0, cubic: 0.0, kappa: 1.0, sign: 1.0 };
    for (shape, g, h) in [(1.0, 5.0, 0.0), (0.25, 4.4, 0.0), (0.25, 3.0, 0.2f64)] {
        let (m, _) = theory.minimum(shape, g, h);
        let rho = f64::sqrt(shape);
        let hidden = (0.5 * h + g * m / (4.0 * rho)).tanh();
        assert!((m - (0.5 * h + g * rho * hidden / 4.0).tanh()).abs() < 1e-12, "{m}");
    }
}

#[test]
fn replica_symmetric_without_spread_is_the_one_mode() {
    let theory = Theory { critical: 4.0, cubic: 0.0, kappa: 1.0, sign: 1.0 };
    let (m, q) = replica_symmetric(1.0, 6.0, 0.0);
    assert!((m - theory.minimum(1.0, 6.0, 0.0).0).abs() < 1e-8 && (q - m * m).abs() < 1e-8);
    let (m, _) = replica_symmetric(0.25, 4.4, 0.0);
    assert!((m - theory.minimum(0.25, 4.4, 0.0).0).abs() < 1e-8);
    // Below both transition lines there is no order.
    let (m, q) = replica_symmetric(1.0, 2.0, 2.0);
    assert!(m < 1e-4 && q < 1e-4);
}
