//! `Parallel`.

use std::convert::Infallible;
use std::time::Duration;

use value_store::stores::{MembersError, MemoryStore, OpenError, Parallel, RedbStore};
use value_store::{Context, Error, Options, ValueStore, value_store_tests};

use crate::members::{DOWN, Gated, KEY, Mood, Moody, REFUSING, TIMED_OUT, begin, get, has, memory, put, redb};

/// Each handle is a `Parallel` of its own over the same two files, which the suite can cut off.
#[value_store_tests(durable, shared, faults)]
async fn parallel(context: &Context) -> Result<Parallel, OpenError> {
    let open = async || Ok([redb(context, "one.redb").await?, redb(context, "other.redb").await?]);
    let [one, other] = Members::clone(&*context.share(open).await?).map(|member| Gated::new(member, context));
    Ok(Parallel::of(one).and(other))
}

type Members = [RedbStore; 2];

/// Members that answer late, and in another order at each call.
#[value_store_tests(shared, flavor = "multi_thread")]
async fn parallel_and_unsteady(context: &Context) -> Result<Parallel, Infallible> {
    let [one, two, three] = memories(context).await?.map(Unsteady);
    Ok(Parallel::of(one).and(two).and(three))
}

#[value_store_tests(shared, start_paused = true)]
async fn parallel_on_a_paused_clock(context: &Context) -> Result<Parallel, Infallible> {
    let [one, two, three] = memories(context).await?;
    Ok(Parallel::of(one).and(Unsteady(two)).and(three))
}

/// The memory stores that the handles of a world share.
async fn memories(context: &Context) -> Result<[MemoryStore; 3], Infallible> {
    let stores =
        context.share(async || Ok::<_, Infallible>([memory(context), memory(context), memory(context)])).await?;
    Ok(<[MemoryStore; 3]>::clone(&stores))
}

/// Yields to the runtime up to three times before each call.
struct Unsteady(MemoryStore);

impl Unsteady {
    async fn turns(&self) {
        for _ in 0..fastrand::u8(..4) {
            tokio::task::yield_now().await;
        }
    }
}

#[value_store::async_trait]
impl ValueStore for Unsteady {
    async fn put(&self, key: &[u8], value: value_store::Bytes, options: &Options) -> Result<(), Error> {
        self.turns().await;
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<value_store::GetValueResult, Error> {
        self.turns().await;
        self.0.get(key, options).await
    }
}

/// Three members, and a store of them.
fn three() -> ([Moody; 3], Parallel) {
    let members = [Moody::new(), Moody::new(), Moody::new()];
    let [one, two, three] = members.clone();
    (members, Parallel::of(one).and(two).and(three))
}

fn members(error: Error) -> MembersError {
    match error {
        Error::Backend(error) => *error.downcast().expect("the errors of the members"),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_get_needs_one_member() {
    let ([one, two, _], store) = three();
    put(&store, "value").await.unwrap();
    one.becomes(DOWN);
    two.becomes(Mood::Hanging);
    assert_eq!(get(&store).await.unwrap(), "value");
    assert_eq!(two.under_way(), 0, "nothing goes on behind the call");
}

#[tokio::test]
async fn a_value_is_better_than_misses() {
    let ([one, two, three], store) = three();
    put(&three.inside, "value").await.unwrap();
    assert_eq!(get(&store).await.unwrap(), "value");
    assert_eq!((one.asked().len(), two.asked().len()), (1, 1));
}

#[tokio::test]
async fn a_key_is_missing_only_if_all_members_say_so() {
    let ([one, two, _], store) = three();
    assert!(get(&store).await.unwrap_err().is_not_found());
    one.becomes(TIMED_OUT);
    assert!(get(&store).await.unwrap_err().is_timeout());
    two.becomes(DOWN);
    let error = members(get(&store).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "3 of 3 members failed: member 1: the call timed out; member 2: the store's backend failed: down; \
         member 3: the key has no value"
    );
}

#[tokio::test]
async fn a_get_waits_for_the_member_that_may_have_it() {
    let ([one, _, _], store) = three();
    put(&one.inside, "value").await.unwrap();
    one.becomes(Mood::Hanging);
    let mut get = Box::pin(get(&store));
    begin(&mut get).await;
    one.becomes(Mood::Well);
    assert_eq!(get.await.unwrap(), "value");
}

#[tokio::test]
async fn a_put_needs_all_members_unless_a_quorum_is_set() {
    let ([_, two, _], store) = three();
    two.becomes(DOWN);
    let error = members(put(&store, "value").await.unwrap_err());
    assert_eq!((error.succeeded(), error.iter().map(|(number, _)| number).collect::<Vec<_>>()), (2, vec![2]));
    assert!(put(&store.with_put_quorum(2), "value").await.is_ok());
}

#[tokio::test]
async fn a_put_below_its_quorum_fails() {
    let ([one, two, _], store) = three();
    one.becomes(DOWN);
    two.becomes(TIMED_OUT);
    assert_eq!(members(put(&store.with_put_quorum(2), "value").await.unwrap_err()).succeeded(), 1);
}

#[tokio::test]
async fn a_put_waits_for_all_members_whatever_the_quorum() {
    let ([one, two, three], store) = three();
    let store = store.with_put_quorum(1);
    three.becomes(Mood::Hanging);
    one.becomes(DOWN);
    let mut put = Box::pin(put(&store, "value"));
    begin(&mut put).await;
    assert_eq!(has(&two).await.unwrap(), "value");
    three.becomes(Mood::Well);
    put.await.unwrap();
    assert_eq!(has(&three).await.unwrap(), "value");
}

#[tokio::test]
async fn a_put_that_all_members_refuse_is_refused() {
    let (moody, store) = three();
    for member in &moody {
        member.becomes(REFUSING);
    }
    let refused = put(&store, "value").await.unwrap_err();
    assert_eq!(refused.to_string(), "invalid value: member 1: too long; member 2: too long; member 3: too long");
    moody[0].becomes(Mood::Well);
    assert!(put(&store, "value").await.unwrap_err().is_backend(), "member 1 has it");
}

#[tokio::test]
async fn members_that_time_out_make_a_put_time_out() {
    let ([one, two, _], store) = three();
    one.becomes(TIMED_OUT);
    two.becomes(TIMED_OUT);
    assert!(put(&store, "value").await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_dropped_call_leaves_nothing_under_way() {
    let (moody, store) = three();
    for member in &moody {
        member.becomes(Mood::Hanging);
    }
    let (mut put, mut get) = (Box::pin(put(&store, "value")), Box::pin(get(&store)));
    begin(&mut put).await;
    begin(&mut get).await;
    assert_eq!(moody.each_ref().map(Moody::under_way), [2, 2, 2]);
    drop((put, get));
    assert_eq!(moody.each_ref().map(Moody::under_way), [0, 0, 0]);
}

#[tokio::test]
async fn options_reach_every_member() {
    let (moody, store) = three();
    let options = Options::new().with_timeout(Duration::from_secs(7)).with("quorum", 3);
    store.put(KEY, "value".into(), &options).await.unwrap();
    assert!(moody.iter().all(|member| member.asked() == [options.clone()]));
}

#[test]
#[should_panic(expected = "a quorum of 4 is not between 1 and the 3 members")]
fn a_quorum_of_more_than_there_are_is_refused() {
    let (_, store) = three();
    let _ = store.with_put_quorum(4);
}

#[test]
#[should_panic(expected = "a quorum of 0 is not between 1 and the 1 members")]
fn a_quorum_of_none_is_refused() {
    let _ = Parallel::of(MemoryStore::new()).with_put_quorum(0);
}
