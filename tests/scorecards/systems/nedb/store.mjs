// NeDB: documents in memory, and a log of them in a file. A key is an `_id`, which is text here. A value is base64, for a
// document is JSON.

import { join } from 'node:path'
import { directory, load, serve, text } from '../../node/system.mjs'

const { default: Datastore } = await load('@seald-io/nedb')
const db = new Datastore({ filename: join(directory, 'store.db') })
await db.loadDatabaseAsync()

serve({
  async put (key, value) {
    const _id = text(key)
    await db.updateAsync({ _id }, { _id, value: value.toString('base64') }, { upsert: true })
  },
  async get (key) {
    const document = await db.findOneAsync({ _id: text(key) })
    return document === null ? undefined : Buffer.from(document.value, 'base64')
  }
})
