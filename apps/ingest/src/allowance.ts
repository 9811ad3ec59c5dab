/** Counts one use by `key`. Returns null where it is allowed, else the seconds until the next one is. */
export type Allowance = (key: string) => number | null

export type AllowanceOptions = {
  /** Uses of one key within a window. */
  readonly max: number
  readonly windowMs: number
  /** Keys kept in memory; the least recently used is dropped first. */
  readonly maxKeys?: number
  readonly monotonicMs?: () => number
}

const MAX_KEYS = 5000

/**
 * A fixed-window rate limit per key. A window begins with its first use. It is timed by the monotonic clock: setting
 * the wall clock back would otherwise extend it.
 */
export function createAllowance(options: AllowanceOptions): Allowance {
  const { max, windowMs, maxKeys = MAX_KEYS, monotonicMs = () => performance.now() } = options
  const windows = new Map<string, { readonly beganMs: number; uses: number }>()
  return (key) => {
    const nowMs = monotonicMs()
    const known = windows.get(key)
    const isOver = known === undefined || nowMs - known.beganMs >= windowMs
    const window = isOver ? { beganMs: nowMs, uses: 0 } : known
    window.uses += 1
    // Moves the key to the end of the map's order, so that the first is the least recently used.
    windows.delete(key)
    windows.set(key, window)
    const [oldest] = windows.keys()
    if (windows.size > maxKeys && oldest !== undefined) windows.delete(oldest)
    return window.uses <= max ? null : Math.ceil((window.beganMs + windowMs - nowMs) / 1000)
  }
}
