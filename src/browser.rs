//! Hands an address to the desktop's browser.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use url::Url;

use crate::{program, secret};

/// The program that knows the desktop's browser, and what stands before the address. None of them is a shell.
const OPENER: (&str, &[&str]) = if cfg!(windows) {
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else if cfg!(target_os = "macos") {
    ("open", &[])
} else {
    ("xdg-open", &[])
};

/// How long that program may take to say that there is none. One that goes on is the browser itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens a page, of http or https alone; the browser outlives us. Whether there is one, as far as can be told.
pub async fn open(page: &Url) -> bool {
    if !matches!(page.scheme(), "http" | "https") {
        return false;
    }
    let (name, before) = OPENER;
    let Ok(program) = program::find(name) else {
        return false;
    };
    let mut command = Command::new(program.file);
    command
        .env("PATH", program.path)
        .args(before)
        .arg(page.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for name in secret::VARIABLES {
        command.env_remove(name);
    }
    // Ctrl-C in our terminal is not meant for it.
    #[cfg(unix)]
    command.process_group(0);
    let Ok(mut opener) = command.spawn() else {
        return false;
    };
    match timeout(PATIENCE, opener.wait()).await {
        Ok(ended) => ended.is_ok_and(|status| status.success()),
        Err(_) => true,
    }
}
