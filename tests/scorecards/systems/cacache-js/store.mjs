// npm's cache: "fault tolerance (immune to corruption, partial writes, process races, etc)". Its keys are text.

import { directory, load, serve, text } from '../../node/system.mjs'

const { default: cacache } = await load('cacache')

serve({
  put: (key, value) => cacache.put(directory, text(key), value),
  async get (key) {
    try {
      return (await cacache.get(directory, text(key))).data
    } catch (error) {
      if (error.code === 'ENOENT') return undefined
      throw error
    }
  }
})
