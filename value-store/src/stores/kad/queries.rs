//! How calls are carried out: by queries of kad, one after the other for each call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::kad::{self, GetClosestPeersError, GetRecordError, GetRecordOk, PutRecordError, Record};
use libp2p::kad::{Mode, QueryId, QueryResult, QueryStats};

use super::calls::{Call, Calls};
use super::command::CallId;
use super::error::QueryError;
use super::get::Get;
use super::held::HeldRecords;
use super::put::Put;
use super::records::Rules;
use super::settings::Settings;
use super::swarm::{Kad, MAX_PEERS};
use crate::Error;

/// The calls under way, and what all of them need.
pub(super) struct Queries {
    calls: Calls,
    rules: Arc<Rules>,
    local: PeerId,
    record_ttl: Duration,
    peer_timeout: Duration,
}

impl Queries {
    pub(super) fn new(settings: &Settings, rules: Arc<Rules>, local: PeerId) -> Self {
        let Settings { record_ttl, peer_timeout, .. } = *settings;
        Self { calls: Calls::default(), rules, local, record_ttl, peer_timeout }
    }

    /// Begins a put: looks for the peers closest to its key. If values have an order, it also looks at the values that
    /// these peers and this node hold, since a peer with a better value keeps that one and does not say so.
    pub(super) fn put(&mut self, kad: &mut Kad, id: CallId, put: Put) {
        if is_server(kad) && self.held(kad).get(&put.record.key).is_none() && !self.held(kad).have_room() {
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

    /// Whether kad ended a lookup while peers still had time to answer. Kad waits ten seconds for a peer, whatever it
    /// is told. On a slow network or a loaded machine, a put would then miss peers.
    fn is_cut_short(&self, begun: Instant, stats: &QueryStats) -> bool {
        let has_all = stats.num_successes() >= u32::from(MAX_PEERS);
        stats.num_pending() > 0 && !has_all && begun.elapsed() < self.peer_timeout
    }

    /// Goes on with the call for which a query has made progress. Queries of kad's own, and those of calls that were
    /// cancelled, have none.
    pub(super) fn progress(&mut self, kad: &mut Kad, query: QueryId, result: QueryResult, stats: &QueryStats) {
        match self.calls.remove(query) {
            Some((id, Call::Put(put))) => self.progress_of_put(kad, query, id, put, result, stats),
            Some((id, Call::Get(get))) => self.progress_of_get(kad, query, id, get, result, stats),
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
            let local = self.local;
            if is_server(kad) && put.reaches(local) {
                self.held(kad).keep(put.record.clone(), local);
            } else {
                self.held(kad).remove(&put.record.key);
            }
        }
        put.reply(result.map_err(Error::from));
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

/// Whether peers send gets and puts to this node.
fn is_server(kad: &Kad) -> bool {
    kad.mode() == Mode::Server
}

fn finish(kad: &mut Kad, query: QueryId) {
    if let Some(mut query) = kad.query_mut(&query) {
        query.finish();
    }
}
