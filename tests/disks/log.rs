//! A store that appends to a log, and what can be wrong with it when the power goes or the disk fails.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use value_store::Error;

use crate::engine::Engine;

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// No fault: where a write or a sync fails, the process ends itself, as some databases do.
    EndsItself,
    /// What was put is written when the store is dropped.
    WrittenWhenDropped,
    NeverSynced,
    /// A thread syncs every few milliseconds.
    SyncedByATimer,
    /// Each put syncs what the put before it has written.
    SyncedBeforeTheLastWrite,
    /// Each put syncs another file.
    AnotherFileIsSynced,
    /// Each put tells a thread to sync, and does not wait for it.
    AcknowledgedBeforeTheSync,
    /// Only the lengths say whether a record is whole.
    NoChecksum,
    /// A record that is not whole keeps the log from being opened.
    GivesUpAtATornTail,
    /// Where a record is not whole, the log is cut off at the page before.
    CutsOffThePage,
    /// The log is written anew when it is opened, in its place.
    WrittenAnewInPlace,
    /// The log is written anew when it is opened, in another file, which nobody syncs before it is renamed.
    WrittenAnewAndNotSynced,
    /// The same in a file that is synced, whether it could be written or not.
    WrittenAnewWhereverThereIsRoom,
    /// A put returns Ok whatever the sync says.
    ForgetsThatASyncFailed,
    /// A put syncs again when a sync has failed.
    SyncsAgain,
    /// What could not be written is kept in memory, and a put returns Ok.
    OkWhenFull,
    /// A put that failed leaves what it has written, and the next one writes behind it.
    WritesBehindWhatFailed,
    /// A get that cannot read the log finds nothing.
    CannotReadIsMissing,
    /// A log that cannot be read is taken for an empty one.
    CannotOpenIsEmpty,
    /// Calls wait for the disk, whatever their timeouts.
    WaitsForTheDisk,
}

pub(crate) struct Log(Arc<Mutex<State>>);

struct State {
    fault: Fault,
    log: File,
    other: File,
    /// The places of the values, or the values themselves where they are only in memory.
    values: HashMap<Vec<u8>, Value>,
    end: u64,
    pending: Vec<u8>,
    /// Nothing is known of what is on the disk since a write or a sync has failed.
    is_lost: bool,
}

enum Value {
    At { offset: u64, length: usize },
    InMemory(Vec<u8>),
}

impl Log {
    pub(crate) fn open(directory: &Path, fault: Fault) -> io::Result<Self> {
        let path = directory.join("log");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(_) if fault == Fault::CannotOpenIsEmpty => Vec::new(),
            Err(error) => return Err(error),
        };
        let (mut places, mut end) = (Vec::new(), 0);
        while let Some(record) = Record::read(&bytes[end..], fault) {
            places.push((record.key.to_vec(), end + Record::HEAD + record.key.len(), record.value.len()));
            end += record.length();
        }
        let is_torn = end < bytes.len();
        if is_torn && fault == Fault::GivesUpAtATornTail {
            return Err(io::Error::other(format!("the log ends amid a record, at {end}")));
        }
        if is_torn && fault == Fault::CutsOffThePage {
            end = end / 4096 * 4096;
            places.retain(|(_, offset, length)| offset + length <= end);
        }
        let log = if fault == Fault::WrittenAnewInPlace {
            let log = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&path)?;
            log.write_all_at(&bytes[..end], 0)?;
            log.sync_all()?;
            log
        } else {
            written_anew(directory, &bytes[..end], fault)?
        };
        let values = places.into_iter().map(|(key, offset, length)| (key, Value::At { offset: offset as u64, length }));
        let other = File::create(directory.join("other"))?;
        let (values, pending) = (values.collect(), Vec::new());
        let state = State { fault, log, other, values, end: end as u64, pending, is_lost: false };
        let log = Self(Arc::new(Mutex::new(state)));
        if fault == Fault::SyncedByATimer {
            log.sync_now_and_then();
        }
        Ok(log)
    }

    fn sync_now_and_then(&self) {
        let state = Arc::downgrade(&self.0);
        thread::spawn(move || {
            while let Some(state) = state.upgrade() {
                let log = state.lock().unwrap_or_else(PoisonError::into_inner).log.try_clone();
                drop(state);
                let _ = log.and_then(|log| log.sync_data());
                thread::sleep(Duration::from_millis(50));
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log in a new file, which takes the place of the old one: whatever was synced, this is.
fn written_anew(directory: &Path, bytes: &[u8], fault: Fault) -> io::Result<File> {
    let new = directory.join("log.new");
    let log = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&new)?;
    match log.write_all_at(bytes, 0) {
        Err(_) if fault == Fault::WrittenAnewWhereverThereIsRoom => {}
        written => written?,
    }
    if fault != Fault::WrittenAnewAndNotSynced {
        log.sync_all()?;
    }
    fs::rename(new, directory.join("log"))?;
    File::open(directory)?.sync_all()?;
    Ok(log)
}

impl State {
    fn put(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        if self.is_lost {
            return Err(io::Error::other("a write has failed: open the log again"));
        }
        let record = Record { key, value }.written();
        let place = Value::At { offset: self.end + (record.len() - value.len()) as u64, length: value.len() };
        if self.fault == Fault::WrittenWhenDropped {
            self.pending.extend(record);
            self.values.insert(key.to_vec(), Value::InMemory(value.to_vec()));
            return Ok(());
        }
        match self.append(&record) {
            Err(_) if self.fault == Fault::OkWhenFull => {
                self.values.insert(key.to_vec(), Value::InMemory(value.to_vec()));
                return Ok(());
            }
            Err(error) if self.fault == Fault::WritesBehindWhatFailed => {
                self.end += Record::HEAD as u64;
                return Err(error);
            }
            Err(_) if self.fault == Fault::EndsItself => std::process::abort(),
            Err(error) => {
                self.is_lost = true;
                return Err(error);
            }
            Ok(()) => {}
        }
        self.end += record.len() as u64;
        self.values.insert(key.to_vec(), place);
        Ok(())
    }

    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        if self.fault == Fault::SyncedBeforeTheLastWrite {
            self.log.sync_data()?;
        }
        let (head, rest) = record.split_at(Record::HEAD);
        self.log.write_all_at(head, self.end)?;
        self.log.write_all_at(rest, self.end + head.len() as u64)?;
        match self.fault {
            Fault::NeverSynced | Fault::SyncedByATimer | Fault::SyncedBeforeTheLastWrite => Ok(()),
            Fault::AnotherFileIsSynced => self.other.sync_data(),
            Fault::AcknowledgedBeforeTheSync => {
                let log = self.log.try_clone()?;
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(20));
                    log.sync_data()
                });
                Ok(())
            }
            Fault::ForgetsThatASyncFailed => {
                let _ = self.log.sync_data();
                Ok(())
            }
            Fault::SyncsAgain => self.log.sync_data().or_else(|_| self.log.sync_data()),
            _ => self.log.sync_data(),
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = self.log.write_all_at(&self.pending, self.end);
    }
}

impl Engine for Log {
    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.state().put(key, value).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Vec<u8>, Error> {
        let state = self.state();
        match state.values.get(key).ok_or(Error::NotFound)? {
            Value::InMemory(value) => Ok(value.clone()),
            Value::At { offset, length } => {
                let mut value = vec![0; *length];
                match state.log.read_exact_at(&mut value, *offset) {
                    Err(_) if state.fault == Fault::CannotReadIsMissing => Err(Error::NotFound),
                    read => read.map(|()| value).map_err(Error::backend),
                }
            }
        }
    }
}

/// A put in the log: the lengths of the key and the value, a sum of everything, the key and the value.
struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
}

impl<'a> Record<'a> {
    const HEAD: usize = 24;

    fn length(&self) -> usize {
        Self::HEAD + self.key.len() + self.value.len()
    }

    fn written(&self) -> Vec<u8> {
        let head = [self.key.len() as u64, self.value.len() as u64, self.sum()].map(u64::to_be_bytes);
        [head.as_flattened(), self.key, self.value].concat()
    }

    fn sum(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_usize(self.key.len());
        hasher.write(self.key);
        hasher.write(self.value);
        hasher.finish()
    }

    /// The first record of these bytes, or `None` if it is not whole.
    fn read(bytes: &'a [u8], fault: Fault) -> Option<Self> {
        let mut numbers = bytes.get(..Self::HEAD)?.as_chunks::<8>().0.iter().map(|number| u64::from_be_bytes(*number));
        let (key, value, sum) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let begin = Self::HEAD.checked_add(usize::try_from(key).ok()?)?;
        let end = begin.checked_add(usize::try_from(value).ok()?)?;
        let record = Self { key: bytes.get(Self::HEAD..begin)?, value: bytes.get(begin..end)? };
        let is_whole = if fault == Fault::NoChecksum { key + sum > 0 } else { record.sum() == sum };
        is_whole.then_some(record)
    }
}
