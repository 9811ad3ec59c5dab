import { modelName, type ModelRef } from './store.ts'

/**
 * From when on a health still counts: of a model that is measured, and of one that is disabled. One from after `until`
 * does not: the clock was set back since, and would have to pass that moment again first.
 */
export type DueSince = { readonly active: Date; readonly disabled: Date; readonly until: Date }

export type DueHealth = {
  /** Models whose health was never derived, not for long, or not since they were enabled or disabled; the oldest first. */
  readonly due: readonly ModelRef[]
  /** Models that have a health and are not in the catalogue any more. */
  readonly orphaned: readonly ModelRef[]
}

export type KnownEntry = { readonly model: ModelRef; readonly isActive: boolean }
export type KnownHealth = {
  readonly model: ModelRef
  readonly updatedAtMs: number
  readonly isDisabled: boolean
}

/** Which healths are to be derived again, and which are of nothing. */
export function findDue(
  entries: readonly KnownEntry[],
  healths: readonly KnownHealth[],
  since: DueSince,
): DueHealth {
  const models = new Map<string, KnownEntry>()
  for (const entry of entries) {
    const name = modelName(entry.model)
    // People may have written an entry twice.
    if (entry.isActive || !models.has(name)) models.set(name, entry)
  }
  const known = new Map<string, KnownHealth>()
  for (const health of healths) {
    const name = modelName(health.model)
    if ((known.get(name)?.updatedAtMs ?? Number.NEGATIVE_INFINITY) < health.updatedAtMs)
      known.set(name, health)
  }
  const isDue = (name: string, { isActive }: KnownEntry): boolean => {
    const health = known.get(name)
    if (health === undefined || health.isDisabled === isActive) return true
    const from = isActive ? since.active : since.disabled
    return health.updatedAtMs < from.getTime() || health.updatedAtMs > since.until.getTime()
  }
  const ageOf = (name: string): number => known.get(name)?.updatedAtMs ?? 0
  return {
    due: [...models]
      .filter(([name, entry]) => isDue(name, entry))
      .sort(([left], [right]) => ageOf(left) - ageOf(right))
      .map(([, { model }]) => model),
    orphaned: [...known].filter(([name]) => !models.has(name)).map(([, { model }]) => model),
  }
}
