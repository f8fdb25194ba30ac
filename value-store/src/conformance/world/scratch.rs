//! Temporary directories.
//!
//! No crate makes them here: some depend on bindings to the system, which take long to build; the others use names that
//! other users can guess, and let other users read the directories.

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::{env, fs, io, iter, path};

use super::keeper::Kept;

/// A new directory below the system's directory for temporary files. Dropping this removes the directory with everything
/// in it. On Unix, so does the end of this process, whatever ends it.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    ///
    /// If the directory cannot be made. The error names the path.
    pub(crate) fn new() -> io::Result<Self> {
        let kept = Kept::of_this_process(|| new_directory(&env::temp_dir())).map(Kept::directory);
        new_directory(kept.unwrap_or(&env::temp_dir())).map(Self)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Makes a directory in another one, with a name that nobody has used.
fn new_directory(parent: &Path) -> io::Result<PathBuf> {
    // The keys of a `RandomState` are random, so nobody can guess the name and take it first.
    let names = iter::repeat_with(|| format!("value-store-{:016x}", RandomState::new().hash_one(())));
    first_free(names.map(|name| parent.join(name)))
}

/// Makes a directory at the first of these paths that does not exist yet, and leaves the others alone.
fn first_free(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<PathBuf> {
    for path in paths {
        // The current directory may change before this one is removed.
        let path = path::absolute(path)?;
        match create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let said = format!("{error} at {}", path.display());
                return Err(io::Error::new(error.kind(), said));
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If this fails, files stay in the system's directory for temporary files. That is no fault of the store.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes a directory that only its owner can use.
#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Makes a directory. On systems other than Unix, each user has a directory for temporary files of their own.
#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directory_is_new_and_empty() {
        let scratches = [Scratch::new().unwrap(), Scratch::new().unwrap()];
        assert_ne!(scratches[0].path(), scratches[1].path());
        for scratch in scratches {
            assert!(scratch.path().is_absolute());
            assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_use_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let scratch = Scratch::new().unwrap();
        assert_eq!(fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn dropping_it_removes_everything_in_it() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        fs::create_dir(path.join("directory")).unwrap();
        fs::write(path.join("directory").join("file"), "content").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn an_existing_directory_is_left_alone() {
        let all = Scratch::new().unwrap();
        let [taken, free] = ["taken", "free"].map(|name| all.path().join(name));
        fs::create_dir(&taken).unwrap();
        assert_eq!(first_free([taken.clone(), free.clone()]).unwrap(), free);

        let refusal = first_free([taken.clone()]).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::AlreadyExists);
        assert!(taken.exists());
    }

    #[test]
    fn the_error_names_the_path() {
        let all = Scratch::new().unwrap();
        let nowhere = all.path().join("nowhere").join("scratch");
        let refusal = first_free([nowhere.clone()]).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::NotFound);
        assert!(refusal.to_string().contains(&nowhere.display().to_string()), "{refusal}");
    }
}
