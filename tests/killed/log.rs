//! A store that appends to a log, and what can be wrong with it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// What was put is written when the store is dropped.
    WrittenWhenDropped,
    /// What was put is written every few milliseconds.
    WrittenByATimer,
    /// A record that is not whole is taken for one.
    TornTailIsARecord,
    /// A record that is not whole keeps the log from being opened.
    GivesUpAtATornTail,
    /// A log that was not closed loses its last record.
    CutsOffTheLastRecord,
    /// A log that was not closed is read from the last place that a clean end has noted.
    ReadToTheLastCleanEnd,
    /// A file says that the log is in use, and is removed when that is dropped.
    LockFile,
    /// Opening the log writes it anew.
    WrittenAnewWhenOpened,
    /// The next record begins where a clean end has noted.
    GoesOnAtTheLastCleanEnd,
    /// Records have numbers, of which the highest counts, and a clean end notes the next.
    NumbersBeginAgain,
}

/// How long a store with a fault pauses amid what it writes, so that a kill meets it there.
const AMID: Duration = Duration::from_micros(500);

pub(crate) struct Log(Arc<Mutex<State>>, PeerId);

struct State {
    fault: Fault,
    directory: PathBuf,
    log: File,
    values: HashMap<Vec<u8>, (u64, Bytes)>,
    pending: Vec<u8>,
    next: u64,
}

impl Log {
    pub(crate) fn open(directory: &Path, fault: Fault) -> io::Result<Self> {
        let peer_id = peer(directory)?;
        if fault == Fault::LockFile {
            File::create_new(directory.join("lock"))?;
        }
        let (path, mut bytes) = (directory.join("log"), fs::read(directory.join("log")).unwrap_or_default());
        let clean = fs::read_to_string(directory.join("clean")).ok().and_then(|text| text.parse::<u64>().ok());
        let end = usize::try_from(clean.unwrap_or(0)).unwrap_or(usize::MAX);
        match fault {
            Fault::ReadToTheLastCleanEnd if clean.is_some() => bytes.truncate(end),
            Fault::GoesOnAtTheLastCleanEnd => bytes.truncate(end),
            _ => {}
        }
        let (mut values, mut whole, mut last) = (HashMap::new(), 0, 0);
        while let Some((record, length)) = Record::read(&bytes[whole..], fault) {
            last = whole;
            whole += length;
            let newer = |(number, _): &(u64, Bytes)| *number > record.number;
            if !values.get(&record.key).is_some_and(newer) {
                values.insert(record.key, (record.number, record.value));
            }
        }
        if fault == Fault::GivesUpAtATornTail && whole < bytes.len() {
            return Err(io::Error::other(format!("the log ends amid a record, at {whole}")));
        }
        if fault == Fault::CutsOffTheLastRecord && clean.is_none() && last > 0 {
            fs::write(&path, &bytes[..last])?;
            return Self::open(directory, Fault::None).map(|log| log.with(fault));
        }
        if fault == Fault::WrittenAnewWhenOpened {
            File::create(&path)?;
            thread::sleep(AMID);
            fs::write(&path, &bytes[..whole])?;
        }
        let log = OpenOptions::new().create(true).append(true).open(&path)?;
        log.set_len(whole as u64)?;
        if fault != Fault::ReadToTheLastCleanEnd {
            let _ = fs::remove_file(directory.join("clean"));
        }
        let next = if fault == Fault::NumbersBeginAgain { clean.unwrap_or(0) } else { 1 + values.len() as u64 };
        let (directory, pending) = (directory.to_owned(), Vec::new());
        let next = next.max(if fault == Fault::NumbersBeginAgain { 0 } else { highest(&values) + 1 });
        let state = Arc::new(Mutex::new(State { fault, directory, log, values, pending, next }));
        if fault == Fault::WrittenByATimer {
            let state = Arc::downgrade(&state);
            thread::spawn(move || write_now_and_then(&state));
        }
        Ok(Self(state, peer_id))
    }

    fn with(self, fault: Fault) -> Self {
        self.state().fault = fault;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn highest(values: &HashMap<Vec<u8>, (u64, Bytes)>) -> u64 {
    values.values().map(|(number, _)| *number).max().unwrap_or(0)
}

/// The peer of a directory, which every process has that opens it.
pub(crate) fn peer(directory: &Path) -> io::Result<PeerId> {
    let path = directory.join("peer");
    if let Ok(text) = fs::read_to_string(&path)
        && let Ok(peer_id) = text.parse()
    {
        return Ok(peer_id);
    }
    let peer_id = PeerId::random();
    fs::write(directory.join("peer.new"), peer_id.to_string())?;
    fs::rename(directory.join("peer.new"), path)?;
    Ok(peer_id)
}

fn write_now_and_then(state: &Weak<Mutex<State>>) {
    while let Some(state) = state.upgrade() {
        let _ = state.lock().unwrap_or_else(PoisonError::into_inner).write_pending();
        drop(state);
        thread::sleep(Duration::from_millis(20));
    }
}

impl State {
    fn put(&mut self, key: &[u8], value: Bytes) -> io::Result<()> {
        let number = self.next;
        self.next += 1;
        self.pending.extend(Record { number, key: key.to_vec(), value: value.clone() }.written());
        self.values.insert(key.to_vec(), (number, value));
        match self.fault {
            Fault::WrittenWhenDropped | Fault::WrittenByATimer => Ok(()),
            _ => self.write_pending(),
        }
    }

    fn write_pending(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let pauses = matches!(self.fault, Fault::TornTailIsARecord | Fault::GivesUpAtATornTail);
        let (first, rest) = pending.split_at(if pauses { pending.len() * 3 / 4 } else { 0 });
        self.log.write_all(first)?;
        if pauses {
            thread::sleep(AMID);
        }
        self.log.write_all(rest)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut state = self.state();
        let _ = state.write_pending();
        let end = state.log.metadata().map_or(0, |metadata| metadata.len());
        let noted = if state.fault == Fault::NumbersBeginAgain { state.next } else { end };
        let _ = fs::write(state.directory.join("clean"), noted.to_string());
        let _ = fs::remove_file(state.directory.join("lock"));
    }
}

#[async_trait]
impl ValueStore for Log {
    async fn put(&self, key: &[u8], value: Bytes, _: &Options) -> Result<(), Error> {
        self.state().put(key, value).map_err(Error::backend)
    }

    async fn get(&self, key: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        let (_, val) = self.state().values.get(key).cloned().ok_or(Error::NotFound)?;
        Ok(GetValueResult { from: self.1, val })
    }
}

/// A put in the log: the lengths of the key and the value, its number, a sum of everything, the key and the value.
struct Record {
    number: u64,
    key: Vec<u8>,
    value: Bytes,
}

impl Record {
    const HEAD: usize = 32;

    fn written(&self) -> Vec<u8> {
        let numbers = [self.key.len() as u64, self.value.len() as u64, self.number, self.sum()];
        let head = numbers.iter().flat_map(|number| number.to_be_bytes());
        head.chain(self.key.iter().copied()).chain(self.value.iter().copied()).collect()
    }

    fn sum(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.key);
        hasher.write(&self.value);
        hasher.write_u64(self.number);
        hasher.finish()
    }

    /// The first record of these bytes and its length, or `None` if it is not whole.
    fn read(bytes: &[u8], fault: Fault) -> Option<(Self, usize)> {
        let mut numbers = bytes.get(..Self::HEAD)?.chunks(8).map(|chunk| {
            let number = u64::from_be_bytes(chunk.try_into().unwrap_or_default());
            usize::try_from(number).unwrap_or(usize::MAX)
        });
        let (key, value, number, sum) = (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?);
        let (begin, length) = (Self::HEAD.checked_add(key)?, Self::HEAD.checked_add(key)?.checked_add(value)?);
        let end = if fault == Fault::TornTailIsARecord { length.min(bytes.len()) } else { length };
        let (key, value) = (bytes.get(Self::HEAD..begin)?.to_vec(), bytes.get(begin..end)?);
        let record = Self { number: number as u64, key, value: Bytes::copy_from_slice(value) };
        let is_whole = record.sum() == sum as u64 || fault == Fault::TornTailIsARecord;
        is_whole.then_some((record, end))
    }
}
