//! States as an array in NumPy's format.

use super::npy::MAGIC;
use crate::bits::States;

/// States as an array of bytes, `rows` x `units`: 0 and 1 (uint8), or −1 and 1 (int8) for `spins`.
/// Version 1 of the format, the values at a multiple of 64 bytes.
pub(crate) fn npy(states: &States, spins: bool) -> Vec<u8> {
    let (rows, units) = (states.rows(), states.units());
    let kind = if spins { "|i1" } else { "|u1" };
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {units}), }}");
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut bytes = [MAGIC, &[1, 0]].concat();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<0$}\n", length - 1).into_bytes());
    let value = |up: bool| match (up, spins) {
        (true, _) => 1,
        (false, false) => 0,
        (false, true) => 255, // −1 as int8
    };
    bytes.extend((0..rows).flat_map(|row| (0..units).map(move |unit| value(states.get(row, unit)))));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_are_written_are_read_again() {
        let states = States::from_fn(3, 67, |row, unit| (row * 5 + unit) % 7 < 3);
        let folder = tempfile::tempdir().expect("folder");
        let read = |spins: bool| {
            let (path, bytes) = (folder.path().join("states.npy"), npy(&states, spins));
            assert_eq!((bytes.len() - 3 * 67) % 64, 0);
            std::fs::write(&path, bytes).expect("writes");
            let mut archive = super::super::open(&path).expect("whole");
            assert_eq!(archive.entries[0].shape, [3, 67]);
            archive.values(0).expect("numbers")
        };
        let bits: Vec<f64> = (0..3).flat_map(|row| states.to_f64(row)).collect();
        assert_eq!(read(false), bits);
        assert!(read(true).iter().zip(&bits).all(|(s, v)| *s == 2.0 * v - 1.0));
    }
}
