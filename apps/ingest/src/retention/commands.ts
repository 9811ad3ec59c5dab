import { Command } from 'commander'
import type { RetentionStore } from '../store/retention.ts'
import type { Store } from '../store/store.ts'
import { table } from '../table.ts'
import { listExpired, removeExpired, type RetentionSettings } from './retention.ts'

export type RetentionDependencies = {
  readonly store: Pick<Store, 'prepare'> & { readonly retention: RetentionStore }
  readonly settings: RetentionSettings
  readonly now: () => Date
  readonly print: (text: string) => void
}

/** The command line of retention. Without `--apply` it tells what would be removed and touches nothing. */
export function createRetentionCommand(dependencies: RetentionDependencies): Command {
  return new Command('retention')
    .description('Removes raw results that are older than the settings keep, each day after a summary of it')
    .option('--apply', 'remove; without it, only tell what would be')
    .option('--json', 'one JSON document per line')
    .addHelpText(
      'after',
      `
Nothing is removed unless RETENTION_DAYS_METRICS_CLOUD_V2 or RETENTION_DAYS_METRICS_CLOUD_PROBE says so.

Example:
  RETENTION_DAYS_METRICS_CLOUD_PROBE=400 retention
  RETENTION_DAYS_METRICS_CLOUD_PROBE=400 retention --apply`,
    )
    .action((options: { apply?: boolean; json?: boolean }) => run(dependencies, options))
}

async function run(
  { store, settings, now, print }: RetentionDependencies,
  { apply, json }: { apply?: boolean; json?: boolean },
): Promise<void> {
  await store.prepare()
  const lines: (readonly string[])[] = []
  for (const day of await listExpired(store.retention, settings, now())) {
    const removed = apply ? await removeExpired(store.retention, day, now()) : 0
    const { collection, model, rows } = day
    const date = day.day.toISOString().slice(0, 10)
    lines.push([collection, model.provider, model.modelId, date, String(rows), String(removed)])
    if (json)
      print(
        JSON.stringify({
          collection,
          provider: model.provider,
          model_id: model.modelId,
          day: date,
          rows,
          removed,
        }),
      )
  }
  if (json) return
  print(table(['collection', 'provider', 'model', 'day', 'rows', 'removed'], lines))
  if (!apply) print('Nothing was removed; --apply does it.')
}
