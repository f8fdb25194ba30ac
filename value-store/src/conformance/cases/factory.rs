//! A factory opens a new store for each world, independent of the others, and the store closes cleanly.

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn starts_empty(case: &Session) -> Verdict {
    let (key, value) = (case.key("left"), text("left"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    drop(store);
    case.end(case.world()).await;

    let fresh = case.open_in(case.another_world()).await?;
    fresh.expect_missing(&key).await
}

pub(crate) async fn worlds_are_independent(case: &Session) -> Verdict {
    let (key, here, there) = (case.key("k"), text("here"), text("there"));
    let store = case.open().await?;
    let other = case.open_in(case.another_world()).await?;

    store.put(&key, &here).await?;
    other.expect_missing(&key).await?;
    store.expect(&key, &here).await?;
    other.put(&key, &there).await?;
    store.expect(&key, &here).await?;
    other.expect(&key, &there).await
}

pub(crate) async fn worlds_come_and_go(case: &Session) -> Verdict {
    let (key, other_key, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    for _ in 0..2 {
        let world = case.another_world();
        let other = case.open_in(world).await?;
        other.put(&other_key, &text("other")).await?;
        store.expect(&key, &value).await?;
        drop(other);
        case.end_beside(world).await;
        store.expect(&key, &value).await?;
        store.expect_missing(&other_key).await?;
    }
    store.put(&key, &text("later")).await?;
    store.expect(&key, &text("later")).await
}

pub(crate) async fn store_moves_between_tasks(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("moved"));
    let store = case.open().await?;

    let put = { (store.clone(), key.clone(), value.clone()) };
    case.on_threads(1, async move |_| put.0.put(&put.1, &put.2).await).await?;

    let get = (store.clone(), key.clone(), value.clone());
    let task = tokio::spawn(async move { get.0.expect(&get.1, &get.2).await });
    task.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    store.expect(&key, &value).await
}

pub(crate) async fn drop_finishes(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.start_put(&key, &text("dropped")).drop_after(1).await;
    store.start_get(&key).drop_after(1).await;
    drop(store);
    // Drops a store that was never used, and one that was only read.
    drop(case.open_in(case.another_world()).await?);
    let store = case.open_in(case.another_world()).await?;
    store.expect_missing(&key).await
}

pub(crate) async fn drop_outside_a_runtime(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.drop_outside_a_runtime().await;
    Ok(())
}
