use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::entry::{Entry, Now};
use super::*;
use crate::stores::RedbStore;
use crate::{Options, ValueStore as _};

fn record(key: &str, value: &str) -> Record {
    Record::new(key.as_bytes().to_vec(), value.as_bytes().to_vec())
}

fn value<'a>(records: &'a Records, key: &str) -> Option<Cow<'a, Record>> {
    records.get(&RecordKey::new(&key))
}

/// A path in a directory that is removed at the end.
fn path() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("node.redb");
    (directory, path)
}

async fn open(path: &Path) -> Records {
    Records::open(path).await.unwrap()
}

#[tokio::test]
async fn records_identity_and_peers_are_there_when_the_file_is_opened_again() {
    let (_directory, path) = path();
    let mut records = open(&path).await;
    let identity = records.identity().unwrap().public();
    let publisher = PeerId::random();
    let expires = Instant::now() + Duration::from_secs(1_000);
    records.put(Record { publisher: Some(publisher), expires: Some(expires), ..record("key", "value") }).unwrap();
    records.put(record("removed", "value")).unwrap();
    records.remove(&RecordKey::new(b"removed"));
    let address: Multiaddr = "/ip4/192.0.2.1/tcp/1".parse().unwrap();
    let (alice, bob) = (PeerId::random(), PeerId::random());
    records.remember_peers([(PeerId::random(), vec![address.clone()])]);
    records.remember_peers([(alice, vec![address.clone()])]);
    records.remember_peer(bob, []);
    drop(records);

    let records = open(&path).await;
    assert_eq!(records.identity().unwrap().public(), identity);
    let found = value(&records, "key").unwrap();
    assert_eq!((&found.value[..], found.publisher), (&b"value"[..], Some(publisher)));
    let moved = found.expires.unwrap().saturating_duration_since(expires).max(expires - found.expires.unwrap());
    assert!(moved < Duration::from_secs(100), "it expires {moved:?} earlier or later");
    assert_eq!(records.records().count(), 1);
    let mut peers = records.peers().to_vec();
    peers.sort_by_key(|(_, addresses)| addresses.len());
    assert_eq!(peers, [(bob, vec![]), (alice, vec![address])]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, path) = path();
    drop(open(&path).await);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_given_identity_replaces_that_in_the_file() {
    let (_directory, path) = path();
    drop(open(&path).await);
    let given = Keypair::generate_ed25519();
    drop(Records::open_as(&path, given.clone()).await.unwrap());
    assert_eq!(open(&path).await.identity().unwrap().public(), given.public());
}

#[tokio::test]
async fn the_file_of_a_store_of_another_kind_is_refused_as_it_is() {
    let (_directory, path) = path();
    drop(open(&path).await);
    let before = std::fs::read(&path).unwrap();
    let error = RedbStore::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::NotAStore { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let path = path.with_extension("values");
    RedbStore::open(&path).await.unwrap().put(b"key", "value".into(), &Options::new()).await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Records::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::NotAStore { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_open_is_not_opened_again() {
    let (_directory, path) = path();
    let _records = open(&path).await;
    let error = Records::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::AlreadyOpen { .. }), "{error:?}");
}

#[tokio::test]
async fn only_what_is_on_disk_is_shown() {
    let (begun, begins) = mpsc::channel();
    let (may_end, ends) = mpsc::channel::<()>();
    let mut records = Records::committed_by(move |changes| {
        begun.send(changes.len()).unwrap();
        // The test has ended if nobody says so.
        let _ = ends.recv();
        Ok(())
    });
    records.put(record("key", "old")).unwrap();
    assert_eq!(begins.recv().unwrap(), 1);
    records.put(record("key", "new")).unwrap();
    records.put(record("other", "value")).unwrap();
    assert!(value(&records, "key").is_none());
    assert_eq!(records.latest(&RecordKey::new(b"key")).unwrap().value, b"new");
    assert!(records.progress().is_written().is_none());

    may_end.send(()).unwrap();
    assert_eq!(begins.recv().unwrap(), 2);
    assert_eq!(value(&records, "key").unwrap().value, b"old");
    assert_eq!(records.records().count(), 1);

    may_end.send(()).unwrap();
    records.progress().of_all_changes().await.unwrap();
    assert_eq!(value(&records, "key").unwrap().value, b"new");
    assert_eq!(records.records().count(), 2);
}

#[tokio::test]
async fn after_a_write_that_failed_nothing_is_written() {
    let mut results = vec![Err(redb::Error::Corrupted("the disk is gone".into())), Ok(())].into_iter();
    let mut records = Records::committed_by(move |_| results.next().unwrap());
    records.put(record("key", "value")).unwrap();
    let error = records.progress().of_all_changes().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("the disk is gone"), "{source}");
    records.put(record("key", "value")).unwrap();
    assert!(records.progress().of_all_changes().await.is_err());
    assert!(value(&records, "key").is_none());
}

#[tokio::test]
async fn a_commit_that_panics_is_a_failure() {
    let mut records = Records::committed_by(|_| panic!("on purpose"));
    records.put(record("key", "value")).unwrap();
    let error = records.progress().of_all_changes().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("panicked"), "{source}");
}

#[tokio::test]
async fn a_commit_ends_with_the_change_that_makes_it_long() {
    // Dropped last: it waits for its thread, which waits for the channels.
    let mut records;
    let (begun, begins) = mpsc::channel();
    let (may_end, ends) = mpsc::channel::<()>();
    records = Records::committed_by(move |changes| {
        begun.send(changes.len()).unwrap();
        // The test has ended if nobody says so.
        let _ = ends.recv();
        Ok(())
    });
    records.set_max_value_len(3 << 20);
    records.put(record("short", "value")).unwrap();
    assert_eq!(begins.recv().unwrap(), 1);
    let long = "v".repeat(3 << 20);
    for key in ["one", "two", "three"] {
        records.put(record(key, &long)).unwrap();
    }
    assert!(records.backlog() > 3 * long.len());
    for changes in [2, 1] {
        may_end.send(()).unwrap();
        assert_eq!(begins.recv().unwrap(), changes);
    }
    may_end.send(()).unwrap();
    records.progress().of_all_changes().await.unwrap();
    assert_eq!(records.backlog(), 0);
}

#[test]
fn a_record_keeps_the_time_that_the_clock_leaves_it() {
    let now = Now::read();
    let lasting =
        |seconds| Record { expires: Some(now.instant() + Duration::from_secs(seconds)), ..record("key", "value") };
    let left = |seconds, later| {
        let entry = Entry::from_row(Entry::of(&lasting(seconds), now).row()).unwrap();
        let then = now.with_clock(later);
        entry.into_record(RecordKey::new(b"key"), then).expires.unwrap().duration_since(then.instant()).as_secs()
    };
    assert_eq!(left(100, 0), 100);
    assert_eq!(left(100, 30), 70);
    assert_eq!(left(100, 130), 0);
    // The clock was set back.
    assert_eq!(left(100, -30), 100);
    let forever = Entry::of(&record("key", "value"), now).into_record(RecordKey::new(b"key"), now.with_clock(1_000));
    assert_eq!(forever.expires, None);
}

#[tokio::test]
async fn what_expired_while_nothing_ran_makes_room() {
    let (_directory, path) = path();
    let mut records = open(&path).await;
    let expires = Instant::now() + Duration::from_millis(5);
    records.put(Record { expires: Some(expires), ..record("short", "value") }).unwrap();
    records.put(record("long", "value")).unwrap();
    drop(records);
    tokio::time::sleep(Duration::from_millis(10)).await;

    let mut records = open(&path).await;
    records.set_max_records(2);
    assert!(records.latest(&RecordKey::new(b"short")).is_none());
    records.put(record("new", "value")).unwrap();
    assert!(matches!(records.put(record("more", "value")), Err(Error::MaxRecords)));
    records.put(record("long", "again")).unwrap();
    drop(records);

    let records = open(&path).await;
    assert_eq!(records.records().count(), 2);
    assert_eq!(value(&records, "long").unwrap().value, b"again");
}

#[test]
fn limits_are_kept_in_memory_alone_too() {
    let mut records = Records::in_memory(PeerId::random());
    records.set_max_value_len(5);
    records.put(record("key", "value")).unwrap();
    assert!(matches!(records.put(record("key", "values")), Err(Error::ValueTooLarge)));
    assert_eq!(value(&records, "key").unwrap().value, b"value");
    records.remove(&RecordKey::new(b"key"));
    records.set_max_records(0);
    assert!(matches!(records.put(record("key", "value")), Err(Error::MaxRecords)));
}
