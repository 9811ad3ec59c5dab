/** What the collections say about one model, from which its health is derived. */
export type ModelFacts = {
  readonly lastSuccessAt: Date | null
  readonly lastUnpublishedAt: Date | null
  /** The newest failure, where it is among the newest `MOST_LOOKED_AT`. */
  readonly lastError: { readonly at: Date; readonly kind: string; readonly message: string } | null
  /** At most `MOST_FAILURES`, like the failures of the last day. */
  readonly failuresSinceSuccess: number
  readonly successes24h: number
  readonly failures24h: number
}

/** More failures than this are not counted: a model that never works would be counted ever longer. */
export const MOST_FAILURES = 1000
/** Errors that are looked at for failures of the model: those of the runner and of the ingest lie among them. */
export const MOST_LOOKED_AT = 10_000
