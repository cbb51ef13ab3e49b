//! Portable single-precision functions: plain multiplications and additions, never fused, no
//! platform libm, so that a run gives the same bits on every machine.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

/// e^x to about 1e-7 relative, for x clamped to [−87, 88]; Cephes' polynomial after splitting off
/// the power of two.
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

/// A number for people with so many decimals; with a power of ten where they would say nothing, "-"
/// where it is none.
pub fn shown(x: f64, decimals: usize) -> String {
    match x.abs() {
        size if size < 1e9 => format!("{x:.decimals$}"),
        size if size.is_finite() => format!("{x:.6e}"),
        _ => "-".into(),
    }
}

/// Words whose numbers are set as in print: `-1.2e-6` is −1.2·10⁻⁶, `1e-6` is 10⁻⁶, and a minus
/// before a number is one. Names such as `size-3` stay as they are.
pub fn typeset(words: &str) -> String {
    let letters: Vec<char> = words.chars().collect();
    let digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let (mut out, mut at) = (String::new(), 0);
    while let Some(&letter) = letters.get(at) {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let within = before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_') && !out.ends_with('−');
        if letter == '-' && digit(at + 1) && !within {
            out.push('−');
        } else if letter.is_ascii_digit() && !within && before != Some('.') {
            let end = |mut at: usize| {
                while digit(at) {
                    at += 1;
                }
                at
            };
            let whole = end(at);
            let number = if letters.get(whole) == Some(&'.') && digit(whole + 1) { end(whole + 1) } else { whole };
            let factor: String = letters[at..number].iter().collect();
            let sign = usize::from(matches!(letters.get(number + 1), Some('-' | '+')));
            let power = end(number + 1 + sign);
            if letters.get(number) == Some(&'e') && digit(number + 1 + sign) {
                let raised = letters[number + 1..power].iter().filter(|c| **c != '+').map(|&c| superscript(c));
                out += &if factor == "1" { "10".to_string() } else { format!("{factor}·10") };
                out.extend(raised);
                at = power;
            } else {
                out += &factor;
                at = number;
            }
            continue;
        } else {
            out.push(letter);
        }
        at += 1;
    }
    out
}

/// A digit or a minus as an exponent; what has none stays.
pub fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0'..='9' => char::from_u32(c as u32 - '0' as u32 + '⁰' as u32).unwrap_or(c),
        c => c,
    }
}

/// A time in seconds for people: whole seconds, from 100 on whole minutes, rounded up.
pub fn time(seconds: f64) -> String {
    if seconds < 100.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", (seconds / 60.0).ceil()) }
}

/// Replaces every z by logistic(z) = 1/(1 + e^−z).
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
pub fn logistic_of_all(z: &mut [f32]) {
    for z in z {
        *z = 1.0 / (1.0 + exp(-*z));
    }
}

/// e^x in double precision for x <= 0, relative error below 4e-16 down to −700, 0 to 1e-304 below:
/// Taylor's series after splitting off the power of two.
#[inline(always)]
pub(super) fn exp_negative(x: f64) -> f64 {
    let x = x.clamp(-700.0, 0.0);
    let n = x * std::f64::consts::LOG2_E + 6_755_399_441_055_744.0; // 1.5 · 2^52: the nearest integer in the low bits
    let k = n - 6_755_399_441_055_744.0;
    let r = x - k * 0.693_147_180_369_123_8 - k * 1.908_214_929_270_587_7e-10; // ln 2 in two parts
    // 1/13!, 1/12!, ..., 1/0!
    let p = 1.605_904_383_682_161_3e-10;
    let p = p * r + 2.087_675_698_786_81e-9;
    let p = p * r + 2.505_210_838_544_172e-8;
    let p = p * r + 2.755_731_922_398_589e-7;
    let p = p * r + 2.755_731_922_398_589_3e-6;
    let p = p * r + 2.480_158_730_158_73e-5;
    let p = p * r + 1.984_126_984_126_984e-4;
    let p = p * r + 1.388_888_888_888_889e-3;
    let p = p * r + 8.333_333_333_333_333e-3;
    let p = p * r + 4.166_666_666_666_666_4e-2;
    let p = p * r + 1.666_666_666_666_666_6e-1;
    let p = p * r + 0.5;
    (p * r * r + r + 1.0) * f64::from_bits(((n.to_bits() as i64).wrapping_add(1023) << 52) as u64)
}

/// 1/(1 + e^−z).
pub fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// ln(1 + e^z), without overflow.
pub fn softplus(z: f64) -> f64 {
    z.max(0.0) + libm::log1p(libm::exp(-z.abs()))
}

/// The larger of two numbers; not-a-number if one of them is, unlike `f64::max`.
pub fn larger(a: f64, b: f64) -> f64 {
    libm::fmaximum(a, b)
}

/// The smaller of two numbers; not-a-number if one of them is, unlike `f64::min`.
pub fn smaller(a: f64, b: f64) -> f64 {
    libm::fminimum(a, b)
}

/// The largest of several numbers; not-a-number if one of them is or when there is none, so that
/// nothing passes for a small discrepancy.
pub fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().reduce(larger).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_as_in_print() {
        // by hand
        let cases = [
            ("6.4e-5", "6.4·10⁻⁵"),
            ("p = 1e-6, at least", "p = 10⁻⁶, at least"),
            ("[-0.5, 1.25e12]", "[−0.5, 1.25·10¹²]"),
            ("-1.2e+3 and -7", "−1.2·10³ and −7"),
            ("size-3, a-2, T01-1e5, e-7, 3e, 2ex", "size-3, a-2, T01-1e5, e-7, 3e, 2ex"),
            ("784 x 500 (0.1, 2.5)", "784 x 500 (0.1, 2.5)"),
            ("1.2.3e4 x_2 −3 - 4", "1.2.3e4 x_2 −3 - 4"),
            ("", ""),
        ];
        for (plain, set) in cases {
            assert_eq!(typeset(plain), set);
        }
        assert_eq!("-0123456789".chars().map(superscript).collect::<String>(), "⁻⁰¹²³⁴⁵⁶⁷⁸⁹");
        assert_eq!(superscript('x'), 'x');
    }

    #[test]
    fn numbers_for_people_are_short() {
        let all = [(1.25, 1), (-999_999_999.0, 2), (1e9, 4), (-11_538_059_395_839_308.0, 3), (0.0, 2)];
        let expected = ["1.2", "-999999999.00", "1.000000e9", "-1.153806e16", "0.00"];
        assert_eq!(all.map(|(x, decimals)| shown(x, decimals)), expected);
        assert_eq!([f64::NAN, f64::INFINITY, -f64::INFINITY].map(|x| shown(x, 3)), ["-"; 3]);
    }

    #[test]
    fn logistic_agrees_with_double_precision() {
        for i in -9000..=9000 {
            let z = i as f32 * 0.01;
            let mut value = [z];
            logistic_of_all(&mut value);
            let exact = 1.0 / (1.0 + libm::exp(-f64::from(z)));
            // Half a unit in the last place of a number below 1, and the polynomial's 1.4e-7
            // relative.
            assert!((f64::from(value[0]) - exact).abs() < 1.5e-7 * exact.max(0.1), "{z}");
            assert!((0.0..=1.0).contains(&value[0]));
        }
    }

    #[test]
    fn exp_negative_agrees_with_libm() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.0035;
            let exact = libm::exp(x);
            assert!((exp_negative(x) - exact).abs() <= 8e-16 * exact, "{x}");
        }
        assert!(exp_negative(-1e9) < 1e-300 && exp_negative(0.0) == 1.0);
    }

    #[test]
    fn exp_agrees_with_double_precision_and_stops_at_its_ends() {
        for i in -8700..=8800 {
            let x = i as f32 * 0.01;
            let exact = libm::exp(f64::from(x));
            // The polynomial's 1.4e-7, and 88 · 1.5 roundings of the reduced argument's parts, far
            // below it.
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 2e-7, "{x}");
        }
        assert_eq!((exp(-1e9), exp(f32::NEG_INFINITY), exp(1e9)), (exp(-87.0), exp(-87.0), exp(88.0)));
        assert_eq!((exp(0.0), exp_negative(0.0), exp_negative(1.0)), (1.0, 1.0, 1.0)); // no positive argument
    }

    #[test]
    fn the_logistic_function_has_its_values_by_hand() {
        assert_eq!([logistic(0.0), logistic(800.0), logistic(-800.0)], [0.5, 1.0, 0.0]);
        assert!((logistic(3f64.ln()) - 0.75).abs() < 1e-15 && logistic(f64::NAN).is_nan());
    }

    #[test]
    fn smallest_and_largest_keep_what_is_not_a_number() {
        assert_eq!((larger(-2.0, 3.0), larger(3.0, -2.0)), (3.0, 3.0));
        assert_eq!((smaller(-2.0, 3.0), smaller(3.0, -2.0)), (-2.0, -2.0));
        assert_eq!((largest([5.0, 7.0, 6.0]), largest([-5.0, -7.0])), (7.0, -5.0));
        let nan = f64::NAN;
        assert!([larger(nan, 1.0), larger(1.0, nan), smaller(nan, 1.0), smaller(1.0, nan)].iter().all(|z| z.is_nan()));
        assert!(largest([]).is_nan() && largest([2.0, nan]).is_nan() && largest([nan, 2.0]).is_nan());
    }
}
