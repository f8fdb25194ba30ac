// unstorage with its driver for files. Its keys are text.

import { directory, load, serve, text } from '../../node/system.mjs'

const [{ createStorage }, { default: fsDriver }] = await Promise.all([load('unstorage'), load('unstorage/drivers/fs')])
const storage = createStorage({ driver: fsDriver({ base: directory }) })

serve({
  put: (key, value) => storage.setItemRaw(text(key), value),
  get: async key => await storage.getItemRaw(text(key)) ?? undefined,
  close: () => storage.dispose()
})
