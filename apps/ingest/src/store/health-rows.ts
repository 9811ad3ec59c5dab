import { instantOf } from '../catalogue/entry.ts'

/** The stored health of a model, but for what is derived anew at every look. */
export type StoredHealth = {
  /** As `healthId` makes it. */
  readonly id: string
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  readonly lastErrorAt: Date | null
  readonly lastErrorKind: string | null
  readonly lastErrorMessage: string | null
  readonly consecutiveFailures: number | null
  readonly cadenceSeconds: number | null
}

/** What the health of a model is kept under. */
export const healthId = (provider: string, modelId: string): string => `${provider}:${modelId}`

/** The fields that a list shows, in the order in which `toStoredHealth` takes their values. */
export const HEALTH_FIELDS = [
  'last_success_at',
  'last_attempt_at',
  'last_error_at',
  'last_error_kind',
  'last_error_message',
  'consecutive_failures',
  'cadence_seconds',
] as const

/** A stored health out of its values; people may write them too, and one that is none counts as missing. */
export const toStoredHealth = (id: string, values: readonly unknown[]): StoredHealth => ({
  id,
  lastSuccessAt: instantOf(values[0]),
  lastAttemptAt: instantOf(values[1]),
  lastErrorAt: instantOf(values[2]),
  lastErrorKind: textOf(values[3]),
  lastErrorMessage: textOf(values[4]),
  consecutiveFailures: numberOf(values[5]),
  cadenceSeconds: numberOf(values[6]),
})

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
export const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
