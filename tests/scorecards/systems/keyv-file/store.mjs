// Keyv with keyv-file, which keeps everything in one file. "`await kv.set()` will wait <options.writeDelay> millseconds to save
// to disk." Its keys are text.

import { join } from 'node:path'
import { directory, load, serve, text } from '../../node/system.mjs'

const [{ Keyv }, { KeyvFile }] = await Promise.all([load('keyv'), load('keyv-file')])
const keyv = new Keyv({ store: new KeyvFile({ filename: join(directory, 'store.json') }) })
// Without a listener, an error would end the process. Calls fail by it all the same.
keyv.on('error', error => console.error(error))

serve({
  async put (key, value) {
    if (!await keyv.set(text(key), value)) throw new Error('set returned false')
  },
  get: key => keyv.get(text(key)),
  close: () => keyv.disconnect()
})
