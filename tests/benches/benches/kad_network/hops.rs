//! How many rounds of questions a lookup takes.

use std::collections::{HashMap, HashSet};

use value_store::stores::kad::libp2p::PeerId;
use value_store::stores::kad::libp2p::kad::{ALPHA_VALUE, K_VALUE, KBucketKey};

/// Whom each node knows.
pub(crate) type Tables = HashMap<PeerId, Vec<PeerId>>;

/// The rounds of a lookup that begins at `node`, until it has asked one of the holders: at most as many as there are nodes.
pub(crate) fn until_one_of(holders: &HashSet<PeerId>, tables: &Tables, node: PeerId, key: &[u8]) -> usize {
    let mut known: HashSet<PeerId> = nearest(tables, node, key).into_iter().collect();
    let mut asked = HashSet::new();
    for round in 1..=tables.len() {
        let mut left: Vec<_> = known.difference(&asked).copied().collect();
        sort(&mut left, key);
        left.truncate(ALPHA_VALUE.get());
        if left.iter().any(|peer| holders.contains(peer)) {
            return round;
        }
        asked.extend(left.iter().copied());
        known.extend(left.iter().flat_map(|peer| nearest(tables, *peer, key)));
    }
    tables.len()
}

/// What a node answers: those that it knows nearest to the key.
fn nearest(tables: &Tables, node: PeerId, key: &[u8]) -> Vec<PeerId> {
    let mut peers = tables.get(&node).cloned().unwrap_or_default();
    sort(&mut peers, key);
    peers.truncate(K_VALUE.get());
    peers
}

/// Sorts peers by their distance to the key.
pub(crate) fn sort(peers: &mut [PeerId], key: &[u8]) {
    let key = KBucketKey::new(key.to_vec());
    peers.sort_by_cached_key(|peer| KBucketKey::from(*peer).distance(&key));
}
