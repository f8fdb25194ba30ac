//! A store with a file for each key, and what can be wrong with it when the power goes or the disk fails.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use value_store::Error;

use crate::engine::Engine;

/// What is wrong with the files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// The new file is renamed before anybody has synced what is in it.
    RenamedBeforeItIsSynced,
    /// It is synced when it has its name.
    SyncedAfterItIsRenamed,
    /// Nobody syncs the directory.
    DirectoryIsNotSynced,
    /// The file of the old value is emptied, and then the new value is written.
    EmptiedAndWritten,
    /// The old file is removed before the new one is renamed.
    RemovedAndRenamed,
    /// A new file that was left is taken for the value.
    NewFileIsTheValue,
    /// A new file that was left keeps the next from being made.
    NewFileIsInTheWay,
    /// A new file is renamed, whether it could be written or not.
    WriteErrorsAreForgotten,
    /// A new file is renamed, whatever part of the value the system has taken.
    ShortWritesAreForgotten,
    /// A put returns Ok whatever the sync says.
    SyncErrorsAreForgotten,
    /// A put returns Ok whatever the sync of the directory says.
    SyncErrorsOfTheDirectoryAreForgotten,
    /// When the new file has its name, its data is synced, and not the directory.
    DataIsSyncedForTheName,
    /// A get that cannot read the file finds nothing.
    CannotReadIsMissing,
    /// A get that cannot read the file finds the empty value.
    CannotReadIsEmpty,
}

/// Each byte of a key takes two of a file name.
pub(crate) const MAX_KEY_LEN: usize = 100;

pub(crate) struct Files {
    directory: PathBuf,
    fault: Fault,
    /// Held while a put goes on for which nobody waits any more: the next store must not be opened before its end.
    _lock: File,
}

impl Files {
    pub(crate) fn open(directory: &Path, fault: Fault) -> io::Result<Self> {
        let values = directory.join("values");
        fs::create_dir_all(&values)?;
        File::open(directory)?.sync_all()?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock"))?;
        lock.lock()?;
        for file in fs::read_dir(&values)?.filter_map(Result::ok).map(|file| file.path()) {
            if fault == Fault::NewFileIsTheValue && file.extension().is_some_and(|extension| extension == "new") {
                fs::rename(&file, file.with_extension(""))?;
            }
        }
        Ok(Self { directory: values, fault, _lock: lock })
    }

    fn file(&self, key: &[u8]) -> PathBuf {
        let mut name = String::from("k");
        for byte in key {
            write!(name, "{byte:02x}").expect("a string takes everything");
        }
        self.directory.join(name)
    }

    fn write_file(&self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let file = self.file(key);
        if self.fault == Fault::EmptiedAndWritten {
            let mut written = File::create(&file)?;
            written.write_all(value)?;
            written.sync_all()?;
            return File::open(&self.directory)?.sync_all();
        }
        let new = file.with_extension("new");
        let is_in_the_way = self.fault == Fault::NewFileIsInTheWay;
        let mut options = OpenOptions::new();
        let mut written = options.write(true).create(true).truncate(true).create_new(is_in_the_way).open(&new)?;
        let is_short = self.fault == Fault::ShortWritesAreForgotten;
        match if is_short { written.write(value).map(drop) } else { written.write_all(value) } {
            Err(_) if self.fault == Fault::WriteErrorsAreForgotten => {}
            result => result?,
        }
        match self.fault {
            Fault::RenamedBeforeItIsSynced | Fault::SyncedAfterItIsRenamed => {}
            Fault::SyncErrorsAreForgotten => drop(written.sync_all()),
            _ => written.sync_all()?,
        }
        if self.fault == Fault::RemovedAndRenamed {
            let _ = fs::remove_file(&file);
        }
        fs::rename(new, file)?;
        if self.fault == Fault::SyncedAfterItIsRenamed {
            written.sync_all()?;
        }
        let synced = match self.fault {
            Fault::DirectoryIsNotSynced => Ok(()),
            Fault::DataIsSyncedForTheName => written.sync_data(),
            _ => File::open(&self.directory)?.sync_all(),
        };
        if self.fault == Fault::SyncErrorsOfTheDirectoryAreForgotten { Ok(()) } else { synced }
    }
}

impl Engine for Files {
    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::InvalidKey(format!("{} bytes, and a file name has room for {MAX_KEY_LEN}", key.len())));
        }
        self.write_file(key, value).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Vec<u8>, Error> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::NotFound);
        }
        match fs::read(self.file(key)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NotFound),
            Err(_) if self.fault == Fault::CannotReadIsMissing => Err(Error::NotFound),
            Err(_) if self.fault == Fault::CannotReadIsEmpty => Ok(Vec::new()),
            read => read.map_err(Error::backend),
        }
    }
}
