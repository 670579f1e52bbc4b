//! Tables in columns: aligned, and as wide as a terminal is.

use console::{Alignment, measure_text_width, pad_str};

use super::texts::clean;

/// Between columns.
const GAP: &str = "  ";

/// A last column is never wrapped to fewer of a terminal's columns than this.
const NARROWEST: usize = 16;

/// Of what is cut.
const ELLIPSIS: &str = "…";

/// What yields, first to last, in a table whose last column holds links: a column's name, and how wide it stays. At 0 it is
/// left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Yields {
    /// As long as links stay in their rows.
    pub(super) beside_links: &'static [(&'static str, usize)],
    /// Once each has a line of its own.
    pub(super) above_links: &'static [(&'static str, usize)],
}

/// A table of text, without colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Which of a row's cells have a column.
    shown: Vec<bool>,
    yields: Option<Yields>,
}

impl Table {
    /// A table with this header.
    pub fn new(header: &[&str]) -> Self {
        Self::with(&header.iter().map(|&name| (name, true)).collect::<Vec<_>>())
    }

    /// The same, where not every column is shown; the rows have a cell for each all the same.
    pub(super) fn with(columns: &[(&str, bool)]) -> Self {
        let mut table = Self {
            rows: Vec::new(),
            shown: columns.iter().map(|(_, shown)| *shown).collect(),
            yields: None,
        };
        table.row(&columns.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        table
    }

    /// The same with links in its last column, which are never cut.
    pub(super) fn yielding(self, yields: Yields) -> Self {
        Self {
            yields: Some(yields),
            ..self
        }
    }

    /// Adds a row; cells become single clean lines.
    pub fn row(&mut self, cells: &[&str]) {
        let shown = cells.iter().zip(&self.shown).filter(|(_, shown)| **shown);
        self.rows.push(shown.map(|(cell, _)| clean(cell)).collect());
    }

    /// Whether it has no row but its header.
    pub fn is_empty(&self) -> bool {
        self.rows.len() <= 1
    }

    /// The lines: whole, or to fit a `width` (a terminal's, in columns). Then the last column is wrapped between words; or
    /// if it holds links, other columns yield to it, and in the end it gets lines of its own.
    pub fn render(&self, width: Option<usize>) -> String {
        let widths = self.widths();
        match (width, self.yields) {
            (None, _) => self.lines(&widths, Last::Whole),
            (Some(width), None) => {
                let before_last = before_last(&widths);
                self.lines(&widths, Last::Wrapped(width.saturating_sub(before_last).max(NARROWEST)))
            }
            (Some(width), Some(yields)) => {
                let beside = self.fitted(widths.clone(), yields.beside_links, width);
                if total(&beside) <= width {
                    return self.lines(&beside, Last::Whole);
                }
                let mut above = widths;
                above.pop();
                self.lines(&self.fitted(above, yields.above_links, width), Last::Below)
            }
        }
    }

    /// How wide each column is by itself.
    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }

    /// The same after one column after the other has yielded, until all is no wider than this.
    fn fitted(&self, mut widths: Vec<usize>, yields: &[(&str, usize)], width: usize) -> Vec<usize> {
        for (name, least) in yields {
            let excess = total(&widths).saturating_sub(width);
            let column = self.rows[0].iter().position(|cell| cell == name);
            if let Some(own) = column.and_then(|column| widths.get_mut(column))
                && excess > 0
            {
                *own = match least {
                    0 => 0,
                    least => own.saturating_sub(excess).max(*least).min(*own),
                };
            }
        }
        widths
    }

    fn lines(&self, widths: &[usize], last: Last) -> String {
        let before_last = before_last(widths);
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0) {
                match last {
                    Last::Wrapped(room) if column + 1 == widths.len() => {
                        line.push_str(&wrap(cell, room).join(&format!("\n{:before_last$}", "")));
                    }
                    _ => line.push_str(&pad_str(cell, *width, Alignment::Left, Some(ELLIPSIS))),
                }
                line.push_str(GAP);
            }
            text.push_str(line.trim_end());
            text.push('\n');
            // The header's name stands above no column then.
            if let (Last::Below, Some(link), true) = (last, row.last(), number > 0)
                && !link.is_empty()
            {
                text.push_str(GAP);
                text.push_str(link);
                text.push('\n');
            }
        }
        text
    }
}

/// How the last column is shown.
#[derive(Debug, Clone, Copy)]
enum Last {
    /// In its row, as it is.
    Whole,
    /// In its row, on lines of this many columns.
    Wrapped(usize),
    /// On a line of its own below its row.
    Below,
}

/// How wide a row of these columns is.
fn total(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|width| **width > 0);
    shown
        .map(|width| width + GAP.len())
        .sum::<usize>()
        .saturating_sub(GAP.len())
}

/// Where the last column begins.
fn before_last(widths: &[usize]) -> usize {
    total(&widths[..widths.len().saturating_sub(1)]) + GAP.len()
}

/// The cell's lines of at most `room` columns; a longer word (a link) stays whole.
fn wrap(cell: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in cell.split(' ') {
        let length = measure_text_width(word);
        match lines.last_mut() {
            Some(line) if used > 0 && used + 1 + length <= room => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            Some(line) if used == 0 => {
                line.push_str(word);
                used = length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}
