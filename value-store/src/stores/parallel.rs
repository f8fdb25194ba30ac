use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use bytes::Bytes;

use super::members::MembersError;
use crate::{Error, GetValueResult, Options, ValueStore};

/// Several stores as one: a put goes to all of them, and a get returns the first value that any of them finds.
///
/// ```
/// use value_store::{Options, ValueStore, stores::{MemoryStore, Parallel}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), value_store::Error> {
/// let (one, another) = (MemoryStore::new(), MemoryStore::new());
/// let both = Parallel::of(one.clone()).and(another.clone());
///
/// both.put(b"key", "value".into(), &Options::new()).await?;
/// assert_eq!(one.get(b"key", &Options::new()).await?.val, "value");
/// assert_eq!(another.get(b"key", &Options::new()).await?.val, "value");
/// # Ok(())
/// # }
/// ```
///
/// # Get
///
/// A get asks all members at once and returns the first value; the other calls are dropped. A member that fails or is
/// silent does no harm if another one answers. A get returns [`Error::NotFound`] only if all members say so. If no
/// member finds a value, and at least one fails in another way, it returns
///
/// - [`Error::Timeout`] if all errors are `Timeout` or `NotFound`,
/// - [`Error::InvalidKey`] if all errors are `InvalidKey` or `NotFound`,
/// - [`Error::Backend`] in every other case, with a [`MembersError`] that holds all errors.
///
/// # Put
///
/// A put goes to all members at once and waits for every one of them, so that as many as possible have the value. It
/// succeeds if at least a [quorum](Self::with_put_quorum) of them succeeded. **The quorum is all members** unless you
/// set it. Only then is every get as new as the last put that succeeded, whichever member answers first.
///
/// With a smaller quorum, a member that missed a put still has the older value, or none, and a get may return that.
/// Nothing repairs the member before the next put to the key. So a smaller quorum is for values that may be stale, or
/// that tell by themselves which one is newer.
///
/// A put that fails leaves each member with the old value or the new one, and gets return either until a later put
/// succeeds. The put returns
///
/// - `Timeout` if all errors are that,
/// - `InvalidKey` or [`Error::InvalidValue`] if all errors are that, and no member took the value,
/// - `Backend` in every other case, with a [`MembersError`].
///
/// If a call succeeds in spite of errors, they are dropped.
///
/// # Time
///
/// Options reach each member as they are, and so does the timeout. Members run at the same time, so if each keeps to
/// the timeout, the whole call does. Nothing goes on after a call has ended or was dropped.
///
/// # What it promises
///
/// It keeps the [contract](ValueStore#contract) if the members keep it and the quorum is all of them. Then it is
/// durable if all members are, shared if all members are, and meets outages if all members do.
///
/// It is neither linearizable nor monotonic nor settled, whatever its members are: during a put, or after one that failed,
/// one get may return the new value, and the next, from another member, the old one. Nor is it convergent: of puts at the same
/// time, each member keeps the one that reached it last, and that need not be the same one.
///
/// Members should have the same limits: a value that only some of them refuse is stored by the others.
pub struct Parallel {
    members: Vec<Arc<dyn ValueStore>>,
    put_quorum: Option<usize>,
}

impl Parallel {
    /// A store of one member, the first.
    #[must_use]
    pub fn of(member: impl ValueStore + 'static) -> Self {
        Self { members: vec![Arc::new(member)], put_quorum: None }
    }

    /// Adds a member.
    #[must_use]
    pub fn and(mut self, member: impl ValueStore + 'static) -> Self {
        self.members.push(Arc::new(member));
        self
    }

    /// Lets a put succeed when this many members have taken it, instead of all.
    ///
    /// # Panics
    ///
    /// If the quorum is zero, or greater than the number of members added so far.
    #[must_use]
    pub fn with_put_quorum(mut self, quorum: usize) -> Self {
        let members = self.members.len();
        assert!((1..=members).contains(&quorum), "a quorum of {quorum} is not between 1 and the {members} members");
        self.put_quorum = Some(quorum);
        self
    }
}

impl fmt::Debug for Parallel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { members, put_quorum } = self;
        formatter.debug_struct("Parallel").field("members", &members.len()).field("put_quorum", put_quorum).finish()
    }
}

#[async_trait]
impl ValueStore for Parallel {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let puts = self.members.iter().map(|member| member.put(key, value.clone(), options));
        let (mut puts, mut members) = (SideBySide::new(puts), MembersError::default());
        while let Some((number, put)) = puts.next().await {
            match put {
                Ok(()) => members.add_success(),
                Err(error) => members.add(number, error),
            }
        }
        let quorum = self.put_quorum.unwrap_or(self.members.len());
        if members.succeeded() >= quorum { Ok(()) } else { Err(members.into()) }
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let gets = self.members.iter().map(|member| member.get(key, options));
        let (mut gets, mut members) = (SideBySide::new(gets), MembersError::default());
        while let Some((number, get)) = gets.next().await {
            match get {
                Ok(found) => return Ok(found),
                Err(error) => members.add(number, error),
            }
        }
        Err(members.into())
    }
}

type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Calls that run at the same time, each with the number of its member. A wake-up polls all of them: there are few, and
/// finding out which one woke would cost more.
struct SideBySide<'a, T> {
    calls: Vec<(usize, Call<'a, T>)>,
}

impl<'a, T> SideBySide<'a, T> {
    fn new(calls: impl Iterator<Item = Call<'a, T>>) -> Self {
        Self { calls: calls.enumerate().map(|(index, call)| (index + 1, call)).collect() }
    }

    /// The result of the next call that ends, or `None` when all have ended.
    async fn next(&mut self) -> Option<(usize, Result<T, Error>)> {
        poll_fn(|context| {
            for index in 0..self.calls.len() {
                let (number, call) = &mut self.calls[index];
                if let Poll::Ready(result) = call.as_mut().poll(context) {
                    let number = *number;
                    drop(self.calls.remove(index));
                    return Poll::Ready(Some((number, result)));
                }
            }
            if self.calls.is_empty() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
