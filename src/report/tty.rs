//! A terminal: one line a site with a spinner, what it does, how long, and how long it usually takes.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::{Reporter, Streams};
use super::narrate::{Line, Narrator};
use super::plain::dress;
use super::progress::Kind;
use super::texts::clean;
use crate::event::{Event, SiteEvent, SiteResult};
use crate::model::{Human, RunStatus, SiteId};
use crate::redact::Redactor;

/// Whether a line of progress may be half drawn.
static DRAWING: AtomicBool = AtomicBool::new(false);

/// Leaves the terminal fit for other text, if a progress line is being drawn. For the panic hook: with
/// `panic = "abort"` nothing else does it.
pub fn restore_terminal() {
    if DRAWING.swap(false, Ordering::SeqCst) {
        // Shows the cursor, and leaves the line that was being drawn.
        let _ = std::io::stderr().write_all(b"\x1b[?25h\n");
    }
}

/// Longer names are not waited for by the others' columns.
const WIDEST_NAME: usize = 24;

/// As git abbreviates a hash.
const SHORT_COMMIT: usize = 7;

/// The reporter for terminals.
pub struct Tty {
    streams: Streams,
    redactor: Redactor,
    narrator: Narrator,
    multi: MultiProgress,
    /// A blank line above the bars. The terminal's echo of Ctrl-C moves the cursor a line down behind indicatif's back,
    /// which leaves the top line of the next drawing undeleted: this one, then.
    spacer: ProgressBar,
    bars: Vec<(SiteId, ProgressBar)>,
    /// How many columns the sites' names take.
    name_width: usize,
    /// Whether the commit that is deployed was told: it is one for all sites.
    commit_told: bool,
    /// Whether results appear on the same screen, so that no bar need say them too.
    results_in_sight: bool,
}

impl Tty {
    /// Results go to `streams`, progress to `target` (usually [`ProgressDrawTarget::stderr`]), which no
    /// redacting writer can be put under: what goes there is redacted before.
    pub fn new(streams: Streams, target: ProgressDrawTarget, redactor: Redactor) -> Self {
        Self {
            streams,
            redactor,
            narrator: Narrator::new(),
            multi: MultiProgress::with_draw_target(target),
            spacer: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            bars: Vec::new(),
            name_width: 0,
            commit_told: false,
            results_in_sight: false,
        }
    }

    /// Whether results go to the terminal that shows the progress: each end is said once there.
    #[must_use]
    pub fn with_results_in_sight(self, results_in_sight: bool) -> Self {
        Self {
            results_in_sight,
            ..self
        }
    }

    fn add_bars(&mut self, sites: &[SiteId]) {
        if !sites.is_empty() {
            self.spacer = self.multi.add(self.spacer.clone().with_style(style("{wide_msg}")));
        }
        let widths = sites.iter().map(|site| site.to_string().chars().count());
        self.name_width = widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
        for site in sites {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let bar = self.multi.add(bar.with_style(style("{spinner} {wide_msg}")));
            self.bars.push((site.clone(), bar));
        }
        DRAWING.store(!self.bars.is_empty(), Ordering::SeqCst);
    }

    fn redraw(&self, at: Duration) {
        if !self.spacer.is_finished() {
            self.spacer.tick();
        }
        for (site, bar) in &self.bars {
            let Some(progress) = self.narrator.progress(site) else {
                continue;
            };
            if !bar.is_finished() {
                let left = progress.left(at).map(|left| format!(", about {} left", Human(left)));
                let place = match progress.place() {
                    "" => String::new(),
                    place => format!("  {place}"),
                };
                let name = format!("{:<width$}", site.to_string(), width = self.name_width);
                let text = format!("{name}  {}{}{place}", progress.now(at), left.unwrap_or_default());
                bar.set_message(self.safe(&text));
                bar.tick();
            }
        }
    }

    fn finish_bar(&self, result: &SiteResult) {
        if let Some((_, bar)) = self.bars.iter().find(|(site, _)| *site == result.site) {
            if self.results_in_sight {
                bar.finish_and_clear();
                return;
            }
            let time = result
                .took
                .map(|took| format!(", {}", Human(Duration::from_secs(took.as_secs()))));
            // A tick is for what has ended well, and not for what was only started, or superseded.
            let (mark, template) = match &result.end {
                Err(_) => ('✗', "{wide_msg:.red}"),
                Ok(RunStatus::Running | RunStatus::Superseded | RunStatus::Unknown) => ('•', "{wide_msg:.yellow}"),
                Ok(_) => ('✓', "{wide_msg:.green}"),
            };
            bar.set_style(style(template));
            let name = format!("{:<width$}", result.site.to_string(), width = self.name_width);
            let text = format!("{mark} {name}  {}{}", result.status(), time.unwrap_or_default());
            bar.finish_with_message(self.safe(&text));
        }
    }

    fn print(&mut self, at: Duration, line: &Line) {
        let text = dress(at, line, self.narrator.has_several_sites());
        match line.kind {
            // Its bar says it.
            Kind::Progress if line.site.is_some() => {}
            Kind::Result | Kind::Success => {
                let Self { multi, streams, .. } = self;
                multi.suspend(|| streams.result(&text));
            }
            _ => {
                // A terminal that is gone needs no text.
                let text = self.redactor.redact(text.trim_end_matches('\n'));
                let _ = self.multi.println(coloured(line.kind, &text));
            }
        }
    }

    fn tell_commit(&mut self, commit: &str) {
        if !std::mem::replace(&mut self.commit_told, true) {
            let short: String = commit.chars().take(SHORT_COMMIT).collect();
            // A terminal that is gone needs no text.
            let _ = self.multi.println(format!("commit {}", self.safe(&short)));
        }
    }

    fn safe(&self, text: &str) -> String {
        self.redactor.redact(&clean(text))
    }
}

impl Reporter for Tty {
    fn event(&mut self, at: Duration, event: &Event) {
        let lines = self.narrator.event(at, event);
        match event {
            Event::Begin { sites, .. } => self.add_bars(sites),
            Event::Site { what, .. } => match &**what {
                SiteEvent::Verdict(result) => self.finish_bar(result),
                SiteEvent::Triggering {
                    commit: Some(commit), ..
                } => self.tell_commit(commit),
                _ => {}
            },
            Event::End(_) => {
                // A site without a verdict must not spin on below the end.
                let open = self.bars.iter().filter(|(_, bar)| !bar.is_finished());
                open.for_each(|(_, bar)| bar.abandon());
                self.spacer.finish_and_clear();
                DRAWING.store(false, Ordering::SeqCst);
            }
            _ => {}
        }
        for line in &lines {
            self.print(at, line);
        }
        self.redraw(at);
    }

    fn tick(&mut self, at: Duration) {
        self.redraw(at);
    }

    fn tick_interval(&self) -> Duration {
        Duration::from_millis(120)
    }
}

/// The text with what matters most of it in colour, if stderr takes colours.
fn coloured(kind: Kind, text: &str) -> String {
    let bold = console::Style::new().for_stderr().bold();
    let (label, style) = match kind {
        Kind::Error => ("error:", bold.red()),
        Kind::Warning => ("warning:", bold.yellow()),
        Kind::Banner => (text, bold.yellow()),
        Kind::Progress | Kind::Log | Kind::Result | Kind::Success | Kind::Notice => return text.to_owned(),
    };
    match text.strip_prefix(label) {
        Some(rest) => format!("{}{rest}", style.apply_to(label)),
        None => text.to_owned(),
    }
}

fn style(template: &'static str) -> ProgressStyle {
    // The templates are constants of this file, and right.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
