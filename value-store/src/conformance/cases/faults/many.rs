//! Many keys, and many calls at the same time.

use bytes::Bytes;

use crate::conformance::history::Verdict;
use crate::conformance::session::{Handle, Session};

/// More calls than most stores have connections or permits, so that an outage takes all of them.
pub(super) const MANY: usize = 32;

/// Puts many keys at once, so that the store opens as many connections as it wants.
pub(super) async fn put_many(case: &Session, store: &Handle) -> Verdict<Vec<(Bytes, Bytes)>> {
    let entry = |number| (case.key(format!("k{number}")), Bytes::from(format!("value{number}")));
    let entries: Vec<_> = (0..MANY).map(entry).collect();
    let put = case.put_all(store, &entries).await?;
    Ok(entries[..put].to_vec())
}

/// A key for one of several rounds.
pub(super) fn new_key(case: &Session) -> Bytes {
    case.key(format!("{:x}", case.random(|random| random.u32(..))))
}
