// The server of a delegate's HTTP, in plain Node.js: what a store in another language has to serve for the suite to judge it.

import { createServer } from 'node:http'

const PUT = '/api/v0/routing/put'
const GET = '/api/v0/routing/get'

/** A server that does its puts and gets with these two functions, which are js-libp2p's: they take a signal as an option. */
export function delegate ({ put, get }) {
  const paths = new Map([
    [PUT, async ({ key, value, options }) => { await put(key, value, options) }],
    [GET, async ({ key, options }) => await get(key, options)]
  ])
  // A client may use a connection again after any time, and it would be closed after five seconds.
  return createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://delegate')
    const carryOut = paths.get(pathname)
    if (request.method !== 'POST' || !carryOut) return answer(response, 404, refusal('this is no call of a delegate'))
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      const value = await carryOut(await callOf(searchParams, request, gone.signal))
      answer(response, 200, event(value ?? new Uint8Array()))
    } catch (error) {
      answer(response, 500, refusal(messageOf(error)))
    }
  })
}

/** What a request asks for. Parameters that are too long for the URL are in the body. */
async function callOf (searchParams, request, gone) {
  const { value, rest } = await bodyOf(request)
  const { arg, timeout, ...others } = Object.fromEntries([...searchParams, ...new URLSearchParams(rest)])
  const signals = timeout === undefined ? [gone] : [gone, AbortSignal.timeout(milliseconds(timeout))]
  const options = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, optionOf(text)]))
  return { key: keyOf(arg), value, options: { ...options, signal: AbortSignal.any(signals) } }
}

/** A put's body is a form, the value first; a get's, if there is one, is parameters. */
async function bodyOf (request) {
  const type = request.headers['content-type'] ?? ''
  const body = new Response(Buffer.concat(await request.toArray()), { headers: { 'content-type': type } })
  if (!type.startsWith('multipart/form-data')) return { rest: await body.text() }
  const [value, rest] = (await body.formData()).values()
  return { value: new Uint8Array(await value.arrayBuffer()), rest }
}

/** A key is its text, or its base64url behind a prefix where it is no text. */
function keyOf (arg) {
  const encoded = '/multibase/u'
  const bytes = arg.startsWith(encoded) ? Buffer.from(arg.slice(encoded.length), 'base64url') : Buffer.from(arg)
  return new Uint8Array(bytes)
}

function optionOf (text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Of a duration as `DelegatedStore` and Kubo's client in JavaScript write it, no more than a timer here can wait. */
function milliseconds (duration) {
  const [, number, unit] = /^(\d+)(s|ms|us|ns)$/.exec(duration)
  const scale = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 }[unit]
  return Math.min(Math.ceil(number * scale), 2 ** 31 - 1)
}

/** What is said of an error, so that the client knows it again. */
function messageOf (error) {
  switch (error.name) {
    // All routers were asked, and this is what each threw; a node has one.
    case 'AggregateError': return messageOf(error.errors[0])
    case 'NotFoundError': return 'routing: not found'
    case 'AbortError': case 'TimeoutError': return 'context deadline exceeded'
    default: return `${error.name}: ${error.message}`
  }
}

function event (value) {
  return { ID: '', Type: 5, Responses: null, Extra: Buffer.from(value).toString('base64') }
}

function refusal (message) {
  return { Message: message, Code: 0, Type: 'error' }
}

function answer (response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
