//! Whether tests that are built here can have a disk that can fail.
//!
//! A test cannot be ignored while it runs, so this is decided when it is built. If it turns out to be otherwise then, the case
//! fails, and says so.

use std::fs::{self, OpenOptions};

/// The right to mount, as a bit of the capabilities of a process: `CAP_SYS_ADMIN`.
const MAY_MOUNT: u64 = 1 << 21;

/// What the list says of a case that needs such a disk. It is no word of the attribute.
pub(crate) const NEED: &str = "disk";

/// Why there can be no such disk, if there cannot.
pub(crate) fn unusable() -> Option<String> {
    if !cfg!(all(feature = "disk", target_os = "linux")) {
        return Some("it needs a disk that can fail: the feature `disk` of value-store, on Linux".to_owned());
    }
    if let Err(error) = OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        return Some(format!("it needs a disk that can fail, and /dev/fuse cannot be used here: {error}"));
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let refused =
        || "it needs a disk that can fail, and the process that builds the tests may not mount one".to_owned();
    (!may_mount(&status)).then(refused)
}

/// Whether a process with this status has the right to mount.
fn may_mount(status: &str) -> bool {
    let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let capabilities = capabilities.and_then(|hexadecimal| u64::from_str_radix(hexadecimal.trim(), 16).ok());
    capabilities.is_some_and(|capabilities| capabilities & MAY_MOUNT != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_to_mount_is_among_the_effective_ones() {
        assert!(may_mount("Name:\tcargo\nCapPrm:\t0\nCapEff:\t000001ffffffffff\n"));
        assert!(!may_mount("Name:\tcargo\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n"));
        assert!(!may_mount("Name:\tcargo\n"));
    }
}
