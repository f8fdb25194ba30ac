//! What a handle asks of the task that runs the node.

use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

use super::quorum::Quorum;
use crate::{Error, GetValueResult};

/// The number of a call, by which its handle can cancel it.
pub(super) type CallId = u64;

pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

#[derive(Debug)]
pub(super) enum Command {
    Put {
        id: CallId,
        key: RecordKey,
        value: Vec<u8>,
        quorum: Quorum,
        reply: Reply<()>,
    },
    Get {
        id: CallId,
        key: RecordKey,
        quorum: Quorum,
        reply: Reply<GetValueResult>,
    },
    /// Nobody waits for this call any longer.
    Cancel(CallId),
    AddPeer(PeerId, Multiaddr),
    Announce(Multiaddr),
    ListenAddresses(oneshot::Sender<Vec<Multiaddr>>),
}
