//! `Tiered`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use value_store::stores::{MembersError, MemoryStore, OpenError, Tiered};
use value_store::{Context, Error, Options, ValueStore, value_store_tests};

use crate::members::{DOWN, Gated, KEY, Mood, Moody, REFUSING, TIMED_OUT, begin, get, has, memory, put, redb};

/// The suite can cut off the last tier, while the first has copies of what is there. All handles of a world are one store, here
/// and wherever there is more than one tier: a store of its own would not know of the puts through the others.
#[value_store_tests(durable, shared, convergent, settled, faults, monotonic, linearizable)]
async fn tiered(context: &Context) -> Result<Arc<Tiered>, OpenError> {
    let make = async || {
        let disk = redb(context, "values.redb").await?;
        Ok(Tiered::new(memory(context)).over(Gated::new(disk, context)))
    };
    context.share(make).await
}

/// Both tiers survive a restart, after which nobody knows any more where they disagree. So it is neither settled nor linearizable:
/// a put that timed out may be unseen after the restart, and seen once a later put has failed.
#[value_store_tests(durable, shared, convergent, flavor = "multi_thread")]
async fn tiered_disks(context: &Context) -> Result<Arc<Tiered>, OpenError> {
    let make = async || Ok(Tiered::new(redb(context, "first.redb").await?).over(redb(context, "last.redb").await?));
    context.share(make).await
}

/// Any tier may have carried out a put that it could not acknowledge.
#[value_store_tests(shared, convergent, settled, faults, monotonic, linearizable)]
async fn three_tiers_out_of_reach(context: &Context) -> Result<Arc<Tiered>, Infallible> {
    let tier = || Gated::new(memory(context), context);
    context.share(async || Ok(Tiered::new(tier()).over(tier()).over(tier()))).await
}

#[value_store_tests(shared, convergent, settled, monotonic, linearizable, start_paused = true)]
async fn three_tiers_on_a_paused_clock(context: &Context) -> Result<Arc<Tiered>, Infallible> {
    context.share(async || Ok(Tiered::new(memory(context)).over(memory(context)).over(memory(context)))).await
}

/// There are no copies, so each handle may be a store of its own over the same tier.
#[value_store_tests(shared, convergent, settled, monotonic, linearizable)]
async fn a_single_tier(context: &Context) -> Result<Tiered, Infallible> {
    let tier = context.share(async || Ok::<_, Infallible>(memory(context))).await?;
    Ok(Tiered::new(MemoryStore::clone(&tier)))
}

/// Two tiers, and a store of them.
fn two() -> ([Moody; 2], Tiered) {
    let tiers = [Moody::new(), Moody::new()];
    let [first, last] = tiers.clone();
    (tiers, Tiered::new(first).over(last))
}

#[tokio::test]
async fn a_get_ends_at_the_first_tier_that_has_the_value() {
    let ([first, last], store) = two();
    put(&store, "value").await.unwrap();
    assert_eq!(store.get(KEY, &Options::new()).await.unwrap().from, first.inside.peer_id());
    assert_eq!(last.asked().len(), 1, "the put alone");
}

#[tokio::test]
async fn a_tier_without_the_value_is_passed_over_and_given_nothing() {
    let ([first, last], store) = two();
    put(&last.inside, "value").await.unwrap();
    assert_eq!(get(&store).await.unwrap(), "value");
    assert_eq!(has(&first).await, None);
}

#[tokio::test]
async fn an_answer_is_better_than_the_error_of_an_earlier_tier() {
    let ([first, _], store) = two();
    put(&store, "value").await.unwrap();
    first.becomes(DOWN);
    assert_eq!(get(&store).await.unwrap(), "value");
}

#[tokio::test]
async fn a_key_is_missing_only_if_all_tiers_say_so() {
    let ([first, last], store) = two();
    assert!(get(&store).await.unwrap_err().is_not_found());
    last.becomes(TIMED_OUT);
    assert!(get(&store).await.unwrap_err().is_timeout());
    first.becomes(DOWN);
    let Err(Error::Backend(error)) = get(&store).await else { panic!("a tier is down") };
    let expected = "2 of 2 members failed: member 1: the store's backend failed: down; member 2: the call timed out";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_put_that_the_last_tier_fails_reaches_no_other() {
    let ([first, last], store) = two();
    put(&store, "old").await.unwrap();
    last.becomes(DOWN);
    assert!(put(&store, "new").await.unwrap_err().is_backend());
    assert_eq!((has(&first).await.unwrap(), has(&last).await.unwrap()), ("old".into(), "old".into()));
    assert!(get(&store).await.unwrap_err().is_backend(), "only the last tier knows what came of the put");
    last.becomes(Mood::Well);
    assert_eq!(get(&store).await.unwrap(), "old");
}

#[tokio::test]
async fn a_put_that_an_earlier_tier_fails_has_happened() {
    let ([first, last], store) = two();
    put(&store, "old").await.unwrap();
    first.becomes(DOWN);
    let Err(Error::Backend(error)) = put(&store, "new").await else { panic!("a tier is down") };
    let error: &MembersError = error.downcast_ref().unwrap();
    assert_eq!((error.succeeded(), error.iter().next().unwrap().0), (1, 1));

    first.becomes(Mood::Well);
    assert_eq!((has(&first).await.unwrap(), get(&store).await.unwrap()), ("old".into(), "new".into()));
    last.becomes(DOWN);
    assert!(get(&store).await.unwrap_err().is_backend(), "the copy is old, and hides no outage");
}

#[tokio::test]
async fn a_put_on_every_tier_ends_the_disagreement() {
    let ([first, last], store) = two();
    last.becomes(TIMED_OUT);
    assert!(put(&store, "lost").await.unwrap_err().is_timeout());
    last.becomes(Mood::Well);
    put(&store, "new").await.unwrap();
    last.becomes(DOWN);
    assert_eq!(get(&store).await.unwrap(), "new");
    assert_eq!(has(&first).await.unwrap(), "new");
}

#[tokio::test]
async fn a_put_that_was_dropped_on_the_way_has_happened() {
    let ([first, _], store) = two();
    put(&store, "old").await.unwrap();
    first.becomes(Mood::Hanging);
    {
        let mut put = Box::pin(put(&store, "new"));
        begin(&mut put).await;
        assert_eq!(get(&store).await.unwrap(), "new", "beside the put, the last tier counts");
    }
    assert_eq!(first.under_way(), 0, "nothing goes on behind the call");
    first.becomes(Mood::Well);
    assert_eq!(get(&store).await.unwrap(), "new");
}

#[tokio::test]
async fn a_value_that_the_last_tier_refuses_leaves_the_tiers_agreed() {
    let ([_, last], store) = two();
    put(&store, "old").await.unwrap();
    last.becomes(REFUSING);
    assert_eq!(put(&store, "new").await.unwrap_err().to_string(), "invalid value: member 2: too long");
    last.becomes(DOWN);
    assert_eq!(get(&store).await.unwrap(), "old", "the first tier is still asked");
}

#[tokio::test]
async fn a_value_that_the_last_tier_refuses_ends_no_disagreement() {
    let ([first, last], store) = two();
    put(&store, "old").await.unwrap();
    first.becomes(DOWN);
    assert!(put(&store, "new").await.is_err());
    first.becomes(Mood::Well);
    last.becomes(REFUSING);
    assert!(put(&store, "too long").await.unwrap_err().is_invalid_value());
    last.becomes(Mood::Well);
    assert_eq!(get(&store).await.unwrap(), "new");
}

#[tokio::test]
async fn a_value_that_only_an_earlier_tier_refuses_was_taken() {
    let ([first, _], store) = two();
    first.becomes(REFUSING);
    assert!(put(&store, "new").await.unwrap_err().is_backend());
    assert_eq!(get(&store).await.unwrap(), "new");
}

/// What the documentation warns of: the disagreement is forgotten with the process, and the first tier is not.
#[tokio::test]
async fn a_first_tier_that_outlives_the_process_returns_the_older_value() {
    let (tiers, store) = two();
    put(&store, "old").await.unwrap();
    tiers[0].becomes(DOWN);
    put(&store, "new").await.unwrap_err();
    tiers[0].becomes(Mood::Well);
    assert_eq!(get(&store).await.unwrap(), "new");
    drop(store);

    let [first, last] = tiers.clone();
    let store = Tiered::new(first).over(last);
    assert_eq!(get(&store).await.unwrap(), "old");
    tiers[1].becomes(TIMED_OUT);
    put(&store, "newest").await.unwrap_err();
    tiers[1].becomes(Mood::Well);
    assert_eq!(get(&store).await.unwrap(), "new");
}

/// The tiers see the two puts in different orders, so what the first one has is not what the key has.
#[tokio::test]
async fn after_puts_at_the_same_time_the_last_tier_decides() {
    let ([first, last], store) = two();
    last.becomes(Mood::Hanging);
    let mut early = Box::pin(put(&store, "early"));
    begin(&mut early).await;
    last.becomes(Mood::Well);
    put(&store, "late").await.unwrap();
    early.await.unwrap();
    put(&first.inside, "late").await.unwrap();

    assert_eq!(has(&last).await.unwrap(), "early");
    assert_eq!(get(&store).await.unwrap(), "early");
    put(&store, "newer").await.unwrap();
    last.becomes(DOWN);
    assert_eq!(get(&store).await.unwrap(), "newer");
}

#[tokio::test]
async fn tiers_share_the_timeout_of_the_call() {
    let ([first, last], store) = two();
    let options = Options::new().with_timeout(Duration::from_secs(60)).with("quorum", 3);
    store.get(KEY, &options).await.unwrap_err();
    let (first_had, last_had) = (first.asked()[0].clone(), last.asked()[0].clone());
    assert!(last_had.timeout() < first_had.timeout() && first_had.timeout() <= options.timeout());
    assert_eq!((first_had.get("quorum"), last_had.get("quorum")), (options.get("quorum"), options.get("quorum")));
}

#[tokio::test]
async fn behind_a_tier_that_timed_out_there_is_no_time_left() {
    let ([first, last], store) = two();
    put(&store, "value").await.unwrap();
    first.becomes(TIMED_OUT);
    let options = Options::new().with_timeout(Duration::from_secs(60));
    assert_eq!(store.get(KEY, &options).await.unwrap().val, "value", "it can still answer at once");
    assert_eq!(last.asked().last().unwrap().timeout(), Some(Duration::ZERO));
}
