//! Where the console prints to: streams that break, pipes that are full, terminals that are narrow.

use std::io::{self, Write};
use std::process::Command;

use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike};
use insta::assert_snapshot;
use sproobo_deploy::event::{Mode, SiteEvent};
use sproobo_deploy::model::StatusClass;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{Json, Plain, Reporter, Streams, Tty, restore_terminal};

use crate::support::report::*;
use crate::support::tools;

struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_broken_stdout_does_not_silence_stderr() {
    let err = Paper::default();
    let broken = Broken(io::ErrorKind::BrokenPipe);
    let streams = Streams::two(&Redactor::new(), Box::new(broken), Box::new(err.clone()));
    play(&mut Plain::new(streams), &bad_run("boom"));
    assert!(err.text().contains("next: "), "{}", err.text());
}

#[test]
fn what_a_full_disk_does_not_take_goes_elsewhere_and_what_a_reader_left_does_not() {
    for (kind, is_told) in [
        (io::ErrorKind::StorageFull, true),
        (io::ErrorKind::FileTooLarge, true),
        (io::ErrorKind::BrokenPipe, false),
    ] {
        let instead = Paper::default();
        let broken = Box::new(Broken(kind));
        let streams = Streams::one_or(&Redactor::new(), broken, Box::new(instead.clone()));
        play(&mut Json::new(streams), &bad_run("boom"));
        let text = instead.text();
        assert_eq!(
            text.lines().any(|line| line.contains(r#""event":"result""#)),
            is_told,
            "{text}"
        );
    }
}

struct Full {
    refusals: u8,
    paper: Paper,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.refusals = 1;
        self.paper.write(&bytes[..bytes.len().min(7)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_non_blocking_pipe_loses_nothing() {
    let paper = Paper::default();
    let full = Full {
        refusals: 3,
        paper: paper.clone(),
    };
    let streams = Streams::one(&Redactor::new(), Box::new(full));
    play(&mut Plain::new(streams), &good_run()[..2]);
    let (streams, whole) = one();
    play(&mut Plain::new(streams), &good_run()[..2]);
    assert_eq!(paper.text(), whole.text());
}

/// Interrupted by a signal now and then, and silent until it is flushed.
struct Interrupted {
    calls: u8,
    held: Vec<u8>,
    paper: Paper,
}

impl Write for Interrupted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls % 2 == 1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.paper.write_all(&std::mem::take(&mut self.held))
    }
}

#[test]
fn a_signal_loses_no_line_and_each_is_out_at_once() {
    let paper = Paper::default();
    let interrupted = Interrupted {
        calls: 0,
        held: Vec::new(),
        paper: paper.clone(),
    };
    let streams = Streams::one(&Redactor::new(), Box::new(interrupted));
    let mut plain = Plain::new(streams);
    plain.event(seconds(0), &begin(&["web"], Mode::Real));
    assert_eq!(
        paper.text(),
        "[   0s] deploy web on https://dashboard.sproobo.com/api\n"
    );
}

fn terminal(width: u16) -> (Tty, InMemoryTerm, Paper) {
    let (out, term) = (Paper::default(), InMemoryTerm::new(12, width));
    let streams = Streams::two(
        &Redactor::new(),
        Box::new(out.clone()),
        Box::new(OnScreen(term.clone())),
    );
    let screen = term.clone();
    let target = move || ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let tty = Tty::new(streams, target, Redactor::new());
    (tty.with_columns(move || width.into()), term, out)
}

#[test]
fn the_terminal_shows_a_line_a_site_with_time_and_what_is_left() {
    let (mut tty, term, out) = terminal(100);
    let mut events = vec![begin(&["web", "api"], Mode::Real), found("web", 0, "queued")];
    events.push(happens("web", 1, SiteEvent::Expected { usual: seconds(180) }));
    events.push(status("web", 12, "building"));
    play(&mut tty, &events);
    tty.tick(seconds(130));
    assert_snapshot!(term.contents(), @"
    deploy web, api on https://dashboard.sproobo.com/api

    ⠒ web  building, 2 min 10 s, about 50 s left  https://dashboard.sproobo.com/d/dep_1
    ⠒ api  waiting, 2 min 10 s
    ");
    tty.tick(seconds(179));
    assert!(term.contents().contains("about 1 s left"), "{}", term.contents());
    tty.tick(seconds(180));
    assert!(!term.contents().contains(" left"), "{}", term.contents());
    play(&mut tty, &end(vec![succeeded("web", 150), failed("api", 151, "boom")]));
    assert_snapshot!(term.contents(), @"
    deploy web, api on https://dashboard.sproobo.com/api
      | api: step 1
      | api: boom
    error: api: the deployment failed: boom
      known: deployment dep_1 of web, last status failed, https://dashboard.sproobo.com/d/dep_1
      next: read the log with `sproobo-deploy logs web dep_1` or at https://dashboard.sproobo.com/d/dep_
    1, fix the cause and deploy again
    ✓ web  succeeded, 2 min 30 s
    ✗ api  failed, 2 min 31 s
    ");
    assert!(out.text().starts_with("web: succeeded in 2 min 30 s"), "{}", out.text());
}

#[test]
fn the_echo_of_ctrl_c_leaves_no_stale_line_behind() {
    let (mut tty, term, _) = terminal(60);
    play(
        &mut tty,
        &[begin(&["web", "api"], Mode::Real), found("api", 0, "building")],
    );
    // What a terminal does: the last line is full, so the echo goes to the next one.
    term.write_line("").expect("a line");
    term.write_str("^C").expect("a text");
    tty.tick(seconds(3));
    play(&mut tty, &end(vec![succeeded("web", 4), succeeded("api", 4)]));
    let contents = term.contents();
    assert!(!contents.contains("web  waiting"), "{contents}");
    assert_eq!(contents.matches("✓ web").count(), 1, "{contents}");
}

#[test]
fn a_narrow_terminal_keeps_one_line_a_site() {
    let (mut tty, term, _) = terminal(40);
    let name = "a-site-with-a-name-that-is-longer-than-the-terminal-is-wide";
    play(
        &mut tty,
        &[begin(&[name, "api"], Mode::Real), found("api", 0, "building")],
    );
    let before = term.contents().lines().count();
    for second in 1..50 {
        tty.tick(seconds(second));
    }
    let contents = term.contents();
    assert_eq!(contents.lines().count(), before, "{contents}");
    let bars: Vec<&str> = contents.lines().rev().take(2).collect();
    assert!(bars[0].contains("api  building, 49 s"), "{contents}");
    assert!(bars[1].contains("a-site-with"), "{contents}");
}

/// The progress line of a site in a terminal of so many columns, and all that stands above it.
fn line_of_building(columns: u16, link: &str) -> (String, String) {
    let (mut tty, term, _) = terminal(columns);
    let mut deployment = deployment("building", StatusClass::Running);
    deployment.dashboard_url = Some(link.to_owned());
    let found = SiteEvent::Found {
        deployment: deployment.into(),
        adopted: false,
    };
    let usual = seconds(60);
    let events = [
        begin(&["shop"], Mode::Real),
        happens("shop", 0, SiteEvent::Expected { usual }),
        happens("shop", 0, found),
    ];
    play(&mut tty, &events);
    for second in 1..=41 {
        tty.tick(seconds(second));
    }
    let contents = term.contents();
    let (above, line) = contents.rsplit_once('\n').expect("lines");
    // Without the spinner.
    (line.chars().skip(2).collect(), above.to_owned())
}

#[test]
fn what_matters_least_is_shortened_first() {
    let link = "https://dashboard.sproobo.com/d/dep_1";
    let time = "shop  building, 41 s";
    for (columns, wanted) in [
        (120, format!("{time}, about 19 s left  {link}")),
        (80, format!("{time}, about 19 s left  {link}")),
        (70, format!("{time}  {link}")),
        (50, format!("{time}, about 19 s left  dep_1")),
        (30, format!("{time}  dep_1")),
        (25, time.to_owned()),
    ] {
        let (line, above) = line_of_building(columns, link);
        assert_eq!(line, wanted, "{columns} columns");
        // The terminal breaks it where it is too narrow.
        let above = above.replace('\n', "");
        assert_eq!(
            above.matches(link).count(),
            usize::from(!wanted.contains(link)),
            "{columns} columns: {above}"
        );
    }
}

#[test]
fn a_link_without_the_id_stands_beside_it() {
    let (line, _) = line_of_building(120, "https://dashboard.sproobo.com/shop/latest");
    let wanted = "shop  building, 41 s, about 19 s left  dep_1  https://dashboard.sproobo.com/shop/latest";
    assert_eq!(line, wanted);
}

#[test]
fn a_long_subject_is_cut_to_the_line() {
    for (columns, wanted) in [
        (60, "Deploying 0123456 \"Add the new checkout page\" (main)"),
        (44, "Deploying 0123456 \"Add the new chec…\" (main)"),
        (30, "Deploying 0123456 (main)"),
    ] {
        let (mut tty, term, _) = terminal(columns);
        play(&mut tty, &good_run()[..2]);
        assert!(
            term.contents().lines().any(|line| line == wanted),
            "{columns}: {}",
            term.contents()
        );
    }
}

#[test]
fn names_stand_one_above_the_other_and_the_commit_is_told_once() {
    // The others' columns don't wait for it.
    const LONGEST_BY_ONE: &str = "documentation-and-manuals";
    let (mut tty, term, _) = terminal(100);
    let triggering = |site| {
        let token = sproobo_deploy::model::ClientToken("token-1".to_owned());
        let commit = Some("9dbb606f0d3b1d4c5e6f708192a3b4c5d6e7f809".to_owned());
        let message = Some("Add the new checkout page\n\nIt takes coupons too.".to_owned());
        let git_ref = Some("main".to_owned());
        let what = SiteEvent::Triggering {
            token,
            commit,
            git_ref,
            message,
        };
        happens(site, 0, what)
    };
    let begun = [
        begin(&["web", "documentation-and-manual", LONGEST_BY_ONE], Mode::Real),
        triggering("web"),
        triggering("documentation-and-manual"),
    ];
    play(&mut tty, &begun);
    tty.tick(seconds(1));
    let contents = term.contents();
    let heading = "Deploying 9dbb606 \"Add the new checkout page\" (main)\n";
    assert_eq!(contents.matches(heading).count(), 1, "{contents}");
    let column = |name: &str| {
        let line = contents
            .lines()
            .rfind(|line| line.contains(&format!(" {name} ")))
            .unwrap();
        line.find("triggering").or(line.find("waiting")).unwrap()
    };
    assert_eq!(column("web"), column("documentation-and-manual"), "{contents}");
    assert_eq!(column("web"), column(LONGEST_BY_ONE) - 1, "{contents}");
}

#[test]
fn an_end_that_stands_on_the_same_screen_is_said_once() {
    let (tty, term, out) = terminal(100);
    let mut tty = tty.with_results_in_sight(true);
    play(&mut tty, &[begin(&["web"], Mode::Real), found("web", 0, "building")]);
    play(&mut tty, &end(vec![succeeded("web", 4)]));
    let shown = term.contents();
    assert!(!shown.contains("succeeded") && !shown.contains("building"), "{shown}");
    assert!(out.text().contains("✓ web: succeeded"), "{}", out.text());
}

#[test]
fn a_dry_run_leaves_no_site_waiting_behind() {
    let (mut tty, term, _) = terminal(100);
    play(&mut tty, &[begin(&["web"], Mode::DryRunOffline)]);
    tty.tick(seconds(1));
    assert!(term.contents().contains("web  waiting"), "{}", term.contents());
    play(&mut tty, &end(Vec::new()));
    assert!(!term.contents().contains("waiting"), "{}", term.contents());
}

#[test]
fn ends_on_the_same_screen_have_marks_and_their_names_aligned() {
    let (tty, _, out) = terminal(100);
    let mut tty = tty.with_results_in_sight(true);
    play(&mut tty, &[begin(&["web", "documentation"], Mode::Real)]);
    play(
        &mut tty,
        &end(vec![succeeded("documentation", 4), failed("web", 5, "boom")]),
    );
    let text = out.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("✓ documentation: succeeded"), "{text}");
    assert!(lines[1].starts_with("✗ web:           failed"), "{text}");
}

/// Often enough for a spinner that turns, and no more.
#[test]
fn the_terminal_is_drawn_some_times_a_second_and_other_consoles_once() {
    let (tty, ..) = terminal(80);
    let (streams, ..) = two();
    let interval = tty.tick_interval().as_millis();
    assert!((80..=250).contains(&interval), "{interval}");
    assert_eq!(Plain::new(streams).tick_interval(), seconds(1));
}

/// What a panic prints stands on a line of its own, and the terminal gets its cursor back, if something was being drawn.
#[test]
fn a_panic_restores_the_terminal_that_was_being_drawn_on() {
    let (_, module) = module_path!().split_once("::").expect("a crate");
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    let name = format!("{module}::restores_a_terminal_before_while_and_after_it_draws");
    let run = tools::run(child.args(["--exact", "--ignored", "--nocapture", &name]));
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{told}");
    assert_eq!(told.matches("\u{1b}[?25h\n").count(), 1, "{told:?}");
}

#[test]
#[ignore = "the test above reads what it prints to stderr"]
fn restores_a_terminal_before_while_and_after_it_draws() {
    restore_terminal();
    let (mut tty, ..) = terminal(80);
    let mut events = vec![begin(&["web"], Mode::Real), found("web", 1, "building")];
    play(&mut tty, &events);
    restore_terminal();
    restore_terminal();
    play(&mut tty, &events);
    events.extend(end(vec![succeeded("web", 29)]));
    play(&mut tty, &events);
    restore_terminal();
}
