//! What work on a key waits for, and what it does not.

use std::sync::mpsc;

use super::*;
use crate::calls::tests::{MOMENT, held_up, in_time, is_panic};
use crate::calls::within;

/// What was done, in order.
type Log = Mutex<Vec<&'static str>>;

fn log(what: &'static str) -> impl FnOnce(&Log, &[u8]) -> Result<(), Error> + Send {
    move |log, _| {
        log.lock().unwrap().push(what);
        Ok(())
    }
}

async fn logged(engine: &InOrder<Log>, key: &[u8]) -> Vec<&'static str> {
    in_time(engine.read(key, |log, _| Ok(log.lock().unwrap().clone()))).await.unwrap()
}

/// Begins a write of the key, gives it up, and returns what holds its work up until it is dropped. The write is noted
/// at its end.
async fn give_up_a_write(engine: &InOrder<Log>, key: &[u8]) -> mpsc::Sender<()> {
    let (release, has_begun, work) = held_up();
    let given_up = engine.write(key, |engine, key| {
        work()?;
        log("given up")(engine, key)
    });
    tokio::select! {
        _ = given_up => unreachable!("it is held up"),
        began = has_begun => began.unwrap(),
    }
    release
}

#[tokio::test]
async fn work_is_given_the_engine_and_the_key() {
    let engine = InOrder::new("engine");
    let found = engine.write(b"key", |engine, key| Ok((*engine, key.to_vec()))).await.unwrap();
    assert_eq!(found, ("engine", b"key".to_vec()));
    assert!(engine.read::<()>(b"key", |_, _| Err(Error::NotFound)).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn what_follows_a_write_that_was_given_up_comes_after_it() {
    let engine = InOrder::new(Log::default());
    let release = give_up_a_write(&engine, b"key").await;
    assert!(within(Some(MOMENT), engine.write(b"key", log("too late"))).await.unwrap_err().is_timeout());
    assert!(within(Some(MOMENT), engine.read(b"key", log("too late"))).await.unwrap_err().is_timeout());
    drop(release);
    in_time(engine.write(b"key", log("newer"))).await.unwrap();
    assert_eq!(logged(&engine, b"key").await, ["given up", "newer"]);
}

#[tokio::test]
async fn work_on_another_key_does_not_wait() {
    let engine = InOrder::new(Log::default());
    let release = give_up_a_write(&engine, b"stalled").await;
    in_time(engine.write(b"key", log("beside"))).await.unwrap();
    assert_eq!(logged(&engine, b"key").await, ["beside"]);
    drop(release);
    assert_eq!(logged(&engine, b"stalled").await, ["beside", "given up"]);
}

#[tokio::test]
async fn a_write_waits_for_a_read_that_was_given_up() {
    let engine = InOrder::new(Log::default());
    let (release, has_begun, work) = held_up();
    let given_up = engine.read(b"key", |engine, key| {
        work()?;
        log("read")(engine, key)
    });
    tokio::select! {
        _ = given_up => unreachable!("it is held up"),
        began = has_begun => began.unwrap(),
    }
    let release_later = async {
        tokio::time::sleep(MOMENT).await;
        drop(release);
    };
    let (written, ()) = tokio::join!(in_time(engine.write(b"key", log("written"))), release_later);
    written.unwrap();
    assert_eq!(logged(&engine, b"key").await, ["read", "written"]);
}

#[tokio::test]
async fn sixteen_reads_of_a_key_run_side_by_side_and_no_more() {
    let engine = Arc::new(InOrder::new(()));
    let mut stalled = Vec::new();
    for _ in 0..16 {
        let (release, has_begun, work) = held_up();
        let engine = Arc::clone(&engine);
        let read = tokio::spawn(async move { engine.read(b"key", |(), _| work()).await });
        in_time(has_begun).await.unwrap();
        stalled.push((release, read));
    }
    assert!(within(Some(MOMENT), engine.read(b"key", |(), _| Ok(()))).await.unwrap_err().is_timeout());
    in_time(engine.read(b"another key", |(), _| Ok(()))).await.unwrap();
    for (release, read) in stalled {
        drop(release);
        in_time(read).await.unwrap().unwrap();
    }
    in_time(engine.read(b"key", |(), _| Ok(()))).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call_and_holds_up_no_other() {
    let engine = InOrder::new(Log::default());
    let panicked = engine.write::<()>(b"key", |_, _| panic!("the engine is broken"));
    assert!(is_panic(&in_time(panicked).await.unwrap_err()));
    in_time(engine.write(b"key", log("after"))).await.unwrap();
    assert_eq!(logged(&engine, b"key").await, ["after"]);
}

#[tokio::test]
async fn the_engine_is_dropped_with_the_last_work() {
    let engine = Arc::new(());
    let in_order = InOrder::new(Arc::clone(&engine));
    in_order.write(b"key", |_, _| Ok(())).await.unwrap();
    let (release, has_begun, work) = held_up();
    tokio::select! {
        _ = in_order.read(b"key", |_, _| work()) => unreachable!("it is held up"),
        began = has_begun => began.unwrap(),
    }
    drop(in_order);
    assert_eq!(Arc::strong_count(&engine), 2);
    drop(release);
    in_time(async {
        while Arc::strong_count(&engine) > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn keys_are_forgotten_when_they_are_no_longer_in_use_and_no_sooner() {
    let engine = InOrder::new(Log::default());
    let release = give_up_a_write(&engine, b"stalled").await;
    for key in 0..1_000_u32 {
        engine.write(&key.to_le_bytes(), |_, _| Ok(())).await.unwrap();
    }
    assert!(engine.locks.lock().unwrap().len() < 10);
    assert!(within(Some(MOMENT), engine.read(b"stalled", log("too soon"))).await.unwrap_err().is_timeout());
    drop(release);
    assert_eq!(logged(&engine, b"stalled").await, ["given up"]);
}
