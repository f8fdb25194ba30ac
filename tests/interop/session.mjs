// The protocol of the scripts. Each line of standard input is a question, a JSON object, and each line of standard output is an
// answer. Answers come as they are ready, each with the number of its question.

import { createInterface } from 'node:readline'

/**
 * Answers each question with what the function named by its command returns. The function is called with the rest of the
 * question. The process ends when its input ends, so it does not outlive the test that started it, however that test ends.
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
