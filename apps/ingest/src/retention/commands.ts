import { Command } from 'commander'
import { jsonLine } from '../json/line.ts'
import type { Store } from '../store/store.ts'
import { table } from '../table.ts'
import {
  listExpiredDays,
  listExpiredErrors,
  removeExpiredDay,
  removeExpiredErrors,
  type RetentionSettings,
} from './retention.ts'

export type RetentionDependencies = {
  readonly store: Pick<Store, 'prepare' | 'retention' | 'readModelFacts'>
  readonly settings: RetentionSettings
  readonly now: () => Date
  readonly print: (text: string) => void
}

/** The command line of retention. Without `--apply` it tells what would be removed and touches nothing. */
export function createRetentionCommand(dependencies: RetentionDependencies): Command {
  return new Command('retention')
    .description('Removes raw rows that are older than the settings keep, after a summary of them')
    .option('--apply', 'remove; without it, only tell what would be')
    .option('--json', 'one JSON document per line')
    .addHelpText(
      'after',
      `
Nothing is removed unless RETENTION_DAYS_METRICS_CLOUD_V2, RETENTION_DAYS_METRICS_CLOUD_PROBE or
RETENTION_DAYS_ERRORS_CLOUD says so. Results go by the day, errors by the model.

Example:
  RETENTION_DAYS_METRICS_CLOUD_PROBE=400 retention
  RETENTION_DAYS_METRICS_CLOUD_PROBE=400 retention --apply`,
    )
    .action((options: { apply?: boolean; json?: boolean }) => run(dependencies, options))
}

/** What may go or has gone, for both forms of telling it. */
type Expired = {
  readonly collection: string
  readonly provider: string
  readonly model_id: string
  /** Of results: the day they are of. */
  readonly day?: string
  /** Of errors: what they are older than. */
  readonly before?: string
  readonly rows: number
  readonly removed: number
}

async function run(
  { store, settings, now, print }: RetentionDependencies,
  { apply, json }: { apply?: boolean; json?: boolean },
): Promise<void> {
  await store.prepare()
  const lines: (readonly string[])[] = []
  const tell = (expired: Expired): void => {
    if (json) return print(jsonLine(expired))
    const { collection, provider, model_id, day, before, rows, removed } = expired
    lines.push([collection, provider, model_id, day ?? `before ${before}`, String(rows), String(removed)])
  }
  for (const day of await listExpiredDays(store.retention, settings, now())) {
    const removed = apply ? await removeExpiredDay(store.retention, day, now()) : 0
    const { collection, model, rows } = day
    const date = day.day.toISOString().slice(0, 10)
    tell({ collection, provider: model.provider, model_id: model.modelId, day: date, rows, removed })
  }
  for (const expired of await listExpiredErrors(store, settings, now())) {
    const removed = apply ? await removeExpiredErrors(store.retention, expired) : 0
    const { model, fingerprints } = expired
    const rows = fingerprints.reduce((sum, each) => sum + each.rows, 0)
    const of = { collection: 'errors_cloud', provider: model.provider, model_id: model.modelId }
    tell({ ...of, before: expired.before.toISOString(), rows, removed })
  }
  if (json) return
  print(table(['collection', 'provider', 'model', 'day', 'rows', 'removed'], lines))
  if (!apply) print('Nothing was removed; --apply does it.')
}
