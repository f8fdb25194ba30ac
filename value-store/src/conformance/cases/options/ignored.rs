//! Checks that a store ignores options.

use bytes::Bytes;

use crate::Options;
use crate::conformance::history::Verdict;
use crate::conformance::session::{Handle, Session};

/// Expects put and get to work as usual if only the put has these options, if only the get has them, and for a missing
/// key.
pub(super) async fn ignored(case: &Session, options: impl IntoIterator<Item = Options>) -> Verdict {
    let store = case.open().await?;
    let calls = options.into_iter().enumerate().map(|(number, options)| {
        let keys = [case.key(format!("k{number}")), case.key(format!("absent{number}"))];
        (store.with(options), keys, [0; 3].map(|_| case.value(16)))
    });
    let each = |(with_options, [key, absent], [first, second, third]): (Handle, [Bytes; 2], [Bytes; 3])| {
        let store = store.patient();
        async move {
            with_options.put(&key, &first).await?;
            store.expect(&key, &first).await?;
            store.put(&key, &second).await?;
            with_options.expect(&key, &second).await?;
            with_options.put(&key, &third).await?;
            store.expect(&key, &third).await?;
            with_options.expect_missing(&absent).await
        }
    };
    case.for_each(&calls.collect::<Vec<_>>(), each).await?;
    Ok(())
}

/// An option that no store has.
pub(super) fn unknown() -> Options {
    Options::new().with("value-store-conformance-unknown", "ignored")
}
