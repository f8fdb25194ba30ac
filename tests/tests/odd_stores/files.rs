//! Durable stores, in a file of their own.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use value_store::{Bytes, Context, Error, GetValueResult, PeerId, ValueStore, calls, value_store_tests};

use crate::serve::{Answer, Request, serve};

/// A file to which every put appends the lengths of its key and its value, and then both.
struct Log {
    file: File,
    /// For each key, where its value begins, and the length of it.
    places: HashMap<Vec<u8>, (u64, usize)>,
    end: u64,
    from: PeerId,
}

impl Log {
    fn open(context: &Context) -> io::Result<Self> {
        let file = File::options().read(true).append(true).create(true).open(context.dir().join("log"))?;
        let from = PeerId::random();
        context.member(from);
        let mut log = Self { file, places: HashMap::new(), end: 0, from };
        let mut bytes = Vec::new();
        log.file.read_to_end(&mut bytes)?;
        while let Some((key, value_len)) = next_entry(&bytes[usize::try_from(log.end).expect("it was read")..]) {
            log.place(key, value_len);
        }
        // The process may have been killed amid an entry.
        log.file.set_len(log.end)?;
        Ok(log)
    }

    /// Adds the next entry of the file to the index.
    fn place(&mut self, key: Vec<u8>, value_len: usize) {
        let value_at = self.end + 8 + key.len() as u64;
        self.end = value_at + value_len as u64;
        self.places.insert(key, (value_at, value_len));
    }

    fn serve(&mut self, request: Request) -> Answer {
        if let Some(value) = request.value {
            return self.put(request.key, &value).map(|()| None).map_err(Error::backend);
        }
        let place = self.places.get(&request.key).ok_or(Error::NotFound)?;
        let val = self.read(*place).map_err(Error::backend)?;
        Ok(Some(GetValueResult { from: self.from, val }))
    }

    fn put(&mut self, key: Vec<u8>, value: &[u8]) -> io::Result<()> {
        let lens = [key.len(), value.len()].map(|len| u32::try_from(len).expect("short ones").to_le_bytes());
        self.file.write_all(&[&lens[0], &lens[1], &key[..], value].concat())?;
        self.file.sync_data()?;
        self.place(key, value.len());
        Ok(())
    }

    fn read(&self, (at, len): (u64, usize)) -> io::Result<Bytes> {
        let mut value = vec![0; len];
        (&self.file).seek(SeekFrom::Start(at))?;
        (&self.file).read_exact(&mut value)?;
        Ok(value.into())
    }
}

/// The first entry in `bytes`, if it is whole: its key, and the length of its value.
fn next_entry(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let len = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize);
    let (key_len, value_len) = (len(bytes)?, len(bytes.get(4..)?)?);
    let (key, rest) = bytes.get(8..)?.split_at_checked(key_len)?;
    (rest.len() >= value_len).then(|| (key.to_vec(), value_len))
}

/// Makes one call at a time. A call that is dropped goes on, and the next one waits for it.
async fn in_order(log: &Arc<Mutex<Log>>, request: Request) -> Answer {
    let mut log = Arc::clone(log).lock_owned().await;
    calls::blocking(move || log.serve(request)).await
}

/// A file that only grows, with an index in memory.
#[value_store_tests(durable, settled, monotonic, linearizable)]
fn append_only(context: &Context) -> io::Result<impl ValueStore> {
    let log = Arc::new(Mutex::new(Log::open(context)?));
    Ok(serve(log, |log, request| async move { in_order(&log, request).await }))
}

/// All calls block their thread, and so the runtime.
#[value_store_tests(durable, settled, monotonic, linearizable)]
fn blocking(context: &Context) -> io::Result<impl ValueStore> {
    let log = std::sync::Mutex::new(Log::open(context)?);
    Ok(serve(log, |log, request| async move { log.lock().unwrap().serve(request) }))
}

/// A cache over a file: a put goes to the file first, and then to the cache.
#[value_store_tests(durable, settled, monotonic, linearizable)]
fn cached(context: &Context) -> io::Result<impl ValueStore> {
    let log = Log::open(context)?;
    let from = log.from;
    let state = (Arc::new(Mutex::new(log)), Mutex::<HashMap<Vec<u8>, Bytes>>::default());
    Ok(serve(state, move |state, request| async move {
        let (key, value) = (request.key.clone(), request.value.clone());
        let mut cache = state.1.lock().await;
        if value.is_none()
            && let Some(val) = cache.get(&key).cloned()
        {
            return Ok(Some(GetValueResult { from, val }));
        }
        // If this call is dropped, only the file is right.
        cache.remove(&key);
        let answer = in_order(&state.0, request).await?;
        let value = value.or_else(|| answer.as_ref().map(|found| found.val.clone()));
        cache.extend(value.map(|value| (key, value)));
        Ok(answer)
    }))
}

/// Only one store at a time may open the file, and the next one only a while after this one was dropped.
#[value_store_tests(durable, settled, monotonic, linearizable)]
fn lets_go_late(context: &Context) -> io::Result<impl ValueStore> {
    let held = Held::new(&context.dir().join("held"))?;
    let log = Arc::new(Mutex::new(Log::open(context)?));
    Ok(serve((log, held), |state, request| async move { in_order(&state.0, request).await }))
}

/// A lock of the system, which goes with the process.
struct Held(Option<File>);

impl Held {
    fn new(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        file.try_lock()?;
        Ok(Self(Some(file)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let file = self.0.take();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            drop(file);
        });
    }
}
