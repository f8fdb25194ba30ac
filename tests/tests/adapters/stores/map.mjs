import { serve } from './value-store.mjs'

const values = new Map()
serve({
  async put (key, value) { values.set(key.toString('base64'), value) },
  async get (key) { return values.get(key.toString('base64')) } // undefined: no value
})
