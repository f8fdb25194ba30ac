//! What nodes do by themselves. Intervals are short, and each test waits for what comes of them.

use libp2p::futures::StreamExt as _;

use super::super::copy::Purpose;
use super::*;

const OFTEN: Duration = Duration::from_millis(100);

/// A builder of a node that passes records on often.
pub(super) fn busy() -> Builder {
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
pub(super) async fn passed_on(node: &KadStore, key: &[u8], value: &str) {
    // The second one has it from a round that began when the first one had it.
    for _ in 0..2 {
        let new = patient().listen_on(any_port()).start().await.unwrap();
        know(node, &[&new]).await;
        holds(&new, key, value).await;
    }
}

/// Starts a node at an address at which another one may not have ended yet.
async fn start_at(address: &Multiaddr, builder: impl Fn() -> Builder) -> KadStore {
    let starts = async {
        loop {
            match builder().listen_on(address.clone()).start().await {
                Ok(node) => return node,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), starts).await.unwrap()
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
    let _alice = start_at(&address, || patient().identity(identity.clone())).await;
    eventually("Bob knows Alice", async || bob.put(b"key", "value".into(), &Options::new()).await.is_ok()).await;
}

#[tokio::test]
async fn a_node_joins_again_when_all_it_knew_are_gone() {
    let (alice, options) = (node().await, Options::new());
    let address = address(&alice).await;
    let bob = patient().bootstrap(address.clone()).refresh_every(OFTEN).start().await.unwrap();
    eventually("Bob knows Alice", async || bob.put(b"key", "value".into(), &options).await.is_ok()).await;
    drop(alice);
    // Somebody else is there now, whose id Bob does not know.
    let _carol = start_at(&address, patient).await;
    eventually("Bob knows Carol", async || bob.put(b"key", "value".into(), &options).await.is_ok()).await;
}

#[tokio::test]
async fn a_peer_that_holds_nothing_does_not_keep_a_node_from_joining() {
    let (alice, options) = (node().await, Options::new());
    let (address, identity) = (address(&alice).await, Keypair::generate_ed25519());
    drop(alice);
    let bob = patient().listen_on(any_port()).bootstrap(address.clone()).refresh_every(OFTEN).start().await.unwrap();
    // Carol knows Bob, who does not know her: she listens nowhere.
    let carol = client_of(&[&bob]).await;
    carol.put(b"key", "value".into(), &options).await.unwrap();
    let _alice = start_at(&address, || patient().identity(identity.clone())).await;
    eventually("Bob knows Alice", async || bob.put(b"key", "value".into(), &options).await.is_ok()).await;
}

#[tokio::test]
async fn an_address_that_no_node_can_dial_is_named_at_the_start() {
    let (peer, name) = (PeerId::random(), "/dns4/example.com/tcp/4001");
    for builder in [patient().bootstrap(name.parse().unwrap()), patient().peer(peer, name.parse().unwrap())] {
        let error = builder.start().await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    let with_id = "/ip6/::1/tcp/4001".parse::<Multiaddr>().unwrap().with_p2p(peer).unwrap();
    patient().bootstrap(with_id.clone()).bootstrap("/memory/77".parse().unwrap()).start().await.unwrap();
    patient().peer(peer, name.parse().unwrap()).peer(peer, with_id).start().await.unwrap();
}

#[tokio::test]
async fn a_copy_without_an_end_is_ended() {
    let (mut driver, _alice) = patient().peer_timeout(Duration::from_millis(50)).build(None).unwrap();
    let record = Record::new(b"key".to_vec(), b"value".to_vec());
    kad(&mut driver).store_mut().put(record.clone()).unwrap();
    driver.queries.copy(&mut driver.swarm.behaviour_mut().kad, &record.key, Purpose::Replicate);
    driver.queries.end_overdue_copies(&mut driver.swarm.behaviour_mut().kad);
    assert_eq!(driver.queries.copies(), 1);
    // Longer than thirty peers take.
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    driver.queries.end_overdue_copies(&mut driver.swarm.behaviour_mut().kad);
    assert_eq!(driver.queries.copies(), 0);
    while kad(&mut driver).iter_queries().next().is_some() {
        driver.swarm.select_next_some().await;
    }
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
