// Networks of js-libp2p nodes. A network has servers of the DHT, and clients, which keep only what they put themselves. Each
// client serves its `contentRouting` as a delegate.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { delegate } from '../../value-store/src/cli/adapters/node.mjs'
import { serve } from './session.mjs'

/** The timeout of everything, in milliseconds. All nodes and the suite share one machine, so slowness is no failure. */
const PATIENCE = 60_000

const networks = new Map()

serve({ start, connect, stop })

/** Starts the nodes of a network, which do not know each other yet. */
async function start ({ servers, clients }) {
  const network = randomUUID()
  const many = (count, start) => Promise.all(Array.from({ length: count }, () => start(`/${network}`)))
  const nodes = { servers: await many(servers, startServer), clients: await many(clients, startClient) }
  networks.set(network, nodes)
  return {
    network,
    servers: nodes.servers.map(({ node, port }) => ({ id: node.peerId.toString(), port })),
    clients: nodes.clients.map(({ node, http }) => ({ id: node.peerId.toString(), port: http.address().port }))
  }
}

/** A node that takes values from others. It is told later under which address they reach it. */
async function startServer (protocol) {
  const announced = []
  const announceFilter = listening => announced.length > 0 ? announced : listening
  const addresses = { listen: ['/ip4/127.0.0.1/tcp/0'], announceFilter }
  const node = await startNode({ addresses }, { protocol, clientMode: false })
  const parts = node.getMultiaddrs()[0].getComponents()
  return { node, announced, port: Number(parts.find(({ name }) => name === 'tcp').value) }
}

async function startClient (protocol) {
  const node = await startNode({}, { protocol, clientMode: true })
  const http = delegate(storeOf(node.contentRouting))
  await once(http.listen(0, '127.0.0.1'), 'listening')
  return { node, http }
}

/** js-libp2p is written for plain arrays: the `slice` of a Buffer shares its memory. */
function storeOf (contentRouting) {
  return {
    put: (key, value, options) => ofOneRouter(contentRouting.put(new Uint8Array(key), new Uint8Array(value), options)),
    get: (key, options) => ofOneRouter(contentRouting.get(new Uint8Array(key), options))
  }
}

/** An AggregateError holds what each router threw, and a node has one router. */
function ofOneRouter (call) {
  return call.catch(error => { throw error.name === 'AggregateError' ? error.errors[0] : error })
}

function startNode (config, dht) {
  return createLibp2p({
    ...config,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {
      dialTimeout: PATIENCE,
      addressDialTimeout: PATIENCE,
      inboundUpgradeTimeout: PATIENCE,
      inboundStreamProtocolNegotiationTimeout: PATIENCE,
      outboundStreamProtocolNegotiationTimeout: PATIENCE
    },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify({ timeout: PATIENCE }),
      ping: ping(),
      dht: kadDHT({
        ...dht,
        // By default, loopback addresses are left out.
        peerInfoMapper: passthroughMapper,
        allowQueryWithZeroPeers: true,
        // By default 32 and 64. The suite makes 64 calls at once, and chance would decide which of them find no stream.
        maxInboundStreams: Infinity,
        maxOutboundStreams: Infinity,
        networkDialTimeout: { minTimeout: PATIENCE },
        pingNewContactTimeout: { minTimeout: PATIENCE },
        onPeerConnectTimeout: PATIENCE,
        validators: { ns: validate, any: () => {} },
        selectors: { ns: select, any: () => 0 }
      })
    }
  })
}

/** Makes the nodes of a network known to each other. Servers are reached at these ports, which are those of links. */
async function connect ({ network, ports }) {
  const { servers, clients } = networks.get(network)
  const addresses = ports.map(port => multiaddr(`/ip4/127.0.0.1/tcp/${port}`))
  servers.forEach(({ announced }, index) => announced.push(addresses[index]))
  const dial = (from, to) => from.node.dial(addresses[servers.indexOf(to)].encapsulate(`/p2p/${to.node.peerId}`))
  for (const [index, server] of servers.entries()) {
    await Promise.all([...clients, ...servers.slice(index + 1)].map(from => dial(from, server)))
  }
  await Promise.all(clients.map(({ node }) => knows(node, servers.length)))
  await Promise.all(servers.map(({ node }) => knows(node, servers.length - 1)))
}

/** Waits until the node has so many peers in its table. */
async function knows (node, peers) {
  const table = node.services.dht.routingTable
  while (table.size < peers) await once(table, 'peer:add')
}

async function stop ({ network }) {
  const { servers, clients } = networks.get(network)
  networks.delete(network)
  for (const { http } of clients) {
    http.close()
    http.closeAllConnections()
  }
  await Promise.all([...servers, ...clients].map(({ node }) => node.stop()))
}

/** The number that a record of `/ns/` begins with, up to a space. */
function numberOf (record) {
  const [, digits] = /^(\d{1,20}) /.exec(Buffer.from(record).toString('latin1')) ?? []
  if (digits === undefined || BigInt(digits) >= 2n ** 64n) throw new Error('a record begins with its number and a space')
  return BigInt(digits)
}

function validate (_key, record) {
  numberOf(record)
}

/** The index of the record with the greatest number. */
function select (_key, records) {
  const numbers = records.map(numberOf)
  return numbers.reduce((newest, number, index) => number > numbers[newest] ? index : newest, 0)
}
