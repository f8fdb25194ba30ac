// Two stores that fail as the key says. Of a call with the option `count`, they return what they were given.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from './value-store.mjs'

class InvalidKeyError extends Error {}

const errors = {
  'not found': new DOMException('', 'NotFoundError'),
  timeout: new DOMException('', 'TimeoutError'),
  'invalid key': new InvalidKeyError('odd'),
  'invalid value': Object.assign(new Error('odd'), { name: 'InvalidValueError' }),
  'another error': new RangeError('odd')
}

function storeOf (name) {
  return {
    put (key) { throw errors[key] },
    async get (key, { count, text, timeout }) {
      if (count) return Buffer.concat([key, Buffer.from(` ${count + 1} ${text} ${timeout / 1000}`)])
      if (`${key}` === 'no bytes') return { val: 5 }
      if (`${key}` === 'name') return Buffer.from(name)
      if (`${key}` === 'hang') await new Promise(() => {})
      throw errors[key]
    },
    close () { writeFileSync(join(process.env.VALUE_STORE_DIR, name), 'closed') }
  }
}

serve(storeOf('first'), storeOf('second'))
