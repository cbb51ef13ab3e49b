//! Units that an infinite bias fixes: taken out of the machine.

use super::units::Parameters;
use crate::bits::States;
use serde::Serialize;

/// One layer of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The data.
    Visible,
    /// The others.
    Hidden,
}

/// A unit that an infinite bias fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// Its layer.
    pub layer: Layer,
    /// Its number in the stored layer, from 0.
    pub unit: usize,
    /// Whether it is fixed at its upper value (1) or its lower one (0, or −1 of spins).
    pub up: bool,
}

/// Takes the units with infinite biases out of parameters whose units have the values `low` and 1:
/// the others see them as a field. The infinite term itself is left out of the energy; that of a
/// unit at 0 is none.
pub(super) fn take_out(of: Parameters, low: f64) -> (Parameters, Vec<Fixed>, f64) {
    let found = |layer: Layer, biases: &[f64]| -> Vec<Fixed> {
        let infinite = biases.iter().enumerate().filter(|(_, bias)| bias.is_infinite());
        infinite.map(|(unit, bias)| Fixed { layer, unit, up: *bias > 0.0 }).collect()
    };
    let fixed = [found(Layer::Visible, &of.visible_bias), found(Layer::Hidden, &of.hidden_bias)];
    if fixed.iter().all(Vec::is_empty) {
        return (of, Vec::new(), 0.0);
    }
    let value = |one: &Fixed| if one.up { 1.0 } else { low };
    let [visible, hidden] = &fixed;
    let finite = |biases: &[f64]| -> Vec<usize> {
        biases.iter().enumerate().filter(|(_, bias)| !bias.is_infinite()).map(|(unit, _)| unit).collect()
    };
    let (rows, columns) = (finite(&of.visible_bias), finite(&of.hidden_bias));
    let w = |row: usize, column: usize| of.weights[row * of.hidden + column];
    let up = |row: usize| hidden.iter().map(|one| w(row, one.unit) * value(one)).sum::<f64>();
    let down = |column: usize| visible.iter().map(|one| w(one.unit, column) * value(one)).sum::<f64>();
    // What the fixed units give together, which is in ln Z of the stored machine only.
    let pairs = visible.iter().flat_map(|a| hidden.iter().map(move |b| (a, b)));
    let above: f64 = pairs.map(|(a, b)| w(a.unit, b.unit) * value(a) * value(b)).sum();
    let left = Parameters {
        visible: rows.len(),
        hidden: columns.len(),
        weights: rows.iter().flat_map(|&row| columns.iter().map(move |&column| w(row, column))).collect(),
        visible_bias: rows.iter().map(|&row| of.visible_bias[row] + up(row)).collect(),
        hidden_bias: columns.iter().map(|&column| of.hidden_bias[column] + down(column)).collect(),
    };
    (left, fixed.concat(), above)
}

/// Visible states of the whole machine from those without the fixed units.
pub(super) fn put_back(states: &States, fixed: &[Fixed]) -> States {
    // In the order of the units, as they were taken out.
    let mut fixed = fixed.iter().filter(|one| one.layer == Layer::Visible).peekable();
    let units = states.units() + fixed.clone().count();
    // Of every unit: its place among the kept ones, or its value.
    let mut kept = 0..;
    let places: Vec<Result<usize, bool>> = (0..units)
        .map(|unit| match fixed.next_if(|one| one.unit == unit) {
            Some(one) => Err(one.up),
            None => Ok(kept.next().unwrap_or_default()),
        })
        .collect();
    States::from_fn(states.rows(), units, |row, unit| match places[unit] {
        Ok(place) => states.get(row, place),
        Err(up) => up,
    })
}

/// The inverse of [`put_back`], and how many states have a fixed unit at another value.
pub(super) fn take_off(states: &States, fixed: &[Fixed]) -> (States, usize) {
    let fixed: Vec<&Fixed> = fixed.iter().filter(|one| one.layer == Layer::Visible).collect();
    let mut is_free = vec![true; states.units()];
    fixed.iter().for_each(|one| is_free[one.unit] = false);
    let free: Vec<usize> = (0..states.units()).filter(|unit| is_free[*unit]).collect();
    let against = (0..states.rows()).filter(|row| fixed.iter().any(|one| states.get(*row, one.unit) != one.up)).count();
    (States::from_fn(states.rows(), free.len(), |row, at| states.get(row, free[at])), against)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::exact::log_partition;

    #[test]
    fn a_fixed_unit_is_seen_as_a_field_and_keeps_its_place() {
        let value = |at: usize| ((at * 29 + 5) % 17) as f64 / 7.0 - 1.0;
        let mut of = Parameters {
            visible: 5,
            hidden: 3,
            weights: (0..15).map(value).collect(),
            visible_bias: (20..25).map(value).collect(),
            hidden_bias: (30..33).map(value).collect(),
        };
        // By hand: a bias of ±40 leaves e^(−38) of the other value; its own term is taken off
        // again.
        let mut large = of.clone();
        (large.visible_bias[1], large.visible_bias[3], large.hidden_bias[2]) = (-60.0, 60.0, 60.0);
        (of.visible_bias[1], of.visible_bias[3], of.hidden_bias[2]) = (f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY);
        let expected = log_partition(&large.machine().expect("a machine")).expect("small") - 120.0;
        let (left, fixed, above) = take_out(of, 0.0);
        assert_eq!((left.visible, left.hidden), (3, 2));
        let at = |layer: Layer, unit: usize, up: bool| Fixed { layer, unit, up };
        assert_eq!(fixed, [at(Layer::Visible, 1, false), at(Layer::Visible, 3, true), at(Layer::Hidden, 2, true)]);
        let exact = log_partition(&left.machine().expect("a machine")).expect("small");
        assert!((exact + above - expected).abs() < 1e-11, "{} {expected}", exact + above);
        // 1, 0, 1 stand at 0, 2 and 4 of the whole.
        let whole = put_back(&States::from_fn(1, 3, |_, unit| unit != 1), &fixed);
        assert_eq!((0..5).map(|unit| whole.get(0, unit)).collect::<Vec<_>>(), [true, false, false, true, true]);
    }

    #[test]
    fn spins_are_fixed_at_both_signs() {
        // By hand: one visible unit fixed at −1 and one hidden unit b = 0.5, W = 2: Z = 2 cosh(0.5
        // − 2).
        let of = Parameters {
            visible: 1,
            hidden: 1,
            weights: vec![2.0],
            visible_bias: vec![f64::NEG_INFINITY],
            hidden_bias: vec![0.5],
        };
        let (left, fixed, above) = take_out(of, -1.0);
        assert_eq!((left.hidden_bias, left.visible, fixed.len(), above), (vec![-1.5], 0, 1, 0.0));
    }
}
