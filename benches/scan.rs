//! How long a scan of a large history takes, beside `git log --all -S KEY`, which looks for the raw value alone.
//!
//! `cargo bench --bench scan -- [OBJECTS]` (default 100,000). Prints both times and their ratio; asserts only that
//! both find the key, which is in one file that was deleted long ago.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sproobo_deploy::scan::{Extent, Searcher, scan};
use sproobo_deploy::secret::Secret;

const KEY: &str = "spk_live_7Hq2vXz9LmT4wRb8Yc1dN5";
/// Each commit is five objects: itself, three trees, and a new version of a file.
const PER_COMMIT: usize = 5;
const FILES: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let objects = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let objects: usize = objects.unwrap_or(100_000);
    let dir = std::env::temp_dir().join(format!("sproobo-scan-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let result = compare(&dir, objects);
    std::fs::remove_dir_all(&dir)?;
    result
}

fn compare(dir: &Path, objects: usize) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    generate(dir, objects / PER_COMMIT)?;
    println!("generated {objects} objects in {:.1} s", begin.elapsed().as_secs_f64());

    let text: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(b' '..b'~'))
        .take(1 << 26)
        .collect();
    let begin = Instant::now();
    let hits = Searcher::new(&Secret::new(KEY.to_owned())).search(&text).len();
    let rate = text.len() as f64 / begin.elapsed().as_secs_f64() / 1e9;
    println!("in memory: {rate:.2} GB/s ({hits} hits)");

    let begin = Instant::now();
    let all = ["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"];
    git(dir).args(all).stdout(Stdio::null()).status()?;
    println!("git cat-file alone:    {}", seconds(begin.elapsed()));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let begin = Instant::now();
    let report = runtime.block_on(scan(
        dir,
        Searcher::new(&Secret::new(KEY.to_owned())),
        Extent::Repository,
    ))?;
    let ours = begin.elapsed();
    println!(
        "scan, every form:      {} ({} objects, {} place)",
        seconds(ours),
        report.objects,
        report.locations.len()
    );
    if report.locations.len() != 1 {
        return Err("the scan did not find the one place".into());
    }

    let begin = Instant::now();
    let out = git(dir).args(["log", "--all", "--format=%H", "-S", KEY]).output()?;
    let theirs = begin.elapsed();
    let commits = String::from_utf8(out.stdout)?.lines().count();
    println!("git log -S, raw alone: {} ({commits} commits)", seconds(theirs));
    if commits != 2 {
        return Err("git log -S did not find the commits that added and removed it".into());
    }
    println!("ratio: {:.2}", ours.as_secs_f64() / theirs.as_secs_f64());
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:6.2} s", duration.as_secs_f64())
}

fn git(dir: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null");
    git
}

/// A history of `commits` versions of some hundred source-like files, written straight into a pack.
fn generate(dir: &Path, commits: usize) -> Result<(), Box<dyn Error>> {
    git(dir).args(["init", "-q", "-b", "main", "--bare", "."]).status()?;
    let mut import = git(dir)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut input = std::io::BufWriter::new(import.stdin.take().ok_or("no pipe")?);
    let mut random = fastrand::Rng::with_seed(1);
    let mut files: Vec<Vec<String>> = vec![Vec::new(); FILES];
    for number in 0..commits {
        let index = random.usize(..FILES);
        let file = &mut files[index];
        for _ in 0..random.usize(1..8) {
            let line = format!(
                "let value_{} = compute({}, \"{:016x}\");\n",
                random.u16(..),
                number,
                random.u64(..)
            );
            let at = random.usize(..=file.len());
            file.insert(at, line);
        }
        file.truncate(200);
        let mut text = file.concat();
        let guilty = number == commits / 2;
        if guilty {
            writeln!(text, "key = {KEY}")?;
        }
        write!(
            input,
            "commit refs/heads/main\ncommitter t <t@example.com> {} +0000\ndata 2\nx\n",
            1_700_000_000 + number
        )?;
        // The next version of this file is without the key again.
        write!(
            input,
            "M 100644 inline src/{}/{index}.rs\ndata {}\n{text}\n",
            index % 20,
            text.len()
        )?;
    }
    input.flush()?;
    drop(input);
    if import.wait()?.success() {
        Ok(())
    } else {
        Err("git fast-import failed".into())
    }
}
