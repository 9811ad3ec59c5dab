import { Command } from 'commander'
import { UsageFault, WorkFault } from '../errors.ts'
import { jsonLine } from '../json/line.ts'
import type { DiscoveryRun } from '../store/listings.ts'
import type { Store } from '../store/store.ts'
import { table } from '../table.ts'
import { compareWithCatalogue, type Difference } from './compare.ts'

type DiscoverDependencies = {
  readonly store: Store
  readonly now: () => Date
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}

type DiscoverOptions = { provider: string; days: string; json?: boolean }

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Three readings that did not come: a runner reads twice a day. */
const STALE_MS = 36 * HOUR_MS
/** More than are looked at of any model that is not long gone. */
const RUNS = 100

/** `models discover`: what a provider lists beside what the catalogue has. It changes nothing. */
export function discoverCommand(dependencies: DiscoverDependencies): Command {
  return new Command('discover')
    .description(
      'compare a provider’s own list with the catalogue: new, changed and gone models; changes nothing',
    )
    .requiredOption('--provider <provider>', 'whose list, as runners report it')
    .option('--days <days>', 'how far back a change of a listed model is news', '7')
    .option('--json', 'one JSON document per difference and line')
    .addHelpText('after', '\nExample:\n  models discover --provider groq')
    .action((options: DiscoverOptions) => discover(dependencies, options))
}

async function discover(
  { store, now, print, warn }: DiscoverDependencies,
  { provider, days, json }: DiscoverOptions,
): Promise<void> {
  if (!/^\d{1,4}$/.test(days)) throw new UsageFault(`--days "${days}" must be a whole number of days`)
  await store.prepare()
  const [catalogue, rows, runs] = await Promise.all([
    store.listModels(provider),
    store.listCatalog(provider),
    store.listDiscoveryRuns(provider, RUNS),
  ])
  // "Nothing changed" and "nobody looked" are different answers.
  if (runs.length === 0) throw new WorkFault(`No runner has reported a list of ${provider}`)
  const at = now()
  const changedSince = new Date(at.getTime() - Number(days) * DAY_MS)
  const differences = compareWithCatalogue({ provider, catalogue, rows, runs, now: at, changedSince })
  for (const sentence of doubtsOf(provider, runs, at)) warn(`Warning: ${sentence}`)
  if (json) {
    for (const difference of differences) print(jsonLine(documentOf(provider, difference)))
    return
  }
  const newest = runs.find(({ complete }) => complete)
  if (newest !== undefined) {
    print(
      `${provider} listed ${newest.rawCount} models at ${newest.at.toISOString()}, the last complete reading`,
    )
  }
  if (differences.length > 0) print(formatDifferences(differences))
  else print(newest === undefined ? 'Nothing new was listed' : 'Nothing is new, changed or gone')
}

/** What makes the comparison less than certain. */
function doubtsOf(provider: string, runs: readonly DiscoveryRun[], now: Date): string[] {
  const [newest] = runs
  if (newest === undefined) return []
  const complete = runs.find((run) => run.complete)
  const doubts: string[] = []
  const since = complete ?? newest
  if (now.getTime() - since.at.getTime() > STALE_MS)
    doubts.push(
      `The list of ${provider} was last read ${complete ? 'to its end ' : ''}at ${since.at.toISOString()}`,
    )
  if (!newest.complete)
    doubts.push(`The newest reading is not complete: ${newest.reason ?? 'nobody said why'}`)
  return doubts
}

const documentOf = (provider: string, difference: Difference): Record<string, unknown> => ({
  state: difference.state,
  provider,
  model_id: difference.modelId,
  name: difference.name,
  first_seen_at: difference.firstSeenAt,
  last_seen_at: difference.lastSeenAt,
  absent_reads: difference.absentReads,
  note: difference.note === '' ? null : difference.note,
})

const formatDifferences = (differences: readonly Difference[]): string =>
  table(
    ['state', 'model_id', 'name', 'last_seen', 'note'],
    differences.map(({ state, modelId, name, lastSeenAt, note }) => [
      state,
      modelId,
      name ?? '',
      lastSeenAt?.toISOString().slice(0, 16) ?? 'never',
      note,
    ]),
  )
