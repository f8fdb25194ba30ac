// Helia and Delegated Routing V1: its client, `@helia/ipns` with that client as its only routing, and its server. In questions
// and answers, records are in base64 and names in base 36.

import { delegatedRoutingV1HttpApiClient, delegatedRoutingV1HttpApiClientContentRouting } from '@helia/delegated-routing-v1-http-api-client'
import { createDelegatedRoutingV1HttpApiServer } from '@helia/delegated-routing-v1-http-api-server'
import { createIPNSRecord, IPNSEntry, ipns } from '@helia/ipns'
import { ed25519Crypto } from '@ipshipyard/crypto'
import { keychain } from '@ipshipyard/keychain'
import { defaultLogger } from '@libp2p/logger'
import { MemoryDatastore } from 'datastore-core'
import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import { serve } from './session.mjs'

/** The timeout of everything, in milliseconds. All peers share one machine, so slowness is no failure. */
const PATIENCE = 60_000

const logger = defaultLogger()
const clients = new Map()
const nodes = new Map()
const servers = new Map()

serve({ getRecord, putRecord, getKey, putKey, newNode, publish, resolve, sign, request, startServer, stopServer })

/** The client of the server at this URL. Connections stay open until this process ends. */
function client (url) {
  if (!clients.has(url)) clients.set(url, delegatedRoutingV1HttpApiClient({ url, timeout: PATIENCE })({ logger }))
  return clients.get(url)
}

async function getRecord ({ url, name }) {
  return toText(await client(url).getIPNS(CID.parse(name, base36)))
}

async function putRecord ({ url, name, record }) {
  await client(url).putIPNS(CID.parse(name, base36), fromText(record))
}

/** The client as Helia's routing of keys and values. */
function routing (url) {
  return delegatedRoutingV1HttpApiClientContentRouting({ url, timeout: PATIENCE })({ logger })
}

async function getKey ({ url, key }) {
  return toText(await routing(url).get(fromText(key)))
}

async function putKey ({ url, key, value }) {
  await routing(url).put(fromText(key), fromText(value))
}

/** A node with nothing but what `@helia/ipns` needs. Its routing is the client of this server. */
function newNode ({ node, url }) {
  const datastore = new MemoryDatastore()
  const getCrypto = () => ed25519Crypto()
  const events = new EventTarget()
  const components = { datastore, logger, events, keychain: keychain()({ datastore, getCrypto }), routing: routing(url) }
  nodes.set(node, { names: ipns(components), keychain: components.keychain })
}

async function publish ({ node, key, value, ...options }) {
  const { name } = await nodes.get(node).names.publish(key, value, options)
  return name.replace('/ipns/', '')
}

async function resolve ({ node, name }) {
  let last
  for await (const { value } of nodes.get(node).names.resolve(CID.parse(name, base36), { nocache: true })) last = value
  return last
}

/** A record of a key of this node, with these options of `createIPNSRecord`, and its name. */
async function sign ({ node, key, value, sequence, lifetime, ...options }) {
  const pair = await nodes.get(node).keychain.exportKey(key)
  const record = await createIPNSRecord(pair, value, BigInt(sequence), lifetime, options)
  return { name: pair.publicKey.toCID().toString(base36), record: toText(IPNSEntry.encode(record)) }
}

/** Any request, and what its answer shows. */
async function request ({ url, method, headers, body }) {
  const response = await fetch(url, { method, headers, body: body && fromText(body), signal: AbortSignal.timeout(PATIENCE) })
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}

/** Starts a server. Its routing keeps what it was last given, as that of js-libp2p does. */
async function startServer ({ server }) {
  const values = new Map()
  const routing = {
    async get (key) {
      const value = values.get(toText(key))
      if (value === undefined) throw Object.assign(new Error('Not found'), { name: 'NotFoundError' })
      return value
    },
    async put (key, value) { values.set(toText(key), value) }
  }
  const fastify = await createDelegatedRoutingV1HttpApiServer({ routing }, { listen: { port: 0, host: '127.0.0.1' } })
  servers.set(server, fastify)
  return { port: fastify.server.address().port }
}

async function stopServer ({ server }) {
  const fastify = servers.get(server)
  servers.delete(server)
  fastify.server.closeAllConnections()
  await fastify.close()
}

function toText (bytes) {
  return Buffer.from(bytes).toString('base64')
}

function fromText (text) {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
