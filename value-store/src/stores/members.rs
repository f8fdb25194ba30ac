//! What the stores that combine others share: the errors of their members, and the time that is left of a call.

use std::fmt;
use std::time::{Duration, Instant};

use crate::{Error, Options};

/// The errors of the members of a [`Tiered`](super::Tiered) or [`Parallel`](super::Parallel) store, when a call fails
/// with [`Error::Backend`]: they are its [source](std::error::Error::source).
///
/// It prints the error of each member with all its causes. Its own source is the likeliest cause of the failure: the
/// first error that is not [`NotFound`](Error::NotFound).
///
/// ```
/// use value_store::stores::{MembersError, MemoryStore, Parallel};
/// use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};
///
/// struct Unplugged;
///
/// #[async_trait]
/// impl ValueStore for Unplugged {
///     async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
///         Err(Error::backend("no cable"))
///     }
///
///     async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
///         Err(Error::backend("no cable"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let store = Parallel::of(MemoryStore::new()).and(Unplugged);
/// let Err(Error::Backend(error)) = store.put(b"key", "value".into(), &Options::new()).await else { panic!() };
/// assert_eq!(error.to_string(), "1 of 2 members failed: member 2: the store's backend failed: no cable");
///
/// let errors: &MembersError = error.downcast_ref().unwrap();
/// assert!(errors.iter().all(|(number, error)| number == 2 && error.is_backend()));
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MembersError {
    succeeded: usize,
    failed: Vec<(usize, Error)>,
}

impl MembersError {
    /// The number of each member that failed, and its error. The first member has the number 1.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.failed.iter().map(|(number, error)| (*number, error))
    }

    /// How many members succeeded.
    #[must_use]
    pub fn succeeded(&self) -> usize {
        self.succeeded
    }

    pub(super) fn add_success(&mut self) {
        self.succeeded += 1;
    }

    pub(super) fn add(&mut self, number: usize, error: Error) {
        self.failed.push((number, error));
    }

    /// Why members refused the key or the value.
    fn reasons(&self) -> String {
        let reasons = self.failed.iter().filter_map(|(number, error)| match error {
            Error::InvalidKey(reason) | Error::InvalidValue(reason) => Some(format!("member {number}: {reason}")),
            _ => None,
        });
        reasons.collect::<Vec<_>>().join("; ")
    }
}

/// The one error that stands for those of all members.
///
/// It is `NotFound` only if all members say so. Otherwise no kind of error may hide another: where kinds are mixed, it
/// is a `Backend` with all of them. A key or a value counts as refused only if no member took it.
impl From<MembersError> for Error {
    fn from(members: MembersError) -> Self {
        let all = |is: fn(&Error) -> bool| members.failed.iter().all(|(_, error)| is(error));
        let is_untouched = members.succeeded == 0;
        if all(Error::is_not_found) {
            Self::NotFound
        } else if all(|error| error.is_timeout() || error.is_not_found()) {
            Self::Timeout
        } else if is_untouched && all(|error| error.is_invalid_key() || error.is_not_found()) {
            Self::InvalidKey(members.reasons())
        } else if is_untouched && all(Error::is_invalid_value) {
            Self::InvalidValue(members.reasons())
        } else {
            Self::backend(members)
        }
    }
}

impl fmt::Display for MembersError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed.len();
        write!(formatter, "{failed} of {} members failed", self.succeeded + failed)?;
        for (index, (number, error)) in self.failed.iter().enumerate() {
            let separator = if index == 0 { ":" } else { ";" };
            write!(formatter, "{separator} member {number}: {error}")?;
            let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
            for cause in causes {
                write!(formatter, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for MembersError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let likeliest = self.failed.iter().find(|(_, error)| !error.is_not_found());
        likeliest.map(|(_, error)| error as _)
    }
}

/// The options of a call whose members are asked one after the other: each gets what is left of the timeout.
pub(super) struct TimeLeft {
    options: Options,
    timeout: Option<Duration>,
    begun: Instant,
}

impl TimeLeft {
    pub(super) fn of(options: &Options) -> Self {
        Self { options: options.clone(), timeout: options.timeout(), begun: Instant::now() }
    }

    /// The options for the next member.
    pub(super) fn options(&mut self) -> &Options {
        if let Some(timeout) = self.timeout {
            let left = timeout.saturating_sub(self.begun.elapsed());
            self.options = std::mem::take(&mut self.options).with_timeout(left);
        }
        &self.options
    }

    /// Notes how a member failed. After a timeout no time is left, whatever the clock here says: the member may go by
    /// another clock.
    pub(super) fn after(&mut self, error: &Error) {
        if error.is_timeout() && self.timeout.is_some() {
            self.timeout = Some(Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(succeeded: usize, errors: impl IntoIterator<Item = Error>) -> Error {
        let failed = errors.into_iter().enumerate().map(|(index, error)| (index + 1, error)).collect();
        MembersError { succeeded, failed }.into()
    }

    #[test]
    fn a_key_is_missing_only_if_all_members_say_so() {
        assert!(joined(0, [Error::NotFound, Error::NotFound]).is_not_found());
        assert!(joined(0, [Error::NotFound, Error::Timeout]).is_timeout());
        assert!(joined(0, [Error::backend("down"), Error::NotFound]).is_backend());
    }

    #[test]
    fn a_timeout_hides_no_other_error() {
        assert!(joined(1, [Error::Timeout, Error::Timeout]).is_timeout());
        let Error::Backend(error) = joined(0, [Error::Timeout, Error::backend("down")]) else { panic!() };
        let expected =
            "2 of 2 members failed: member 1: the call timed out; member 2: the store's backend failed: down";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_all_members_refuse_is_refused() {
        let long = || Error::InvalidValue("too long".into());
        let Error::InvalidValue(reasons) = joined(0, [long(), long()]) else { panic!() };
        assert_eq!(reasons, "member 1: too long; member 2: too long");
        assert!(joined(1, [long()]).is_backend(), "a member has it");
        assert!(joined(0, [Error::InvalidKey("too long".into()), Error::NotFound]).is_invalid_key());
    }

    #[test]
    fn the_source_is_the_first_error_that_explains_something() {
        let Error::Backend(error) = joined(0, [Error::NotFound, Error::backend("down")]) else { panic!() };
        let source = error.source().and_then(|error| error.source());
        assert_eq!(source.map(ToString::to_string).as_deref(), Some("down"));
    }

    #[test]
    fn what_is_left_of_a_timeout_becomes_less_and_ends_with_one() {
        let mut time = TimeLeft::of(&Options::new().with_timeout(Duration::from_secs(60)).with("quorum", 3));
        let first = time.options().timeout().unwrap();
        let second = time.options().timeout().unwrap();
        assert!(second <= first && first <= Duration::from_secs(60));
        time.after(&Error::NotFound);
        assert!(!time.options().timeout().unwrap().is_zero());
        time.after(&Error::Timeout);
        assert_eq!(*time.options(), Options::new().with_timeout(Duration::ZERO).with("quorum", 3));
    }

    #[test]
    fn without_a_timeout_members_keep_their_own() {
        let mut time = TimeLeft::of(&Options::new());
        time.after(&Error::Timeout);
        assert_eq!(*time.options(), Options::new());
    }
}
