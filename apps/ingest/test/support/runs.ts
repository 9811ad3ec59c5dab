import { readFailure } from '../../src/documents/failure.ts'
import { readResult } from '../../src/documents/result.ts'
import { decideErrors, decideResults } from '../../src/decide.ts'
import type { Store } from '../../src/store/store.ts'
import { legacyError, result } from './documents.ts'

const context = (now: Date) => ({
  now,
  runnerId: 'test',
  publishedProfiles: new Set(['cloud-default-v1']),
})

/** Stores results as the ingest does, one at each moment; resolves with the verdicts. */
export async function storeResults(
  store: Store,
  moments: readonly Date[],
  changes: Record<string, unknown> = {},
): Promise<string[]> {
  const rows = moments.map((at) => {
    const body = result({ run_ts: at.toISOString(), ...changes })
    const read = readResult({ value: body, faults: [] }, context(new Date()))
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    return read.row
  })
  return (await decideResults(store, rows)).map(({ verdict }) => verdict)
}

/** Stores failed attempts as the ingest does. */
export async function storeErrors(
  store: Store,
  moments: readonly Date[],
  changes: Record<string, unknown> = {},
): Promise<void> {
  const rows = moments.map((at) => {
    const body = legacyError({ ts: at.toISOString(), ...changes })
    const read = readFailure({ value: body, faults: [] }, context(new Date()))
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    return read.row
  })
  await decideErrors(store, rows)
}

const HOUR_MS = 3_600_000
/** A moment so many hours before now. */
export const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS)
