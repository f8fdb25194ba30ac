//! A store on an engine that blocks: a directory, with a file for each key.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;

use value_store::calls::{InOrder, blocking, within};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

/// A file name has 255 bytes at most on most systems, and each byte of a key takes two.
pub(crate) const MAX_KEY_LEN: usize = 120;

/// The engine. It knows neither timeouts nor futures.
struct Directory {
    path: PathBuf,
    /// Keeps others out for as long as this lives, which is until the last work has ended.
    _lock: File,
}

impl Directory {
    fn open(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        let lock = File::create(path.join("lock"))?;
        lock.try_lock()?;
        Ok(Self { path, _lock: lock })
    }

    fn write(&self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let file = self.file(key);
        // Nothing else writes this key meanwhile, so this name is free. A crash may have left an old file there.
        let new = file.with_extension("new");
        let mut written = File::create(&new)?;
        written.write_all(value)?;
        written.sync_all()?;
        fs::rename(new, file)?;
        // The name has to be on disk as well. Not every system can open a directory.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    fn read(&self, key: &[u8]) -> Result<Bytes, Error> {
        match fs::read(self.file(key)) {
            Ok(value) => Ok(value.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NotFound),
            Err(error) => Err(Error::backend(error)),
        }
    }

    /// In hexadecimal, since a file name cannot have all bytes, and may not tell letter cases apart.
    fn file(&self, key: &[u8]) -> PathBuf {
        let mut name = String::from("key-");
        for byte in key {
            write!(name, "{byte:02x}").expect("a string takes everything");
        }
        self.path.join(name)
    }
}

/// The store.
pub(crate) struct DirectoryStore {
    directory: InOrder<Directory>,
    peer_id: PeerId,
}

impl DirectoryStore {
    pub(crate) async fn open(path: PathBuf, peer_id: PeerId) -> Result<Self, Error> {
        let directory = blocking(move || Directory::open(path).map_err(Error::backend)).await?;
        Ok(Self { directory: InOrder::new(directory), peer_id })
    }
}

#[async_trait]
impl ValueStore for DirectoryStore {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        check(key)?;
        let put = self.directory.write(key, move |directory, key| directory.write(key, &value).map_err(Error::backend));
        within(options.timeout(), put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        check(key)?;
        let get = self.directory.read(key, Directory::read);
        Ok(GetValueResult { from: self.peer_id, val: within(options.timeout(), get).await? })
    }
}

fn check(key: &[u8]) -> Result<(), Error> {
    if key.len() > MAX_KEY_LEN {
        return Err(Error::InvalidKey(format!("{} bytes, and this store takes {MAX_KEY_LEN}", key.len())));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let path = std::env::temp_dir().join(format!("directory-store-{}", std::process::id()));
    let store = DirectoryStore::open(path.clone(), PeerId::random()).await?;

    store.put(b"greeting", "hello".into(), &Options::new()).await?;
    assert_eq!(store.get(b"greeting", &Options::new()).await?.val, "hello");
    fs::remove_dir_all(path).map_err(Error::backend)
}
