//! Singular values of bidiagonal matrices from the signs and sizes of characteristic polynomials,
//! at many places at once.
//!
//! With `P_k(y)` the determinant of the leading k x k block of BᵀB − y,
//! `P_k = d_k² P_(k−1) − y V_k` and `V_(k+1) = P_k + e_k² V_k`, `P_0 = V_1 = 1`: no division, and
//! what is computed is exact for a matrix whose entries differ from these by a few eps, relatively.
//! The changes of sign along `P_0, …, P_r` are the number of singular values below `√y` (Sturm).
//! Every place has a lane of its own, in which the same operations follow in the same order for
//! every instruction set, number of threads and company.
#![allow(unsafe_code)] // multiversion's dispatch on the instruction set expands to it; there is none of ours.

use rayon::prelude::*;
use std::ops::Range;

/// Places that are evaluated together: enough to hide how long an addition takes.
const LANES: usize = 32;

/// Rows times places that are worth another thread.
const SHARE: usize = 1 << 18;

/// Squares of the entries, the largest near 1, are floored or dropped here: a singular value moves
/// by 1e-18 of the largest one.
const FLOOR: f64 = 1e-36;

/// How far the ends of an interval around a singular value are apart in the end, with the largest
/// entry between 1 and 2: two doubles of those below 4.
const WIDTH: f64 = 4.0 * f64::EPSILON;

/// Rounds of interpolation, after which brackets are halved; six are usual.
const ROUNDS: usize = 20;

/// A bidiagonal matrix, scaled by a power of two so that its largest entry lies between 1 and 2,
/// and cut where nothing connects its rows.
pub(crate) struct Sturm {
    blocks: Vec<Block>,
    unit: f64,
    rows: usize,
}

/// Rows that belong together.
struct Block {
    /// Squares of (d_k, e_k), in which e of the last row is 0.
    squares: Vec<[f64; 2]>,
    /// Where the polynomials are rescaled: between two of these they neither vanish nor overflow.
    stops: Vec<usize>,
    /// Above all singular values.
    top: f64,
}

/// What is known at a place: the singular values below it, and `P_r`, `mantissa` times two to the
/// `exponent`.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: f64,
    below: usize,
    mantissa: f64,
    exponent: i64,
}

impl Sturm {
    /// `diagonal` and what stands `above` it, one less.
    pub(crate) fn new(diagonal: &[f64], above: &[f64]) -> Self {
        let largest = diagonal.iter().chain(above).fold(0.0, |most, x| libm::fmaximum(most, x.abs()));
        let (rows, mut blocks) = (diagonal.len(), Vec::new());
        if largest == 0.0 || !largest.is_finite() {
            return Self { blocks, unit: largest, rows };
        }
        let unit = libm::ldexp(1.0, libm::ilogb(largest));
        let mut squares = Vec::new();
        for (k, d) in diagonal.iter().enumerate() {
            let e = above.get(k).map_or(0.0, |e| (e / unit) * (e / unit));
            let e = if e < FLOOR { 0.0 } else { e };
            squares.push([(d / unit) * (d / unit), e]);
            if e == 0.0 {
                blocks.push(Block::new(std::mem::take(&mut squares)));
            }
        }
        Self { blocks, unit, rows }
    }

    /// How many singular values lie below each of some places.
    pub(crate) fn counts(&self, places: &[f64]) -> Vec<usize> {
        if self.blocks.is_empty() {
            return places.iter().map(|l| if l.abs() > self.unit { self.rows } else { 0 }).collect();
        }
        let places: Vec<f64> = places.iter().map(|l| l.abs() / self.unit).collect();
        let mut counts = vec![0; places.len()];
        for block in &self.blocks {
            counts.iter_mut().zip(block.places(&places)).for_each(|(count, place)| *count += place.below);
        }
        counts
    }

    /// All singular values, descending.
    pub(crate) fn values(&self) -> Vec<f64> {
        if self.blocks.is_empty() {
            return vec![self.unit; self.rows];
        }
        let mut values: Vec<f64> = self.blocks.iter().flat_map(|block| block.values(0..block.squares.len())).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values.iter_mut().for_each(|l| *l *= self.unit);
        values
    }

    /// Singular value number `rank`, 0 is the largest; there are more.
    pub(crate) fn value(&self, rank: usize) -> f64 {
        match &self.blocks[..] {
            [block] => block.values(self.rows - 1 - rank..self.rows - rank)[0] * self.unit,
            _ => self.values()[rank],
        }
    }
}

impl Block {
    fn new(mut squares: Vec<[f64; 2]>) -> Self {
        let rows = squares.len();
        let (mut stops, mut least, mut last, mut most) = (Vec::new(), 1.0, 0, [0.0; 2]);
        for (k, [d, e]) in squares.iter_mut().enumerate() {
            *d = libm::fmaximum(*d, FLOOR);
            most = [libm::fmaximum(most[0], *d), libm::fmaximum(most[1], *e)];
            // A row multiplies (P, V) by a matrix with determinant d² e² and norm below 100.
            least *= *d * libm::fmaximum(*e, FLOOR) / 100.0;
            if k + 1 == rows || k - last > 60 || least < 1e-150 {
                stops.push(k + 1);
                (last, least) = (k + 1, 1.0);
            }
        }
        Self { squares, stops, top: (most[0].sqrt() + most[1].sqrt()) * (1.0 + 4.0 * f64::EPSILON) }
    }

    /// What is known at some places, none of them negative.
    fn places(&self, at: &[f64]) -> Vec<Place> {
        let rows = self.squares.len();
        let lanes = |at: &[f64]| -> Vec<Place> {
            let inside = |l: f64| if l < self.top { l } else { self.top };
            let y = std::array::from_fn(|k| at.get(k).map_or(0.0, |&l| inside(l) * inside(l)));
            let found = evaluate(&self.squares, &self.stops, &y);
            at.iter()
                .zip(found)
                .map(|(&at, (mantissa, exponent, below))| {
                    let below = if at < self.top { below as usize } else { rows };
                    Place { at, below, mantissa, exponent }
                })
                .collect()
        };
        let each = (SHARE / rows).max(LANES).next_multiple_of(LANES);
        if at.len() <= each {
            return at.chunks(LANES).flat_map(&lanes).collect();
        }
        let shares = at.par_chunks(each).map(|at| at.chunks(LANES).flat_map(&lanes).collect::<Vec<_>>());
        shares.collect::<Vec<_>>().concat()
    }

    /// Singular values of the numbers `wanted`, ascending, where 0 is the smallest.
    fn values(&self, wanted: Range<usize>) -> Vec<f64> {
        let rows = self.squares.len();
        if rows == 1 {
            let square = self.squares[0][0];
            return vec![if square > FLOOR { square.sqrt() } else { 0.0 }; wanted.len()];
        }
        let ends = self.places(&[0.0, self.top]);
        let mut values = vec![0.0; wanted.len()];
        let mut set = |low: usize, high: usize, value: f64| {
            (low.max(wanted.start)..high.min(wanted.end)).for_each(|k| values[k - wanted.start] = value);
        };
        // Intervals with several singular values are cut, those with one become brackets.
        let (mut crowds, mut brackets) = (vec![(ends[0], ends[1])], Vec::new());
        while !crowds.is_empty() {
            let fill = (LANES / crowds.len()).max(1);
            let cuts = |(low, high): &(Place, Place)| {
                let inside = high.below.min(wanted.end) - low.below.max(wanted.start);
                (inside - 1).max(fill)
            };
            let at: Vec<f64> = crowds
                .iter()
                .flat_map(|pair| {
                    let (low, high, cuts) = (pair.0.at, pair.1.at, cuts(pair));
                    (1..=cuts).map(move |i| low + (high - low) * (i as f64 / (cuts + 1) as f64))
                })
                .collect();
            let (found, mut next, mut used) = (self.places(&at), Vec::new(), 0);
            for pair in &crowds {
                let (mut low, high, cuts) = (pair.0, pair.1, cuts(pair));
                for mut place in found[used..used + cuts].iter().copied().chain([high]) {
                    // Rounding may let a count fall.
                    place.below = place.below.clamp(low.below, high.below);
                    if place.below > low.below && low.below < wanted.end && place.below > wanted.start {
                        if place.at - low.at <= WIDTH {
                            set(low.below, place.below, 0.5 * (low.at + place.at));
                        } else if place.below == low.below + 1 {
                            brackets.push(Bracket::new(low, place));
                        } else {
                            next.push((low, place));
                        }
                    }
                    low = place;
                }
                used += cuts;
            }
            crowds = next;
        }
        while !brackets.is_empty() {
            let at: Vec<f64> = brackets.iter().map(|bracket| bracket.next).collect();
            let found = self.places(&at);
            brackets.iter_mut().zip(found).for_each(|(bracket, place)| bracket.narrow(place));
            brackets.retain(|bracket| {
                bracket.done().is_none_or(|value| {
                    set(bracket.number, bracket.number + 1, value);
                    false
                })
            });
        }
        values
    }
}

/// Two places around one singular value, the newer one first, and one that was left.
///
/// # Source
/// T. R. Chandrupatla, Adv. Eng. Software 28 (1997) 145: inverse quadratic interpolation where it
/// is safe, else bisection.
struct Bracket {
    number: usize,
    newer: Place,
    other: Place,
    left: Place,
    next: f64,
    rounds: usize,
}

impl Bracket {
    fn new(low: Place, high: Place) -> Self {
        Self { number: low.below, newer: high, other: low, left: low, next: 0.5 * (low.at + high.at), rounds: 0 }
    }

    /// `P_r` at the three places in a common unit, 0 where it is less by 1e300.
    fn values(&self) -> [f64; 3] {
        let places = [self.newer, self.other, self.left];
        let most = places.iter().map(|place| place.exponent).max().unwrap_or(0);
        places.map(|place| libm::ldexp(place.mantissa, (place.exponent - most).max(-1070) as i32))
    }

    /// Puts `place`, which lies between the two, into the place of one of them.
    fn narrow(&mut self, place: Place) {
        let is_above = place.mantissa == 0.0 || (place.below ^ self.number) & 1 == 1;
        let newer_is_above = self.newer.at > self.other.at;
        if is_above == newer_is_above {
            self.left = self.newer;
        } else {
            (self.left, self.other) = (self.other, self.newer);
        }
        self.newer = place;
        self.rounds += 1;
        let [a, b, c] = self.values();
        let (at_a, at_b, at_c) = (self.newer.at, self.other.at, self.left.at);
        let (xi, phi) = ((at_a - at_b) / (at_c - at_b), (a - b) / (c - b));
        let quadratic = self.rounds < ROUNDS && phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi;
        let part = if quadratic {
            a / (b - a) * (c / (b - c)) + (at_c - at_a) / (at_b - at_a) * (a / (c - a)) * (b / (c - b))
        } else {
            0.5
        };
        // Not nearer to either than a fraction of what is asked.
        let least = 0.5 * WIDTH / (at_b - at_a).abs();
        let part = if part > least { part } else { least };
        let part = if part < 1.0 - least { part } else { 1.0 - least };
        self.next = at_a + part * (at_b - at_a);
    }

    /// The singular value once it is known.
    fn done(&self) -> Option<f64> {
        let (a, b) = (self.newer.at, self.other.at);
        if self.newer.mantissa != 0.0 && (a - b).abs() > WIDTH {
            return None;
        }
        let [at_a, at_b, _] = self.values();
        let part = at_a / (at_a - at_b);
        Some(if (0.0..=1.0).contains(&part) { a + part * (b - a) } else { 0.5 * (a + b) })
    }
}

/// `P_r`, as mantissa and exponent, and the changes of sign at each of the squares `y`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2", "aarch64+neon"))]
fn evaluate(squares: &[[f64; 2]], stops: &[usize], y: &[f64; LANES]) -> [(f64, i64, u64); LANES] {
    let (y, mut from) = (*y, 0);
    let (mut p, mut v, mut exponents, mut changes) = ([1.0f64; LANES], [1.0f64; LANES], [0i64; LANES], [0u64; LANES]);
    for &to in stops {
        for &[d, e] in &squares[from..to] {
            for (((p, v), y), changes) in p.iter_mut().zip(&mut v).zip(&y).zip(&mut changes) {
                let next = d * *p - y * *v;
                *changes = changes.wrapping_add((next.to_bits() ^ p.to_bits()) >> 63);
                *p = next;
                *v = next + e * *v;
            }
        }
        from = to;
        for ((p, v), exponent) in p.iter_mut().zip(&mut v).zip(&mut exponents) {
            let (a, b) = (p.abs(), v.abs());
            let bits = (if a > b { a } else { b }).to_bits() >> 52;
            // 2^(1023 − bits), which brings the larger of the two between 1 and 2.
            let scale = f64::from_bits(2046u64.wrapping_sub(bits) << 52);
            *p *= scale;
            *v *= scale;
            *exponent = exponent.wrapping_add(bits as i64 - 1023);
        }
    }
    std::array::from_fn(|k| (p[k], exponents[k], changes[k]))
}
