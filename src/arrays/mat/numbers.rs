//! The order of the values of an array, and of letters, column by column.

use super::super::numbers;
pub(in crate::arrays) use numbers::count;

/// Values of an array from column by column (first index fastest) to row by row (last index
/// fastest).
///
/// # Errors
/// Another number of values than the shape has.
pub(in crate::arrays) fn row_by_row(values: Vec<f64>, shape: &[usize]) -> Result<Vec<f64>, String> {
    match count(shape) == Some(values.len()) {
        true => Ok(numbers::row_by_row(values, shape)),
        false => Err("the number of its values is not that of its shape".to_string()),
    }
}

/// An array of characters that are stored column by column as text, one line for every row.
pub(in crate::arrays) fn lines(letters: &[char], rows: usize) -> String {
    let rows = rows.max(1);
    let line = |row: usize| letters.iter().skip(row).step_by(rows).collect::<String>();
    (0..rows.min(letters.len())).map(line).collect::<Vec<String>>().join("\n")
}
