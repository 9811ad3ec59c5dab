/** Every secret this process holds, so that none leaves it in a log or a sentence. */
export type Secrets = {
  /** Adding one again keeps it from being forgotten. */
  readonly add: (values: readonly string[]) => void
  /** The text with every secret struck out, also where it is escaped as JSON. */
  readonly scrub: (text: string) => string
}

const SHORTEST = 4
/**
 * Keys are added again at each use. What falls out are access tokens that were replaced hours ago: without a bound a
 * month of hourly tokens would be searched for in every log line.
 */
const MOST = 256

/** A set that is empty at first. */
export function createSecrets(): Secrets {
  const known = new Set<string>()
  const keep = (secret: string): void => {
    known.delete(secret)
    known.add(secret)
    if (known.size <= MOST) return
    const [oldest] = known
    if (oldest !== undefined) known.delete(oldest)
  }
  return {
    add: (values) => {
      for (const value of values.filter(({ length }) => length >= SHORTEST)) {
        keep(value)
        keep(JSON.stringify(value).slice(1, -1))
      }
    },
    scrub: (text) => [...known].reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '[redacted]'), text),
  }
}
