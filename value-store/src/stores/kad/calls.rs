//! The calls and copies under way, each with the query that works for it at the moment.

use std::collections::HashMap;
use std::time::Duration;

use libp2p::kad::{QueryId, RecordKey};

use super::command::CallId;
use super::copy::{Copy, Purpose};
use super::get::Get;
use super::put::Put;

pub(super) enum Call {
    Put(Put),
    Get(Get),
    /// Nobody waits for it.
    Copy(Copy),
}

impl Call {
    fn is_copy(&self) -> bool {
        matches!(self, Self::Copy(_))
    }
}

/// The calls that wait for a query. Kad also runs queries of its own, which are not in here.
#[derive(Default)]
pub(super) struct Calls {
    under_way: HashMap<QueryId, (CallId, Call)>,
    queries: HashMap<CallId, QueryId>,
    copies: usize,
}

impl Calls {
    pub(super) fn insert(&mut self, query: QueryId, id: CallId, call: Call) {
        self.copies += usize::from(call.is_copy());
        self.under_way.insert(query, (id, call));
        self.queries.insert(id, query);
    }

    /// The call that this query works for.
    pub(super) fn remove(&mut self, query: QueryId) -> Option<(CallId, Call)> {
        let (id, call) = self.under_way.remove(&query)?;
        self.queries.remove(&id);
        self.copies -= usize::from(call.is_copy());
        Some((id, call))
    }

    /// How many copies there are.
    pub(super) fn copies(&self) -> usize {
        self.copies
    }

    /// Whether a copy of this key for this purpose is under way.
    pub(super) fn has_copy(&self, key: &RecordKey, purpose: Purpose) -> bool {
        let is_it =
            |call: &Call| matches!(call, Call::Copy(copy) if copy.record.key == *key && copy.purpose == purpose);
        self.copies > 0 && self.under_way.values().any(|(_, call)| is_it(call))
    }

    /// The queries that work for copies begun longer ago than this.
    pub(super) fn copies_older_than(&self, age: Duration) -> Vec<QueryId> {
        let is_older = |call: &Call| matches!(call, Call::Copy(copy) if copy.begun.elapsed() > age);
        self.under_way.iter().filter(|(_, (_, call))| is_older(call)).map(|(query, _)| *query).collect()
    }

    /// Forgets a call, and returns the query that worked for it.
    pub(super) fn cancel(&mut self, id: CallId) -> Option<QueryId> {
        let query = *self.queries.get(&id)?;
        self.remove(query)?;
        Some(query)
    }
}
