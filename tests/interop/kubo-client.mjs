// Kubo's client in JavaScript, which calls the routing commands of a delegate. In questions and answers, values and keys that
// are no text are in base64.

import { create } from 'kubo-rpc-client'
import { serve } from './session.mjs'

const clients = new Map()

/** The controllers of calls that can be aborted, by the names of the calls. */
const controllers = new Map()

serve({ put, get, abort })

function put ({ url, value, ...call }) {
  return events(call, (key, options) => routing(url).put(key, Buffer.from(value, 'base64'), options))
}

function get ({ url, ...call }) {
  return events(call, (key, options) => routing(url).get(key, options))
}

/** The routing commands of the delegate at this URL. Connections stay open until this process ends. */
function routing (url) {
  if (!clients.has(url)) clients.set(url, create({ url }))
  return clients.get(url).routing
}

/** Aborts a call as the signal of a timeout does. */
function abort ({ name }) {
  controllers.get(name).abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
}

function controllerOf (name) {
  const controller = new AbortController()
  controllers.set(name, controller)
  return controller
}

/** All events of a call. It can be aborted after a number of milliseconds, or by its name. */
async function events ({ text, bytes, options, abortedAfter, name }, call) {
  const key = text ?? Uint8Array.from(Buffer.from(bytes, 'base64'))
  const signal = abortedAfter !== undefined
    ? { signal: AbortSignal.timeout(abortedAfter) }
    : name !== undefined ? { signal: controllerOf(name).signal } : {}
  const events = []
  for await (const { value, ...event } of call(key, { ...options, ...signal })) {
    events.push({ ...event, value: value && Buffer.from(value).toString('base64') })
  }
  return events
}
