// Peers of a DHT, on js-libp2p: as many as are asked for, each in the network that its protocol names. In what is asked and
// answered, keys and values are strings whose characters each stand for a byte.

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

/** How many milliseconds anything may take: what else keeps this machine busy is no fault of a peer. */
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
        // By default, five a second of one host: here all peers are of one host.
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

  /** From now on, those that a peer meets are told of this address and of no other. */
  announce ({ peer, address }) {
    peers.get(peer).announced.splice(0, Infinity, multiaddr(address))
  },

  /** Dials another peer, and waits until it is one that queries ask. */
  async meet ({ peer, other, address }) {
    const { node, dht } = peers.get(peer)
    const connection = await node.dial(multiaddr(`${address}/p2p/${other}`)).catch(error => {
      // Where both dial at the same time, one of the two connections may be closed. The other is as good.
      const existing = node.getConnections().find(({ remotePeer }) => String(remotePeer) === other)
      if (existing === undefined) throw error
      return existing
    })
    await toBeIn(dht.routingTable, connection.remotePeer)
  },

  /** Puts a record, and says which peers have taken it. */
  async put ({ peer, key, value }) {
    const stored = []
    for await (const event of peers.get(peer).dht.put(bytes(key), bytes(value))) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') stored.push(String(event.from))
    }
    return stored
  },

  /** What the DHT has, and who had it: nothing if there is nothing. */
  async get ({ peer, key }) {
    for await (const event of peers.get(peer).dht.get(bytes(key))) {
      if (event.name === 'VALUE') return { from: String(event.from), value: text(event.value) }
    }
  },

  /** What a peer itself holds for a key. */
  async held ({ peer, key }) {
    const { datastore } = peers.get(peer)
    if (!await datastore.has(place(key))) return null
    return text(Libp2pRecord.deserialize(await datastore.get(place(key))).value)
  },

  /** Has a peer answer gets of a key with this record from now on, whether it is valid, or of this key, or not. */
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
    // By default, loopback is no place for a peer.
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

/** Waits for a peer to be in a routing table, but not forever. */
async function toBeIn (table, peer) {
  const signal = AbortSignal.timeout(PATIENCE)
  for (;;) {
    const added = once(table, 'peer:add', { signal })
    // Whether it fails when nobody waits for it any longer is nobody's concern.
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
