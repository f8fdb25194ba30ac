//! Directories for what is on the disk for a while.
//!
//! The crates that make such directories either bring the interfaces of the system along, which take a while to build, or
//! give them names that others can guess, and let others read them.

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::{env, fs, io, iter, path};

/// A directory of one's own below the system's place for temporary files. It is removed with all that is in it when this is
/// dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    ///
    /// When the directory cannot be made; the error has its path.
    pub(crate) fn new() -> io::Result<Self> {
        // The keys of a `RandomState` are random, so that nobody is there first to be in the way.
        let names = iter::repeat_with(|| format!("value-store-{:016x}", RandomState::new().hash_one(())));
        Self::with_first_free(names.map(|name| env::temp_dir().join(name)))
    }

    /// Takes the first of these paths where there is nothing, and leaves what is at the others alone.
    fn with_first_free(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<Self> {
        for path in paths {
            // What it is relative to may change before it is removed.
            let path = path::absolute(path)?;
            match create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let said = format!("{error} at {}", path.display());
                    return Err(io::Error::new(error.kind(), said));
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies below the system's place for temporary files, and is no fault of the store.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes a directory that others do not get into.
#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Makes a directory. Where the system is not a Unix, the place for temporary files is itself the user's own.
#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_and_empty() {
        let scratches = [Scratch::new().unwrap(), Scratch::new().unwrap()];
        assert_ne!(scratches[0].path(), scratches[1].path());
        for scratch in scratches {
            assert!(scratch.path().is_absolute());
            assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        }
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let scratch = Scratch::new().unwrap();
        assert_eq!(fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn it_goes_with_all_that_is_in_it() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        fs::create_dir(path.join("directory")).unwrap();
        fs::write(path.join("directory").join("file"), "content").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn it_takes_nothing_over() {
        let all = Scratch::new().unwrap();
        let [taken, free] = ["taken", "free"].map(|name| all.path().join(name));
        fs::create_dir(&taken).unwrap();
        let scratch = Scratch::with_first_free([taken.clone(), free.clone()]).unwrap();
        assert_eq!(scratch.path(), free);

        let refusal = Scratch::with_first_free([taken.clone()]).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::AlreadyExists);
        assert!(taken.exists());
    }

    #[test]
    fn where_it_cannot_be_is_named() {
        let all = Scratch::new().unwrap();
        let nowhere = all.path().join("nowhere").join("scratch");
        let refusal = Scratch::with_first_free([nowhere.clone()]).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::NotFound);
        assert!(refusal.to_string().contains(&nowhere.display().to_string()), "{refusal}");
    }
}
