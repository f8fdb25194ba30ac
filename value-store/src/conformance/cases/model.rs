//! Random sequences of calls. Each call has to end as a map says.

use crate::conformance::history::Verdict;
use crate::conformance::model::{Mix, check};
use crate::conformance::session::Session;

pub(crate) async fn random_operations_match_a_map(case: &Session) -> Verdict {
    check(case, Mix::Plain).await
}

pub(crate) async fn with_any_keys_and_values(case: &Session) -> Verdict {
    check(case, Mix::AnyBytes).await
}

pub(crate) async fn with_options_and_timeouts(case: &Session) -> Verdict {
    check(case, Mix::AnyManner).await
}

pub(crate) async fn with_reopening(case: &Session) -> Verdict {
    check(case, Mix::WithRestarts).await
}

pub(crate) async fn with_peers(case: &Session) -> Verdict {
    check(case, Mix::WithPeers).await
}
