import { Command } from 'commander'
import { describeRun } from '../catalogue/admission.ts'
import { stateOf } from '../catalogue/entry.ts'
import { healthByModel, viewHealth, type HealthView } from '../catalogue/health-view.ts'
import { WorkFault } from '../errors.ts'
import { jsonLine } from '../json/line.ts'
import type { CatalogueDocument, ModelRef, RecordedChange, StoredRun } from '../store/store.ts'
import { table } from '../table.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { withoutId } from './export.ts'
import { otherSpellings, refusal } from './id-rules.ts'
import { inline } from './words.ts'

const MAX_RUNS = 10
const MAX_CHANGES = 50

type Shown = {
  readonly entries: readonly CatalogueDocument[]
  readonly health: HealthView
  readonly runs: readonly StoredRun[]
  readonly changes: readonly RecordedChange[]
}

/** `models show`: one entry with its last results and the history of its changes. */
export const showCommand = (dependencies: ModelsDependencies): Command =>
  new Command('show')
    .arguments('<provider> <model-id>')
    .description('show a model with its last results and the history of its changes')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  models show groq llama-3.1-8b-instant')
    .action(async (provider: string, modelId: string, options: { json?: boolean }) => {
      const shown = await look(dependencies, { provider, modelId })
      if (options.json === true) dependencies.print(jsonLine(asJson(shown, dependencies.now())))
      else
        for (const line of asText(shown, { provider, modelId }, dependencies.now())) dependencies.print(line)
    })

async function look({ store, settings, now }: ModelsDependencies, model: ModelRef): Promise<Shown> {
  await store.prepare()
  const entries = await store.findModels([model])
  const [first] = entries
  if (first === undefined) {
    const near = otherSpellings(await store.listModels(model.provider), model)
    const hint = near.length === 0 ? '' : `; it has ${near.join(', ')}`
    throw new WorkFault(`${model.provider} ${model.modelId} is not in the catalogue${hint}`)
  }
  const [healths, runs, changes] = await Promise.all([
    store.listHealth(model.provider),
    store.recentRuns(model, { since: new Date(0), limit: MAX_RUNS }),
    store.listChanges(model, MAX_CHANGES),
  ])
  const stored = healthByModel(healths)(first)
  const health = viewHealth(first, stored, { intervalMinutes: settings.intervalMinutes, now: now() })
  return { entries, health, runs, changes }
}

const asJson = ({ entries, health, runs, changes }: Shown, now: Date) => ({
  entries: entries.map((entry) => ({ ...withoutId(entry), state: stateOf(entry, now) })),
  health,
  runs: runs.map(({ kind, collection, at, document }) => ({
    kind,
    collection,
    at,
    outcome: document['outcome'] ?? null,
    error_kind: document['error_kind'] ?? null,
    message: document['message'] ?? null,
    tokens_per_second: document['tokens_per_second'] ?? null,
    time_to_first_token: document['time_to_first_token'] ?? null,
  })),
  changes,
})

function asText({ entries, health, runs, changes }: Shown, model: ModelRef, now: Date): string[] {
  const fault = refusal(model)
  return [
    ...entries.flatMap((entry) => [
      `${model.provider} ${model.modelId}: ${stateOf(entry, now)}, ${health.freshness_status}`,
      ...Object.entries(withoutId(entry)).map(([field, value]) => `  ${field}: ${inline(value)}`),
    ]),
    ...(fault === null ? [] : ['', `Its id cannot work: ${fault}`]),
    '',
    runs.length === 0
      ? 'No runs yet'
      : table(['run', 'where', 'what came of it', 'tokens/s'], runs.map(runRow)),
    '',
    changes.length === 0
      ? 'No change is recorded: the entry was written by hand'
      : table(['change', 'by', 'what', 'why'], changes.map(changeRow)),
  ]
}

const runRow = (run: StoredRun): string[] => [
  run.at.toISOString(),
  run.collection,
  describeRun(run).replaceAll(/\s+/g, ' '),
  typeof run.document['tokens_per_second'] === 'number' ? run.document['tokens_per_second'].toFixed(1) : '',
]

function changeRow({ at, actor, action, reason, forced, outcome, before, set }: RecordedChange): string[] {
  const fields =
    before === null
      ? ''
      : Object.entries(set)
          .map(([field, value]) => `${field} ${inline(before[field])} → ${inline(value)}`)
          .join(', ')
  const marks = [...(forced ? ['forced'] : []), ...(outcome === 'made' ? [] : [outcome])]
  const what = marks.length === 0 ? action : `${action} (${marks.join(', ')})`
  return [at.toISOString(), actor, fields === '' ? what : `${what}: ${fields}`, reason ?? '']
}
