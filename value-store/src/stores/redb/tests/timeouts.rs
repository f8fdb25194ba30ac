//! Calls that time out, and what later ones see of them.

use std::time::{Duration, Instant};

use redb::Database;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

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

/// The test decides when the commit under way ends: until then, a transaction of the test's own keeps it from
/// beginning.
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

/// Puts are given up at every stage. What a get finds after that, a later one finds too, once all puts have ended.
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
