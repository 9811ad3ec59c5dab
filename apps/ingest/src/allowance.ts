/** Counts a use by `key`; null where it is allowed, else the seconds until the next one is. */
export type Allowance = (key: string) => number | null

export type AllowanceOptions = {
  /** Uses of one key within a window. */
  readonly max: number
  readonly windowMs: number
  /** Keys that are remembered; the one not used for longest is forgotten first. */
  readonly maxKeys?: number
  readonly monotonicMs?: () => number
}

const MAX_KEYS = 5000

/**
 * So many uses per key and window. A window begins with its first use and lasts by the monotonic clock: a wall clock
 * that is set back by an hour would otherwise make it last an hour longer.
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
    // Last in the order of the map: the first is the one not used for longest.
    windows.delete(key)
    windows.set(key, window)
    const [oldest] = windows.keys()
    if (windows.size > maxKeys && oldest !== undefined) windows.delete(oldest)
    return window.uses <= max ? null : Math.ceil((window.beganMs + windowMs - nowMs) / 1000)
  }
}
