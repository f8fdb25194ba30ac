//! The longest values that pass between both kinds of peers, the most calls at a time, and which kind sets each limit.

use tokio::task::JoinSet;
use value_store::conformance::records::Records as _;
use value_store::stores::KadStore;
use value_store::stores::kad::QueryError;
use value_store::{Bytes, Options, ValueStore};

use crate::network::{Peer, RECORDS, address, any_port, client_of, lasting_process, new_protocol, node, query_error};

const KEY: &[u8] = b"/app/name";

const MEBIBYTE: usize = 1 << 20;

/// The longest message that js-libp2p takes.
const LONGEST_REQUEST: usize = 4 * MEBIBYTE;

/// The bytes before such a message that say how long it is. js-libp2p also resets a stream on which more than 4 MiB wait to be
/// read, and these bytes count there. So whether it takes a message that exceeds 4 MiB only with them depends on timing.
const LENGTH_PREFIX: usize = 4;

/// What a put's message holds besides the value: the key twice, a publisher, a time to live, and the lengths of these.
const BESIDE_THE_VALUE: usize = 2 * KEY.len() + 60;

/// How many bytes js-libp2p sends before its peer asks for more.
const WINDOW: usize = 256 << 10;

/// A record of this length.
fn record(length: usize) -> Bytes {
    RECORDS.value(b"name", 1, &vec![b'x'; length - "1 ".len()])
}

struct Pair {
    peer: Peer,
    /// Its own limit is above all limits of the peer.
    client: KadStore,
}

async fn pair() -> Pair {
    let protocol = new_protocol();
    let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let client = node(&protocol).max_value_len(2 * LONGEST_REQUEST).peer(peer.id, peer.address.clone());
    Pair { peer, client: client.start().await.unwrap() }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn javascript_takes_messages_of_four_mebibytes() {
    let longest = LONGEST_REQUEST - BESIDE_THE_VALUE;
    for (length, is_taken) in [(longest - LENGTH_PREFIX, true), (longest + 1, false)] {
        let Pair { peer, client } = pair().await;
        // Only the peer shows whether it took the record: its answer repeats the record, and so is too long in any case.
        let error = query_error(client.put(KEY, record(length), &Options::new()).await.unwrap_err());
        assert!(matches!(error, QueryError::NotStored { quorum: 1, stored: 0, found: 1 }), "{error}");
        assert_eq!(peer.held(KEY).await.is_some(), is_taken);
    }
}

/// After a request, rust-libp2p closes its side of the stream. If the answer does not fit into one window, js-libp2p then has
/// to wait for its peer, and resets the stream. So an answer of one window arrives whole, and how much of a longer one arrives
/// depends on the moment. Half a kibibyte is for what an answer holds besides the value.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn javascript_answers_in_one_window() {
    let (Pair { peer, client }, options) = (pair().await, Options::new());
    for _ in 0..10 {
        client.put(KEY, record(WINDOW - 512), &options).await.unwrap();
        assert_eq!(client.get(KEY, &options).await.unwrap().val, record(WINDOW - 512));
    }
    // It takes a longer value too, but neither the put nor a get has an answer. A get must not take that for a missing key.
    let error = query_error(client.put(b"/app/long", record(MEBIBYTE), &options).await.unwrap_err());
    assert!(matches!(error, QueryError::NotStored { quorum: 1, stored: 0, found: 1 }), "{error}");
    assert_eq!(peer.held(b"/app/long").await, Some(record(MEBIBYTE)));
    let error = query_error(client.get(b"/app/long", &options).await.unwrap_err());
    assert!(matches!(error, QueryError::NoAnswer { asked: 1 }), "{error}");
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_node_takes_a_mebibyte_from_javascript_and_returns_it() {
    let (protocol, options) = (new_protocol(), Options::new());
    let store = node(&protocol).listen_on(any_port()).start().await.unwrap();
    let [putting, getting] = [(); 2].map(async |()| {
        let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
        peer.meet(store.peer_id(), &address(&store).await).await.unwrap();
        peer
    });
    let putting = putting.await;
    putting.put(KEY, &record(MEBIBYTE)).await;
    assert_eq!(store.get(KEY, &options).await.unwrap().from, store.peer_id());
    assert_eq!(getting.await.get(KEY).await.unwrap().val, record(MEBIBYTE));

    putting.put(b"/app/longer", &record(MEBIBYTE + 1)).await;
    assert!(store.get(b"/app/longer", &options).await.is_err());
}

/// The calls come together with the connection, which js-libp2p closes if more than ten streams are there before it is ready.
/// Later it takes 32 streams at a time, and a node has no more than that under way.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn javascript_takes_many_calls_at_once_of_a_node_that_it_did_not_know() {
    for _ in 0..5 {
        let protocol = new_protocol();
        let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
        let client = client_of(&protocol, &[&peer]).await;
        let mut puts = JoinSet::new();
        for number in 0_u8..100 {
            let (client, key, value) = (client.clone(), RECORDS.key(&[number]), RECORDS.value(&[number], 1, b""));
            puts.spawn(async move { client.put(&key, value, &Options::new()).await });
        }
        for put in puts.join_all().await {
            put.unwrap();
        }
        for number in 0_u8..100 {
            assert_eq!(peer.held(&RECORDS.key(&[number])).await, Some(RECORDS.value(&[number], 1, b"")));
        }
    }
}
