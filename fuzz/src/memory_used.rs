//! A limit of the memory that is taken at any one time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Beside [`PER_BYTE`], so many bytes may be taken.
const ALWAYS: usize = 64 << 20;
/// So many per byte of the file.
const PER_BYTE: usize = 64;

/// What is taken now, and what may be.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Counts what is taken.
struct Counted;

#[global_allocator]
static ALL: Counted = Counted;

/// Counts so many bytes more; beyond the limit the process ends, with the place in a backtrace.
fn take(bytes: usize) {
    let taken = TAKEN.fetch_add(bytes, Relaxed).wrapping_add(bytes);
    let most = MOST.load(Relaxed);
    if taken > most {
        MOST.store(usize::MAX, Relaxed);
        panic!("{bytes} bytes more are {taken} bytes of memory, and the file allows {most}");
    }
}

// SAFETY: all is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        TAKEN.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Does something with a file of so many bytes.
pub fn limited(bytes: usize, action: impl FnOnce()) {
    MOST.store(TAKEN.load(Relaxed) + ALWAYS + PER_BYTE * bytes, Relaxed);
    action();
    MOST.store(usize::MAX, Relaxed);
}
