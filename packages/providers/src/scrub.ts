/** Strikes secrets out of what came back, before anything is kept: some servers echo the key they refuse. */
import type { Tape } from './transport/tape.ts'

/** The tape with every byte of every secret replaced by `*`, also where a secret lies across two reads. */
export function scrubTape(tape: Tape, secrets: readonly string[]): Tape {
  const real = secrets.filter((secret) => secret.length >= 4)
  const failure =
    tape.failure === null ? null : { ...tape.failure, message: scrubText(tape.failure.message, real) }
  const headers = Object.entries(tape.response?.headers ?? {}).map(([name, value]) => [
    name,
    scrubText(value, real),
  ])
  const response =
    tape.response === null ? null : { status: tape.response.status, headers: Object.fromEntries(headers) }
  return { ...tape, failure, response, reads: scrubReads(tape.reads, real) }
}

/** The text without the secrets. */
export function scrubText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '*'.repeat(secret.length)), text)
}

function scrubReads(reads: Tape['reads'], secrets: readonly string[]): Tape['reads'] {
  const whole = Buffer.concat(reads.map(({ bytes }) => bytes))
  let found = false
  for (const secret of secrets) {
    const bytes = Buffer.from(secret)
    for (let at = whole.indexOf(bytes); at >= 0; at = whole.indexOf(bytes, at + bytes.length)) {
      whole.fill('*', at, at + bytes.length)
      found = true
    }
  }
  if (!found) return reads
  let offset = 0
  return reads.map(({ atNs, bytes }) => {
    const start = offset
    offset += bytes.length
    return { atNs, bytes: whole.subarray(start, offset) }
  })
}
