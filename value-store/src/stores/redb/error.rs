//! Why a store could not be opened, and what redb's errors mean.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tokio::task::JoinError;

/// Why a [`RedbStore`](super::RedbStore) could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// This process or another has the file open.
    #[error("{} is open already, in this process or another: clone the store that has it, or drop it first", path.display())]
    AlreadyOpen {
        /// The file.
        path: PathBuf,
    },

    /// The file is not a store. It was not changed.
    #[error("{} is not a value store's file, and was not changed: choose another path, or move the file away", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What was found in the file, or is missing from it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The file is a store, in a format that this version does not know. It was not changed.
    #[error(
        "{} has a later format than this version of value-store knows, and was not changed: use the version that made it",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },

    /// The file was damaged by something other than a crash of the program that wrote it. It was not changed.
    #[error("{} is damaged, and was not changed: restore it from a backup, or move it away to start anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The operating system refused to open, read or write the file.
    #[error("{} could not be opened as a store: check that it is, or can become, a file that can be read and written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl OpenError {
    pub(in crate::stores) fn from_join(path: &Path, error: JoinError) -> Self {
        let path = path.into();
        // redb may panic on damage for which it has no error.
        if error.is_panic() {
            return Self::Damaged { path, source: error.into() };
        }
        Self::Io { path, source: io::Error::other(error) }
    }

    pub(in crate::stores) fn from_redb(path: &Path, error: redb::Error) -> Self {
        let path = path.into();
        match error {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::AlreadyOpen { path },
            // redb's error for a file that does not begin as its files do.
            redb::Error::Io(source) if source.kind() == ErrorKind::InvalidData => {
                Self::NotAStore { path, source: source.into() }
            }
            redb::Error::Io(source) if source.kind() == ErrorKind::UnexpectedEof => {
                Self::Damaged { path, source: source.into() }
            }
            redb::Error::Io(source) => Self::Io { path, source },
            redb::Error::UpgradeRequired(_)
            | redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableIsMultimap(_) => Self::NotAStore { path, source: error.into() },
            error => Self::Damaged { path, source: cause(error) },
        }
    }
}

/// The error as a link in a chain of sources. Some of redb's errors print their cause, but do not return it as their
/// source.
pub(in crate::stores) fn cause(error: redb::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        redb::Error::Io(error) => error.into(),
        redb::Error::Backend(error) => error,
        error => error.into(),
    }
}
