//! The job summary: the file behind `GITHUB_STEP_SUMMARY`.

use std::io;
use std::path::Path;

use crate::file::Appender;

/// The runner uploads nothing of a file above this size (actions/runner, CreateStepSummaryCommand).
const LIMIT: u64 = 1024 * 1024;

/// Appends Markdown, keeping the whole file (with what other commands of the step wrote) under 1 MiB.
/// A text that does not fit is cut on a line; an open code block and an open `<details>` are closed, and a note says that
/// it was cut.
///
/// # Errors
/// A missing file, or a failed write.
pub fn append(path: &Path, markdown: &str) -> io::Result<()> {
    let mut file = Appender::open(path)?;
    let room = usize::try_from((LIMIT - 1).saturating_sub(file.length()?)).unwrap_or(usize::MAX);
    let end = if markdown.ends_with('\n') { "" } else { "\n" };
    if markdown.len() + end.len() <= room {
        return file.append(&format!("{markdown}{end}"));
    }
    match cut(markdown, room) {
        Some(text) => file.append(&text),
        None => Ok(()),
    }
}

/// The longest run of whole lines that fits `room` bytes together with what has to follow it.
fn cut(markdown: &str, room: usize) -> Option<String> {
    const NOTE: &str = "\n_This summary was cut here: GitHub shows at most 1 MiB. The log has the rest._\n";
    let mut fence = None;
    let mut folded = false;
    let mut kept = 0;
    let mut closing = String::new();
    if NOTE.len() > room {
        return None;
    }
    for line in markdown.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        if fence.is_none() {
            folded = (folded || line.starts_with("<details")) && !line.contains("</details>");
        }
        fence = fence_after(fence, line);
        let mut close = fence.map(|fence| format!("{fence}\n")).unwrap_or_default();
        if folded {
            // Else the note would be folded away too.
            close.push_str("\n</details>\n");
        }
        let end = kept + line.len();
        if end + close.len() + NOTE.len() > room {
            break;
        }
        kept = end;
        closing = close;
    }
    Some(format!("{}{closing}{NOTE}", &markdown[..kept]))
}

/// The fence of the code block that is open after this line (CommonMark, section 4.5).
fn fence_after<'a>(open: Option<&'a str>, line: &'a str) -> Option<&'a str> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'));
    let run = mark.map_or(0, |mark| line.len() - line.trim_start_matches(mark).len());
    let fence = &line[..run];
    match open {
        Some(open) if run == line.len() && fence.starts_with(open) => None,
        None if run >= 3 => Some(fence),
        _ => open,
    }
}
