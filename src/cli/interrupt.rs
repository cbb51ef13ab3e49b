//! What an interrupted command says before it ends: what is kept, and how to go on.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::file;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

type Remedy = Box<dyn Fn() -> String + Send>;

static REMEDY: Mutex<Option<Remedy>> = Mutex::new(None);

/// Longest time that ending takes: a disk or a reader of standard error may not answer.
const LONGEST: Duration = Duration::from_secs(4);

/// Ctrl-C, and on Unix a closed terminal and a request to end, are answered from now on; where one
/// of them is ignored (`nohup`), or the system does not let us, nothing changes.
pub(super) fn watch() {
    let _ = ctrlc::try_set_handler(|| {
        std::thread::spawn(|| {
            std::thread::sleep(LONGEST);
            std::process::exit(2)
        });
        file::stop();
        let remedy = REMEDY.lock().unwrap_or_else(PoisonError::into_inner);
        let remedy = remedy.as_ref().map_or_else(|| "what is not written is lost; run it again".into(), |say| say());
        // Behind the line that changes in a terminal.
        let apart = if std::io::stderr().is_terminal() { "\n" } else { "" };
        aside!("{apart}error: interrupted: {remedy}");
        std::process::exit(2)
    });
}

/// What is said from now on.
pub(super) fn says(remedy: impl Fn() -> String + Send + 'static) {
    *REMEDY.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(remedy));
}
