//! Tables and paragraphs on standard output, as wide as the terminal.

use comfy_table::{ContentArrangement, Table};
use textwrap::{Options, WordSplitter};

/// Columns of prose where there is no terminal.
pub(super) const PROSE: usize = 80;

/// Columns of the terminal; where there is none, of the environment variable COLUMNS.
pub(super) fn columns() -> Option<usize> {
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    // Terminals that do not know say 0.
    let wide = |columns: &usize| *columns >= 20;
    Table::new().width().map(usize::from).filter(wide).or_else(|| asked().filter(wide))
}

/// A table without rows. Without a terminal it is `otherwise` wide, or as wide as its cells.
pub(super) fn table(header: impl Into<comfy_table::Row>, otherwise: Option<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(header);
    if let Some(width) = columns().or(otherwise).and_then(|columns| u16::try_from(columns).ok()) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}

/// The lines of a text that begins with `first`; what goes on is indented by `next`. Without a
/// terminal they are `otherwise` wide, or it is one line.
pub(super) fn wrapped(text: &str, (first, next): (&str, &str), otherwise: Option<usize>) -> Vec<String> {
    let Some(width) = columns().or(otherwise) else { return vec![format!("{first}{text}")] };
    let options = Options::new(width).initial_indent(first).subsequent_indent(next).break_words(false);
    let lines = textwrap::wrap(text, options.word_splitter(WordSplitter::NoHyphenation));
    lines.into_iter().map(|line| line.into_owned()).collect()
}
