use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libp2p_identity::PeerId;
use redb::backends::FileBackend;
use redb::{BackendError, Database, ReadableDatabase, StorageBackend, TableDefinition};
use tokio::task::JoinError;

use super::file::{VALUES, cause};
use super::overlay::Overlay;

const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("value_store");
const FORMAT: &str = "format";
const PEER_ID: &str = "peer_id";

const THIS_FORMAT: &[u8] = b"1";

/// What a new file starts with until all of it is on disk.
pub(super) const UNFINISHED: &[u8] = b"value-store: this file is being made; if nothing makes it, delete it\n";

/// A rehearsal reads each page about once, so keeping them would help nothing.
const REHEARSAL_CACHE_BYTES: usize = 16 << 20;

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

    /// The file is something else than a store. It was not changed.
    #[error("{} is not a value store's file, and was not changed: choose another path, or move the file away", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What was found, or what was not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The file is a store's, of a format that this version does not know. It was not changed.
    #[error(
        "{} has a later format than this version of value-store knows, and was not changed: use the version that made it",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },

    /// The file was damaged, by something other than a crash of the program that wrote it. It was not changed.
    #[error("{} is damaged, and was not changed: restore it from a backup, or move it away to start anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The operating system refused.
    #[error("{} could not be opened as a store: check that it is, or can become, a file that can be read and written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

impl OpenError {
    pub(super) fn from_join(path: &Path, error: JoinError) -> Self {
        let path = path.into();
        // redb may panic where damage leaves it no error to return.
        if error.is_panic() {
            return Self::Damaged { path, source: error.into() };
        }
        Self::Io { path, source: io::Error::other(error) }
    }

    fn from_redb(path: &Path, error: redb::Error) -> Self {
        let path = path.into();
        match error {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::AlreadyOpen { path },
            // redb says so when the file does not begin as its files do.
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

/// Opens the database at `path`, or makes one there, and says as which peer.
///
/// redb writes to a file as soon as it opens it, to repair it for instance, and only then can tell what is in it. So the
/// opening is first rehearsed, over the file and in memory: only what passes there is opened in earnest.
pub(super) fn open(path: &Path, peer_id: Option<PeerId>) -> Result<(Database, PeerId), OpenError> {
    let file = Arc::new(lock(path)?);
    let prepared = prepare(path, &file, peer_id);
    // Unlocked by hand, because letting go of the file may not be enough: a process that this one is starting just now has
    // a copy of it for a moment.
    file.close().map_err(|source| OpenError::Io { path: path.into(), source })?;
    prepared?;
    // Whoever takes the file at this point, between the two locks, leaves it a store.
    let in_earnest = || -> Result<_, redb::Error> {
        let database = Database::open(path)?;
        let peer_id = adopt(&database, peer_id)?;
        Ok((database, peer_id))
    };
    in_earnest().map_err(|error| OpenError::from_redb(path, error))
}

/// Sees to it that the file is a store.
fn prepare(path: &Path, file: &Arc<FileBackend>, peer_id: Option<PeerId>) -> Result<(), OpenError> {
    if is_new(file).map_err(|source| OpenError::Io { path: path.into(), source })? {
        create(path, file, peer_id.unwrap_or_else(PeerId::random))
    } else {
        rehearse(path, file)
    }
}

/// Opens the file, or an empty new one, and keeps everyone else out of it.
fn lock(path: &Path) -> Result<FileBackend, OpenError> {
    let io_error = |source| OpenError::Io { path: path.into(), source };
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io_error)?;
    if !file.metadata().map_err(io_error)?.is_file() {
        return Err(OpenError::NotAStore { path: path.into(), source: "it is not a regular file".into() });
    }
    let file = FileBackend::new(file).map_err(|error| OpenError::from_redb(path, error.into()))?;
    match file.try_lock_range(Bound::Included(0), Bound::Unbounded) {
        // Where there are no locks, redb does without them too.
        Ok(true) | Err(BackendError::Unsupported) => Ok(file),
        Ok(false) => Err(OpenError::AlreadyOpen { path: path.into() }),
        Err(error) => Err(OpenError::from_redb(path, error.into())),
    }
}

/// Whether the file is empty, or what a crash left of one that was being made.
fn is_new(file: &FileBackend) -> io::Result<bool> {
    let len = file.len()?;
    let mut start = [0; UNFINISHED.len()];
    if len >= start.len() as u64 {
        file.read(0, &mut start)?;
    }
    Ok(len == 0 || start == UNFINISHED)
}

/// Makes an empty store in the file. It is made in memory and written in an order that leaves no crash a file that looks
/// like anything but nothing, unfinished, or whole: in place of its first bytes, which come last, is `UNFINISHED`.
fn create(path: &Path, file: &Arc<FileBackend>, peer_id: PeerId) -> Result<(), OpenError> {
    let overlay = Overlay::new(Arc::clone(file), 0);
    let make = || -> Result<(), redb::Error> {
        let database = Database::builder().create_with_backend(overlay.clone())?;
        let transaction = database.begin_write()?;
        transaction.open_table(VALUES)?;
        {
            let mut about = transaction.open_table(ABOUT)?;
            about.insert(FORMAT, THIS_FORMAT)?;
            about.insert(PEER_ID, peer_id.to_bytes().as_slice())?;
        }
        transaction.commit()?;
        Ok(database.close()?)
    };
    make().map_err(|error| OpenError::from_redb(path, error))?;
    write_out(path, file, &overlay).map_err(|source| OpenError::Io { path: path.into(), source })
}

fn write_out(path: &Path, file: &FileBackend, overlay: &Overlay) -> io::Result<()> {
    let mut image = vec![0; usize::try_from(overlay.len()?).map_err(io::Error::other)?];
    overlay.read(0, &mut image)?;
    let (start, rest) = image.split_at(UNFINISHED.len());

    file.write(0, UNFINISHED)?;
    file.sync_data()?;
    file.set_len(image.len() as u64)?;
    file.write(UNFINISHED.len() as u64, rest)?;
    file.sync_data()?;
    file.write(0, start)?;
    file.sync_data()?;
    sync_directory(path)
}

/// Makes the name of a new file as durable as its content.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(directory)?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file; it is left to the operating system.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Goes through the opening of the file, verifying all of it, without a change to it.
fn rehearse(path: &Path, file: &Arc<FileBackend>) -> Result<(), OpenError> {
    let len = file.len().map_err(|source| OpenError::Io { path: path.into(), source })?;
    let mut builder = Database::builder();
    builder.set_cache_size(REHEARSAL_CACHE_BYTES).set_check_integrity_on_open(true);
    let opened = builder.create_with_backend(Overlay::new(Arc::clone(file), len));
    let database = opened.map_err(|error| OpenError::from_redb(path, error.into()))?;

    match read_format(&database).map_err(|error| OpenError::from_redb(path, error))?.as_deref() {
        Some(THIS_FORMAT) => Ok(()),
        Some(_) => Err(OpenError::UnknownFormat { path: path.into() }),
        None => Err(OpenError::NotAStore { path: path.into(), source: "it does not state its format".into() }),
    }
}

/// The format that the database states. If it is this one, all is there that belongs to it.
fn read_format(database: &Database) -> Result<Option<Vec<u8>>, redb::Error> {
    let format = about(database, FORMAT)?;
    if format.as_deref() == Some(THIS_FORMAT) {
        database.begin_read()?.open_table(VALUES)?;
        read_peer_id(database)?;
    }
    Ok(format)
}

/// What the database says about itself.
fn about(database: &Database, what: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let said = database.begin_read()?.open_table(ABOUT)?.get(what)?;
    Ok(said.map(|bytes| bytes.value().to_vec()))
}

fn read_peer_id(database: &Database) -> Result<PeerId, redb::Error> {
    let bytes = about(database, PEER_ID)?.ok_or_else(|| redb::Error::Corrupted("there is no peer id".into()))?;
    PeerId::from_bytes(&bytes).map_err(|error| redb::Error::Corrupted(format!("the peer id is none: {error}")))
}

/// The peer id that the database has, or that it has from now on.
fn adopt(database: &Database, given: Option<PeerId>) -> Result<PeerId, redb::Error> {
    let found = read_peer_id(database)?;
    match given {
        Some(given) if given != found => {
            let transaction = database.begin_write()?;
            transaction.open_table(ABOUT)?.insert(PEER_ID, given.to_bytes().as_slice())?;
            transaction.commit()?;
            Ok(given)
        }
        _ => Ok(found),
    }
}
