//! What may be replaced by what this program writes, and what must not be.

use std::fs;
use std::path::{Path, PathBuf};

use sproobo_deploy::file::{self, Appender, Readers};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("file");
    (folder, path)
}

fn count(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).expect("a folder").count()
}

#[test]
fn a_regular_file_is_replaced_and_nothing_else_is_left() {
    let (folder, path) = folder();
    for content in ["first", "second, longer", "3rd"] {
        file::replace(&path, content.as_bytes(), Readers::Owner).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("readable"), content);
        assert_eq!(count(&folder), 1);
    }
    assert!(file::remove(&path).expect("removed"));
    assert!(file::remove(&path).expect("nothing is there"));
    assert_eq!(count(&folder), 0);
}

#[test]
fn whether_a_file_can_be_replaced_is_found_out_without_a_trace() {
    let (folder, path) = folder();
    file::check_replace(&path).expect("it can be made");
    assert_eq!(count(&folder), 0);
    fs::write(&path, "as it was").expect("written");
    file::check_replace(&path).expect("it can be replaced");
    assert_eq!(fs::read_to_string(&path).expect("readable"), "as it was");
    assert!(file::check_replace(&path.join("below-a-file")).is_err());
    assert!(file::check_replace(&path.with_extension("gone").join("file")).is_err());
    assert_eq!(count(&folder), 1);
}

#[test]
fn a_folder_is_neither_replaced_nor_removed() {
    let (folder, path) = folder();
    fs::create_dir(&path).expect("a folder");
    assert!(file::check_replace(&path).is_err());
    assert!(file::replace(&path, b"x", Readers::Owner).is_err());
    assert!(!file::remove(&path).expect("left alone"));
    assert!(path.is_dir());
    assert_eq!(count(&folder), 1);
}

#[cfg(windows)]
mod windows {
    use std::os::windows::fs::OpenOptionsExt as _;
    use std::time::Duration;

    use super::*;

    /// FILE_SHARE_READ: others may read the file, and neither replace nor remove it.
    const SHARE_READ: u32 = 1;

    fn held(path: &Path) -> fs::File {
        fs::write(path, "as it was").expect("written");
        let mut options = fs::OpenOptions::new();
        options.read(true).share_mode(SHARE_READ).open(path).expect("opened")
    }

    /// As an editor or a virus scanner holds it.
    #[test]
    fn a_file_that_is_held_for_a_moment_is_replaced_and_removed() {
        let (folder, path) = folder();
        for content in [Some("new"), None] {
            let reader = held(&path);
            let let_go = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(100));
                drop(reader);
            });
            match content {
                Some(content) => file::replace(&path, content.as_bytes(), Readers::Owner).expect("replaced"),
                None => assert!(file::remove(&path).expect("removed")),
            }
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), content);
            let_go.join().expect("it ends");
        }
        assert_eq!(count(&folder), 0);
    }

    #[test]
    fn a_file_that_stays_held_is_an_error_and_keeps_its_content() {
        let (folder, path) = folder();
        let _reader = held(&path);
        assert!(file::replace(&path, b"new", Readers::Owner).is_err());
        assert!(file::remove(&path).is_err());
        assert_eq!(fs::read_to_string(&path).expect("readable"), "as it was");
        assert_eq!(count(&folder), 1);
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
    use std::process::Command;

    use nix::libc::O_NONBLOCK;

    use super::*;
    use crate::support::tools::run;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    /// A node of its own, never the system's. Only root may make devices; pipes, which take the same way, everybody.
    fn node(path: &Path, kind: &[&str]) -> bool {
        let made = run(Command::new("mknod").arg(path).args(kind));
        assert!(made.status.success() || kind[0] == "c", "{made:?}");
        made.status.success()
    }

    #[test]
    fn a_new_file_is_readable_by_its_owner_or_by_whom_the_umask_lets() {
        let (_folder, path) = folder();
        file::replace(&path, b"x", Readers::Owner).expect("written");
        assert_eq!(mode(&path), 0o600);
        let made_plainly = path.with_extension("plain");
        fs::write(&made_plainly, "x").expect("written");
        file::replace(&path, b"x", Readers::Umask).expect("written");
        assert_eq!(mode(&path), mode(&made_plainly));
    }

    #[test]
    fn a_device_is_written_through_and_stays_one() {
        let (folder, path) = folder();
        // As /dev/null, whose device this is.
        if !node(&path, &["c", "1", "3"]) {
            return;
        }
        let before = fs::metadata(&path).expect("a device");
        file::replace(&path, b"x", Readers::Owner).expect("taken");
        assert!(!file::remove(&path).expect("left alone"));
        Appender::open(&path)
            .and_then(|mut file| file.append("x\n"))
            .expect("taken");
        let after = fs::symlink_metadata(&path).expect("still there");
        assert!(after.file_type().is_char_device());
        assert_eq!((after.ino(), after.rdev()), (before.ino(), before.rdev()));
        assert_eq!(count(&folder), 1);
    }

    #[test]
    fn a_device_that_takes_nothing_is_an_error() {
        let (_folder, path) = folder();
        // As /dev/full.
        if node(&path, &["c", "1", "7"]) {
            assert!(file::replace(&path, b"x", Readers::Owner).is_err());
            assert!(Appender::open(&path).and_then(|mut file| file.append("x\n")).is_err());
        }
    }

    #[test]
    fn a_pipe_is_written_to_and_never_waited_for() {
        let (folder, path) = folder();
        node(&path, &["p"]);
        assert!(file::check_replace(&path).is_err());
        let error = file::replace(&path, b"x", Readers::Owner).expect_err("no reader");
        assert!(error.to_string().contains("nobody reads"), "{error}");

        let mut reader = OpenOptions::new()
            .read(true)
            .custom_flags(O_NONBLOCK)
            .open(&path)
            .expect("a reader");
        file::replace(&path, b"state", Readers::Owner).expect("written");
        let mut got = [0; 5];
        reader.read_exact(&mut got).expect("what was written");
        assert_eq!(&got, b"state");

        let error = file::replace(&path, &[b'x'; 1 << 20], Readers::Owner).expect_err("more than a pipe holds");
        assert!(error.to_string().contains("does not keep up"), "{error}");
        assert!(!file::remove(&path).expect("left alone"));
        assert!(fs::symlink_metadata(&path).expect("there").file_type().is_fifo());
        assert_eq!(count(&folder), 1);
    }

    #[test]
    fn a_link_stays_and_what_it_leads_to_gets_the_content() {
        let (folder, path) = folder();
        let target = folder.path().join("target");
        symlink(&target, &path).expect("linked");
        for content in ["longer than the next", "short"] {
            file::replace(&path, content.as_bytes(), Readers::Owner).expect("written");
            assert_eq!(fs::read_to_string(&target).expect("readable"), content);
        }
        assert_eq!(mode(&target), 0o600);
        assert!(!file::remove(&path).expect("left alone"));
        assert_eq!(fs::read_link(&path).expect("still a link"), target);
        assert_eq!(count(&folder), 2);
    }

    #[test]
    fn text_is_appended_to_a_pipe_as_it_is() {
        let (_folder, path) = folder();
        node(&path, &["p"]);
        let mut reader = File::options()
            .read(true)
            .custom_flags(O_NONBLOCK)
            .open(&path)
            .expect("a reader");
        let mut file = Appender::open(&path).expect("opened");
        file.append("line\n").expect("written");
        let mut got = [0; 5];
        reader.read_exact(&mut got).expect("what was written");
        assert_eq!(&got, b"line\n");
    }
}

/// What is cut would be read as something else: fewer certificates, another key.
#[test]
fn what_is_longer_than_may_be_read_is_refused_and_not_cut() {
    let (_folder, path) = folder();
    fs::write(&path, "ten bytes!").expect("written");
    assert_eq!(file::read_text(&path, 10).expect("it fits"), "ten bytes!");
    let refused = file::read_text(&path, 9).expect_err("it does not");
    assert!(refused.to_string().contains("more than 9 bytes"), "{refused}");
}
