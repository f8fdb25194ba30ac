//! A store with a file for each key, and what can be wrong with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

use crate::log::peer;

/// What is wrong with the files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// The file of the old value is emptied, and then the new value is written.
    EmptiedAndWritten,
    /// The old file is removed before the new one is renamed.
    RemovedAndRenamed,
    /// A new file that a dead process has left is taken for the value.
    NewFileIsTheValue,
    /// A put holds a lock of its key: a file with a name that another key may have.
    LockIsAKey,
    /// What a dead process has left in the new file stays there, and the value comes behind it.
    WrittenBehindWhatWasLeft,
    /// Each process has a peer of its own, and says that values are from the peer of the process that put them.
    PeerOfEachProcess,
}

/// Each byte of a key takes two of a file name.
pub(crate) const MAX_KEY_LEN: usize = 100;

const AMID: Duration = Duration::from_micros(500);

pub(crate) struct Files {
    directory: PathBuf,
    fault: Fault,
    pub(crate) peer_id: PeerId,
    /// Held by each put, and by each get.
    turn: Mutex<()>,
}

impl Files {
    pub(crate) fn open(directory: &Path, fault: Fault) -> io::Result<Self> {
        static OF_THIS_PROCESS: LazyLock<PeerId> = LazyLock::new(PeerId::random);
        let peer_id = if fault == Fault::PeerOfEachProcess { *OF_THIS_PROCESS } else { peer(directory)? };
        let directory = directory.join("values");
        fs::create_dir_all(&directory)?;
        for file in fs::read_dir(&directory)?.filter_map(Result::ok).map(|file| file.path()) {
            if fault == Fault::NewFileIsTheValue && file.extension().is_some_and(|extension| extension == "new") {
                fs::rename(&file, file.with_extension(""))?;
            }
        }
        Ok(Self { directory, fault, peer_id, turn: Mutex::default() })
    }

    fn file(&self, key: &[u8]) -> PathBuf {
        let name = key.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let name: String = name.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        self.directory.join(format!("k{name}"))
    }

    fn write(&self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let file = self.file(key);
        let new = file.with_extension("new");
        let mut content = format!("{}\n", self.peer_id).into_bytes();
        content.extend_from_slice(value);
        if self.fault == Fault::EmptiedAndWritten {
            let mut written = File::create(&file)?;
            written.write_all(&content[..content.len() - value.len()])?;
            thread::sleep(AMID);
            return written.write_all(value);
        }
        let is_behind = self.fault == Fault::WrittenBehindWhatWasLeft;
        let mut written =
            OpenOptions::new().create(true).write(true).append(is_behind).truncate(!is_behind).open(&new)?;
        let lock = self.file(&[key, b".lock"].concat());
        let is_locked = self.fault == Fault::LockIsAKey && File::create_new(&lock).is_ok();
        let (first, rest) = content.split_at(content.len() - value.len() / 2);
        written.write_all(first)?;
        thread::sleep(AMID);
        written.write_all(rest)?;
        if self.fault == Fault::RemovedAndRenamed {
            let _ = fs::remove_file(&file);
            thread::sleep(AMID);
        }
        fs::rename(new, file)?;
        if is_locked { fs::remove_file(lock) } else { Ok(()) }
    }

    fn read(&self, key: &[u8]) -> Result<GetValueResult, Error> {
        let content = match fs::read(self.file(key)) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::NotFound),
            Err(error) => return Err(Error::backend(error)),
        };
        let end = content.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        let from = String::from_utf8_lossy(&content[..end]).parse().map_err(|_| Error::backend("a damaged file"))?;
        Ok(GetValueResult { from, val: Bytes::copy_from_slice(&content[end + 1..]) })
    }
}

#[async_trait]
impl ValueStore for Files {
    async fn put(&self, key: &[u8], value: Bytes, _: &Options) -> Result<(), Error> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::InvalidKey(format!("{} bytes, and a file name has room for {MAX_KEY_LEN}", key.len())));
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(key, &value).map_err(Error::backend)
    }

    async fn get(&self, key: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::NotFound);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(key)
    }
}
