//! The file of a node: its records, its identity and its peers.

use std::path::Path;

use libp2p::identity::Keypair;
use libp2p::kad::{Record, RecordKey};
use libp2p::{Multiaddr, PeerId};
use redb::{Database, ReadableDatabase, ReadableTable as _, TableDefinition, WriteTransaction};

use super::entry::{Entry, Now, Row};
use super::journal::Change;
use super::publications::{MAX_INTERVAL, Publication, Publications};
use crate::stores::OpenError;
use crate::stores::redb::open::{ABOUT, Content, about, open as open_database};

const RECORDS: TableDefinition<'_, &[u8], Row<'static>> = TableDefinition::new("records");
const PEERS: TableDefinition<'_, &[u8], Vec<&[u8]>> = TableDefinition::new("peers");
/// When it is due again, in milliseconds since 1970, and the value.
const PUBLICATIONS: TableDefinition<'_, &[u8], (u64, &[u8])> = TableDefinition::new("publications");
const IDENTITY: &str = "identity";

/// The open database.
#[derive(Debug)]
pub(super) struct NodeFile {
    database: Database,
}

/// A file, and what was in it.
pub(super) struct Opened {
    pub(super) file: NodeFile,
    pub(super) identity: Keypair,
    pub(super) records: Vec<Record>,
    pub(super) peers: Vec<(PeerId, Vec<Multiaddr>)>,
    pub(super) publications: Publications,
}

/// Opens the file, or makes one with this identity.
pub(super) fn open(path: &Path, given: Option<Keypair>) -> Result<Opened, OpenError> {
    let encode = |identity: &Keypair| {
        let encoded = identity.to_protobuf_encoding();
        encoded.map_err(|error| OpenError::Io { path: path.into(), source: std::io::Error::other(error) })
    };
    let given = given.map(|identity| encode(&identity)).transpose()?;
    let content = match &given {
        Some(identity) => Node { identity: identity.clone() },
        None => Node { identity: encode(&Keypair::generate_ed25519())? },
    };
    let database = open_database(path, &content)?;
    let read = || -> Result<Opened, redb::Error> {
        let identity = adopt(&database, given.as_deref())?;
        let (records, peers, publications) =
            (read_records(&database)?, read_peers(&database)?, read_publications(&database)?);
        Ok(Opened { file: NodeFile { database }, identity, records, peers, publications })
    };
    read().map_err(|error| OpenError::from_redb(path, error))
}

/// What a new file holds: no records, and this identity.
struct Node {
    identity: Vec<u8>,
}

impl Content for Node {
    const IS_SECRET: bool = true;

    fn create(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        transaction.open_table(RECORDS)?;
        transaction.open_table(PEERS)?;
        transaction.open_table(PUBLICATIONS)?;
        transaction.open_table(ABOUT)?.insert(IDENTITY, self.identity.as_slice())?;
        Ok(())
    }

    fn verify(database: &Database) -> Result<(), redb::Error> {
        // The tables come first: without them, it is another store's file, and not a damaged one.
        read_records(database)?;
        read_peers(database)?;
        read_publications(database)?;
        read_identity(database).map(drop)
    }
}

fn read_identity(database: &Database) -> Result<Keypair, redb::Error> {
    let bytes = about(database, IDENTITY)?.ok_or_else(|| corrupted("the identity", "there is none"))?;
    Keypair::from_protobuf_encoding(&bytes).map_err(|error| corrupted("the identity", error))
}

/// The identity in the database, replaced by `given` if there is one.
fn adopt(database: &Database, given: Option<&[u8]>) -> Result<Keypair, redb::Error> {
    if let Some(given) = given.filter(|given| about(database, IDENTITY).ok().flatten().as_deref() != Some(*given)) {
        let transaction = database.begin_write()?;
        transaction.open_table(ABOUT)?.insert(IDENTITY, given)?;
        transaction.commit()?;
    }
    read_identity(database)
}

fn read_records(database: &Database) -> Result<Vec<Record>, redb::Error> {
    let now = Now::read();
    let mut records = Vec::new();
    for entry in database.begin_read()?.open_table(RECORDS)?.iter()? {
        let (key, row) = entry?;
        let entry = Entry::from_row(row.value()).map_err(|error| corrupted("a publisher's peer id", error))?;
        records.push(entry.into_record(RecordKey::new(&key.value()), now));
    }
    Ok(records)
}

fn read_publications(database: &Database) -> Result<Publications, redb::Error> {
    let now = Now::read();
    let mut publications = Publications::default();
    for entry in database.begin_read()?.open_table(PUBLICATIONS)?.iter()? {
        let (key, row) = entry?;
        let (due, value) = row.value();
        let due = now.of_file(due, MAX_INTERVAL);
        publications.insert(RecordKey::new(&key.value()), Publication { value: value.to_vec(), due });
    }
    Ok(publications)
}

fn read_peers(database: &Database) -> Result<Vec<(PeerId, Vec<Multiaddr>)>, redb::Error> {
    let mut peers = Vec::new();
    for entry in database.begin_read()?.open_table(PEERS)?.iter()? {
        let (peer, addresses) = entry?;
        let read = |bytes: &[u8]| Multiaddr::try_from(bytes.to_vec());
        let addresses = addresses.value().into_iter().map(read).collect::<Result<_, _>>();
        let addresses = addresses.map_err(|error| corrupted("an address", error))?;
        let peer = PeerId::from_bytes(peer.value()).map_err(|error| corrupted("a peer id", error))?;
        peers.push((peer, addresses));
    }
    Ok(peers)
}

fn corrupted(what: &str, error: impl std::fmt::Display) -> redb::Error {
    redb::Error::Corrupted(format!("{what} cannot be read: {error}"))
}

impl NodeFile {
    /// Commits the changes in their order, in one transaction. When it returns `Ok`, they are on disk.
    pub(super) fn commit(&self, changes: Vec<Change>) -> Result<(), redb::Error> {
        // redb's default is `Durability::Immediate`, which is what durable records need.
        let transaction = self.database.begin_write()?;
        {
            let mut records = transaction.open_table(RECORDS)?;
            let mut peers = transaction.open_table(PEERS)?;
            let mut publications = transaction.open_table(PUBLICATIONS)?;
            for change in changes {
                match change {
                    Change::Record(key, Some(entry)) => drop(records.insert(key.as_ref(), entry.row())?),
                    Change::Record(key, None) => drop(records.remove(key.as_ref())?),
                    Change::Publication(key, Some((value, due))) => {
                        publications.insert(key.as_ref(), (due, value.as_slice()))?;
                    }
                    Change::Publication(key, None) => drop(publications.remove(key.as_ref())?),
                    Change::Peers { are_all, peers: given } => {
                        if are_all {
                            peers.retain(|_, _| false)?;
                        }
                        for (peer, addresses) in given {
                            let addresses: Vec<_> = addresses.iter().map(AsRef::as_ref).collect();
                            peers.insert(&*peer.to_bytes(), addresses)?;
                        }
                    }
                }
            }
        }
        Ok(transaction.commit()?)
    }
}
