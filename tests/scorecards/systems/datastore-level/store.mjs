// The datastore of js-libp2p and Helia on LevelDB. A `Key` is made of text or of bytes, and begins with a slash.

import { directory, load, serve } from '../../node/system.mjs'

const [{ LevelDatastore }, { Key }] = await Promise.all([load('datastore-level'), load('interface-datastore')])
const store = new LevelDatastore(directory)
await store.open()

/** Not "cleaned", which would drop the slashes at its end. */
const keyOf = key => new Key(Buffer.concat([Buffer.from('/'), key]), false)

serve({
  put: (key, value, { signal }) => store.put(keyOf(key), value, { signal }),
  get: (key, { signal }) => store.get(keyOf(key), { signal }),
  close: () => store.close()
})
