// A script that knows nothing of libp2p: the tests of how scripts are started and stopped ask it.

import { serve } from './session.mjs'

serve({
  echo: ({ value }) => value,
  fail: ({ message }) => { throw new TypeError(message) },
  crash: ({ message }) => { console.error(message); process.exit(1) },
  never: () => new Promise(() => {})
})
