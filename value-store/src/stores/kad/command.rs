//! What a handle asks of the task that runs the node.

use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

use super::quorum::Quorum;
use super::records::Progress;
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
        /// Gets how far the node has written down its own copy.
        reply: Reply<Progress>,
    },
    Get {
        id: CallId,
        key: RecordKey,
        quorum: Quorum,
        reply: Reply<GetValueResult>,
    },
    /// Nobody waits for this call any longer.
    Cancel(CallId),
    /// What was put under this key is not put again.
    Unpublish(RecordKey),
    AddPeer(PeerId, Multiaddr),
    Announce(Multiaddr),
    Peers(oneshot::Sender<Vec<(PeerId, Vec<Multiaddr>)>>),
    ListenAddresses(oneshot::Sender<Vec<Multiaddr>>),
}
