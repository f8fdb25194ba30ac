// The datastore of js-libp2p and Helia that keeps each value in a file. "Keys need to be sanitized before use, as they are
// written to the file system as is": so they are hexadecimal here.

import { directory, invalidKey, load, serve } from '../../node/system.mjs'

const [{ FsDatastore }, { Key }] = await Promise.all([load('datastore-fs'), load('interface-datastore')])
const store = new FsDatastore(directory)
await store.open()

/** A file name has 255 bytes: `.`, the key, `.data` and `.tmp`. */
const MAX_KEY_LEN = 122

function sanitized (key) {
  if (key.length > MAX_KEY_LEN) throw invalidKey('the name of its file would be too long')
  return new Key(`/${key.toString('hex')}`)
}

serve({
  put: (key, value, { signal }) => store.put(sanitized(key), value, { signal }),
  get: (key, { signal }) => store.get(sanitized(key), { signal }),
  close: () => store.close()
})
