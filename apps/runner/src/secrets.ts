/** Every secret this process holds, so that none leaves it in a log or a sentence. */
export type Secrets = {
  readonly add: (values: readonly string[]) => void
  /** The text with every secret struck out, also where it stands escaped in JSON. */
  readonly scrub: (text: string) => string
}

const SHORTEST = 4

/** A set that is empty at first. */
export function createSecrets(): Secrets {
  const known = new Set<string>()
  return {
    add: (values) => {
      for (const value of values.filter(({ length }) => length >= SHORTEST)) {
        known.add(value)
        known.add(JSON.stringify(value).slice(1, -1))
      }
    },
    scrub: (text) => [...known].reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '[redacted]'), text),
  }
}
