//! A store has its file to itself until the last handle is dropped, and then lets go of it at once.

use std::time::Duration;

use tokio::runtime;
use tokio::task::spawn_blocking;

use super::*;

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

/// Leaves puts and reads behind, as far as they get in this time.
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

/// A process that is being started has, for a moment, a copy of every open file descriptor.
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
