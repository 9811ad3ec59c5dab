/** Null: not now. Else it is to be said, with how often it was not said since the last time. */
export type Seldom = (kind: string) => number | null

/** More kinds than there are reasons; which ones there are is not for senders to choose. */
const MAX_KINDS = 1000

/** Lets each kind of line be said at once, and then once in so long. */
export function saySeldom(everyMs: number, monotonicMs: () => number = () => performance.now()): Seldom {
  const said = new Map<string, { readonly atMs: number; unsaid: number }>()
  return (kind) => {
    const known = said.get(kind)
    if (known !== undefined && monotonicMs() - known.atMs < everyMs) {
      known.unsaid += 1
      return null
    }
    if (said.size >= MAX_KINDS) said.clear()
    said.set(kind, { atMs: monotonicMs(), unsaid: 0 })
    return known?.unsaid ?? 0
  }
}
