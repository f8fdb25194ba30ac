// node-persist: a file of JSON for each key. Its keys are text, and so are values here, for JSON has no bytes.

import { directory, load, serve, text } from '../../node/system.mjs'

const { default: storage } = await load('node-persist')
await storage.init({ dir: directory })

serve({
  put: (key, value) => storage.setItem(text(key), value.toString('base64')),
  async get (key) {
    const value = await storage.getItem(text(key))
    return value === undefined ? undefined : Buffer.from(value, 'base64')
  }
})
