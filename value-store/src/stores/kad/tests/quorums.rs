//! How many peers a call needs.

use super::*;

/// Three nodes that know each other.
async fn three() -> [KadStore; 3] {
    let nodes = [node().await, node().await, node().await];
    for node in &nodes {
        let others: Vec<_> = nodes.iter().filter(|other| other.peer_id() != node.peer_id()).collect();
        know(node, &others).await;
    }
    nodes
}

#[tokio::test]
async fn words_are_about_the_peers_that_there_are() {
    let nodes = three().await;
    for quorum in [json!("one"), json!("majority"), json!("all"), json!(2)] {
        let options = Options::new().with("quorum", quorum.clone());
        nodes[0].put(b"key", quorum.to_string().into(), &options).await.unwrap();
        for node in &nodes {
            assert_eq!(node.get(b"key", &options).await.unwrap().val, quorum.to_string());
        }
    }
}

/// Whatever the quorum: a peer that is left out would go on serving the old value.
#[tokio::test]
async fn when_a_put_returns_every_peer_has_the_value() {
    let nodes = three().await;
    let options = Options::new().with("quorum", 1);
    for round in 0..50 {
        let value = Bytes::from(round.to_string());
        nodes[round % 3].put(b"key", value.clone(), &options).await.unwrap();
        for node in &nodes {
            assert_eq!(node.get(b"key", &options).await.unwrap().val, value);
        }
    }
}

#[tokio::test]
async fn the_node_itself_does_not_count_in_a_put_and_does_in_a_get() {
    let nodes = three().await;
    let options = Options::new().with("quorum", 3);
    let put = query_error(nodes[0].put(b"key", "value".into(), &options).await.unwrap_err());
    assert!(matches!(put, QueryError::NotStored { quorum: 3, stored: 0, found: 2 }), "{put}");
    nodes[0].put(b"key", "value".into(), &Options::new()).await.unwrap();
    assert_eq!(nodes[0].get(b"key", &options).await.unwrap().val, "value");

    let get = query_error(nodes[0].get(b"key", &Options::new().with("quorum", 4)).await.unwrap_err());
    assert!(matches!(get, QueryError::TooFew { quorum: 4, found: 3 }), "{get}");
}

#[tokio::test]
async fn a_key_that_nobody_has_is_missing_whatever_the_quorum() {
    let nodes = three().await;
    for quorum in [json!("one"), json!("majority"), json!("all"), json!(2)] {
        let options = Options::new().with("quorum", quorum);
        let error = nodes[0].get(b"key", &options).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
    }
}

#[tokio::test]
async fn the_copy_of_the_node_itself_counts_among_the_answers() {
    let (bob, other) = (node().await, node().await);
    Peer::without_records().await.push(&bob, b"key", b"value").await;
    know(&bob, &[&other]).await;
    let get = bob.get(b"key", &Options::new().with("quorum", "all")).await;
    assert!(matches!(query_error(get.unwrap_err()), QueryError::TooFew { quorum: 2, found: 1 }));
}

#[tokio::test]
async fn without_a_validator_a_get_takes_what_most_peers_have() {
    let bob = client_of(&[]).await;
    for value in [b"rare", b"most", b"most"] {
        Peer::with(b"key", value).await.known_to(&bob);
    }
    let options = Options::new().with("quorum", "all");
    assert_eq!(bob.get(b"key", &options).await.unwrap().val, "most");
}

#[tokio::test]
async fn the_write_quorum_holds_where_the_options_do_not_say() {
    let alice = node().await;
    let two = Quorum::N(2.try_into().unwrap());
    let bob = patient().peer(alice.peer_id(), address(&alice).await).write_quorum(two).start().await.unwrap();
    let put = query_error(bob.put(b"key", "value".into(), &Options::new()).await.unwrap_err());
    assert!(matches!(put, QueryError::NotStored { quorum: 2, stored: 0, found: 1 }), "{put}");
    bob.put(b"key", "value".into(), &Options::new().with("quorum", 1)).await.unwrap();
}

#[tokio::test]
async fn a_quorum_that_is_none_is_an_error_that_names_it() {
    let (alone, options) = (node().await, Options::new().with("quorum", "some"));
    for error in
        [alone.put(b"key", "value".into(), &options).await.unwrap_err(), alone.get(b"key", &options).await.unwrap_err()]
    {
        assert!(query_error(error).to_string().contains("`quorum`"));
    }
}
