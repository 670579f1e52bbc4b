//! A terminal: one line a site with a spinner, what it does, how long, and how long it usually takes.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::{Reporter, Streams};
use super::fitted::{SiteLine, heading};
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

/// What a site's line has before its text: the spinner, or a mark, and a blank.
const MARK_COLUMNS: usize = 2;

/// The reporter for terminals.
pub struct Tty {
    streams: Streams,
    redactor: Redactor,
    narrator: Narrator,
    multi: MultiProgress,
    target: Box<dyn Fn() -> ProgressDrawTarget + Send>,
    /// A blank line above the bars. The terminal's echo of Ctrl-C moves the cursor a line down behind indicatif's back,
    /// which leaves the top line of the next drawing undeleted: this one, then.
    spacer: ProgressBar,
    bars: Vec<(SiteId, ProgressBar)>,
    /// Links that stand above the bars, since these have no room for them.
    links_above: Vec<String>,
    /// How many columns there are now.
    columns: Box<dyn Fn() -> usize + Send>,
    /// How many there were when the bars were drawn.
    drawn_columns: usize,
    /// How many columns the sites' names take.
    name_width: usize,
    /// What is done with the commit.
    verb: &'static str,
    /// Whether it was told which commit that is: it is one for all sites.
    headed: bool,
    /// Whether results appear on the same screen, so that no bar need say them too.
    results_in_sight: bool,
}

impl Tty {
    /// Results go to `streams`, progress to what `target` makes (usually [`ProgressDrawTarget::stderr`]), which no
    /// redacting writer can be put under: what goes there is redacted before.
    pub fn new(streams: Streams, target: impl Fn() -> ProgressDrawTarget + Send + 'static, redactor: Redactor) -> Self {
        Self {
            streams,
            redactor,
            narrator: Narrator::new(),
            multi: MultiProgress::with_draw_target(target()),
            target: Box::new(target),
            spacer: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            bars: Vec::new(),
            links_above: Vec::new(),
            columns: Box::new(|| console::Term::stderr().size().1.into()),
            drawn_columns: 0,
            name_width: 0,
            verb: "Deploying",
            headed: false,
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

    /// Of a terminal that is not the process's own.
    #[must_use]
    pub fn with_columns(self, columns: impl Fn() -> usize + Send + 'static) -> Self {
        Self {
            columns: Box::new(columns),
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

    /// Begins a new drawing where the terminal has become wider. The bars are drawn as one paragraph of full rows, which it
    /// may have put together into fewer: clearing as many as were drawn would take lines above them along. One that
    /// leaves rows as they are keeps a stale row instead.
    fn follow_resize(&mut self) {
        let columns = (self.columns)();
        let before = std::mem::replace(&mut self.drawn_columns, columns);
        if columns > before && before > 0 && !self.bars.is_empty() && !self.spacer.is_finished() {
            let is_drawn = |bar: &ProgressBar| !(bar.is_finished() && self.results_in_sight);
            let drawn = 1 + self.bars.iter().filter(|(_, bar)| is_drawn(bar)).count();
            let rows = (drawn * before).div_ceil(columns);
            let up = if rows > 1 {
                format!("\x1b[{}A", rows - 1)
            } else {
                String::new()
            };
            self.streams.redacted_progress(&format!("\r{up}\x1b[J"));
            self.multi.set_draw_target((self.target)());
        }
    }

    fn redraw(&mut self, at: Duration) {
        if !self.spacer.is_finished() {
            self.spacer.tick();
        }
        let columns = (self.columns)().saturating_sub(MARK_COLUMNS);
        let mut links = Vec::new();
        for (site, bar) in &self.bars {
            let Some(progress) = self.narrator.progress(site).filter(|_| !bar.is_finished()) else {
                continue;
            };
            let line = SiteLine::of(&self.padded(site), progress, at, columns);
            if let Some(link) = line.left_out.filter(|link| !self.links_above.contains(link)) {
                links.push((site.clone(), link));
            }
            bar.set_message(self.safe(&line.text));
            bar.tick();
        }
        for (site, link) in links {
            let text = self.safe(&format!("{site}: {link}"));
            self.print_above(&text);
            self.links_above.push(link);
        }
    }

    /// A line above the bars, with a line break of its own: through the bars it would be one paragraph with them, which a
    /// terminal that changes its width runs together.
    fn print_above(&mut self, redacted: &str) {
        let Self { multi, streams, .. } = self;
        multi.suspend(|| streams.redacted_progress(&format!("{redacted}\n")));
    }

    /// The site's name, as wide as the others.
    fn padded(&self, site: &SiteId) -> String {
        format!("{:<width$}", site.to_string(), width = self.name_width)
    }

    fn finish_bar(&self, result: &SiteResult) {
        if let Some((_, bar)) = self.bars.iter().find(|(site, _)| *site == result.site) {
            if self.results_in_sight {
                bar.finish_and_clear();
                return;
            }
            let time = result.took.map(|took| format!(", {}", Human(took).whole_seconds()));
            let mark = Mark::of(result);
            bar.set_style(style(mark.template()));
            let mark = mark.symbol();
            let text = format!(
                "{mark} {}  {}{}",
                self.padded(&result.site),
                result.status(),
                time.unwrap_or_default()
            );
            bar.finish_with_message(self.safe(&text));
        }
    }

    fn print(&mut self, at: Duration, line: &Line, ended: Option<&SiteResult>) {
        let text = match line.kind {
            // No clock: what is on the screen is of now.
            Kind::Progress => format!("{}\n", line.text),
            _ => dress(at, line, self.narrator.has_several_sites()),
        };
        match (line.kind, ended) {
            // Its bar says it.
            (Kind::Progress, _) if line.site.is_some() => {}
            (Kind::Result | Kind::Success, Some(result)) if self.results_in_sight => {
                let text = self.marked(result, &text);
                let Self { multi, streams, .. } = self;
                multi.suspend(|| streams.result(&text));
            }
            (Kind::Result | Kind::Success, _) => {
                let Self { multi, streams, .. } = self;
                multi.suspend(|| streams.result(&text));
            }
            _ => {
                let text = self.redactor.redact(text.trim_end_matches('\n'));
                self.print_above(&coloured(line.kind, &text));
            }
        }
    }

    /// A site's result among others: how it ended at a glance, and the names' columns kept.
    fn marked(&self, result: &SiteResult, text: &str) -> String {
        let mark = Mark::of(result);
        let symbol = mark.style(console::Style::new()).apply_to(mark.symbol());
        let name = format!("{}:", result.site);
        let text = text.strip_prefix(&name).unwrap_or(text);
        format!("{symbol} {name:<width$}{text}", width = self.name_width + 1)
    }

    /// Says what is deployed, once; nothing where Sproobo chooses it.
    fn head(&mut self, commit: Option<&str>, message: Option<&str>, git_ref: Option<&str>) {
        if commit.or(git_ref).is_some() && !std::mem::replace(&mut self.headed, true) {
            let heading = heading(self.verb, commit, message, git_ref, (self.columns)());
            let heading = self.safe(&heading);
            self.print_above(&heading);
        }
    }

    fn safe(&self, text: &str) -> String {
        self.redactor.redact(&clean(text))
    }
}

impl Reporter for Tty {
    fn event(&mut self, at: Duration, event: &Event) {
        self.follow_resize();
        let lines = self.narrator.event(at, event);
        let mut ended = None;
        match event {
            Event::Begin { command, sites, .. } => {
                if *command == "rollback" {
                    self.verb = "Rolling back to";
                }
                self.add_bars(sites);
            }
            Event::Site { what, .. } => match &**what {
                SiteEvent::Verdict(result) => {
                    self.finish_bar(result);
                    ended = Some(&**result);
                }
                SiteEvent::Triggering {
                    commit,
                    git_ref,
                    message,
                    ..
                } => self.head(commit.as_deref(), message.as_deref(), git_ref.as_deref()),
                _ => {}
            },
            Event::End(_) => {
                // A site without a verdict (a dry run's, or one that never began) must not seem to go on below the end.
                let open = self.bars.iter().filter(|(_, bar)| !bar.is_finished());
                open.for_each(|(_, bar)| bar.finish_and_clear());
                self.spacer.finish_and_clear();
                DRAWING.store(false, Ordering::SeqCst);
            }
            _ => {}
        }
        for line in &lines {
            self.print(at, line, ended);
        }
        self.redraw(at);
    }

    fn tick(&mut self, at: Duration) {
        self.follow_resize();
        self.redraw(at);
    }

    fn tick_interval(&self) -> Duration {
        Duration::from_millis(120)
    }
}

/// How a site ended, at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    /// Only started, superseded, or not known.
    Neither,
    Bad,
}

impl Mark {
    fn of(result: &SiteResult) -> Self {
        match &result.end {
            Err(_) => Self::Bad,
            // A tick is for what has ended well, and not for what was only started, or superseded.
            Ok(RunStatus::Running | RunStatus::Superseded | RunStatus::Unknown) => Self::Neither,
            Ok(_) => Self::Good,
        }
    }

    fn symbol(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Neither => '•',
            Self::Bad => '✗',
        }
    }

    fn style(self, plain: console::Style) -> console::Style {
        match self {
            Self::Good => plain.green(),
            Self::Neither => plain.yellow(),
            Self::Bad => plain.red(),
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Good => "{wide_msg:.green}",
            Self::Neither => "{wide_msg:.yellow}",
            Self::Bad => "{wide_msg:.red}",
        }
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
