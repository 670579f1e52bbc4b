//! What the binary itself costs: size, start, time to the first request, and the memory and requests of a deploy.
//!
//! `cargo bench --bench cli -- [BINARY]` (default: the one that cargo builds for benchmarks, which has some test features
//! of its dependencies; `target/release/sproobo-deploy` is what is released). Takes about 15 s; memory on Linux only.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sproobo_deploy::sandbox::{self, Sandbox};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const STARTS: usize = 100;
const FIRST_REQUESTS: usize = 30;
/// No step takes as long as this.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    // cargo adds `--bench`.
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let binary = named.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_sproobo-deploy")), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&binary))
}

async fn measure(binary: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "{}: {:.2} MB",
        binary.display(),
        std::fs::metadata(binary)?.len() as f64 / 1e6
    );
    for (name, program, arguments) in [
        ("/bin/true", Path::new("/bin/true"), &[][..]),
        ("--version", binary, &["--version"][..]),
        ("deploy --help", binary, &["deploy", "--help"][..]),
    ] {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let begin = Instant::now();
            command(program).args(arguments).status().await?;
            times.push(begin.elapsed());
        }
        println!("{name:20} {}", summary(times));
    }

    for (name, arguments) in [
        ("first request", &["--commit", "0123456"][..]),
        ("first request, git", &[]),
    ] {
        let mut times = Vec::new();
        for _ in 0..FIRST_REQUESTS {
            times.push(first_request(binary, arguments).await?);
        }
        println!("{name:20} {}", summary(times));
    }

    let sandbox = sandbox::start(sandbox::Options::default()).await?;
    // The first site has a history from the start.
    for arguments in [
        &["demo"][..],
        &["demo", "--no-key-check"],
        &["demo", "shop", "docs", "worker"],
    ] {
        deploy(binary, &sandbox, arguments).await?;
    }
    sandbox.shutdown().await;
    Ok(())
}

/// From the start of the process until the first bytes of a request arrive.
async fn first_request(binary: &Path, arguments: &[&str]) -> Result<Duration, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/api", listener.local_addr()?);
    let begin = Instant::now();
    let mut child = command(binary)
        .args(["deploy", "demo", "--no-key-check"])
        .args(arguments)
        .env("SPROOBO_API_URL", url)
        .env("SPROOBO_API_KEY", "spb_a-key-that-opens-nothing-at-all")
        .spawn()?;
    let arrives = async {
        let (mut stream, _) = listener.accept().await?;
        stream.read_u8().await
    };
    timeout(PATIENCE, arrives).await??;
    let took = begin.elapsed();
    child.kill().await?;
    Ok(took)
}

async fn deploy(binary: &Path, sandbox: &Sandbox, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let before = sandbox.requests().len();
    let begin = Instant::now();
    let mut child = command(binary)
        .args(["deploy", "--commit", "0123456"])
        .args(arguments)
        .env("SPROOBO_API_URL", sandbox.base_url())
        .env("SPROOBO_API_KEY", sandbox.key().expose())
        .spawn()?;
    let mut peak = None;
    let status = loop {
        peak = peak_memory(&child).or(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begin.elapsed() > PATIENCE {
            child.kill().await?;
        }
        sleep(Duration::from_millis(10)).await;
    };
    let took = begin.elapsed().as_secs_f64();
    let requests = sandbox.requests().len() - before;
    let peak = peak.map_or("unknown".to_owned(), |kilobytes| {
        format!("{:.1} MB", kilobytes as f64 / 1e3)
    });
    println!(
        "deploy {}: {status}, {took:.2} s, {requests} requests, peak memory {peak}",
        arguments.join(" ")
    );
    Ok(())
}

/// The most memory that the process has held so far, in kB.
fn peak_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// A program that sees nothing of the surrounding CI system, and prints to nowhere.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!("median {:.1} ms, p5 {:.1} ms, p95 {:.1} ms", at(50), at(5), at(95))
}
