// Puts a store in Node.js (20 or later) behind the HTTP protocol of value-store. Printed by `value-store adapter node`.
// Save it as value-store.mjs, write a store.mjs like this one beside it, and run: value-store check --start 'node store.mjs'
//
//   import { serve } from './value-store.mjs'
//   const map = new Map()
//   serve({
//     async put (key, value, options) { map.set(key.toString('base64'), value) },
//     async get (key, options) { return map.get(key.toString('base64')) }
//   })
//
// `key` and `value` are Buffers. `get` returns bytes, or `{ from, val }` with the peer that had them, or undefined.
// `options.signal` aborts when nobody waits any more; `options.timeout` is in milliseconds, if the call has one.
// Throw errors named NotFoundError, TimeoutError, AbortError, InvalidKeyError or InvalidValueError, or any others.
// Keep files in the directory `process.env.VALUE_STORE_DIR`. If the store has a `close`, it is called at the end.
import { once } from 'node:events'
import { createServer } from 'node:http'

/** Serves each store under a URL of its own, until standard input ends. Several stores are nodes of one network. */
export async function serve (...stores) {
  const servers = stores.map(store => delegate(store).listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  process.stdout.write(servers.map(server => `http://127.0.0.1:${server.address().port}\n`).join(''))
  process.stdin.resume().once('end', async () => {
    servers.forEach(server => server.close().closeAllConnections())
    await Promise.all(stores.map(store => store.close?.()))
    process.exit()
  })
}

/** The HTTP server of one store, which does not listen yet. */
export function delegate (store) {
  // By default, Node.js closes a connection that was idle for five seconds, just as the client may use it again.
  return createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const [status, body] = await answerTo(store, request, response).then(
      ([from, bytes]) => [200, { ID: `${from}`, Type: 5, Responses: null, Extra: Buffer.from(bytes).toString('base64') }]
    ).catch(error => [500, { Message: messageOf(error), Code: 0, Type: 'error' }])
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
  })
}

/** The peer and the value for the answer. */
async function answerTo (store, request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://store')
  const { value, rest } = await bodyOf(request)
  const { arg, timeout, ...others } = Object.fromEntries([...searchParams, ...new URLSearchParams(rest)])
  if (arg === undefined) throw new Error('the parameter `arg`, the key, is missing')
  const options = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, optionOf(text)]))
  if (timeout !== undefined) options.timeout = milliseconds(timeout)
  return await untilEnd(response, options.timeout, async signal => {
    if (pathname === '/api/v0/routing/put') {
      await store.put(keyOf(arg), value, { ...options, signal })
      return ['', '']
    }
    if (pathname !== '/api/v0/routing/get') throw new Error(`there is no ${pathname}`)
    const found = await store.get(keyOf(arg), { ...options, signal })
    if (found == null) throw new DOMException('no value', 'NotFoundError')
    return found.val === undefined ? ['', found] : [found.from ?? '', found.val]
  })
}

/** The body of a put is a form, the value first. Then, or in the body of a get, come parameters too long for the URL. */
async function bodyOf (request) {
  const type = request.headers['content-type'] ?? ''
  const body = new Response(Buffer.concat(await request.toArray()), { headers: { 'content-type': type } })
  if (!type.startsWith('multipart/form-data')) return { rest: await body.text() }
  const [value, rest] = (await body.formData()).values()
  return { value: Buffer.from(await new Blob([value]).arrayBuffer()), rest }
}

/** Waits for a call until its timeout has passed, or the client has gone. */
function untilEnd (response, timeout, call) {
  return new Promise((resolve, reject) => {
    const ended = new AbortController()
    const expire = () => ended.abort(new DOMException('the timeout has passed', 'TimeoutError'))
    const timer = timeout === undefined ? undefined : setTimeout(expire, timeout)
    response.once('close', () => { clearTimeout(timer); ended.abort() })
    ended.signal.addEventListener('abort', () => reject(ended.signal.reason))
    call(ended.signal).then(resolve, reject)
  })
}

/** A key comes as text, or, if it is none, as base64url after a prefix. */
const keyOf = text => text.startsWith('/multibase/u') ? Buffer.from(text.slice(12), 'base64url') : Buffer.from(text)

/** An option comes as JSON, or else as text. */
const optionOf = text => { try { return JSON.parse(text) } catch { return text } }

/** A duration such as 500ms or 1m30s, up to the longest that a timer can wait. */
function milliseconds (text) {
  const scale = { h: 3.6e6, m: 6e4, s: 1e3, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 }
  const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)].map(([, number, unit]) => number * scale[unit])
  return Math.min(Math.ceil(parts.reduce((sum, part) => sum + part, 0)), 2 ** 31 - 1)
}

/** The message by which the client tells what kind of error it is. A subclass of Error may have no name of its own. */
function messageOf (error) {
  const name = error?.name === 'Error' ? error.constructor.name : error?.name
  if (name === 'NotFoundError') return 'routing: not found'
  if (name === 'TimeoutError' || name === 'AbortError') return 'context deadline exceeded'
  const kind = { InvalidKeyError: 'invalid key', InvalidValueError: 'invalid value' }[name]
  return kind ? `${kind}: ${error.message}` : `${error}`
}
