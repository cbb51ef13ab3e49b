//! Tables of numbers as plain text: one row per line, numbers between commas, semicolons, tabs or
//! blanks.

#[cfg(test)]
mod tests;

use super::{Archive, Entry, Kind, ONLY, PER_VALUE, absent, failure, held};
use std::path::Path;

/// A line may have so many bytes.
const LINE: usize = 1 << 26;
/// A row may have so many numbers.
const COLUMNS: usize = 1 << 20;
/// Memory per byte of a text: itself, and a number in two bytes at least, in double precision and
/// in a list that grows.
const PER_BYTE: u128 = 16;

/// The sentence for a first column without a name that does not count the rows.
const ROWS: &str = "the first column has no name and does not count the rows (0, 1, 2, ...): \
                    save without names of rows (index=False, row.names=FALSE)";

/// Opens a table; it is read at once, for nothing else says how large it is.
///
/// # Errors
/// In one sentence, with the line: what is no number, rows of different lengths, decimal commas.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let length = std::fs::metadata(path).map_err(|e| failure(&e))?.len();
    held(u128::from(length) * PER_BYTE)?;
    let bytes = std::fs::read(path).map_err(|e| failure(&e))?;
    let text = String::from_utf8(bytes).map_err(|_| "neither a format that is known nor text (UTF-8)")?;
    let Table { values, rows, columns, notes, .. } = Table::read(&text)?;
    let entries = vec![Entry { name: ONLY.into(), shape: vec![rows, columns], kind: Kind::Float(64) }];
    let read = Box::new(move |at| {
        if at != 0 {
            return Err(absent(at));
        }
        held(values.len() as u128 * PER_VALUE)?;
        Ok(values.clone())
    });
    Ok(Archive { format: "text", entries, texts: vec![], notes, read })
}

/// What a text holds, row by row.
struct Table {
    /// All numbers.
    values: Vec<f64>,
    /// Lines that hold numbers.
    rows: usize,
    /// Numbers in each of them.
    columns: usize,
    /// What was left out.
    notes: Vec<String>,
    /// How the numbers are written.
    written: Written,
}

/// How the numbers of a table are written: a row or column that counts the others stands without
/// points among numbers with points.
#[derive(Default)]
struct Written {
    /// The first row has digits only.
    first_row: bool,
    /// The first field of every row has digits only.
    first_column: bool,
    /// Any field of the rows behind the first has a point.
    points_below: bool,
    /// All of them have one.
    all_below: bool,
    /// Any field behind the first of its row has a point.
    points_beside: bool,
}

/// Whether a field is a whole number without a sign.
fn digits(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
}

impl Table {
    /// Reads a text; empty lines and what stands behind `#` are left out.
    fn read(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let end = if text.contains('\n') { '\n' } else { '\r' };
        let (mut table, mut separator, mut header) = (Self::empty(), None, None);
        // Below a header without a name for the first column stand the numbers of the rows, from
        // this one on.
        let (mut rows_named, mut start) = (false, None);
        for (line, number) in text.split(end).zip(1..) {
            let at = |why: String| format!("a text, read as a table of numbers: line {number}: {why}");
            if line.len() > LINE {
                return Err(at(format!("{} bytes in one line are more than a table has", line.len())));
            }
            let line = line.split('#').next().unwrap_or_default().trim_matches([' ', '\r']);
            if line.trim().is_empty() {
                continue;
            }
            let separator = *separator.get_or_insert_with(|| Separator::of(line));
            let before = table.values.len();
            let line = match rows_named {
                true => separator.behind_its_number(line, table.rows, &mut start).map_err(at)?,
                false => line,
            };
            match separator.row(line, &mut table.values) {
                Ok(()) => {
                    table.written(separator, line);
                    table.row(before, header.as_deref()).map_err(at)?;
                }
                Err(_) if table.rows == 0 && header.is_none() && separator.names(line).map_err(at)? => {
                    table.values.truncate(before);
                    let mut names: Vec<_> = separator.fields(line).map(String::from).collect();
                    rows_named = names[0].trim_matches('"').is_empty();
                    names.drain(..usize::from(rows_named));
                    let shown = shortened(&names);
                    let what = if names.iter().all(|name| digits(name)) { "counts the columns" } else { "holds names" };
                    table.notes.push(format!("line {number} {what} ({shown}) and was left out"));
                    header = Some(names);
                }
                Err(why) => return Err(at(why)),
            }
        }
        if let Some(start) = start {
            let last = start + table.rows - 1;
            table.notes.push(format!("the first column counts the rows ({start} to {last}) and was left out"));
        }
        if table.rows == 0 {
            return Err(
                "a text without a row of numbers: give a file of arrays, such as .npz, .safetensors, HDF5 or .mat"
                    .into(),
            );
        }
        if header.is_none() && table.counts_columns() {
            return Err("the first row counts the columns (0, 1, 2, ...) as pandas writes it: \
                        save with header=False, index=False"
                .into());
        }
        if !rows_named && table.counts_rows() {
            return Err("the first column counts the rows (0, 1, 2, ...) as pandas writes it: \
                        save without numbers of rows (index=False, row.names=FALSE)"
                .into());
        }
        Ok(table)
    }

    /// A table without rows.
    fn empty() -> Self {
        let written = Written { first_row: true, first_column: true, all_below: true, ..Written::default() };
        Self { values: vec![], rows: 0, columns: 0, notes: vec![], written }
    }

    /// Takes what was read since `before` as a row, and compares its length.
    fn row(&mut self, before: usize, header: Option<&[String]>) -> Result<(), String> {
        let columns = self.values.len() - before;
        if columns > COLUMNS {
            return Err(format!("{columns} numbers in one row are more than the {COLUMNS} that are read"));
        }
        if self.rows > 0 && columns != self.columns {
            return Err(format!("{columns} numbers, and {} in the rows before", self.columns));
        }
        if let Some(names) = header.filter(|names| names.len() != columns) {
            return Err(format!(
                "{columns} numbers under {} names: put # before a title, save without names of rows",
                names.len()
            ));
        }
        (self.rows, self.columns) = (self.rows + 1, columns);
        Ok(())
    }

    /// Sees how the numbers of a row are written, before it is counted.
    fn written(&mut self, separator: Separator, line: &str) {
        let Written { first_row, first_column, points_below, all_below, points_beside } = &mut self.written;
        for (field, column) in separator.fields(line).zip(0..) {
            let point = field.contains('.');
            *first_row &= self.rows > 0 || digits(field);
            *first_column &= column > 0 || digits(field);
            *points_below |= self.rows > 0 && point;
            *all_below &= self.rows == 0 || point;
            *points_beside |= column > 0 && point;
        }
    }

    /// Whether the first row is 0, 1, 2, ... without points and later ones have points; of one or
    /// two columns, where 0 and 1 may be numbers, all of at least two later rows.
    fn counts_columns(&self) -> bool {
        let counts = self.values.iter().take(self.columns).zip(0..).all(|(value, at)| *value == f64::from(at));
        let below = match self.columns {
            1 | 2 => self.rows > 2 && self.written.all_below,
            _ => self.rows > 1 && self.written.points_below,
        };
        counts && self.written.first_row && below
    }

    /// Whether the first of several columns is 0, 1, 2, ... or 1, 2, 3, ... without points in at
    /// least three rows, and others have points.
    fn counts_rows(&self) -> bool {
        let from = |start: u32| {
            let first = self.values.iter().step_by(self.columns.max(1));
            first.zip(start..).all(|(value, at)| *value == f64::from(at))
        };
        self.columns > 1
            && self.rows > 2
            && self.written.first_column
            && self.written.points_beside
            && (from(0) || from(1))
    }
}

/// What stands between the numbers of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    /// Any number of blanks or tabs.
    Blank,
    /// One sign, and blanks around it.
    Sign(char),
}

/// Names of columns in about 60 characters, the last one among them: it may be a label.
fn shortened(names: &[String]) -> String {
    let all = names.join(", ");
    let last = names.last().map_or("", String::as_str);
    if all.chars().count() <= 60 {
        return all;
    }
    if last.chars().count() > 20 {
        return all.chars().take(60).chain(['…']).collect();
    }
    let first: String = all.chars().take(36).collect();
    format!("{first} …, {last}")
}

impl Separator {
    /// What separates the fields of the first line.
    fn of(line: &str) -> Self {
        match [';', '\t'].into_iter().find(|sign| line.contains(*sign)) {
            Some('\t') if !line.trim().contains('\t') => Self::Blank,
            Some(sign) => Self::Sign(sign),
            // "1,5 2,5" has decimal commas, "1, 2" and "1,2" have not.
            None if line.contains(',') && (!line.contains(' ') || line.contains(", ")) => Self::Sign(','),
            None => Self::Blank,
        }
    }

    /// The parts of a line.
    fn fields(self, line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Blank => Box::new(line.split_whitespace()),
            Self::Sign(sign) => Box::new(line.split(sign).map(str::trim)),
        }
    }

    /// Appends the numbers of a line.
    fn row(self, line: &str, values: &mut Vec<f64>) -> Result<(), String> {
        for (field, column) in self.fields(line).zip(1..) {
            let shown: String = field.chars().filter(|c| !c.is_control()).take(30).collect();
            values.push(field.parse().map_err(|_| match field {
                "" => format!("column {column} is empty"),
                _ if decimal_comma(field) => format!("{shown} has a decimal comma: write it with a point"),
                _ => format!("{shown} is no number"),
            })?);
        }
        Ok(())
    }

    /// Whether a line holds names of columns; where the first has none, as pandas and R write it
    /// above the numbers of rows, the others may be numbers that count the columns.
    ///
    /// # Errors
    /// The first of several fields is empty, and the others are neither.
    fn names(self, line: &str) -> Result<bool, String> {
        let name = |field: &str| {
            let letters = field.chars().any(char::is_alphabetic);
            letters && field.parse::<f64>().is_err() && field.chars().all(|c| !c.is_control() && c != '\u{FFFD}')
        };
        let mut fields = self.fields(line).map(|field| field.trim_matches('"'));
        if fields.next() == Some("") && self != Self::Blank {
            let others: Vec<&str> = fields.collect();
            let counts = |start: usize| others.iter().zip(start..).all(|(field, at)| field.parse() == Ok(at));
            if others.is_empty() || !(others.iter().all(|field| name(field)) || counts(0) || counts(1)) {
                return Err(ROWS.into());
            }
            return Ok(true);
        }
        Ok(self.fields(line).all(name))
    }

    /// What stands behind the number of a row, which is `start` for the first of them: 0 or 1.
    ///
    /// # Errors
    /// Something else stands there.
    fn behind_its_number<'a>(self, line: &'a str, row: usize, start: &mut Option<usize>) -> Result<&'a str, String> {
        let split = match self {
            Self::Blank => line.split_once(char::is_whitespace),
            Self::Sign(sign) => line.split_once(sign),
        };
        let (first, rest) = split.ok_or("the row has no number of its own")?;
        let number: Option<usize> = first.trim().trim_matches('"').parse().ok();
        let start = *start.get_or_insert(number.unwrap_or(0));
        if start > 1 || number != Some(start + row) {
            return Err(ROWS.into());
        }
        Ok(rest)
    }
}

/// Whether a field is digits, a comma and digits.
fn decimal_comma(field: &str) -> bool {
    let pointed = field.replacen(',', ".", 1);
    pointed != field && pointed.parse::<f64>().is_ok()
}
