// The HTTP server of a delegate, in plain Node.js: what a store in another language has to serve so that the suite can test it.

import { createServer } from 'node:http'

const PUT = '/api/v0/routing/put'
const GET = '/api/v0/routing/get'

/** A server that calls these two functions for its puts and gets. Like those of js-libp2p, they take a signal as an option. */
export function delegate ({ put, get }) {
  const paths = new Map([
    [PUT, async ({ key, value, options }) => { await put(key, value, options) }],
    [GET, async ({ key, options }) => await get(key, options)]
  ])
  // By default, an idle connection is closed after five seconds, and a client may use it again after any time.
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

/** The call that a request asks for. Parameters that are too long for the URL are in the body. */
async function callOf (searchParams, request, gone) {
  const { value, rest } = await bodyOf(request)
  const { arg, timeout, ...others } = Object.fromEntries([...searchParams, ...new URLSearchParams(rest)])
  const signals = timeout === undefined ? [gone] : [gone, AbortSignal.timeout(milliseconds(timeout))]
  const options = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, optionOf(text)]))
  return { key: keyOf(arg), value, options: { ...options, signal: AbortSignal.any(signals) } }
}

/** The body of a put is a form, the value first. The body of a get is empty, or parameters. */
async function bodyOf (request) {
  const type = request.headers['content-type'] ?? ''
  const body = new Response(Buffer.concat(await request.toArray()), { headers: { 'content-type': type } })
  if (!type.startsWith('multipart/form-data')) return { rest: await body.text() }
  const [value, rest] = (await body.formData()).values()
  return { value: new Uint8Array(await value.arrayBuffer()), rest }
}

/** A key is sent as its text, or, if it is no text, as base64url after a prefix. */
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

/** The milliseconds of a duration, as `DelegatedStore` and Kubo's client write it; at most what a timer can wait. */
function milliseconds (duration) {
  const [, number, unit] = /^(\d+)(s|ms|us|ns)$/.exec(duration)
  const scale = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 }[unit]
  return Math.min(Math.ceil(number * scale), 2 ** 31 - 1)
}

/** The message for an error, by which the client recognizes its kind. */
function messageOf (error) {
  switch (error.name) {
    // It holds what each router threw, and a node has one router.
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
