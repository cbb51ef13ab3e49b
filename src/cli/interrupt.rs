//! What an interrupted command says before it ends: what is kept, and how to go on.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::file;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

type Remedy = Box<dyn Fn() -> String + Send>;

static REMEDY: Mutex<Option<Remedy>> = Mutex::new(None);

/// Ctrl-C, a closed terminal and a request to end are answered from now on. Where the system does
/// not let us, they end the program without a word, as they would anyway.
pub(super) fn watch() {
    let _ = ctrlc::set_handler(|| {
        file::stop();
        let remedy = REMEDY.lock().unwrap_or_else(PoisonError::into_inner);
        let remedy = remedy.as_ref().map_or_else(|| "nothing was written; run it again".to_string(), |say| say());
        aside!("\nerror: interrupted: {remedy}");
        std::process::exit(2)
    });
}

/// What is said from now on.
pub(super) fn says(remedy: impl Fn() -> String + Send + 'static) {
    *REMEDY.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(remedy));
}
