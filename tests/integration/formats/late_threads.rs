//! Threads that print, on a machine so busy that it lets them begin late: what they were given is waited for.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use sproobo_deploy::app::printer::{Kind, Printer};

type Work = Box<dyn FnOnce() + Send>;

/// A printer whose thread begins only when somebody starts what is held here.
fn held_up() -> (Printer, Arc<Mutex<Option<Work>>>) {
    let held = Arc::new(Mutex::new(None));
    let hold = held.clone();
    let printer = Printer::on(move |work| {
        *hold.lock().unwrap() = Some(work);
        Ok(())
    });
    printer.print(Kind::Aside, Vec::new());
    (printer, held)
}

fn start(held: &Mutex<Option<Work>>) {
    let work = held.lock().unwrap().take().expect("there was something to print");
    thread::spawn(work);
}

async fn is_over<T>(mut future: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

#[tokio::test(start_paused = true)]
async fn a_printer_is_waited_for_until_it_has_begun_and_then_for_a_moment() {
    let moment = Duration::from_millis(700);
    let (printer, held) = held_up();
    let mut end = pin!(printer.finished(moment));
    assert!(!is_over(end.as_mut()).await);
    tokio::time::advance(moment * 3).await;
    assert!(!is_over(end.as_mut()).await, "it was left before it had begun");
    start(&held);
    end.await.expect("nothing failed");
}

/// What holds a thread up: seen from another one, which then does something about it.
#[cfg(target_os = "linux")]
mod holding_the_thread_up {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use sproobo_deploy::event::Event;
    use sproobo_deploy::redact::Redactor;
    use sproobo_deploy::report::{Dispatcher, FileReports, Paths, Reporter};

    use super::*;

    /// Waits in this thread; once that is seen to sleep, `act` is done. Whether it was before the wait was over.
    fn is_done_before_the_end(wait: impl FnOnce(), act: impl FnOnce() + Send) -> bool {
        let this = fs::read_link("/proc/thread-self").unwrap();
        let stat = fs::canonicalize("/proc").unwrap().join(this).join("stat");
        let (is_over, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                let sleeps = || fs::read_to_string(&stat).unwrap().contains(") S ");
                while !is_over.load(Ordering::SeqCst) {
                    if sleeps() {
                        is_done.store(true, Ordering::SeqCst);
                        act();
                        return;
                    }
                    thread::yield_now();
                }
            });
            wait();
            let in_time = is_done.load(Ordering::SeqCst);
            is_over.store(true, Ordering::SeqCst);
            in_time
        })
    }

    #[test]
    fn a_printer_is_waited_for_there_too() {
        let (printer, held) = held_up();
        assert!(is_done_before_the_end(|| printer.wait(Duration::ZERO), || start(&held)));
    }

    /// A console whose thread can't begin until it is let go.
    struct Late(mpsc::Receiver<()>);

    impl Reporter for Late {
        fn event(&mut self, _: Duration, _: &Event) {}

        fn tick(&mut self, _: Duration) {}

        fn tick_interval(&self) -> Duration {
            let _ = self.0.recv();
            Duration::from_secs(3600)
        }
    }

    #[test]
    fn a_console_is_waited_for_until_its_thread_has_begun() {
        let (let_go, gate) = mpsc::channel();
        let files = FileReports::new(Paths::default(), chrono::Utc::now(), Redactor::new());
        let dispatcher = Dispatcher::start(files, Box::new(Late(gate))).expect("a thread");
        let wait = || {
            // No moment is left to print in.
            let _ = dispatcher.finish(Duration::ZERO);
        };
        assert!(is_done_before_the_end(wait, move || drop(let_go)));
    }
}
