import type { ModelRef, ResultCollection, StoredDocument } from './store.ts'

/** The results of one model on one day (UTC) in one collection. */
export type ResultDay = {
  readonly collection: ResultCollection
  readonly model: ModelRef
  /** Midnight at its beginning. */
  readonly day: Date
}

export type ExpiredDay = ResultDay & {
  readonly rows: number
  /** When the last of its rows came in. */
  readonly lastReceivedAt: Date
}

/** How many failed attempts there are of a fingerprint. */
export type CountedErrors = { readonly fingerprint: string; readonly rows: number }

/** What retention asks of a store. */
export type RetentionStore = {
  /** Whole days before `before`, the oldest first, without the day of a model's newest row: its health is told from it. */
  readonly listExpiredDays: (collection: ResultCollection, before: Date) => Promise<ExpiredDay[]>
  readonly readDay: (day: ResultDay) => Promise<StoredDocument[]>
  /** A summary of a day; it has several, numbered from 1, where rows came in after the first. Null for one it has not. */
  readonly readSummary: (day: ResultDay, part: number) => Promise<StoredDocument | null>
  /** Durable when it resolves. Never replaces one: false, and nothing is written, where the day has that part already. */
  readonly addSummary: (day: ResultDay, part: number, document: StoredDocument) => Promise<boolean>
  /** Removes the rows of a day that came in until then, and says how many. */
  readonly removeDay: (day: ResultDay, receivedUntil: Date) => Promise<number>
  /** Models with failed attempts before `before`. */
  readonly listModelsWithErrors: (before: Date) => Promise<ModelRef[]>
  /** A model's failed attempts before `before`, without those that have no fingerprint. */
  readonly countErrors: (model: ModelRef, before: Date) => Promise<CountedErrors[]>
  /**
   * Adds the rows of a fingerprint before `before` to what its rollup remembers, then removes them, and says how many.
   * The rollup counts each once, wherever this is stopped.
   */
  readonly removeErrors: (fingerprint: string, before: Date) => Promise<number>
}

export const DAY_MS = 86_400_000

export const dayAfter = (day: Date): Date => new Date(day.getTime() + DAY_MS)

/** What a part of a day's summary is kept under. */
export const summaryId = ({ collection, model, day }: ResultDay, part: number): string => {
  const id = `${collection}:${model.provider}:${model.modelId}:${day.toISOString().slice(0, 10)}`
  return part === 1 ? id : `${id}:${part}`
}
