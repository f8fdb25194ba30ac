//! What nodes do by themselves. Intervals are short, and each test waits for what comes of them.

use super::*;

const OFTEN: Duration = Duration::from_millis(100);

/// A builder of a node that passes records on often.
fn busy() -> Builder {
    patient().listen_on(any_port()).replicate_every(OFTEN).refresh_every(Duration::from_secs(1))
}

/// Waits until something is so. It should be within a few intervals: a minute is for machines that are busy.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Waits until this node itself holds the value.
async fn holds(node: &KadStore, key: &[u8], value: &str) {
    let holds = async || {
        let found = node.get(key, &Options::new()).await;
        found.is_ok_and(|found| found.from == node.peer_id() && found.val == value)
    };
    eventually(&format!("{} holds {value}", node.peer_id()), holds).await;
}

/// Waits until this node has passed on the value to all its peers, if it does.
#[cfg(feature = "redb")]
async fn passed_on(node: &KadStore, key: &[u8], value: &str) {
    // The second one has it from a round that began when the first one had it.
    for _ in 0..2 {
        let new = patient().listen_on(any_port()).start().await.unwrap();
        know(node, &[&new]).await;
        holds(&new, key, value).await;
    }
}

#[tokio::test]
async fn a_node_joins_by_a_bootstrap_address_with_an_id_or_without() {
    let (alice, bob, options) = (node().await, node().await, Options::new().with("quorum", 2));
    know(&bob, &[&alice]).await;
    bob.put(b"key", "value".into(), &Options::new()).await.unwrap();
    let address = address(&alice).await;
    for address in [address.clone(), address.with_p2p(alice.peer_id()).unwrap()] {
        let carol = patient().bootstrap(address).start().await.unwrap();
        eventually("Carol knows both", async || carol.put(b"key", "value".into(), &options).await.is_ok()).await;
    }
}

#[tokio::test]
async fn a_node_that_was_alone_joins_when_somebody_is_there() {
    let alice = node().await;
    let (address, identity) = (address(&alice).await, Keypair::generate_ed25519());
    drop(alice);
    let bob = patient().bootstrap(address.clone()).refresh_every(OFTEN).start().await.unwrap();
    assert!(bob.put(b"key", "value".into(), &Options::new()).await.is_err());
    let start = async || patient().identity(identity.clone()).listen_on(address.clone()).start().await;
    let _alice = loop {
        match start().await {
            Ok(alice) => break alice,
            // The first one has not ended yet.
            Err(_) => tokio::task::yield_now().await,
        }
    };
    eventually("Bob knows Alice", async || bob.put(b"key", "value".into(), &Options::new()).await.is_ok()).await;
}

#[tokio::test]
async fn a_node_passes_on_what_it_holds_to_a_peer_that_holds_nothing() {
    let alice = busy().start().await.unwrap();
    client_of(&[&alice]).await.put(b"key", "value".into(), &Options::new()).await.unwrap();
    let bob = patient().listen_on(any_port()).start().await.unwrap();
    know(&alice, &[&bob]).await;
    holds(&bob, b"key", "value").await;
}

#[cfg(feature = "redb")]
#[tokio::test]
async fn an_old_copy_does_not_replace_what_was_put_while_its_publisher_was_away() {
    let (directory, options) = (tempfile::tempdir().unwrap(), Options::new());
    let start = async || busy().file(directory.path().join("node.redb")).start().await.unwrap();
    let (alice, bob) = (start().await, node().await);
    know(&alice, &[&bob]).await;
    alice.put(b"key", "old".into(), &options).await.unwrap();
    holds(&bob, b"key", "old").await;
    drop(alice);
    let carol = node().await;
    know(&carol, &[&bob]).await;
    carol.put(b"key", "new".into(), &options).await.unwrap();

    let alice = start().await;
    know(&alice, &[&bob, &carol]).await;
    passed_on(&alice, b"key", "old").await;
    for node in [&bob, &carol] {
        holds(node, b"key", "new").await;
    }
}

#[tokio::test]
async fn what_is_put_again_does_not_expire_until_it_is_told_to() {
    let (alice, options) = (node().await, Options::new());
    let short = Duration::from_secs(5);
    let bob = patient().peer(alice.peer_id(), address(&alice).await).record_ttl(short).republish_every(OFTEN);
    let bob = bob.start().await.unwrap();
    bob.put(b"kept", "value".into(), &options).await.unwrap();
    bob.put(b"left", "value".into(), &options).await.unwrap();
    bob.unpublish(b"left").unwrap();
    tokio::time::sleep(2 * short).await;
    assert_eq!(alice.get(b"kept", &options).await.unwrap().val, "value");
    know(&alice, &[&node().await]).await;
    assert!(alice.get(b"left", &options).await.is_err());
}

#[tokio::test]
async fn what_is_put_again_ends_with_a_value_of_somebody_else() {
    let (alice, options, interval) = (node().await, Options::new(), Duration::from_secs(2));
    let bob = patient().peer(alice.peer_id(), address(&alice).await).republish_every(interval).start().await.unwrap();
    let carol = client_of(&[&alice]).await;
    bob.put(b"key", "of Bob".into(), &options).await.unwrap();
    carol.put(b"key", "of Carol".into(), &options).await.unwrap();
    // Bob meets the value of Carol when his own is due.
    tokio::time::sleep(2 * interval).await;
    assert_eq!(alice.get(b"key", &options).await.unwrap().val, "of Carol");
    // Only a put of his own brings his value back.
    bob.put(b"key", "of Bob".into(), &options).await.unwrap();
    assert_eq!(alice.get(b"key", &options).await.unwrap().val, "of Bob");
}

#[cfg(feature = "redb")]
#[tokio::test]
async fn a_node_that_starts_again_goes_on_putting_what_its_user_has_put() {
    let (directory, options) = (tempfile::tempdir().unwrap(), Options::new());
    let (alice, short) = (node().await, Duration::from_secs(5));
    let (path, address) = (directory.path().join("node.redb"), address(&alice).await);
    let start = async || {
        let bob = patient().file(&path).peer(alice.peer_id(), address.clone()).record_ttl(short).republish_every(OFTEN);
        bob.start().await.unwrap()
    };
    let bob = start().await;
    bob.put(b"key", "value".into(), &options).await.unwrap();
    drop(bob);
    let _bob = start().await;
    tokio::time::sleep(2 * short).await;
    assert_eq!(alice.get(b"key", &options).await.unwrap().val, "value");
}
