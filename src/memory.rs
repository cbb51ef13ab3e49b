//! How much memory there is, so that what cannot be held is refused before anything is allocated: a
//! failed allocation ends the process, and a kernel that has promised too much kills it.
//!
//! On Linux it is the least of what the kernel calls available (`MemAvailable` of /proc/meminfo),
//! what the control groups of this process leave (versions 1 and 2, each with all groups above it;
//! cached files count as free), and what `ulimit -v` leaves. Other systems do not tell without
//! calls that safe code cannot make: [`ASSUMED`] is taken there. The environment variable
//! [`VARIABLE`] replaces all of that.

use std::fmt;
use std::ops::{Add, Mul};
use std::path::{Path, PathBuf};

/// What is taken to be there where the system does not tell: 8 GiB.
pub const ASSUMED: u64 = 8 << 30;

/// The environment variable that says how much there is: bytes, or a number with K, M, G or T
/// behind it (powers of 1024).
pub const VARIABLE: &str = "RBM_LANDSCAPE_MEMORY";

/// A number of bytes, or of things that are counted on the way to one; sums and products stop at
/// the largest number instead of overflowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u128);

impl From<usize> for Bytes {
    fn from(count: usize) -> Self {
        Self(count as u128)
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul for Bytes {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0.saturating_mul(other.0))
    }
}

impl fmt::Display for Bytes {
    /// Three digits and a unit of powers of ten.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];
        let (mut value, mut unit) = (self.0 as f64, 0);
        while value >= 999.5 && unit + 1 < units.len() {
            (value, unit) = (value / 1000.0, unit + 1);
        }
        let digits = if value >= 99.95 || unit == 0 { 0 } else { 1 };
        match value {
            more if more > 999.5 => write!(out, "more than 1000 EB"),
            value => write!(out, "{value:.digits$} {}", units[unit]),
        }
    }
}

/// More than there is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MemoryError {
    /// One of the sizes asked for is too large.
    #[error("{option} {value}: {needed} of memory would be needed, and {there} are available: give less")]
    TooLarge {
        /// The one of them that asks for most.
        option: String,
        /// Its value.
        value: usize,
        /// With it.
        needed: Bytes,
        /// What there is.
        there: Bytes,
    },
    /// Too large whatever the sizes are.
    #[error("{what}: {needed} of memory would be needed, and {there} are available")]
    Fixed {
        /// What does not fit.
        what: String,
        /// At least.
        needed: Bytes,
        /// What there is.
        there: Bytes,
    },
    /// The environment variable is no size.
    #[error("{VARIABLE}={0}: a number of bytes is needed, or one with K, M, G or T behind it")]
    Variable(String),
}

/// Memory that this process may still take, in bytes.
///
/// # Errors
/// An environment variable [`VARIABLE`] that is no size.
pub fn available() -> Result<u64, MemoryError> {
    match std::env::var_os(VARIABLE) {
        Some(text) => {
            let text = text.to_string_lossy();
            parse(&text).ok_or_else(|| MemoryError::Variable(text.into_owned()))
        }
        None => Ok(told(Path::new("/proc"), Path::new("/sys/fs/cgroup")).unwrap_or(ASSUMED)),
    }
}

/// Refuses what needs more memory than `there` is. `sizes` are what was asked for, by name;
/// `needed` gives the bytes for values in the same order. `what` is named where even sizes of 1 are
/// too large.
///
/// # Errors
/// [`MemoryError::TooLarge`] names the size whose reduction to 1 would save most.
pub fn check(
    what: &str,
    sizes: &[(&str, usize)],
    there: u64,
    needed: impl Fn(&[Bytes]) -> Bytes,
) -> Result<(), MemoryError> {
    let values: Vec<Bytes> = sizes.iter().map(|(_, size)| Bytes::from(*size)).collect();
    let (all, there) = (needed(&values), Bytes(u128::from(there)));
    if all <= there {
        return Ok(());
    }
    let least = needed(&vec![Bytes(1); sizes.len()]);
    let without = |at: usize| {
        let mut values = values.clone();
        values[at] = Bytes(1);
        needed(&values)
    };
    match (0..sizes.len()).filter(|at| sizes[*at].1 > 1).min_by_key(|at| without(*at)) {
        Some(at) if least <= there => {
            let (option, value) = (sizes[at].0.to_string(), sizes[at].1);
            Err(MemoryError::TooLarge { option, value, needed: all, there })
        }
        _ => Err(MemoryError::Fixed { what: what.to_string(), needed: least, there }),
    }
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let shift = match text.chars().last()?.to_ascii_uppercase() {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        _ => 0,
    };
    let digits = if shift > 0 { &text[..text.len() - 1] } else { text };
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Address space that the library of matrix products reserves per thread, most of it never touched:
/// it counts against `ulimit -v` only.
const RESERVED: u64 = 640 << 20;

/// What /proc and the control groups say; `None` where they say nothing.
fn told(proc: &Path, groups: &Path) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(proc.join(name)).unwrap_or_default();
    let kernel = field(&read("meminfo"), "MemAvailable:").map(|kib| kib.saturating_mul(1024));
    let space = field(&read("self/limits"), "Max address space").map(|limit| {
        let taken = field(&read("self/status"), "VmSize:").unwrap_or(0);
        limit.saturating_sub(taken.saturating_mul(1024)).saturating_sub(RESERVED)
    });
    let groups = left_in_groups(&read("self/cgroup"), groups);
    [kernel, space, groups].into_iter().flatten().min()
}

/// The number behind a name at the start of a line; `None` also for `unlimited`.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// The least that any control group of this process, or one above it, leaves.
fn left_in_groups(memberships: &str, root: &Path) -> Option<u64> {
    let mut least = None;
    for line in memberships.lines() {
        // number:controllers:path; version 2 has no controllers.
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (tops, names): (Vec<PathBuf>, _) = if controllers.is_empty() {
            (vec![root.into(), root.join("unified")], ["memory.max", "memory.current", "inactive_file"])
        } else if controllers.split(',').any(|name| name == "memory") {
            let names = ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"];
            (vec![root.join("memory"), root.join(controllers)], names)
        } else {
            continue;
        };
        for top in tops {
            // In a container the path may be the host's, of which only the top is seen.
            let mut group = Path::new(path.trim_start_matches('/'));
            loop {
                least = least.into_iter().chain(left(&top.join(group), names)).min();
                match group.parent() {
                    Some(parent) => group = parent,
                    None => break,
                }
            }
        }
    }
    least
}

/// What one group leaves: its limit, less what is taken, files that were only read not counted.
fn left(group: &Path, [limit, taken, cached]: [&str; 3]) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(group.join(name)).unwrap_or_default();
    let number = |name: &str| read(name).trim().parse::<u64>().ok();
    let limit = number(limit)?; // the word `max` is no limit
    let cached = field(&read("memory.stat"), &format!("{cached} ")).unwrap_or(0);
    Some(limit.saturating_sub(number(taken).unwrap_or(0).saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("folder");
        std::fs::write(path, text).expect("write");
    }

    const MEMINFO: &str = "MemTotal:       24684092 kB\nMemFree:        22426692 kB\nMemAvailable:   8000000 kB\n";

    #[test]
    fn the_least_of_all_limits_counts() {
        let folder = tempfile::tempdir().expect("folder");
        let (proc, groups) = (folder.path().join("proc"), folder.path().join("cgroup"));
        let told = || told(&proc, &groups);
        assert_eq!(told(), None);
        put(&proc, "meminfo", MEMINFO);
        assert_eq!(told(), Some(8_192_000_000)); // by hand: 8,000,000 · 1024
        put(&proc, "self/limits", "Limit   Soft Limit\nMax address space         unlimited       unlimited    bytes\n");
        assert_eq!(told(), Some(8_192_000_000));
        put(&proc, "self/limits", "Limit   Soft Limit\nMax address space         6000000000      unlimited    bytes\n");
        put(&proc, "self/status", "Name:\tx\nVmSize:\t 1000000 kB\n");
        assert_eq!(told(), Some(4_304_911_360)); // by hand: 6e9 − 1,024,000,000 − 640 · 1,048,576

        // Version 2: the group above is the tighter one; 300 MB of what it has taken are cached
        // files.
        put(&proc, "self/cgroup", "0::/user.slice/job 1:a\n");
        put(&groups, "user.slice/job 1:a/memory.max", "max\n");
        put(&groups, "user.slice/memory.max", "3000000000\n");
        put(&groups, "user.slice/memory.current", "1000000000\n");
        put(&groups, "user.slice/memory.stat", "anon 5\ninactive_file 300000000\nfile 7\n");
        assert_eq!(told(), Some(2_300_000_000));
        // More taken than the limit leaves nothing.
        put(&groups, "user.slice/job 1:a/memory.max", "1000\n");
        put(&groups, "user.slice/job 1:a/memory.current", "2000\n");
        assert_eq!(told(), Some(0));

        // Version 1, with the host's path: only the top of the hierarchy is there.
        put(&proc, "self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n");
        put(&groups, "memory/memory.limit_in_bytes", "2000000000\n");
        put(&groups, "memory/memory.usage_in_bytes", "500000000\n");
        put(&groups, "memory/memory.stat", "inactive_file 1\ntotal_inactive_file 100000000\n");
        assert_eq!(told(), Some(1_600_000_000));
        put(&groups, "memory/docker/abc/memory.limit_in_bytes", "1500000000\n");
        assert_eq!(told(), Some(1_500_000_000));
        // What stands for no limit in version 1.
        put(&groups, "memory/memory.limit_in_bytes", "9223372036854771712\n");
        put(&groups, "memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(told(), Some(4_304_911_360));
    }

    #[test]
    fn this_system_tells_something() {
        if cfg!(target_os = "linux") {
            let there = told(Path::new("/proc"), Path::new("/sys/fs/cgroup")).expect("Linux tells");
            assert!(there > 1 << 20, "{there}");
        }
    }

    #[test]
    fn sizes_of_the_variable_are_read_and_others_refused() {
        let cases = [("4096", Some(4096)), ("3k", Some(3072)), (" 2 M ", Some(2 << 20)), ("5G", Some(5 << 30))];
        for (text, bytes) in cases.into_iter().chain([("1T", Some(1 << 40)), ("", None), ("much", None), ("-1", None)])
        {
            assert_eq!(parse(text), bytes, "{text}");
        }
        assert_eq!(parse("99999999999999T"), None);
    }

    #[test]
    fn the_size_that_asks_for_most_is_named() {
        let bytes = |v: &[Bytes]| Bytes(4) * v[0] * v[1] + Bytes(8) * v[0] + Bytes(100);
        let tried = |a: usize, b: usize, there: u64| check("it", &[("--a", a), ("--b", b)], there, bytes);
        // by hand: 4·10·20 + 80 + 100 = 980
        assert_eq!(tried(10, 20, 980), Ok(()));
        let named = |a: usize, b: usize, there: u64| tried(a, b, there).expect_err("too large").to_string();
        assert_eq!(
            named(10, 20, 979),
            "--a 10: 980 bytes of memory would be needed, and 979 bytes are available: give less"
        );
        assert!(named(2, 2000, 979).starts_with("--b 2000: 16.1 kB"));
        assert!(named(usize::MAX, usize::MAX, u64::MAX).contains("more than 1000 EB"));
        // With sizes of 1: 4 + 8 + 100.
        assert_eq!(named(1, 1, 111), "it: 112 bytes of memory would be needed, and 111 bytes are available");
    }

    #[test]
    fn numbers_of_bytes_are_shown_in_their_unit() {
        let cases =
            [(999, "999 bytes"), (1000, "1.0 kB"), (123_456, "123 kB"), (8 << 30, "8.6 GB"), (999_999, "1.0 MB")];
        for (bytes, shown) in cases {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
        assert_eq!(Bytes(u128::MAX) + Bytes(1), Bytes(u128::MAX) * Bytes(2));
    }

    #[test]
    fn limits_of_units_and_of_what_is_there_are_on_the_right_side() {
        // by hand: 8 · 2^30 and 640 · 2^20
        assert_eq!((ASSUMED, RESERVED), (8_589_934_592, 671_088_640));
        // Three digits are kept where rounding gives one more.
        let cases = [
            (0, "0 bytes"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (123 * 10u128.pow(18), "123 EB"),
            (999 * 10u128.pow(18), "999 EB"),
            (1001 * 10u128.pow(18), "more than 1000 EB"),
        ];
        for (bytes, shown) in cases {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
        let needed = |v: &[Bytes]| Bytes(4) * v[0] * v[1] + Bytes(8) * v[0] + Bytes(100);
        let named = |there: u64| check("it", &[("--a", 10), ("--b", 20)], there, needed).expect_err("too large");
        // by hand: with sizes of 1 exactly 112
        assert!(
            named(112).to_string().starts_with("--a 10: 980 bytes") && named(111).to_string().starts_with("it: 112")
        );
        // A size of 1 cannot be made smaller, even where no other alone would help.
        let most = |v: &[Bytes]| v[0].max(v[1]).max(v[2]);
        let tried = check("it", &[("--one", 1), ("--a", 5), ("--b", 5)], 3, most).expect_err("too large").to_string();
        assert!(tried.starts_with("--a 5: 5 bytes"), "{tried}");
    }

    #[test]
    fn what_is_available_is_what_the_variable_or_the_system_says() {
        let found = available();
        match std::env::var(VARIABLE) {
            Ok(text) => assert_eq!(found.ok(), parse(&text)),
            Err(_) => assert!(found.is_ok_and(|there| there > 1 << 20)),
        }
    }
}
