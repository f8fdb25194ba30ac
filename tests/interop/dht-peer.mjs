// Peers of a DHT, on js-libp2p, each in the network that its protocol names. In questions and answers, keys and values are
// strings in which each character stands for a byte.

import { once } from 'node:events'

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { Libp2pRecord } from '@libp2p/record'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { MemoryDatastore } from 'datastore-core'
import { Key } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { toString } from 'uint8arrays/to-string'

import { serve } from './session.mjs'

/** The timeout of everything, in milliseconds: on a busy machine, slowness is no fault of a peer. */
const PATIENCE = 60_000
const PATIENT = { minTimeout: PATIENCE, maxTimeout: PATIENCE }

/** The peers by their ids. */
const peers = new Map()

serve({
  /** Starts a peer that takes the records of one name space, and nothing else. */
  async start ({ protocol, nameSpace }) {
    const datastore = new MemoryDatastore()
    const announced = []
    const node = await createLibp2p({
      datastore,
      addresses: {
        listen: ['/ip4/127.0.0.1/tcp/0'],
        announceFilter: listening => announced.length > 0 ? announced : listening
      },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: {
        // By default, five a second from one host, and here all peers are on one host.
        inboundConnectionThreshold: Infinity,
        maxIncomingPendingConnections: Infinity,
        inboundUpgradeTimeout: PATIENCE,
        inboundStreamProtocolNegotiationTimeout: PATIENCE,
        outboundStreamProtocolNegotiationTimeout: PATIENCE,
        dialTimeout: PATIENCE,
        addressDialTimeout: PATIENCE
      },
      connectionMonitor: { enabled: false },
      services: {
        identify: identify({ timeout: PATIENCE }),
        ping: ping({ timeout: PATIENCE }),
        dht: dht(protocol, nameSpace)
      }
    })
    peers.set(String(node.peerId), { node, dht: node.services.dht, datastore, announced })
    return { peer: String(node.peerId), address: String(node.getMultiaddrs()[0].decapsulate('/p2p')) }
  },

  async stop ({ peer }) {
    const { node } = peers.get(peer)
    peers.delete(peer)
    await node.stop()
  },

  /** From now on, the peer announces this address and no other. */
  announce ({ peer, address }) {
    peers.get(peer).announced.splice(0, Infinity, multiaddr(address))
  },

  /** Dials another peer, and waits until it is in the routing table, so that queries ask it. */
  async meet ({ peer, other, address }) {
    const { node, dht } = peers.get(peer)
    const connection = await node.dial(multiaddr(`${address}/p2p/${other}`)).catch(error => {
      // If both dial at the same time, one of the two connections may be closed. The other will do.
      const existing = node.getConnections().find(({ remotePeer }) => String(remotePeer) === other)
      if (existing === undefined) throw error
      return existing
    })
    await toBeIn(dht.routingTable, connection.remotePeer)
  },

  /** Puts a record, and returns the peers that took it. */
  async put ({ peer, key, value }) {
    const stored = []
    for await (const event of peers.get(peer).dht.put(bytes(key), bytes(value))) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') stored.push(String(event.from))
    }
    return stored
  },

  /** The value that the DHT has, and the peer that had it; nothing if there is none. */
  async get ({ peer, key }) {
    for await (const event of peers.get(peer).dht.get(bytes(key))) {
      if (event.name === 'VALUE') return { from: String(event.from), value: text(event.value) }
    }
  },

  /** The value that the peer itself holds for a key. */
  async held ({ peer, key }) {
    const { datastore } = peers.get(peer)
    if (!await datastore.has(place(key))) return null
    return text(Libp2pRecord.deserialize(await datastore.get(place(key))).value)
  },

  /** Has the peer answer gets of `at` with this record from now on, even if it is invalid or of another key. */
  async plant ({ peer, at, key, value }) {
    const record = new Libp2pRecord(bytes(key), bytes(value), new Date())
    await peers.get(peer).datastore.put(place(at), record.serialize())
  }
})

function dht (protocol, nameSpace) {
  return kadDHT({
    protocol,
    validators: { [nameSpace]: validate },
    selectors: { [nameSpace]: select },
    clientMode: false,
    // By default, loopback addresses are left out.
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    networkDialTimeout: PATIENT,
    pingNewContactTimeout: PATIENT,
    pingOldContactTimeout: PATIENT,
    onPeerConnectTimeout: PATIENCE,
    incomingMessageTimeout: PATIENCE
  })
}

/** A record is a number of 64 bits in decimal digits, a space, and anything. */
function number (record) {
  const digits = /^\d+(?= )/.exec(text(record.subarray(0, 21)))?.[0]
  return digits !== undefined && BigInt(digits) < 2n ** 64n ? BigInt(digits) : null
}

function validate (_key, record) {
  if (number(record) === null) throw new Error('a record begins with its number and a space')
}

/** The greatest number is the newest record. */
function select (_key, records) {
  return records.reduce((best, record, index) => number(record) > number(records[best]) ? index : best, 0)
}

/** Where kad-dht keeps the record of a key. */
function place (key) {
  return new Key(`/dht/record/${toString(bytes(key), 'base32')}`, false)
}

/** Waits until a peer is in a routing table, but not forever. */
async function toBeIn (table, peer) {
  const signal = AbortSignal.timeout(PATIENCE)
  for (;;) {
    const added = once(table, 'peer:add', { signal })
    // If the peer is there already, nobody awaits this, and its rejection must not end the process.
    added.catch(() => {})
    if (await table.find(peer) !== undefined) return
    await added
  }
}

function bytes (text) {
  return Buffer.from(text, 'latin1')
}

function text (bytes) {
  return Buffer.from(bytes).toString('latin1')
}
