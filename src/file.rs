//! Writing files so that nobody ever sees half of one, and checksums as they stand in them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Held for reading while a file is written.
static WRITING: RwLock<()> = RwLock::new(());

/// Folders that were made and may still be empty, the innermost first.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Writes `bytes` to `path`, making its folder where needed: beside the target first, flushed to
/// the disk, then renamed.
///
/// Whoever opens `path`, at any moment, finds all of the old file or all of the new one, also when
/// this process is killed. After a power failure the same holds on file systems that keep the order
/// of a flush and a rename (those of a journal do); the new file is sure to be there once this
/// returns where the system lets a folder be flushed too: on Unix, where the file system refuses
/// that no error is made of it; elsewhere the old file may come back.
///
/// # Errors
/// Whatever the file system says; the old file, if there was one, is then unharmed.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let _writing = WRITING.read().unwrap_or_else(PoisonError::into_inner);
    let dir = folder(path);
    std::fs::create_dir_all(dir)?;
    let mut file = temporary(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    #[cfg(unix)]
    let _ = std::fs::File::open(dir).and_then(|dir| dir.sync_all());
    Ok(())
}

/// For a process that is going to end at once, from another thread: waits for files that are being
/// written, keeps all others from being begun, and takes folders away that were made for what was
/// not written. A disk that does not answer is waited for two seconds.
pub fn stop() {
    let start = Instant::now();
    loop {
        if let Ok(all) = WRITING.try_write() {
            std::mem::forget(all);
            break;
        }
        if start.elapsed() > Duration::from_secs(2) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.iter().for_each(|dir| drop(std::fs::remove_dir(dir)));
}

/// Bytes as hexadecimal digits, two each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The 32 bytes of 64 hexadecimal digits; `None` of any other text.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let pair = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..32).map(pair).collect::<Option<_>>()?;
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

/// The folder that holds `path`.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary(dir: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let readable_by_all = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    #[cfg(unix)]
    builder.permissions(readable_by_all); // temporary files are private by default
    builder.tempfile_in(dir)
}

/// A folder made for what is going to be written: where nothing is in it when this is dropped, it
/// and those above it that were made with it go away again.
#[derive(Debug)]
pub struct NewFolder {
    made: Vec<PathBuf>,
}

impl NewFolder {
    /// Makes `dir` and those above it that are not there, and tries that a file can be written in
    /// it.
    ///
    /// # Errors
    /// Whatever the file system says; folders that were made are gone again.
    pub fn make(dir: &Path) -> std::io::Result<Self> {
        let missing = |dir: &&Path| !dir.as_os_str().is_empty() && !dir.exists();
        let new = Self { made: dir.ancestors().take_while(missing).map(Path::to_path_buf).collect() };
        std::fs::create_dir_all(dir)?;
        temporary(dir)?.close()?;
        MADE.lock().unwrap_or_else(PoisonError::into_inner).extend(new.made.iter().cloned());
        Ok(new)
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        // The innermost first; a folder that is not empty refuses, and so do those above it.
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|dir| !self.made.contains(dir));
        self.made.iter().for_each(|dir| drop(std::fs::remove_dir(dir)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_readable_by_all() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a/b/file");
        replace(&path, b"old").expect("writes");
        replace(&path, b"new").expect("writes");
        assert_eq!(std::fs::read(&path).expect("reads"), b"new");
        assert_eq!(std::fs::read_dir(folder.path().join("a/b")).expect("lists").count(), 1, "nothing beside it");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).expect("there").permissions());
            assert_eq!(mode & 0o777, 0o644);
        }
        assert!(replace(&path.join("below"), b"x").is_err(), "a file is no folder");
    }

    #[test]
    fn a_folder_that_is_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let (top, dir) = (folder.path().join("a"), folder.path().join("a/b/c"));
        drop(NewFolder::make(&dir).expect("makes"));
        assert!(!top.exists());
        // What is in it stays, with its folders.
        let new = NewFolder::make(&dir).expect("makes");
        std::fs::write(dir.join("file"), b"x").expect("writes");
        drop(new);
        assert!(dir.join("file").exists());
        std::fs::remove_file(dir.join("file")).expect("removes");
        // A folder that was there before is not removed.
        drop(NewFolder::make(&dir).expect("is there"));
        assert!(dir.exists());
        std::fs::write(dir.join("file"), b"x").expect("writes");
        assert!(NewFolder::make(&dir.join("file/below")).is_err() && NewFolder::make(&dir.join("file")).is_err());
    }

    #[test]
    fn the_folder_of_a_bare_name_is_the_current_one() {
        assert_eq!(
            ["file", "a/file", "/a/b/file"].map(|path| folder(Path::new(path))),
            [".", "a", "/a/b"].map(Path::new)
        );
    }

    #[test]
    fn hexadecimal_digits_are_as_written_out() {
        // by hand
        assert_eq!(hex(&[0, 9, 171, 255]), "0009abff");
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 8 + 5) as u8);
        let text = hex(&bytes);
        assert_eq!((text.len(), &text[..6], &text[60..]), (64, "050d15", "f5fd"));
        assert_eq!(unhex(&text), Some(bytes));
        let odd =
            [text[..62].to_string(), format!("{text}00"), format!("{text}0"), text.replace("0d", "0g"), String::new()];
        assert!(odd.iter().all(|odd| unhex(odd).is_none()));
    }
}
