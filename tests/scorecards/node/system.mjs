// What the stores in ../systems have in common. They have no node_modules of their own: the packages are in this folder.

export { serve } from '../../../value-store/src/cli/adapters/node.mjs'

/** Where a store keeps its files. */
export const directory = process.env.VALUE_STORE_DIR

/** A package that is installed in this folder. */
export const load = name => import(name)

/** A key as text. Bytes that are no text cannot be a key of a store whose keys are text. */
export function text (key) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key)
  } catch (error) {
    throw invalidKey(`keys are text: ${error.message}`)
  }
}

export function invalidKey (message) {
  return Object.assign(new Error(message), { name: 'InvalidKeyError' })
}
