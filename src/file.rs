//! Writing files so that nobody ever sees half of one.

use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path`, making its folder where needed: beside the target first, flushed to the disk, then renamed.
///
/// # Errors
/// Whatever the file system says; the old file, if there was one, is then unharmed.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let readable_by_all = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    #[cfg(unix)]
    builder.permissions(readable_by_all); // temporary files are private by default
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
