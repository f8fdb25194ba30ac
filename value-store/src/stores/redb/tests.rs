use std::error::Error as _;
use std::fs;
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};
use tempfile::TempDir;
use tokio::runtime;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("values.redb");
    (directory, path)
}

async fn put(store: &RedbStore, key: &[u8], value: impl Into<Bytes>) {
    store.put(key, value.into(), &Options::new()).await.unwrap();
}

async fn get(store: &RedbStore, key: &[u8]) -> Result<Bytes, Error> {
    store.get(key, &Options::new()).await.map(|found| found.val)
}

fn key(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// What the value of this key is in the stores below: some take one page, some many.
fn value(number: u32) -> Vec<u8> {
    vec![number.to_be_bytes()[3]; number as usize * 300]
}

async fn fill(path: &Path) -> RedbStore {
    let store = RedbStore::open(path).await.unwrap();
    for number in 0..50 {
        put(&store, &key(number), value(number)).await;
    }
    store
}

async fn check_filled(store: &RedbStore) {
    for number in 0..50 {
        assert_eq!(get(store, &key(number)).await.unwrap(), value(number));
    }
}

/// The bytes of a file that was closed.
async fn closed_image() -> Vec<u8> {
    let (_directory, path) = scratch();
    drop(fill(&path).await);
    fs::read(&path).unwrap()
}

/// The bytes that a crash leaves.
async fn crashed_image() -> Vec<u8> {
    let (_directory, path) = scratch();
    let _store = fill(&path).await;
    fs::read(&path).unwrap()
}

#[tokio::test]
async fn values_and_the_peer_id_outlive_the_store() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let peer_id = store.peer_id();
    put(&store, b"key", "old").await;
    put(&store, b"key", "new").await;
    put(&store, b"", "").await;
    drop(store);

    let store = RedbStore::open(&path).await.unwrap();
    assert_eq!(get(&store, b"key").await.unwrap(), "new");
    assert_eq!(get(&store, b"").await.unwrap(), "");
    assert!(get(&store, b"other").await.unwrap_err().is_not_found());
    assert_eq!(store.get(b"", &Options::new()).await.unwrap().from, peer_id);
    assert_eq!(store.peer_id(), peer_id);
}

#[tokio::test]
async fn a_given_peer_id_is_taken_and_kept() {
    let (_directory, path) = scratch();
    for peer_id in [PeerId::random(), PeerId::random()] {
        let store = RedbStore::open_with_peer_id(&path, peer_id).await.unwrap();
        put(&store, b"key", "value").await;
        assert_eq!(store.get(b"key", &Options::new()).await.unwrap().from, peer_id);
        drop(store);
        assert_eq!(RedbStore::open(&path).await.unwrap().peer_id(), peer_id);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let file = tempfile::NamedTempFile::new().unwrap();
    drop(fill(file.path()).await);
    check_filled(&RedbStore::open(file.path()).await.unwrap()).await;
}

/// The states that the making of a file goes through, in its order.
#[tokio::test]
async fn a_file_whose_making_was_cut_off_is_made_anew() {
    let (_directory, path) = scratch();
    drop(RedbStore::open(&path).await.unwrap());
    let whole = fs::read(&path).unwrap();
    let begun = open::UNFINISHED.to_vec();
    let sized = [&begun[..], &vec![0; whole.len() - begun.len()]].concat();
    let half = [&begun[..], &whole[begun.len()..whole.len() / 2], &sized[whole.len() / 2..]].concat();
    let unswitched = [&begun[..], &whole[begun.len()..]].concat();

    for state in [begun, sized, half, unswitched, whole] {
        fs::write(&path, state).unwrap();
        drop(fill(&path).await);
        check_filled(&RedbStore::open(&path).await.unwrap()).await;
    }
}

/// Opens a file of these bytes, which fails, and checks that the file has them still.
async fn refusal(content: &[u8]) -> OpenError {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    let error = RedbStore::open(file.path()).await.unwrap_err();
    assert!(fs::read(file.path()).unwrap() == content, "the file was changed, and the error is {error:?}");
    error
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_stays() {
    let noise: Vec<u8> = (0..100_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for content in [&b"v"[..], b"some text\n", &noise, &[0; 8192]] {
        assert!(matches!(refusal(content).await, OpenError::NotAStore { .. }));
    }
}

#[tokio::test]
async fn a_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = RedbStore::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// The bytes of a database that is not a store, closed or cut off by a crash.
fn foreign_database(table: &str, crashed: bool) -> Vec<u8> {
    let (_directory, path) = scratch();
    let database = Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, &[u8]>::new(table)).unwrap().insert("format", &b"2"[..]).unwrap();
    transaction.commit().unwrap();
    if crashed {
        return fs::read(&path).unwrap();
    }
    drop(database);
    fs::read(&path).unwrap()
}

#[tokio::test]
async fn a_database_of_someone_else_is_refused_and_stays() {
    for crashed in [false, true] {
        assert!(matches!(refusal(&foreign_database("values", crashed)).await, OpenError::NotAStore { .. }));
        assert!(matches!(refusal(&foreign_database("value_store", crashed)).await, OpenError::UnknownFormat { .. }));
    }

    let (_directory, path) = scratch();
    drop(Database::create(&path).unwrap());
    assert!(matches!(refusal(&fs::read(&path).unwrap()).await, OpenError::NotAStore { .. }));
}

#[tokio::test]
async fn a_truncated_file_is_damaged_and_stays() {
    let image = closed_image().await;
    for len in [9, 100, 320, 4096, 8192, 20_000, image.len() / 2, image.len() - 4096, image.len() - 1] {
        let error = refusal(&image[..len]).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "{len} bytes: {error:?}");
    }
}

/// Where a crash cut the program off, the file may end in pages that hold nothing, and may do without.
#[tokio::test]
async fn a_truncated_file_of_a_crash_is_damaged_and_stays_or_lacks_nothing() {
    let image = crashed_image().await;
    let (_directory, path) = scratch();
    for len in (9..image.len()).step_by(2048) {
        fs::write(&path, &image[..len]).unwrap();
        match RedbStore::open(&path).await {
            Ok(store) => check_filled(&store).await,
            Err(error) => {
                assert!(matches!(error, OpenError::Damaged { .. }), "{len} bytes: {error:?}");
                assert!(fs::read(&path).unwrap() == image[..len], "{len} bytes");
            }
        }
    }
}

/// A flipped bit is found, or is one that no value depends on.
#[tokio::test]
async fn a_damaged_file_serves_no_wrong_value() {
    let image = closed_image().await;
    let (_directory, path) = scratch();
    let mut refused = 0;
    for position in (0..image.len()).step_by(17_857).chain((0..320).step_by(8)) {
        let mut damaged = image.clone();
        damaged[position] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        if let Ok(store) = RedbStore::open(&path).await {
            check_filled(&store).await;
        } else {
            refused += 1;
            assert!(fs::read(&path).unwrap() == damaged, "byte {position}");
        }
    }
    assert!(refused > 20, "{refused}");
}

#[tokio::test]
async fn what_a_crash_cut_off_is_repaired() {
    let (_directory, path) = scratch();
    fs::write(&path, crashed_image().await).unwrap();
    for _ in 0..2 {
        check_filled(&RedbStore::open(&path).await.unwrap()).await;
    }
}

#[tokio::test]
async fn an_error_says_what_to_do_and_why() {
    let error = refusal(b"some text").await;
    assert!(error.to_string().contains("is not a value store's file, and was not changed: choose another path"));
    assert_eq!(error.source().unwrap().to_string(), "Not a redb database: magic number mismatch");

    let error = RedbStore::open("/nowhere/at/all").await.unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/at/all could not be opened"));
    assert!(error.source().unwrap().to_string().contains("No such file"));
}

#[tokio::test]
async fn a_file_is_open_once_and_a_clone_keeps_it_so() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let clone = store.clone();
    drop(store);
    let error = RedbStore::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::AlreadyOpen { .. }), "{error:?}");

    put(&clone, b"key", "value").await;
    drop(clone);
    assert_eq!(get(&RedbStore::open(&path).await.unwrap(), b"key").await.unwrap(), "value");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_make_a_file_at_the_same_time_one_at_most_has_it() {
    for _ in 0..50 {
        let (_directory, path) = scratch();
        let openings: Vec<_> = (0..8).map(|_| tokio::spawn(RedbStore::open(path.clone()))).collect();
        let mut stores = Vec::new();
        for opening in openings {
            match opening.await.unwrap() {
                Ok(store) => stores.push(store),
                Err(error) => assert!(matches!(error, OpenError::AlreadyOpen { .. }), "{error:?}"),
            }
        }
        assert_eq!(stores.len(), 1);
    }
}

#[tokio::test]
async fn every_timeout_is_honoured() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    put(&store, b"key", "value").await;

    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX, 10 * SECOND] {
        let options = Options::new().with_timeout(timeout);
        let begin = Instant::now();
        let outcomes = [store.put(b"key", "value".into(), &options).await, store.get(b"key", &options).await.map(drop)];
        for outcome in outcomes {
            assert!(
                outcome.is_ok() || outcome.as_ref().is_err_and(Error::is_timeout) && timeout < SECOND,
                "{outcome:?}"
            );
        }
        assert!(begin.elapsed() < 5 * SECOND);
    }
}

/// The commit under way lasts until the test lets it end: until then a transaction of its own keeps it from beginning.
#[tokio::test]
async fn calls_time_out_beside_a_slow_disk_and_what_follows_sees_what_became_of_them() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    put(&store, b"key", "old").await;
    let slow_disk = store.shared.file.begin(Database::begin_write).unwrap();
    let options = Options::new().with_timeout(SECOND / 20);

    for value in ["in flight", "in the queue"] {
        let begin = Instant::now();
        assert!(store.put(b"key", value.into(), &options).await.unwrap_err().is_timeout());
        assert!((SECOND / 20..SECOND).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    }
    assert!(store.put(b"key", "at once".into(), &Options::new().with_timeout(Duration::ZERO)).await.is_err());
    assert!(store.get(b"key", &options).await.unwrap_err().is_timeout());

    let patient = Options::new().with_timeout(Duration::MAX);
    let (found, ()) = tokio::join!(store.get(b"key", &patient), async {
        tokio::time::sleep(SECOND / 20).await;
        slow_disk.abort().unwrap();
    });
    assert_eq!(found.unwrap().val, "in flight");
    put(&store, b"other", "").await;
    assert_eq!(get(&store, b"key").await.unwrap(), "in flight");
}

/// Puts are given up at every stage. What a get finds then is what any later one finds, once all puts have ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_put_that_was_given_up_has_happened_or_never_will() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let tasks = (0..8_u32).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            let (key, barrier) = (key(task), key(100 + task));
            put(&store, &key, "first").await;
            for round in 0..200_u32 {
                let options = Options::new().with_timeout(Duration::from_micros(u64::from(round * 37 % 3000)));
                let _ = store.put(&key, round.to_string().into(), &options).await;
                let found = get(&store, &key).await.unwrap();
                put(&store, &barrier, "").await;
                assert_eq!(get(&store, &key).await.unwrap(), found, "round {round}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Leaves puts and reads behind, which have come as far as they do in this time.
async fn abandon_calls(store: &RedbStore, time: Duration) {
    let options = Options::new();
    for _ in 0..4 {
        let put = store.put(b"key", vec![7; 100_000].into(), &options);
        let get = store.get(b"key", &options);
        let _ = tokio::time::timeout(time, async { tokio::join!(get, put) }).await;
    }
}

#[test]
fn a_store_can_be_opened_again_as_soon_as_it_is_dropped() {
    let (_directory, path) = scratch();
    for mut builder in [runtime::Builder::new_current_thread(), runtime::Builder::new_multi_thread()] {
        let runtime = builder.enable_time().build().unwrap();
        for round in 0..100 {
            let store = runtime.block_on(RedbStore::open(&path)).unwrap();
            runtime.block_on(abandon_calls(&store, Duration::from_micros(round * 30)));
            match round % 3 {
                0 => runtime.block_on(async { drop(store) }),
                1 => drop(store),
                _ => runtime.block_on(async { tokio::spawn(async { drop(store) }).await.unwrap() }),
            }
        }
    }
}

/// A process that is being started has, for a moment, a copy of all files that are open.
#[cfg(unix)]
#[tokio::test]
async fn a_process_that_is_started_meanwhile_does_not_keep_the_file() {
    let (_directory, path) = scratch();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let starting = std::thread::spawn(move || {
        while stopped.try_recv().is_err() {
            assert!(std::process::Command::new("true").status().unwrap().success());
        }
    });
    for _ in 0..300 {
        drop(RedbStore::open(&path).await.unwrap());
    }
    stop.send(()).unwrap();
    starting.join().unwrap();
}

#[test]
fn a_read_that_a_runtime_never_ran_keeps_nothing_open() {
    let (_directory, path) = scratch();
    let runtime = runtime::Builder::new_current_thread().max_blocking_threads(1).enable_time().build().unwrap();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let store = runtime.block_on(async {
        let store = RedbStore::open(&path).await.unwrap();
        spawn_blocking(move || wait.recv());
        let options = Options::new().with_timeout(Duration::from_millis(20));
        assert!(store.get(b"key", &options).await.unwrap_err().is_timeout());
        store
    });
    drop(store);
    let other = runtime::Builder::new_current_thread().build().unwrap();
    drop(other.block_on(RedbStore::open(&path)).unwrap());
    drop(release);
    drop(runtime);
    drop(other.block_on(RedbStore::open(&path)).unwrap());
}

#[test]
fn a_store_outlives_its_runtime() {
    let (_directory, path) = scratch();
    let runtime = || runtime::Builder::new_current_thread().build().unwrap();
    let store = runtime().block_on(fill(&path));
    runtime().block_on(check_filled(&store));
    drop(store);
    runtime().block_on(async { check_filled(&RedbStore::open(&path).await.unwrap()).await });
}

#[tokio::test]
async fn a_large_value_comes_back() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let large: Bytes = (0..40_000_000_u32).map(|number| number.to_be_bytes()[2]).collect();
    put(&store, b"key", large.clone()).await;
    assert!(get(&store, b"key").await.unwrap() == large);
}

// Such lengths exist only where a pointer has 64 bits. The memory is zero and never touched, so it is never there.
#[cfg(target_pointer_width = "64")]
#[tokio::test]
async fn what_is_too_long_is_refused_and_what_was_stays() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    put(&store, b"key", "value").await;
    let too_long = Bytes::from(vec![0; 3 * 1024 * 1024 * 1024 + 1]);
    let options = Options::new();

    assert!(store.put(b"key", too_long.clone(), &options).await.unwrap_err().is_invalid_value());
    assert!(store.put(&too_long, Bytes::new(), &options).await.unwrap_err().is_invalid_key());
    assert!(store.get(&too_long, &options).await.unwrap_err().is_invalid_key());
    assert!(store.put(&too_long[1..], too_long.clone(), &options).await.unwrap_err().is_invalid_value());
    assert_eq!(get(&store, b"key").await.unwrap(), "value");
}
