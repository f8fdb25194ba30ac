//! A disk that can fail.
//!
//! It is a file system in memory, which the process of the test mounts in the place of a world's directory. It knows what was
//! synced, counts what is done to it, and can be stopped at any operation. Then the process of the store is killed, or the
//! power goes.
//!
//! # What survives that the power goes
//!
//! What ext4 and xfs may leave in their usual mode, in which a journal holds the names and lengths of files:
//!
//! - What a file contained when it was last synced, with `fsync`, `fdatasync` or `O_SYNC`.
//! - Of what was written to it since, any part: each page of 4 KiB is there, or not, or some of its sectors of 512 bytes are.
//!   A file that has grown may have its new length, and zeros in the place of what was written.
//! - Changes of names and lengths (create, link, rename, remove, truncate) up to some moment, in their order. A sync of a
//!   directory writes them up to the last one in that directory. A sync of a file writes them up to its own last one, and all
//!   of them if the file has got new pages since it was last synced, for the journal has to hold the places of these. For
//!   `fdatasync`, a new name is no change of the file: ext4 does not write it.
//! - A name may be there although the content of the file is not: if a file is written, renamed over another and not synced in
//!   between, both values may be gone. (On ext4 `auto_da_alloc`, which is the default, prevents most of that. xfs does not.)
//!
//! The modes and the times of the last changes are there as they were set. `sync` and `syncfs` write nothing here, since a file system in user
//! space is not told of them, and neither is `sync_file_range`.
//!
//! Sources: the kernel's documentation of ext4 (`data=ordered`, `auto_da_alloc`, `delalloc`), `fsync(2)`, and "All File
//! Systems Are Not Created Equal" (Pillai and others, OSDI 2014), which lists what applications may meet.
//!
//! A sync that fails drops what it should have written of a file, and the next one has nothing to do and is fine: "Can
//! Applications Recover from fsync Failures?" (Rebello and others, ATC 2020) found that on ext4 and xfs. It is told once to each
//! who had the file open (`fsync(2)`, since Linux 4.13). Names stay to be written. When the disk becomes full, a write gets done
//! up to where there is room. Room that was allocated (`fallocate(2)`) stays.

mod draw;
mod fault;
mod moment;

#[cfg(all(feature = "disk", target_os = "linux"))]
mod content;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod device;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod filesystem;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod mount;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod names;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod requests;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod survival;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod volume;

/// Elsewhere no process has a disk.
#[cfg(not(all(feature = "disk", target_os = "linux")))]
#[path = "no_device.rs"]
mod device;

pub(crate) use self::device::Disk;
pub(crate) use self::draw::Draw;
pub(crate) use self::fault::Fault;
pub(crate) use self::moment::{Moment, Neighbours};

#[cfg(all(test, feature = "disk", target_os = "linux"))]
mod tests;
