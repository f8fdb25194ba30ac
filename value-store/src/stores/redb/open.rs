//! How a file becomes the database of a store, or is refused and left as it was.

use std::fs::OpenOptions;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{BackendError, Database, ReadableDatabase, StorageBackend, TableDefinition, WriteTransaction};

use super::error::OpenError;
use super::overlay::Overlay;

/// The table in which a database describes itself.
pub(in crate::stores) const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("value_store");
const FORMAT: &str = "format";

const THIS_FORMAT: &[u8] = b"1";

/// What a store's database holds beside the number of its format.
pub(in crate::stores) trait Content {
    /// Whether it holds secrets, so that nobody but the owner may read a new file.
    const IS_SECRET: bool;

    /// Makes the tables of a new database.
    fn create(&self, transaction: &WriteTransaction) -> Result<(), redb::Error>;

    /// Fails unless all of it is there.
    fn verify(database: &Database) -> Result<(), redb::Error>;
}

/// The first bytes of a new file, until all of it is on disk.
pub(super) const UNFINISHED: &[u8] = b"value-store: this file is being made; if nothing makes it, delete it\n";

/// Small, because a rehearsal reads each page about once.
const REHEARSAL_CACHE_BYTES: usize = 16 << 20;

/// Opens the database at `path`, or makes one there.
///
/// redb writes to a file as soon as it opens it, to repair it for instance, and only then can tell what is in it. So
/// the opening is first rehearsed on an overlay in memory. Only a file that passes is opened for real.
pub(in crate::stores) fn open<C: Content>(path: &Path, content: &C) -> Result<Database, OpenError> {
    let file = Arc::new(lock(path, C::IS_SECRET)?);
    let prepared = prepare(path, &file, content);
    // Unlocked explicitly, because dropping the file may not be enough: a process that this one is just starting has a
    // copy of the descriptor for a moment.
    file.close().map_err(|source| OpenError::Io { path: path.into(), source })?;
    prepared?;
    // Somebody else may take the file here, between the two locks. They leave it a store.
    Database::open(path).map_err(|error| OpenError::from_redb(path, error.into()))
}

/// Makes the file a store, or makes sure that it is one.
fn prepare<C: Content>(path: &Path, file: &Arc<FileBackend>, content: &C) -> Result<(), OpenError> {
    if is_new(file).map_err(|source| OpenError::Io { path: path.into(), source })? {
        create(path, file, content)
    } else {
        rehearse::<C>(path, file)
    }
}

/// Opens the file, or an empty new one, and keeps everyone else out of it.
fn lock(path: &Path, is_secret: bool) -> Result<FileBackend, OpenError> {
    let io_error = |source| OpenError::Io { path: path.into(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    if is_secret {
        for_the_owner_alone(&mut options);
    }
    let file = options.open(path).map_err(io_error)?;
    if !file.metadata().map_err(io_error)?.is_file() {
        return Err(OpenError::NotAStore { path: path.into(), source: "it is not a regular file".into() });
    }
    let file = FileBackend::new(file).map_err(|error| OpenError::from_redb(path, error.into()))?;
    match file.try_lock_range(Bound::Included(0), Bound::Unbounded) {
        // On a system without file locks, redb does without them too.
        Ok(true) | Err(BackendError::Unsupported) => Ok(file),
        Ok(false) => Err(OpenError::AlreadyOpen { path: path.into() }),
        Err(error) => Err(OpenError::from_redb(path, error.into())),
    }
}

#[cfg(unix)]
fn for_the_owner_alone(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Elsewhere a new file is as open as its directory makes it.
#[cfg(not(unix))]
fn for_the_owner_alone(_options: &mut OpenOptions) {}

/// Whether the file is empty, or what a crash left of one that was being made.
fn is_new(file: &FileBackend) -> io::Result<bool> {
    let len = file.len()?;
    let mut start = [0; UNFINISHED.len()];
    if len >= start.len() as u64 {
        file.read(0, &mut start)?;
    }
    Ok(len == 0 || start == UNFINISHED)
}

/// Makes an empty store in the file.
///
/// The store is made in memory, and then written in an order that no crash can spoil: the file is empty, marked as
/// `UNFINISHED`, or whole. The mark stands in place of the first bytes, which are written last.
fn create(path: &Path, file: &Arc<FileBackend>, content: &impl Content) -> Result<(), OpenError> {
    let overlay = Overlay::new(Arc::clone(file), 0);
    let make = || -> Result<(), redb::Error> {
        let database = Database::builder().create_with_backend(overlay.clone())?;
        let transaction = database.begin_write()?;
        transaction.open_table(ABOUT)?.insert(FORMAT, THIS_FORMAT)?;
        content.create(&transaction)?;
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

/// Elsewhere a directory cannot be opened as a file, so this is left to the operating system.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the file on an overlay and verifies all of it, without changing it.
fn rehearse<C: Content>(path: &Path, file: &Arc<FileBackend>) -> Result<(), OpenError> {
    let len = file.len().map_err(|source| OpenError::Io { path: path.into(), source })?;
    let mut builder = Database::builder();
    builder.set_cache_size(REHEARSAL_CACHE_BYTES).set_check_integrity_on_open(true);
    let opened = builder.create_with_backend(Overlay::new(Arc::clone(file), len));
    let database = opened.map_err(|error| OpenError::from_redb(path, error.into()))?;

    let format = about(&database, FORMAT).map_err(|error| OpenError::from_redb(path, error))?;
    match format.as_deref() {
        Some(THIS_FORMAT) => C::verify(&database).map_err(|error| OpenError::from_redb(path, error)),
        Some(_) => Err(OpenError::UnknownFormat { path: path.into() }),
        None => Err(OpenError::NotAStore { path: path.into(), source: "it does not state its format".into() }),
    }
}

/// An entry of the table in which the database describes itself.
pub(in crate::stores) fn about(database: &Database, what: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let said = database.begin_read()?.open_table(ABOUT)?.get(what)?;
    Ok(said.map(|bytes| bytes.value().to_vec()))
}
