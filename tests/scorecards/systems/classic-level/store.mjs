// LevelDB, by classic-level: "sync: true" is the setting that survives a crash of the system.

import { directory, load, serve } from '../../node/system.mjs'

const { ClassicLevel } = await load('classic-level')
const db = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
await db.open()

serve({
  put: (key, value) => db.put(key, value, { sync: true }),
  get: key => db.get(key),
  close: () => db.close()
})
