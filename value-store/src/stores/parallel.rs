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
/// All members are asked at once, and the first value counts; the other calls are dropped. A member that fails or does not
/// answer fails no get that another one answers. [`Error::NotFound`] takes all members to say so. If no member finds a
/// value, and one of them fails otherwise, the get fails with
///
/// - [`Error::Timeout`] where all errors are that or `NotFound`,
/// - [`Error::InvalidKey`] where all are that or `NotFound`,
/// - [`Error::Backend`] with a [`MembersError`], which has them all, in every other case.
///
/// # Put
///
/// A put goes to all members at once and waits until each has ended, so that as many as can have the value. It succeeds if
/// at least the [quorum](Self::with_put_quorum) of them succeeded, and **the quorum is all members** unless it is set: only then
/// is no get, whichever member answers first, older than the last put that succeeded. With a quorum of fewer, a get may
/// return an older value, or `NotFound`, for as long as a member has it that missed the put; nothing repairs that member
/// before the next put to the key. It is for values that may be stale, or that tell by themselves which is newer.
///
/// A put that fails leaves each member with the old value or the new one, and gets return the one or the other until a
/// later put succeeds. It fails with `Timeout` where all its errors are that, with `InvalidKey` or [`Error::InvalidValue`]
/// where no member took it and all errors are that, and otherwise with `Backend` and a [`MembersError`]. The errors of a
/// call that succeeds in spite of them are dropped.
///
/// # Time
///
/// Options reach each member as they are, the timeout included, and each member keeps to it: so does the whole, since they
/// run at the same time. Nothing goes on behind a call that has ended or was dropped.
///
/// # What it promises
///
/// The [contract](ValueStore#contract), if the members keep it and the quorum is all of them; and then it is durable, shared
/// and meets outages if all members do. It is neither linearizable nor settled whatever its members are: beside a put, or
/// after one that failed, one get may return the new value and the next, which another member answers, the old one. Nor is it
/// convergent: of puts at the same time, each member keeps the one that reached it last, which need not be the same.
///
/// Members should have the same limits: a value that only some refuse is one that others store.
pub struct Parallel {
    members: Vec<Arc<dyn ValueStore>>,
    put_quorum: Option<usize>,
}

impl Parallel {
    /// A store of this one member, the first.
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

    /// Lets a put succeed when this many members have taken it, in place of all.
    ///
    /// # Panics
    ///
    /// When it is zero, or more than there are members.
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

/// Calls that run at the same time, each with the number of its member. There are few of them, so each wake-up polls all:
/// to tell which one woke would take more than that.
struct SideBySide<'a, T> {
    calls: Vec<(usize, Call<'a, T>)>,
}

impl<'a, T> SideBySide<'a, T> {
    fn new(calls: impl Iterator<Item = Call<'a, T>>) -> Self {
        Self { calls: calls.enumerate().map(|(index, call)| (index + 1, call)).collect() }
    }

    /// How the next call to end has ended, or `None` when all have.
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
