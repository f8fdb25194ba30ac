//! How calls are carried out: by queries of kad, one after the other for each call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::kad::{self, GetClosestPeersError, GetRecordError, GetRecordOk, PutRecordError, Record};
use libp2p::kad::{Mode, QueryId, QueryResult, QueryStats, RecordKey};
use tracing::debug;

use super::TARGET;
use super::calls::{Call, Calls};
use super::command::CallId;
use super::copy::{Copy, Found, Outcome, Purpose};
use super::error::QueryError;
use super::get::Get;
use super::held::HeldRecords;
use super::put::Put;
use super::rules::Rules;
use super::settings::Settings;
use super::swarm::{Kad, MAX_PEERS};
use crate::Error;

/// How many times the timeout of a peer a copy may take. A lookup asks three peers at a time, so this is enough where most
/// of them are silent. Kad does not always tell that a peer has gone, and a copy has no caller who gives up.
const LONGEST_COPY: u32 = 30;

/// The calls under way, and what all of them need.
pub(super) struct Queries {
    calls: Calls,
    rules: Arc<Rules>,
    local: PeerId,
    record_ttl: Duration,
    republish_interval: Option<Duration>,
    peer_timeout: Duration,
    /// How many copies were begun.
    copies_begun: u64,
}

impl Queries {
    pub(super) fn new(settings: &Settings, rules: Arc<Rules>, local: PeerId) -> Self {
        let Settings { record_ttl, republish_interval, peer_timeout, .. } = *settings;
        let (calls, copies_begun) = (Calls::default(), 0);
        Self { calls, rules, local, record_ttl, republish_interval, peer_timeout, copies_begun }
    }

    /// Begins a put: looks for the peers closest to its key. If values have an order, it also looks at the values that
    /// these peers and this node hold, since a peer with a better value keeps that one and does not say so.
    pub(super) fn put(&mut self, kad: &mut Kad, id: CallId, put: Put) {
        if is_server(kad) && !self.held(kad).have_room_for(&put.record.key) {
            return put.reply(Err(QueryError::Full { records: self.rules.max_records }.into()));
        }
        self.look_up_for_put(kad, id, put);
    }

    fn look_up_for_put(&mut self, kad: &mut Kad, id: CallId, put: Put) {
        let key = put.record.key.clone();
        let has_order = self.rules.has_order(key.as_ref());
        let query = if has_order { kad.get_record(key) } else { kad.get_closest_peers(key.to_vec()) };
        self.calls.insert(query, id, Call::Put(put));
    }

    pub(super) fn get(&mut self, kad: &mut Kad, id: CallId, mut get: Get) {
        if let Some(record) = self.held(kad).get(&get.key) {
            get.hold(&self.rules, self.local, record);
        }
        if get.has_enough() {
            return get.reply(&self.rules, &QueryStats::empty());
        }
        self.look_up_for_get(kad, id, get);
    }

    fn look_up_for_get(&mut self, kad: &mut Kad, id: CallId, get: Get) {
        let query = kad.get_record(get.key.clone());
        self.calls.insert(query, id, Call::Get(get));
    }

    /// Passes a record on, if the node holds or publishes one of this key.
    pub(super) fn copy(&mut self, kad: &mut Kad, key: &RecordKey, purpose: Purpose) {
        if self.calls.has_copy(key, purpose) {
            return;
        }
        let mut held = self.held(kad);
        let record = match purpose {
            Purpose::Replicate => held.get(key),
            Purpose::Publish => held.publication(key, self.local),
        };
        let Some(record) = record else {
            if purpose == Purpose::Publish {
                // The rules no longer allow it, if it was not unpublished a moment ago.
                held.unpublish(key);
            }
            return;
        };
        // Calls count up from zero, and nobody cancels a copy.
        let id = CallId::MAX - self.copies_begun;
        self.copies_begun += 1;
        self.look_up_for_copy(kad, id, Copy::new(record, purpose));
    }

    fn look_up_for_copy(&mut self, kad: &mut Kad, id: CallId, copy: Copy) {
        let query = kad.get_record(copy.record.key.clone());
        self.calls.insert(query, id, Call::Copy(copy));
    }

    /// How many copies are under way.
    pub(super) fn copies(&self) -> usize {
        self.calls.copies()
    }

    /// Ends the copies that have taken too long, so that others can begin.
    pub(super) fn end_overdue_copies(&mut self, kad: &mut Kad) {
        for query in self.calls.copies_older_than(self.peer_timeout.saturating_mul(LONGEST_COPY)) {
            finish(kad, query);
            if let Some((id, Call::Copy(copy))) = self.calls.remove(query) {
                debug!(target: TARGET, id, "a copy took too long");
                self.end_copy(kad, &copy, Outcome::NotTaken);
            }
        }
    }

    /// Whether kad ended a lookup while peers still had time to answer. Kad waits ten seconds for a peer, whatever it
    /// is told. On a slow network or a loaded machine, a put would then miss peers.
    fn is_cut_short(&self, begun: Instant, stats: &QueryStats) -> bool {
        let has_all = stats.num_successes() >= u32::from(MAX_PEERS);
        stats.num_pending() > 0 && !has_all && begun.elapsed() < self.peer_timeout
    }

    /// Goes on with the call for which a query has made progress. Queries of kad's own, and those of calls that were
    /// cancelled, have none.
    pub(super) fn progress(&mut self, kad: &mut Kad, query: QueryId, result: QueryResult, stats: &QueryStats) {
        let call = self.calls.remove(query);
        if let Some((id, _)) = &call {
            tell(*id, &result, stats);
        }
        match call {
            Some((id, Call::Put(put))) => self.progress_of_put(kad, query, id, put, result, stats),
            Some((id, Call::Get(get))) => self.progress_of_get(kad, query, id, get, result, stats),
            Some((id, Call::Copy(copy))) => self.progress_of_copy(kad, query, id, copy, result, stats),
            None => {}
        }
    }

    fn progress_of_put(
        &mut self,
        kad: &mut Kad,
        query: QueryId,
        id: CallId,
        mut put: Put,
        result: QueryResult,
        stats: &QueryStats,
    ) {
        match result {
            QueryResult::GetClosestPeers(found) => {
                let found = found.map_or_else(|GetClosestPeersError::Timeout { peers, .. }| peers, |found| found.peers);
                self.store(kad, id, put, found.into_iter().map(|peer| peer.peer_id).collect(), stats);
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                if self.is_outdated(&put, &found.record) {
                    finish(kad, query);
                    return put.refuse();
                }
                put.holders.extend(found.peer);
                self.calls.insert(query, id, Call::Put(put));
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FinishedWithNoAdditionalRecord { cache_candidates })) => {
                let answered = put.holders.iter().copied().chain(cache_candidates.into_values()).collect();
                self.store(kad, id, put, answered, stats);
            }
            QueryResult::GetRecord(Err(GetRecordError::NotFound { closest_peers, .. })) => {
                self.store(kad, id, put, closest_peers, stats);
            }
            QueryResult::PutRecord(Ok(_)) => self.stored(kad, put, stats.num_successes() as usize),
            QueryResult::PutRecord(Err(
                PutRecordError::QuorumFailed { success, .. } | PutRecordError::Timeout { success, .. },
            )) => self.stored(kad, put, success.len()),
            _ => put.reply(Err(QueryError::no_answer(stats).into())),
        }
    }

    fn progress_of_get(
        &mut self,
        kad: &mut Kad,
        query: QueryId,
        id: CallId,
        mut get: Get,
        result: QueryResult,
        stats: &QueryStats,
    ) {
        let QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) = result else {
            if self.is_cut_short(get.begun, stats) {
                get.forget_answers();
                return self.look_up_for_get(kad, id, get);
            }
            return get.reply(&self.rules, stats);
        };
        // A record without a peer is the one that this node holds, which is counted already.
        if let Some(peer) = found.peer {
            get.take(&self.rules, peer, found.record);
        }
        if get.has_enough() {
            get.reply(&self.rules, stats);
            finish(kad, query);
        } else {
            self.calls.insert(query, id, Call::Get(get));
        }
    }

    fn progress_of_copy(
        &mut self,
        kad: &mut Kad,
        query: QueryId,
        id: CallId,
        mut copy: Copy,
        result: QueryResult,
        stats: &QueryStats,
    ) {
        match result {
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                // A record without a peer is the one that this node holds.
                if let Some(peer) = found.peer
                    && copy.found(&self.rules, peer, &found.record) == Found::Better
                {
                    finish(kad, query);
                    return self.end_copy(kad, &copy, Outcome::Outdone);
                }
                self.calls.insert(query, id, Call::Copy(copy));
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FinishedWithNoAdditionalRecord { cache_candidates })) => {
                self.send(kad, id, copy, cache_candidates.into_values().collect(), stats);
            }
            QueryResult::GetRecord(Err(GetRecordError::NotFound { closest_peers, .. })) => {
                self.send(kad, id, copy, closest_peers, stats);
            }
            QueryResult::PutRecord(_) if stats.num_successes() > 0 => self.end_copy(kad, &copy, Outcome::Taken),
            _ => self.end_copy(kad, &copy, Outcome::NotTaken),
        }
    }

    /// Goes on with a copy whose peers have answered.
    fn send(&mut self, kad: &mut Kad, id: CallId, mut copy: Copy, without: Vec<PeerId>, stats: &QueryStats) {
        if self.is_cut_short(copy.begun, stats) {
            copy.forget_answers();
            return self.look_up_for_copy(kad, id, copy);
        }
        let targets = copy.targets(without);
        if targets.is_empty() || !self.is_current(kad, &copy) {
            return self.end_copy(kad, &copy, Outcome::NotTaken);
        }
        if copy.purpose == Purpose::Publish {
            copy.record.expires = Instant::now().checked_add(self.record_ttl);
        }
        let query = kad.put_record_to(copy.record.clone(), targets.into_iter(), kad::Quorum::All);
        self.calls.insert(query, id, Call::Copy(copy));
    }

    /// Whether the node still holds, or publishes, what the copy would send: the peers take it for a put.
    fn is_current(&self, kad: &mut Kad, copy: &Copy) -> bool {
        let (held, record) = (self.held(kad), &copy.record);
        match copy.purpose {
            // The time that is left travels in whole seconds, and none stands for no end.
            Purpose::Replicate => {
                let soon = Instant::now() + Duration::from_secs(2);
                held.get(&record.key).is_some_and(|held| held.value == record.value) && !record.is_expired(soon)
            }
            Purpose::Publish => held.publication(&record.key, self.local).is_some_and(|own| own.value == record.value),
        }
    }

    /// Ends a copy. A publication goes on, unless there is a better record.
    fn end_copy(&self, kad: &mut Kad, copy: &Copy, outcome: Outcome) {
        // What was put or unpublished meanwhile stays so.
        if copy.purpose == Purpose::Replicate || !self.is_current(kad, copy) {
            return;
        }
        let Some(interval) = self.republish_interval.filter(|_| outcome != Outcome::Outdone) else {
            return self.held(kad).unpublish(&copy.record.key);
        };
        if outcome == Outcome::Taken {
            self.held(kad).prolong(&copy.record);
            self.held(kad).publish(&copy.record, interval);
        } else {
            // A node that reached nobody tries again soon.
            self.held(kad).publish(&copy.record, interval / 10);
        }
    }

    /// Goes on with a put whose peers have answered.
    fn store(&mut self, kad: &mut Kad, id: CallId, mut put: Put, answered: Vec<PeerId>, stats: &QueryStats) {
        if self.is_cut_short(put.begun, stats) {
            put.holders.clear();
            return self.look_up_for_put(kad, id, put);
        }
        match put.ask(answered, stats) {
            Ok(peers) => {
                // So this node's own copy does not outlive theirs.
                put.record.expires = Instant::now().checked_add(self.record_ttl);
                // Kad waits for all of them. The quorum is counted at the end.
                let query = kad.put_record_to(put.record.clone(), peers.into_iter(), kad::Quorum::All);
                self.calls.insert(query, id, Call::Put(put));
            }
            Err(error) => put.reply(Err(error.into())),
        }
    }

    /// Ends a put that this many peers have taken.
    fn stored(&self, kad: &mut Kad, put: Put, stored: usize) {
        let result = put.taken_by(stored);
        if result.is_ok() {
            match self.republish_interval {
                Some(interval) => self.held(kad).publish(&put.record, interval),
                // An earlier run may have published another value.
                None => self.held(kad).unpublish(&put.record.key),
            }
            let local = self.local;
            if is_server(kad) && put.reaches(local) {
                self.held(kad).keep(put.record.clone(), local);
            } else {
                self.held(kad).remove(&put.record.key);
            }
        }
        put.reply(result.map(|()| self.held(kad).progress()).map_err(Error::from));
    }

    /// Ends a call that nobody waits for any longer.
    pub(super) fn cancel(&mut self, kad: &mut Kad, id: CallId) {
        if let Some(query) = self.calls.cancel(id) {
            finish(kad, query);
        }
    }

    pub(super) fn held<'a>(&'a self, kad: &'a mut Kad) -> HeldRecords<'a> {
        HeldRecords { records: kad.store_mut(), rules: &self.rules }
    }

    fn is_outdated(&self, put: &Put, other: &Record) -> bool {
        let key = &put.record.key;
        other.key == *key && self.rules.is_better(key.as_ref(), &other.value, &put.record.value)
    }
}

/// Tells an operator how far a call or a copy has come.
fn tell(id: CallId, result: &QueryResult, stats: &QueryStats) {
    let about = match result {
        QueryResult::GetClosestPeers(_) => "looked for the closest peers",
        QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(_))) => "found a record",
        QueryResult::GetRecord(_) => "looked for records",
        QueryResult::PutRecord(_) => "sent the record",
        _ => return,
    };
    let (asked, answered, failed) = (stats.num_requests(), stats.num_successes(), stats.num_failures());
    debug!(target: TARGET, id, asked, answered, failed, pending = stats.num_pending(), "{about}");
}

/// Whether peers send gets and puts to this node.
fn is_server(kad: &Kad) -> bool {
    kad.mode() == Mode::Server
}

fn finish(kad: &mut Kad, query: QueryId) {
    if let Some(mut query) = kad.query_mut(&query) {
        query.finish();
    }
}
