// A file for each key, named after its hash. When a put returns, the disk has the value, and its name.
import { createHash, randomUUID } from 'node:crypto'
import { open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from './value-store.mjs'

const directory = process.env.VALUE_STORE_DIR

// What was unfinished when the process was killed.
for (const name of await readdir(directory)) if (name.includes('.')) await rm(join(directory, name))

serve({
  async put (key, value) {
    const unfinished = `${pathOf(key)}.${randomUUID()}`
    await synced(unfinished, 'wx', file => file.writeFile(value))
    await rename(unfinished, pathOf(key))
    await synced(directory, 'r', () => {})
  },

  async get (key) {
    try {
      return await readFile(pathOf(key))
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
})

function pathOf (key) {
  return join(directory, createHash('sha256').update(key).digest('hex'))
}

async function synced (path, flags, write) {
  const file = await open(path, flags)
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
}
