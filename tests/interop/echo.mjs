// A script without libp2p, for the tests of how scripts start, answer and end.

import { serve } from './session.mjs'

serve({
  echo: ({ value }) => value,
  fail: ({ message }) => { throw new TypeError(message) },
  crash: ({ message }) => { console.error(message); process.exit(1) },
  never: () => new Promise(() => {})
})
