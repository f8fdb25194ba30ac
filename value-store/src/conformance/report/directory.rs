//! Where files go that may be deleted again.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The directory of the suite below the target directory of cargo, or else below the system's directory for temporary
/// files.
pub(crate) fn directory() -> PathBuf {
    let exe = env::current_exe().unwrap_or_default();
    parent(env::var_os("CARGO_TARGET_DIR"), &exe).join("value-store")
}

fn parent(target: Option<OsString>, exe: &Path) -> PathBuf {
    // A relative path counts from where cargo was started, and cargo starts tests elsewhere.
    let named = target.map(PathBuf::from).filter(|target| target.is_absolute());
    // Cargo marks its target directories with this file.
    let holds_exe = || exe.ancestors().skip(1).find(|ancestor| ancestor.join("CACHEDIR.TAG").is_file());
    named.or_else(|| holds_exe().map(Path::to_owned)).unwrap_or_else(env::temp_dir)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_timeline_lies_below_the_target_parent() {
        let target = tempfile::tempdir().unwrap();
        let exe = target.path().join("debug/deps/tests");
        assert_eq!(parent(None, &exe), env::temp_dir());
        fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(parent(None, &exe), target.path());
        assert_eq!(parent(Some("relative".into()), &exe), target.path());
        let other = env::temp_dir().join("other");
        assert_eq!(parent(Some(other.clone().into()), &exe), other);
    }
}
