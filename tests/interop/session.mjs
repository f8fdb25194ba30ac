// How a script of this package is spoken to: a JSON object on each line of standard input asks for something, and one on each
// line of standard output answers. Answers come as they are ready, each with the number of what asked for it.

import { createInterface } from 'node:readline'

/**
 * Answers with what these functions return, each called by its name with the object that asks. The end of the input ends the
 * process, so nothing outlives the test that started it, however that test ends.
 */
export function serve (commands) {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', async line => {
    const { number, command, ...question } = JSON.parse(line)
    const answer = await settle(() => commands[command](question))
    process.stdout.write(`${JSON.stringify({ number, ...answer })}\n`)
  })
  lines.on('close', () => process.exit())
}

async function settle (call) {
  try {
    return { ok: await call() ?? null }
  } catch (error) {
    return { error: { name: error.name, message: error.message } }
  }
}
