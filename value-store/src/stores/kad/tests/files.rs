//! Nodes that keep their records in a file.

use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender};

use libp2p::futures::poll;

use super::super::records::{Change, Records};
use super::upkeep::{busy, passed_on};
use super::validation::Numbers;
use super::*;

/// A node whose file is at `path`, on a free port of loopback.
async fn node_at(path: &Path) -> KadStore {
    patient().file(path).listen_on(any_port()).start().await.unwrap()
}

#[tokio::test]
async fn a_node_that_starts_again_is_the_same_node() {
    let (directory, options) = (tempfile::tempdir().unwrap(), Options::new());
    let path = directory.path().join("node.redb");
    let (alice, carol) = (node_at(&path).await, node().await);
    know(&alice, &[&carol]).await;
    client_of(&[&alice]).await.put(b"key", "value".into(), &options).await.unwrap();
    let peer_id = alice.peer_id();
    drop(alice);

    let alice = node_at(&path).await;
    assert_eq!(alice.peer_id(), peer_id);
    let found = client_of(&[&alice]).await.get(b"key", &options).await.unwrap();
    assert_eq!((&found.val[..], found.from), (&b"value"[..], peer_id));
    // It knows Carol from before.
    alice.put(b"other", "value".into(), &options).await.unwrap();
    assert_eq!(carol.get(b"other", &options).await.unwrap().from, carol.peer_id());
}

#[tokio::test]
async fn a_record_that_expired_while_the_node_was_away_is_gone() {
    let (directory, options) = (tempfile::tempdir().unwrap(), Options::new());
    let path = directory.path().join("node.redb");
    let (alice, carol) = (node_at(&path).await, node().await);
    let bob = |ttl| patient().record_ttl(Duration::from_secs(ttl)).start();
    let (hasty, patient) = (bob(2).await.unwrap(), bob(100).await.unwrap());
    for bob in [&hasty, &patient] {
        know(bob, &[&alice]).await;
    }
    hasty.put(b"short", "value".into(), &options).await.unwrap();
    patient.put(b"long", "value".into(), &options).await.unwrap();
    drop(alice);
    tokio::time::sleep(Duration::from_secs(2)).await;

    let alice = node_at(&path).await;
    know(&alice, &[&carol]).await;
    assert!(alice.get(b"short", &options).await.unwrap_err().is_not_found());
    assert_eq!(alice.get(b"long", &options).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_record_that_new_rules_forbid_is_neither_shown_nor_passed_on_nor_compared() {
    let (directory, options) = (tempfile::tempdir().unwrap(), Options::new());
    let path = directory.path().join("node.redb");
    let alice = node_at(&path).await;
    let client = client_of(&[&alice]).await;
    client.put(b"/n/key", "not a number".into(), &options).await.unwrap();
    client.put(b"/n/other", "5".into(), &options).await.unwrap();
    drop(alice);

    let alice = busy().file(&path).validator("n", Numbers).start().await.unwrap();
    passed_on(&alice, b"/n/other", "5").await;
    let bob = node().await;
    know(&bob, &[&alice]).await;
    know(&alice, &[&bob]).await;
    passed_on(&alice, b"/n/other", "5").await;
    // Alice alone has it.
    assert_eq!(bob.get(b"/n/key", &options).await.unwrap().from, alice.peer_id());
    assert!(alice.get(b"/n/key", &options).await.unwrap_err().is_not_found());
    let carol = patient().validator("n", Numbers).start().await.unwrap();
    know(&carol, &[&alice]).await;
    carol.put(b"/n/key", "7".into(), &options).await.unwrap();
    assert_eq!(alice.get(b"/n/key", &options).await.unwrap().val, "7");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("node.redb");
    let _alice = node_at(&path).await;
    let error = patient().file(&path).start().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("node.redb is open already"), "{error}: {source}");
}

/// A disk that says when a commit of a record begins, and waits until it may end.
struct Disk {
    begun: Receiver<()>,
    may_end: Sender<Result<(), redb::Error>>,
}

/// A node whose records are written to such a disk.
async fn node_on_a_slow_disk() -> (KadStore, Disk) {
    let (begins, begun) = mpsc::channel();
    let (may_end, ends) = mpsc::channel();
    let records = Records::committed_by(move |changes| {
        // The disk is as quick as it gets to write down peers, which come when they like.
        if !changes.iter().any(Change::is_record) {
            return Ok(());
        }
        // The test may have ended.
        let _ = begins.send(());
        ends.recv().unwrap_or(Ok(()))
    });
    let node = patient().listen_on(any_port()).start_with(Some(records)).await.unwrap();
    (node, Disk { begun, may_end })
}

impl Disk {
    async fn has_begun(&self) {
        while self.begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_peers_put_is_acknowledged_when_it_is_on_disk_and_meanwhile_the_node_goes_on() {
    let ((alice, disk), options) = (node_on_a_slow_disk().await, Options::new());
    let bob = client_of(&[&alice]).await;
    let mut put = pin!(bob.put(b"key", "value".into(), &options));
    assert!(poll!(&mut put).is_pending());
    disk.has_begun().await;
    // Answers come over one connection, in their order.
    assert!(bob.get(b"key", &options).await.unwrap_err().is_not_found());
    assert!(poll!(&mut put).is_pending());

    disk.may_end.send(Ok(())).unwrap();
    put.await.unwrap();
    assert_eq!(bob.get(b"key", &options).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_put_of_the_nodes_own_user_waits_for_its_own_copy() {
    let ((alice, disk), bob, options) = (node_on_a_slow_disk().await, node().await, Options::new());
    know(&alice, &[&bob]).await;
    let mut put = pin!(alice.put(b"key", "value".into(), &options));
    assert!(poll!(&mut put).is_pending());
    disk.has_begun().await;
    assert!(poll!(&mut put).is_pending());
    disk.may_end.send(Ok(())).unwrap();
    drop(disk.may_end);
    put.await.unwrap();
    assert_eq!(alice.get(b"key", &options).await.unwrap().from, alice.peer_id());
}

#[tokio::test]
async fn a_node_whose_disk_fails_leaves_and_acknowledges_nothing() {
    let ((alice, disk), options) = (node_on_a_slow_disk().await, Options::new());
    let bob = client_of(&[&alice]).await;
    let mut put = pin!(bob.put(b"key", "value".into(), &options));
    assert!(poll!(&mut put).is_pending());
    disk.has_begun().await;
    disk.may_end.send(Err(redb::Error::Corrupted("the disk is gone".into()))).unwrap();
    let error = query_error(put.await.unwrap_err());
    assert!(matches!(error, QueryError::NotStored { stored: 0, found: 1, .. }), "{error}");

    let error = query_error(alice.get(b"key", &options).await.unwrap_err());
    let QueryError::NotWritten(error) = error else { panic!("{error}") };
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("the disk is gone"), "{source}");
}
