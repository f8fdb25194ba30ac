// LMDB, by lmdb-js. A put resolves once it is committed, and `flushed` once it is on the disk.

import { join } from 'node:path'
import { directory, invalidKey, load, serve } from '../../node/system.mjs'

const { open } = await load('lmdb')
const db = open({
  path: join(directory, 'store.mdb'),
  keyEncoding: 'binary',
  encoding: 'binary',
  // After a boot, it opens what was flushed. It knows by the boot id of the system, which stays when only its disk loses the power.
  safeRestore: true
})

/** "By default, the maximum key size is 1978 bytes." LMDB has no empty keys. */
function checked (key) {
  if (key.length === 0 || key.length > 1978) throw invalidKey(`its length is ${key.length}, and has to be 1 to 1978`)
  return key
}

serve({
  async put (key, value) {
    await db.put(checked(key), value)
    await db.flushed
  },
  get: async key => db.get(checked(key)),
  close: () => db.close()
})
