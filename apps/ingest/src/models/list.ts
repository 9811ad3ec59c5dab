import { Command } from 'commander'
import { compareText, displayNameOf, stateOf, type EntryState } from '../catalogue/entry.ts'
import { healthByModel, viewHealth, type HealthView } from '../catalogue/health-view.ts'
import { jsonLine } from '../json/line.ts'
import type { CatalogueDocument } from '../store/store.ts'
import { table } from '../table.ts'
import { readProvider } from './arguments.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { agoOf } from './words.ts'

type ListOptions = { provider?: string; all?: boolean; json?: boolean }
type Listed = {
  readonly document: CatalogueDocument
  readonly state: EntryState
  readonly health: HealthView
}
const LONGEST_ERROR = 60

/** `models list`: the catalogue as it is, with how fresh each model is and what last went wrong. */
export const listCommand = (dependencies: ModelsDependencies): Command =>
  new Command('list')
    .description('list the catalogue with freshness and last error')
    .option('--provider <provider>', 'one provider only', readProvider)
    .option('--all', 'disabled and deprecated entries too')
    .option('--json', 'every entry, one JSON document per line')
    .addHelpText('after', '\nExample:\n  models list --provider groq --all')
    .action((options: ListOptions) => list(dependencies, options))

async function list(dependencies: ModelsDependencies, options: ListOptions): Promise<void> {
  const { print, now } = dependencies
  const listed = await readAll(dependencies, options)
  if (options.json === true) {
    if (listed.length === 0) return
    print(listed.map(({ document, state, health }) => jsonLine({ ...document, state, health })).join('\n'))
    return
  }
  const shown = options.all === true ? listed : listed.filter(({ state }) => isMeasured(state))
  const heads = ['provider', 'model_id', 'display_name', 'state', 'freshness', 'last success', 'last error']
  print(
    table(
      heads,
      shown.map((one) => rowOf(one, now())),
    ),
  )
  const hidden = listed.length - shown.length
  if (hidden > 0) print(`${hidden} more, disabled or deprecated: --all`)
}

async function readAll(
  { store, settings, now }: ModelsDependencies,
  { provider, json }: ListOptions,
): Promise<Listed[]> {
  await store.prepare()
  const fields = json === true ? { without: ['_id'] } : { only: SHOWN }
  const [documents, healths] = await Promise.all([
    store.listModels(provider, fields),
    store.listHealth(provider),
  ])
  const storedOf = healthByModel(healths)
  const at = now()
  const view = { intervalMinutes: settings.intervalMinutes, now: at }
  return documents
    .map((document) => ({ document, key: sortKeyOf(document) }))
    .sort((left, right) => compareText(left.key, right.key))
    .map(({ document }) => ({
      document,
      state: stateOf(document, at),
      health: viewHealth(document, storedOf(document), view),
    }))
}

/** What a row of the table and the state of an entry are made of. */
const SHOWN = [
  'provider',
  'model_id',
  'display_name',
  'enabled',
  'deprecated',
  'probe',
  'recheck_after',
  'disabled_reason',
]

const sortKeyOf = (document: CatalogueDocument): string =>
  `${String(document['provider'])}\n${displayNameOf(document)}\n${String(document['model_id'])}`

const isMeasured = (state: EntryState): boolean => state !== 'disabled' && state !== 'deprecated'

function rowOf({ document, state, health }: Listed, now: Date): string[] {
  const why = document['disabled_reason']
  const isOff = !isMeasured(state) && typeof why === 'string'
  return [
    String(document['provider']),
    String(document['model_id']),
    displayNameOf(document),
    isOff ? `${state} (${why})` : state,
    health.freshness_status,
    agoOf(health.last_success_at, now),
    errorOf(health, now),
  ]
}

function errorOf(
  { last_error_at: at, last_error_kind: kind, last_error_message: message }: HealthView,
  now: Date,
): string {
  if (at === null) return ''
  const words = (message ?? '').replaceAll(/\s+/g, ' ')
  const cut = words.length > LONGEST_ERROR ? `${words.slice(0, LONGEST_ERROR)}…` : words
  return `${agoOf(at, now)}, ${kind ?? 'unknown'}: ${cut}`
}
