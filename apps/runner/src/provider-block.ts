/**
 * When a whole provider rests because it refuses us: one model is tried each hour, the rest wait for a success. Pure.
 *
 * A 401 or a bill concerns the key, so one is enough. A 403 often concerns one model of an account that may use the
 * others: it takes a second model's before the rest has to wait.
 */
const PROBE_MS = 3_600_000

export type ProviderBlock = {
  /** When the next model may be tried; null while the provider is not blocked. */
  readonly probeMs: number | null
  /** The model that was refused last, with no success since. */
  readonly refusedModel: string | null
}

export const NOT_BLOCKED: ProviderBlock = { probeMs: null, refusedModel: null }

/** What an attempt means for its provider's other models. */
export type Refusal = 'none' | 'model' | 'key' | 'unclear'

/** The block after an attempt at that model: `none` it was answered, `unclear` it failed for another reason. */
export function afterRefusal(
  block: ProviderBlock,
  model: string,
  refusal: Refusal,
  nowMs: number,
): ProviderBlock {
  if (refusal === 'none') return NOT_BLOCKED
  const probeMs = nowMs + PROBE_MS
  if (refusal === 'key' || block.probeMs !== null) return { probeMs, refusedModel: model }
  if (refusal === 'unclear') return block
  const isSecond = block.refusedModel !== null && block.refusedModel !== model
  return { probeMs: isSecond ? probeMs : null, refusedModel: model }
}
