import { DAY_MS, type CountedErrors, type ExpiredDay, type RetentionStore } from '../store/retention.ts'
import type { ModelFacts } from '../store/model-facts.ts'
import type { ModelRef, ResultCollection, Store, StoredDocument } from '../store/store.ts'

/** Days that raw rows are kept, per collection; null: for ever. */
export type RetentionSettings = Readonly<Record<ResultCollection | 'errors_cloud', number | null>>

/** The numbers of a row that its summary keeps. */
const SUMMARISED = ['tokens_per_second', 'time_to_first_token', 'generate_time', 'output_tokens'] as const

/** The days whose results the settings no longer keep. */
export async function listExpiredDays(
  store: RetentionStore,
  settings: RetentionSettings,
  now: Date,
): Promise<ExpiredDay[]> {
  const expired: ExpiredDay[] = []
  for (const collection of ['metrics_cloud_v2', 'metrics_cloud_probe'] as const) {
    const days = settings[collection]
    if (days !== null) expired.push(...(await store.listExpiredDays(collection, keptFrom(days, now))))
  }
  return expired
}

/** The failed attempts of one model that may go, by fingerprint; they are older than `before`. */
export type ExpiredErrors = {
  readonly model: ModelRef
  readonly before: Date
  readonly fingerprints: readonly CountedErrors[]
}

/** The failed attempts that the settings no longer keep, model by model, without what health is told from. */
export async function listExpiredErrors(
  { retention, readModelFacts }: Pick<Store, 'retention' | 'readModelFacts'>,
  { errors_cloud: days }: RetentionSettings,
  now: Date,
): Promise<ExpiredErrors[]> {
  if (days === null) return []
  const cutoff = keptFrom(days, now)
  const expired: ExpiredErrors[] = []
  for (const model of await retention.listModelsWithErrors(cutoff)) {
    const [facts] = await readModelFacts([model], now)
    const before = facts === undefined ? null : endOfExpired(facts, cutoff)
    if (before === null) continue
    const fingerprints = await retention.countErrors(model, before)
    if (fingerprints.length > 0) expired.push({ model, before, fingerprints })
  }
  return expired
}

/** A model's newest failure stays, and so do all since its last success, however old; null where that is all of them. */
function endOfExpired({ lastSuccessAt, lastError }: ModelFacts, cutoff: Date): Date | null {
  if (lastSuccessAt === null) return null
  const ends = [cutoff, lastSuccessAt, lastError?.at ?? cutoff]
  return new Date(Math.min(...ends.map((end) => end.getTime())))
}

/** Midnight at the beginning of the first day that is kept. */
const keptFrom = (days: number, now: Date): Date =>
  new Date(Math.floor((now.getTime() - days * DAY_MS) / DAY_MS) * DAY_MS)

/**
 * Removes the rows of a day once summaries that count each of them are stored; rows that come in meanwhile stay. Returns
 * how many were removed. Stopped at any point, it can be done again: a summary is never changed, and counts all rows
 * that came in until its `last_received_at` and are in none before it, whether they are still there or not.
 */
export async function removeExpiredDay(store: RetentionStore, day: ExpiredDay, now: Date): Promise<number> {
  const { parts, until } = await readSummaries(store, day)
  const rows = (await store.readDay(day)).filter((row) => receivedAt(row) <= day.lastReceivedAt.getTime())
  // Fewer than were counted: somebody else is at it.
  if (rows.length < day.rows) return 0
  const uncounted = rows.filter((row) => receivedAt(row) > until)
  const isCounted =
    uncounted.length === 0 || (await store.addSummary(day, parts + 1, summarise(day, uncounted, now)))
  return isCounted ? await store.removeDay(day, day.lastReceivedAt) : 0
}

/** How many summaries a day has, and until when rows came in that they count, in milliseconds since 1970. */
async function readSummaries(
  store: RetentionStore,
  day: ExpiredDay,
): Promise<{ readonly parts: number; readonly until: number }> {
  let until = Number.NEGATIVE_INFINITY
  for (let parts = 0; ; parts += 1) {
    const summary = await store.readSummary(day, parts + 1)
    if (summary === null) return { parts, until }
    until = Math.max(until, millisecondsOf(summary['last_received_at']))
  }
}

/** Removes a model's old failures, fingerprint by fingerprint, and returns how many; it can be done again at any point. */
export async function removeExpiredErrors(store: RetentionStore, expired: ExpiredErrors): Promise<number> {
  let removed = 0
  for (const { fingerprint } of expired.fingerprints)
    removed += await store.removeErrors(fingerprint, expired.before)
  return removed
}

const receivedAt = (row: StoredDocument): number => millisecondsOf(row['received_at'])

/** SQLite keeps moments as texts; a document written by hand may have none. */
function millisecondsOf(value: unknown): number {
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' ? new Date(value).getTime() : 0
}

function summarise(day: ExpiredDay, rows: readonly StoredDocument[], now: Date): StoredDocument {
  const numbers = SUMMARISED.map((field) => [field, distribution(rows.map((row) => row[field]))] as const)
  return {
    collection: day.collection,
    provider: day.model.provider,
    model_name: day.model.modelId,
    day: day.day,
    rows: rows.length,
    last_received_at: day.lastReceivedAt,
    written_at: now,
    ...Object.fromEntries(numbers),
  }
}

function distribution(values: readonly unknown[]): StoredDocument {
  const sorted = values.filter((value) => typeof value === 'number').toSorted((left, right) => left - right)
  const at = (share: number): number | null => sorted[Math.floor((sorted.length - 1) * share)] ?? null
  const sum = sorted.reduce((total, value) => total + value, 0)
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? null : sum / sorted.length,
    min: at(0),
    p05: at(0.05),
    p50: at(0.5),
    p95: at(0.95),
    max: at(1),
  }
}
