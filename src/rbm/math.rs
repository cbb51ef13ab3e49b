//! Portable single-precision functions: plain multiplications and additions, never fused, no platform libm, so that a
//! run gives the same bits on every machine.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

/// e^x to about 1e-7 relative, for x clamped to [−87, 88]; Cephes' polynomial after splitting off the power of two.
///
/// # Source
/// S. L. Moshier, Cephes Math Library, expf.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // Adding 1.5 · 2^23 rounds to the nearest integer, which then sits in the low bits.
    let n = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let k = n - 12_582_912.0;
    let r = x - k * 0.693_359_4 - k * -2.121_944_4e-4;
    let p = 1.987_569_2e-4f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_6e-1;
    let p = p * r + 0.5;
    (p * r * r + r + 1.0) * f32::from_bits(((n.to_bits() as i32).wrapping_add(127) << 23) as u32)
}

/// Replaces every z by logistic(z) = 1/(1 + e^−z).
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn logistic(z: &mut [f32]) {
    for z in z {
        *z = 1.0 / (1.0 + exp(-*z));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logistic_agrees_with_double_precision() {
        for i in -9000..=9000 {
            let z = i as f32 * 0.01;
            let mut value = [z];
            logistic(&mut value);
            let exact = 1.0 / (1.0 + libm::exp(-f64::from(z)));
            // Half a unit in the last place of a number below 1, and the polynomial's 1.4e-7 relative.
            assert!((f64::from(value[0]) - exact).abs() < 1.5e-7 * exact.max(0.1), "{z}");
            assert!((0.0..=1.0).contains(&value[0]));
        }
    }
}
