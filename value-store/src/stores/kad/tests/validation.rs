//! Records that are not valid, or not the newest, and validators that tell.

use super::*;

/// Takes values that are numbers, of which the greatest is the best.
pub(super) struct Numbers;

fn number(value: &[u8]) -> Option<u64> {
    str::from_utf8(value).ok()?.parse().ok()
}

impl Validator for Numbers {
    fn validate(&self, _key: &[u8], value: &[u8]) -> Result<(), String> {
        number(value).map(drop).ok_or_else(|| "not a number".into())
    }

    fn select(&self, _key: &[u8], values: &[&[u8]]) -> usize {
        let best = values.iter().map(|value| number(value)).max().flatten();
        values.iter().position(|value| number(value) == best).unwrap_or(0)
    }
}

async fn validating() -> KadStore {
    patient().listen_on(any_port()).validator("n", Numbers).start().await.unwrap()
}

async fn expect(node: &KadStore, key: &[u8], value: &str) {
    assert_eq!(node.get(key, &Options::new()).await.unwrap().val, value);
}

#[tokio::test]
async fn a_put_is_validated() {
    let (alice, bob, options) = (validating().await, validating().await, Options::new());
    know(&bob, &[&alice]).await;
    let error = bob.put(b"/n/key", "word".into(), &options).await.unwrap_err();
    assert!(error.is_invalid_value() && error.to_string().contains("not a number"), "{error}");
    bob.put(b"/n/key", "7".into(), &options).await.unwrap();
    bob.put(b"/n/key", "7".into(), &options).await.unwrap();
    let error = bob.put(b"/n/key", "6".into(), &options).await.unwrap_err();
    assert!(error.is_invalid_value() && error.to_string().contains("better"), "{error}");
    for node in [&alice, &bob] {
        expect(node, b"/n/key", "7").await;
    }
}

#[tokio::test]
async fn with_a_validator_keys_of_other_name_spaces_are_refused() {
    let (alice, peer, options) = (validating().await, Peer::without_records().await, Options::new());
    let bob = client_of(&[&alice]).await;
    for key in [&b"key"[..], b"", b"/", b"/n", b"n/key", b"//key", b"/N/key", b"/nn/key", b"/\xff/key"] {
        assert!(alice.put(key, "7".into(), &options).await.unwrap_err().is_invalid_key());
        assert!(alice.get(key, &options).await.unwrap_err().is_invalid_key());
        peer.push(&alice, key, b"7").await;
        assert!(bob.get(key, &options).await.unwrap_err().is_not_found());
    }
    for key in [&b"/n/"[..], b"/n/key", b"/n//", b"/n/\xff"] {
        peer.push(&alice, key, b"7").await;
        expect(&alice, key, "7").await;
    }
}

#[tokio::test]
async fn what_peers_push_replaces_nothing_that_is_better() {
    let (alice, peer) = (validating().await, Peer::without_records().await);
    for (pushed, kept) in [("word", None), ("7", Some("7")), ("6", Some("7")), ("word", Some("7")), ("8", Some("8"))] {
        peer.push(&alice, b"/n/key", pushed.as_bytes()).await;
        match kept {
            Some(value) => expect(&alice, b"/n/key", value).await,
            None => assert!(alice.get(b"/n/key", &Options::new()).await.is_err()),
        }
    }
}

#[tokio::test]
async fn a_put_that_the_node_itself_has_better_for_is_refused() {
    let (alice, bob) = (validating().await, validating().await);
    Peer::without_records().await.push(&bob, b"/n/key", b"7").await;
    know(&bob, &[&alice]).await;
    assert!(bob.put(b"/n/key", "6".into(), &Options::new()).await.unwrap_err().is_invalid_value());
    assert!(alice.get(b"/n/key", &Options::new()).await.is_err());
    expect(&bob, b"/n/key", "7").await;
}

/// The peer itself would keep its own value and say nothing.
#[tokio::test]
async fn a_put_that_a_peer_has_better_for_is_refused() {
    let (alice, bob) = (validating().await, validating().await);
    let (peer, options) = (Peer::without_records().await, Options::new());
    know(&bob, &[&alice]).await;
    peer.push(&alice, b"/n/key", b"7").await;
    let error = bob.put(b"/n/key", "6".into(), &options).await.unwrap_err();
    assert!(error.is_invalid_value() && error.to_string().contains("better"), "{error}");
    expect(&bob, b"/n/key", "7").await;
    bob.put(b"/n/key", "8".into(), &options).await.unwrap();
    expect(&alice, b"/n/key", "8").await;
}

#[tokio::test]
async fn without_a_validator_the_last_put_is_kept_and_no_copy_replaces_it() {
    let (alice, peer, other) = (node().await, Peer::without_records().await, PeerId::random());
    peer.pass_on(&alice, b"key", b"first", other).await;
    expect(&alice, b"key", "first").await;
    peer.push(&alice, b"key", b"second").await;
    expect(&alice, b"key", "second").await;
    peer.pass_on(&alice, b"key", b"first", other).await;
    expect(&alice, b"key", "second").await;
    peer.push(&alice, b"key", b"first").await;
    expect(&alice, b"key", "first").await;
}

/// If the record store refused them, each would cost one of the 32 streams of a connection.
#[tokio::test]
async fn a_peer_whose_records_are_refused_is_still_served() {
    let (alice, peer) = (validating().await, Peer::without_records().await);
    for _ in 0..100 {
        peer.push(&alice, b"/n/key", b"word").await;
    }
    peer.push(&alice, b"/n/key", b"7").await;
    expect(&alice, b"/n/key", "7").await;
}

#[tokio::test]
async fn what_is_too_long_is_refused_from_peers_too() {
    let short = patient().listen_on(any_port()).max_key_len(3).max_value_len(5).start().await.unwrap();
    let (peer, bob) = (Peer::without_records().await, client_of(&[&short]).await);
    peer.push(&short, b"key", b"value").await;
    peer.push(&short, b"key", b"values").await;
    peer.push(&short, b"keys", b"value").await;
    expect(&bob, b"key", "value").await;
    assert!(bob.get(b"keys", &Options::new()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_node_that_is_full_keeps_no_more_keys() {
    let full = patient().listen_on(any_port()).max_records(1).start().await.unwrap();
    let (peer, bob, options) = (Peer::without_records().await, client_of(&[&full]).await, Options::new());
    peer.push(&full, b"key", b"value").await;
    peer.push(&full, b"other", b"value").await;
    assert!(bob.get(b"other", &options).await.unwrap_err().is_not_found());
    let put = query_error(full.put(b"other", "value".into(), &options).await.unwrap_err());
    assert!(matches!(put, QueryError::Full { records: 1 }), "{put}");
    peer.push(&full, b"key", b"new").await;
    expect(&full, b"key", "new").await;
}

#[tokio::test]
async fn a_record_of_another_key_is_refused() {
    let bob = client_of(&[]).await;
    Peer::with(b"other", b"value").await.known_to(&bob);
    let get = query_error(bob.get(b"key", &Options::new()).await.unwrap_err());
    assert!(matches!(get, QueryError::OnlyRefused { refused: 1 }), "{get}");

    // Once a peer answers that it has none, the key is missing.
    let alice = node().await;
    know(&bob, &[&alice]).await;
    assert!(bob.get(b"key", &Options::new()).await.unwrap_err().is_not_found());

    Peer::with(b"key", b"value").await.known_to(&bob);
    expect(&bob, b"key", "value").await;
}

#[tokio::test]
async fn a_get_passes_over_values_that_are_not_valid() {
    let bob = validating().await;
    Peer::with(b"/n/key", b"word").await.known_to(&bob);
    let get = query_error(bob.get(b"/n/key", &Options::new()).await.unwrap_err());
    assert!(matches!(get, QueryError::OnlyRefused { refused: 1 }), "{get}");
    Peer::with(b"/n/key", b"7").await.known_to(&bob);
    expect(&bob, b"/n/key", "7").await;
}

#[tokio::test]
async fn a_get_of_several_answers_takes_the_one_that_the_validator_selects() {
    let bob = validating().await;
    for value in [b"6", b"7", b"6"] {
        Peer::with(b"/n/key", value).await.known_to(&bob);
    }
    let options = Options::new().with("quorum", "all");
    assert_eq!(bob.get(b"/n/key", &options).await.unwrap().val, "7");
}

#[tokio::test]
async fn a_node_that_was_away_reads_the_newest_value_from_a_majority() {
    let (alice, bob, carol) = (validating().await, validating().await, validating().await);
    Peer::without_records().await.push(&bob, b"/n/key", b"6").await;
    know(&carol, &[&alice]).await;
    carol.put(b"/n/key", "7".into(), &Options::new()).await.unwrap();
    know(&bob, &[&alice, &carol]).await;
    let options = Options::new().with("quorum", "majority");
    assert_eq!(bob.get(b"/n/key", &options).await.unwrap().val, "7");
}
