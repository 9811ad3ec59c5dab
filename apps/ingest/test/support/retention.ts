import { readResult } from '../../src/documents/result.ts'
import { createRetentionCommand } from '../../src/retention/commands.ts'
import { readRetentionSettings } from '../../src/retention/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { result } from './documents.ts'

/** When retention is run. */
export const NOW = new Date('2026-11-24T12:00:00Z')
/** A day that is kept no longer then. */
export const OLD = '2026-01-10'

/** Stores a result as it came in at that time. */
export async function write(store: Store, runTs: string, receivedAt = new Date(runTs)): Promise<void> {
  const reading = { now: receivedAt, runnerId: 'r', publishedProfiles: new Set(['cloud-default-v1']) }
  const read = readResult({ value: result({ run_ts: runTs }), faults: [] }, reading)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  await store.writeResults([read.row])
}

/** Runs the command of retention, and returns what it printed. */
export async function run(
  store: Store,
  args: readonly string[],
  variables: Record<string, string> = { RETENTION_DAYS_METRICS_CLOUD_V2: '200' },
): Promise<Record<string, unknown>[]> {
  const printed: string[] = []
  const command = createRetentionCommand({
    store,
    settings: readRetentionSettings(variables),
    now: () => NOW,
    print: (text) => void printed.push(text),
  })
  await command.parseAsync(['node', 'retention', '--json', ...args])
  return printed.map((line) => JSON.parse(line) as Record<string, unknown>)
}
