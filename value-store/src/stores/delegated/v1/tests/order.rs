//! A newer record is not replaced by an older one.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::*;
use crate::GetValueResult;

#[tokio::test]
async fn an_older_record_is_refused_and_the_reason_says_what_to_do() {
    let (owner, store) = (Owner::new(), client_of(MemoryStore::new()).await);
    let newer = owner.numbered(5);
    put(&store, &owner, &newer).await.unwrap();
    let check = async |older: Bytes, says: &str| {
        let error = put(&store, &owner, &older).await.unwrap_err();
        assert!(error.is_invalid_value() && error.to_string().contains(says), "{error}");
        assert_eq!(get(&store, &owner).await.unwrap(), newer);
    };
    check(owner.numbered(4), "a newer record, with the sequence number 5, and this one has 4").await;
    check(owner.record(5, HOUR / 2, Duration::ZERO), "the same sequence number, 5, that is valid for longer").await;
}

#[tokio::test]
async fn of_two_with_the_same_number_and_end_the_same_one_stays_in_any_order() {
    let (owner, end) = (Owner::new(), chrono::Utc::now() + chrono::TimeDelta::hours(1));
    let [one, other] = [1, 2].map(|seconds| owner.ending(7, end, Duration::from_secs(seconds)));
    let stays = async |first: &Bytes, second: &Bytes| {
        let store = client_of(MemoryStore::new()).await;
        put(&store, &owner, first).await.unwrap();
        if let Err(error) = put(&store, &owner, second).await {
            let says = "the same sequence number, 7, which stays: count it up";
            assert!(error.is_invalid_value() && error.to_string().contains(says), "{error}");
        }
        get(&store, &owner).await.unwrap()
    };
    assert_eq!(stays(&one, &other).await, stays(&other, &one).await);
}

#[tokio::test]
async fn what_has_expired_is_missing_and_may_be_replaced() {
    let (owner, memory) = (Owner::new(), MemoryStore::new());
    put(&memory, &owner, &owner.record(9, -1, Duration::ZERO)).await.unwrap();
    let store = client_of(memory).await;
    assert!(get(&store, &owner).await.unwrap_err().is_not_found());
    put(&store, &owner, &owner.numbered(1)).await.unwrap();
    get(&store, &owner).await.unwrap();
}

#[tokio::test]
async fn what_is_no_record_is_an_error_and_may_be_replaced() {
    let (owner, memory) = (Owner::new(), MemoryStore::new());
    put(&memory, &owner, &"no record".into()).await.unwrap();
    let store = client_of(memory).await;
    let error = get(&store, &owner).await.unwrap_err();
    assert!(error.is_backend() && chain(&error).contains("not to be relied on"), "{error:?}");
    put(&store, &owner, &owner.numbered(1)).await.unwrap();
    get(&store, &owner).await.unwrap();
}

/// A store whose puts wait for a permit, and so overlap.
struct Gated(MemoryStore, Arc<Semaphore>);

#[async_trait]
impl ValueStore for Gated {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.1.acquire().await.unwrap().forget();
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

#[tokio::test]
async fn of_puts_at_the_same_time_the_newest_stays() {
    let (memory, permits) = (MemoryStore::new(), Arc::new(Semaphore::new(0)));
    let store = client_of(Gated(memory.clone(), Arc::clone(&permits))).await;
    let owner = Arc::new(Owner::new());
    let mut puts = JoinSet::new();
    for sequence in (1..=20).rev() {
        let (store, owner) = (store.clone(), Arc::clone(&owner));
        puts.spawn(
            async move { put(&store, &owner, &owner.numbered(sequence)).await.map_err(|error| (sequence, error)) },
        );
        // So they come in this order, mostly.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    permits.add_permits(20);
    for outcome in puts.join_all().await {
        if let Err((sequence, error)) = outcome {
            assert!(sequence < 20 && error.is_invalid_value(), "{sequence}: {error}");
        }
    }
    let held = crate::ipns::Record::verify(&owner.name(), &get(&memory, &owner).await.unwrap()).unwrap();
    assert_eq!(held.sequence(), 20);
}

/// A store whose put of this value never ends.
struct Stuck(MemoryStore, Bytes);

#[async_trait]
impl ValueStore for Stuck {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        if value == self.1 {
            std::future::pending::<()>().await;
        }
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

#[tokio::test]
async fn a_put_that_hangs_holds_up_only_its_name_and_only_until_its_client_goes() {
    let (one, other) = (Owner::new(), Owner::new());
    let (stuck, key) = (one.numbered(1), one.name().to_key());
    let store = client_of(Stuck(MemoryStore::new(), stuck.clone())).await;
    let options = Options::new().with_timeout(Duration::from_millis(300));
    let (hung, done) =
        tokio::join!(store.put(&key, stuck, &options), async { put(&store, &other, &other.numbered(1)).await });
    assert!(hung.unwrap_err().is_timeout());
    done.unwrap();
    put(&store, &one, &one.numbered(2)).await.unwrap();
}

/// A store that fails with what it was made of.
struct Failing(fn() -> Error);

#[async_trait]
impl ValueStore for Failing {
    async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
        Err(self.0())
    }

    async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        Err(self.0())
    }
}

#[tokio::test]
async fn errors_of_the_store_arrive_as_what_they_are() {
    let owner = Owner::new();
    let outcomes = async |error: fn() -> Error| {
        let store = client_of(Failing(error)).await;
        (get(&store, &owner).await.unwrap_err(), put(&store, &owner, &owner.numbered(1)).await.unwrap_err())
    };
    let (got, put) = outcomes(|| Error::Timeout).await;
    assert!(got.is_timeout() && put.is_timeout(), "{got:?} {put:?}");
    let (got, put) = outcomes(|| Error::InvalidKey("too odd".into())).await;
    assert!(got.is_invalid_key() && got.to_string().contains("too odd") && put.is_invalid_value(), "{got:?} {put:?}");
    let (got, put) = outcomes(|| Error::backend("out of luck")).await;
    for error in [got, put] {
        assert!(
            error.is_backend() && chain(&error).contains("500") && chain(&error).contains("out of luck"),
            "{error:?}"
        );
    }
}
