//! What a check saw and how it is judged: measurements, criteria, tables.
#![deny(clippy::disallowed_methods)]

pub mod check;
mod measurement;

use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub use measurement::{ALPHA, Basis, Criterion, Measurement, Outcome, Side, TestKind, Z_ALPHA};

/// A text that stands in the program.
pub type Text = &'static str;

/// The name of a table; a claim has a constant for each of its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableId(pub &'static str);

/// The name of a column; a claim has a constant for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub &'static str);

/// What somebody asked for of a claim's results, and what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A regime that was not run: it needs trained machines, say.
    #[error("the regime {0} was not run")]
    Regime(&'static str),
    /// A falsifier that was not run.
    #[error("the falsifier {0} was not run")]
    Falsifier(&'static str),
    /// A table that no check made.
    #[error("there is no table {0}")]
    Table(&'static str),
    /// A column that the table does not have.
    #[error("the table {table} has no column {column}")]
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

/// A named table of numbers: the data behind a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Name, unique within one piece of evidence.
    #[serde(deserialize_with = "text")]
    pub name: Text,
    /// Column names.
    #[serde(deserialize_with = "texts")]
    pub columns: Vec<Text>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// An empty table.
    pub fn new(id: TableId, columns: &[Column]) -> Self {
        Self { name: id.0, columns: columns.iter().map(|column| column.0).collect(), rows: Vec::new() }
    }

    /// All values of one column, in row order.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn column(&self, column: Column) -> Result<Vec<f64>, Missing> {
        let at = self.columns.iter().position(|&name| name == column.0);
        let at = at.ok_or(Missing::Column { table: self.name, column: column.0 })?;
        Ok(self.rows.iter().map(|row| row[at]).collect())
    }
}

const SIZES: TableId = TableId("sizes");
const SIZE_COLUMNS: [Column; 4] = [Column("n"), Column("m"), Column("s"), Column("draws")];

/// A part of a claim's measurement, which adds to the evidence.
pub(crate) type Part<'a, E> = &'a (dyn Fn(&mut Evidence) -> Result<(), E> + Sync);

/// All that one run of a claim's measurement gave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Judged comparisons.
    pub measurements: Vec<Measurement>,
    /// Numbers worth reporting that no criterion looks at: (name, value).
    pub observations: Vec<(String, f64)>,
    /// Data for figures.
    pub tables: Vec<Table>,
}

impl Evidence {
    /// The same checks for each of several shapes, by visible x hidden units. Where there are more
    /// than one, names say which; tables are those of the first.
    ///
    /// # Errors
    /// The first that `measure` gives.
    pub(crate) fn of_shapes<E>(
        shapes: &[(usize, usize)],
        measure: impl Fn(usize, (usize, usize)) -> Result<Evidence, E>,
    ) -> Result<Self, E> {
        let mut whole = Self::default();
        for (at, &(n, m)) in shapes.iter().enumerate() {
            let mut part = measure(at, (n, m))?;
            if shapes.len() > 1 {
                for one in &mut part.measurements {
                    one.name += &format!(", {n} x {m}");
                    one.id += &format!("-{n}x{m}");
                }
                part.observations.iter_mut().for_each(|one| one.0 += &format!(", {n} x {m}"));
            }
            whole.measurements.append(&mut part.measurements);
            whole.observations.append(&mut part.observations);
            let sizes = part.table(SIZES).map(|table| table.rows.clone()).unwrap_or_default();
            if at == 0 {
                whole.tables = part.tables;
            } else if let Some(all) = whole.tables.iter_mut().find(|table| table.name == SIZES.0) {
                all.rows.extend(sizes);
            }
        }
        Ok(whole)
    }

    /// All that several parts of a measurement give, in their order. The parts run side by side, so
    /// that what one of them does on one thread leaves no other idle.
    ///
    /// # Errors
    /// The first in order.
    pub(crate) fn of_parts<E: Send>(parts: &[Part<'_, E>]) -> Result<Self, E> {
        let one = |part: &Part<'_, E>| {
            let mut evidence = Self::default();
            part(&mut evidence).map(|()| evidence)
        };
        let found: Vec<Result<Self, E>> = parts.par_iter().with_max_len(1).map(one).collect();
        let mut whole = Self::default();
        for part in found {
            let mut part = part?;
            whole.measurements.append(&mut part.measurements);
            whole.observations.append(&mut part.observations);
            whole.tables.append(&mut part.tables);
        }
        Ok(whole)
    }

    /// Says in a table what this evidence was drawn from: so many random matrices or machines of
    /// N x M units, whose entries have the standard deviation s.
    pub fn drawn_from(&mut self, (n, m): (usize, usize), s: f64, draws: usize) {
        let mut table = Table::new(SIZES, &SIZE_COLUMNS);
        table.rows.push(vec![n as f64, m as f64, s, draws as f64]);
        self.tables.push(table);
    }

    /// The same in words, `784 x 500, s = 0.01, 40 draws`; of several shapes one after another.
    ///
    /// # Errors
    /// When it was not said.
    pub fn sizes(&self) -> Result<String, Missing> {
        let of = |row: &Vec<f64>| {
            let draws = if row[3] == 1.0 { "1 draw".into() } else { format!("{} draws", row[3]) };
            format!("{}, {draws}", in_words(row))
        };
        let all: Vec<String> = self.table(SIZES)?.rows.iter().filter(|row| row.len() == 4).map(of).collect();
        if all.is_empty() { Err(Missing::Table(SIZES.0)) } else { Ok(all.join("; ")) }
    }

    /// The same of one matrix or machine of the first shape, whose tables these are,
    /// `784 x 500, s = 0.01`.
    ///
    /// # Errors
    /// When it was not said.
    pub fn size(&self) -> Result<String, Missing> {
        let row = self.table(SIZES)?.rows.first().filter(|row| row.len() == 4);
        row.map(|row| in_words(row)).ok_or(Missing::Table(SIZES.0))
    }

    /// The table with that name.
    ///
    /// # Errors
    /// When no check made it.
    pub fn table(&self, id: TableId) -> Result<&Table, Missing> {
        self.tables.iter().find(|table| table.name == id.0).ok_or(Missing::Table(id.0))
    }
}

/// N x M and s of a row of sizes.
fn in_words(row: &[f64]) -> String {
    format!("{} x {}, s = {}", row[0], row[1], row[2])
}

/// A text that stands in the program and was written to a file: each is kept once for the rest of
/// the run.
fn text<'a, D: Deserializer<'a>>(from: D) -> Result<Text, D::Error> {
    Ok(texts_of(vec![String::deserialize(from)?])[0])
}

/// Several of them.
fn texts<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<Text>, D::Error> {
    Vec::deserialize(from).map(texts_of)
}

fn texts_of(texts: Vec<String>) -> Vec<Text> {
    static KNOWN: Mutex<BTreeSet<Text>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let one = |text: String| match known.get(text.as_str()) {
        Some(text) => *text,
        None => {
            let text: Text = text.leak();
            known.insert(text);
            text
        }
    };
    texts.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_tables_are_found_by_name() {
        let [both, none] = ["both", "none"].map(TableId);
        let [a, b, c] = ["a", "b", "c"].map(Column);
        let table = Table { rows: vec![vec![1.0, 2.0], vec![3.0, 4.0]], ..Table::new(both, &[a, b]) };
        assert_eq!((table.column(a), table.column(b)), (Ok(vec![1.0, 3.0]), Ok(vec![2.0, 4.0])));
        assert_eq!(table.column(c), Err(Missing::Column { table: "both", column: "c" }));
        let evidence =
            Evidence { tables: vec![Table::new(TableId("first"), &[]), table.clone()], ..Evidence::default() };
        assert_eq!(evidence.table(both), Ok(&table));
        assert_eq!(evidence.table(none), Err(Missing::Table("none")));
    }

    #[test]
    fn what_was_drawn_is_said_in_words() {
        let mut evidence = Evidence::default();
        assert_eq!(evidence.sizes(), Err(Missing::Table("sizes")));
        evidence.drawn_from((784, 500), 0.01, 40);
        assert_eq!(evidence.sizes(), Ok("784 x 500, s = 0.01, 40 draws".into()));
        let mut one = Evidence::default();
        one.drawn_from((3, 2), 1.0, 1);
        assert_eq!(one.sizes(), Ok("3 x 2, s = 1, 1 draw".into()));
        assert_eq!(one.size(), Ok("3 x 2, s = 1".into()));
        let shape = |_: usize, of: (usize, usize)| -> Result<Evidence, String> {
            let mut evidence = Evidence::default();
            evidence.drawn_from(of, 0.5, 2);
            Ok(evidence)
        };
        let both = Evidence::of_shapes(&[(3, 2), (5, 4)], shape).expect("draws");
        assert_eq!(both.sizes(), Ok("3 x 2, s = 0.5, 2 draws; 5 x 4, s = 0.5, 2 draws".into()));
        assert_eq!(both.size(), Ok("3 x 2, s = 0.5".into()));
    }

    #[test]
    fn parts_stand_in_their_order_and_the_first_error_in_order_counts() {
        let observe = |name: &'static str| {
            move |evidence: &mut Evidence| -> Result<(), String> {
                evidence.observations.push((name.into(), 1.0));
                evidence.tables.push(Table::new(TableId(name), &[]));
                Ok(())
            }
        };
        let fail = |evidence: &mut Evidence| Err(format!("after {}", evidence.observations.len()));
        let later = |_: &mut Evidence| Err("later".into());
        let found = Evidence::of_parts(&[&observe("a"), &observe("b")]).expect("both run");
        assert_eq!(found.observations, [("a".into(), 1.0), ("b".into(), 1.0)]);
        assert_eq!(found.tables.iter().map(|table| table.name).collect::<Vec<_>>(), ["a", "b"]);
        let failed = Evidence::of_parts(&[&observe("a"), &fail, &later]).map(|_| ());
        assert_eq!(failed, Err("after 0".into()));
    }

    #[test]
    fn checks_of_several_shapes_say_which_and_of_one_do_not() {
        let measure = |at: usize, (n, m): (usize, usize)| -> Result<Evidence, String> {
            if n == 0 {
                return Err(format!("{at}: no visible units"));
            }
            let criterion = Criterion::Rounding { factor: 0.0, n: 1, scale: 1.0, rationale: "by hand" };
            Ok(Evidence {
                measurements: vec![Measurement::new("size", "size", (n * m) as f64, 6.0, criterion)],
                observations: vec![("at".into(), at as f64)],
                tables: vec![Table { rows: vec![vec![n as f64]], ..Table::new(TableId("n"), &[Column("n")]) }],
            })
        };
        let words = |of: &Evidence| -> Vec<(String, String, f64)> {
            of.measurements.iter().map(|m| (m.id.clone(), m.name.clone(), m.observed)).collect()
        };
        let one = Evidence::of_shapes(&[(3, 2)], measure).expect("measures");
        assert_eq!(words(&one), [("size".into(), "size".into(), 6.0)]);
        assert_eq!(one.observations, [("at".into(), 0.0)]);
        let two = Evidence::of_shapes(&[(3, 2), (5, 4)], measure).expect("measures");
        let named = |n: usize, m: usize, size: f64| (format!("size-{n}x{m}"), format!("size, {n} x {m}"), size);
        assert_eq!(words(&two), [named(3, 2, 6.0), named(5, 4, 20.0)]);
        assert_eq!(two.observations, [("at, 3 x 2".into(), 0.0), ("at, 5 x 4".into(), 1.0)]);
        // Tables are those of the first.
        assert_eq!(two.tables.iter().map(|table| table.column(Column("n"))).collect::<Vec<_>>(), [Ok(vec![3.0])]);
        assert_eq!(Evidence::of_shapes(&[(3, 2), (0, 4)], measure).map(|_| ()), Err("1: no visible units".into()));
    }
}
