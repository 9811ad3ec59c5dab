/** Strikes secrets out of what came back, before anything is kept: some servers echo the key they refuse. */
import type { StoredTape } from './transport/tape.ts'

/** The tape with every byte of every secret replaced by `*`, also where a secret lies across two reads. */
export function scrubTape(tape: StoredTape, secrets: readonly string[]): StoredTape {
  const real = secrets.filter(isSecret)
  const failure =
    tape.failure === null ? null : { ...tape.failure, message: scrubText(tape.failure.message, real) }
  const headers = Object.entries(tape.response?.headers ?? {}).map(([name, value]) => [
    name,
    scrubText(value, real),
  ])
  const response =
    tape.response === null ? null : { status: tape.response.status, headers: Object.fromEntries(headers) }
  const packed = () => {
    const reads = tape.packed()
    scrubBytes(reads.bytes, real)
    return reads
  }
  return { ...tape, failure, response, packed }
}

/**
 * What servers that need no key are given in place of one, as their manuals say: struck out of a stream, such a word would
 * change the answer or its JSON. Any other short word may be somebody's key.
 */
const PLACEHOLDERS = new Set([
  'dummy',
  'empty',
  'false',
  'none',
  'null',
  'ollama',
  'test',
  'true',
  'undefined',
])
/** Anything shorter is found in every stream and protects nothing. */
const SHORTEST_SECRET = 4

function isSecret(secret: string): boolean {
  return secret.length >= SHORTEST_SECRET && !PLACEHOLDERS.has(secret.toLowerCase())
}

/** The text without the secrets. */
export function scrubText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '*'.repeat(secret.length)), text)
}

function scrubBytes({ buffer, byteOffset, byteLength }: Uint8Array, secrets: readonly string[]): void {
  const whole = Buffer.from(buffer, byteOffset, byteLength)
  for (const secret of secrets) {
    const bytes = Buffer.from(secret)
    for (let at = whole.indexOf(bytes); at >= 0; at = whole.indexOf(bytes, at + bytes.length)) {
      whole.fill('*', at, at + bytes.length)
    }
  }
}
