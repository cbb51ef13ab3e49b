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

/// Opens a table; it is read at once, for nothing else says how large it is.
///
/// # Errors
/// In one sentence, with the line: what is no number, rows of different lengths, decimal commas.
pub(super) fn open(path: &Path) -> Result<Archive, String> {
    let length = std::fs::metadata(path).map_err(|e| failure(&e))?.len();
    held(u128::from(length) * PER_BYTE)?;
    let bytes = std::fs::read(path).map_err(|e| failure(&e))?;
    let text = String::from_utf8(bytes).map_err(|_| "neither a format that is known nor text (UTF-8)")?;
    let Table { values, rows, columns, notes } = Table::read(&text)?;
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
}

impl Table {
    /// Reads a text; empty lines and what stands behind `#` are left out.
    fn read(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let end = if text.contains('\n') { '\n' } else { '\r' };
        let (mut table, mut separator, mut header) = (Self::empty(), None, None);
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
            match separator.row(line, &mut table.values) {
                Ok(()) => table.row(before, header.as_deref()).map_err(at)?,
                Err(_) if table.rows == 0 && header.is_none() && separator.names(line).map_err(at)? => {
                    table.values.truncate(before);
                    let names: Vec<_> = separator.fields(line).map(String::from).collect();
                    let shown: String = names.join(", ").chars().take(60).collect();
                    table.notes.push(format!("line {number} holds names ({shown}) and was left out"));
                    header = Some(names);
                }
                Err(why) => return Err(at(why)),
            }
        }
        match (table.rows, table.numbered(header.is_some(), text)) {
            (0, _) => Err(
                "a text without a row of numbers: give a file with W, a, b, such as .npz, .safetensors, HDF5 or .mat"
                    .into(),
            ),
            (_, true) => Err("the first row counts the columns (0, 1, 2, ...) as pandas writes it: \
                              save with header=False, index=False"
                .into()),
            _ => Ok(table),
        }
    }

    /// A table without rows.
    fn empty() -> Self {
        Self { values: vec![], rows: 0, columns: 0, notes: vec![] }
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

    /// Whether the first row is 0, 1, 2, ... without points and a later one has points.
    fn numbered(&self, header: bool, text: &str) -> bool {
        let counts = self.values.iter().take(self.columns).zip(0..).all(|(value, at)| *value == f64::from(at));
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().is_some_and(|line| line.contains(',') && !line.contains(['.', '#']));
        !header && self.columns > 2 && self.rows > 1 && counts && first && lines.any(|line| line.contains('.'))
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

    /// Whether a line holds names of columns; an error where the first of several is empty, as
    /// pandas and R write it above the names of rows.
    fn names(self, line: &str) -> Result<bool, String> {
        let name = |field: &str| {
            let letters = field.chars().any(char::is_alphabetic);
            letters && field.parse::<f64>().is_err() && field.chars().all(|c| !c.is_control() && c != '\u{FFFD}')
        };
        let mut fields = self.fields(line).map(|field| field.trim_matches('"'));
        if fields.next() == Some("") && self != Self::Blank {
            return Err("the first column has no name, as where rows are numbered: \
                        save without numbers of rows (index=False, row.names=FALSE)"
                .into());
        }
        Ok(self.fields(line).all(name))
    }
}

/// Whether a field is digits, a comma and digits.
fn decimal_comma(field: &str) -> bool {
    let pointed = field.replacen(',', ".", 1);
    pointed != field && pointed.parse::<f64>().is_ok()
}
