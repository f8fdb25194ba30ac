//! The calls and copies under way, each with the query that works for it at the moment.

use std::collections::HashMap;

use libp2p::kad::QueryId;

use super::command::CallId;
use super::copy::Copy;
use super::get::Get;
use super::put::Put;

pub(super) enum Call {
    Put(Put),
    Get(Get),
    /// Nobody waits for it.
    Copy(Copy),
}

/// The calls that wait for a query. Kad also runs queries of its own, which are not in here.
#[derive(Default)]
pub(super) struct Calls {
    calls: HashMap<QueryId, (CallId, Call)>,
    queries: HashMap<CallId, QueryId>,
}

impl Calls {
    pub(super) fn insert(&mut self, query: QueryId, id: CallId, call: Call) {
        self.calls.insert(query, (id, call));
        self.queries.insert(id, query);
    }

    /// The call that this query works for.
    pub(super) fn remove(&mut self, query: QueryId) -> Option<(CallId, Call)> {
        let (id, call) = self.calls.remove(&query)?;
        self.queries.remove(&id);
        Some((id, call))
    }

    /// Forgets a call, and returns the query that worked for it.
    pub(super) fn cancel(&mut self, id: CallId) -> Option<QueryId> {
        let query = self.queries.remove(&id)?;
        self.calls.remove(&query);
        Some(query)
    }
}
