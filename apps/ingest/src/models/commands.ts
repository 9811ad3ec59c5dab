import { checkModelId } from '@llmbench/providers/model-id'
import { Command } from 'commander'
import { isSafeKey } from '../documents/extras.ts'
import { UsageFault, WorkFault } from '../errors.ts'
import { isAdministrative } from '../worklist.ts'
import { table } from '../table.ts'
import { discoverCommand } from './discover.ts'
import type { CatalogueDocument, ModelChange, Store, StoredDocument } from '../store/store.ts'

export type ModelsDependencies = {
  readonly store: Store
  /** Who is kept as the author of a change. */
  readonly actor: string
  readonly now: () => Date
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}

type AddOptions = { name?: string; metadata?: string; reason?: string; force?: boolean }
const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/

/** The catalogue's command line. Nothing is ever deleted, and every change is kept with its time, author and reason. */
export function createModelsCommand(dependencies: ModelsDependencies): Command {
  const command = new Command('models').description('The catalogue: which models are measured').addHelpText(
    'after',
    `
The store is the one that MONGODB_URI or STORE_PATH names.

Example:
  models add groq llama-3.1-8b-instant --name "Llama 3.1 8B"
  models disable groq llama-3.1-8b-instant --reason "retired by the provider"`,
  )
  command
    .command('add <provider> <model-id...>')
    .description('add models, enabled')
    .option('--name <display-name>', 'what people call it; one model only')
    .option('--metadata <json>', 'quirks, for example {"omit_temperature":true}')
    .option('--reason <text>', 'why, for the record')
    .option('--force', 'add an id that breaks its provider’s rules')
    .action((provider: string, ids: string[], options: AddOptions) =>
      add(dependencies, provider, ids, options),
    )
  command
    .command('list')
    .description('list the catalogue')
    .option('--provider <provider>', 'one provider only')
    .option('--json', 'one JSON document per line')
    .action((options: { provider?: string; json?: boolean }) => list(dependencies, options))
  for (const action of ['disable', 'enable', 'deprecate'] as const) {
    command
      .command(`${action} <provider> <model-id>`)
      .description(`${action} a model`)
      .requiredOption('--reason <text>', 'why, for the record')
      .action((provider: string, modelId: string, { reason }: { reason: string }) =>
        change(dependencies, action, provider, modelId, reason),
      )
  }
  command.addCommand(discoverCommand(dependencies))
  return command
}

async function add(
  { store, actor, now, print, warn }: ModelsDependencies,
  provider: string,
  ids: readonly string[],
  options: AddOptions,
): Promise<void> {
  if (!SLUG.test(provider)) throw new UsageFault(`PROVIDER "${provider}" must be a lower-case slug like groq`)
  if (options.name !== undefined && ids.length > 1) throw new UsageFault('--name goes with one MODEL_ID only')
  const quirks = readQuirks(options.metadata)
  const bad = ids.filter((id) => !options.force && refusal(provider, id) !== null)
  if (bad.length > 0) throw new WorkFault(bad.map((id) => refusal(provider, id)).join('\n'))
  for (const id of ids) {
    const fault = refusal(provider, id)
    if (fault !== null) warn(`Warning: ${fault}`)
  }
  await store.prepare()
  const record: ModelChange = { action: 'add', at: now(), actor, reason: options.reason ?? null }
  const clashes: string[] = []
  for (const modelId of ids) {
    const model = { provider, modelId, displayName: options.name ?? modelId, quirks }
    if ((await store.addModel(model, record)) === 'clash') clashes.push(modelId)
    else print(`added ${provider} ${modelId}`)
  }
  if (clashes.length > 0) {
    throw new WorkFault(
      `In the catalogue of ${provider} already, perhaps in another case: ${clashes.join(', ')}`,
    )
  }
}

function refusal(provider: string, modelId: string): string | null {
  const verdict = checkModelId(provider, modelId)
  if (verdict.valid) return null
  const works = verdict.suggestion ? `; this id would work: ${verdict.suggestion}` : ''
  return `${provider} ${modelId}: ${verdict.reason}${works}`
}

function readQuirks(metadata: string | undefined): StoredDocument {
  if (metadata === undefined) return {}
  const fault = new UsageFault(`--metadata must be a JSON object of quirks like {"omit_temperature":true}`)
  let quirks: unknown
  try {
    quirks = JSON.parse(metadata)
  } catch {
    throw fault
  }
  if (quirks === null || typeof quirks !== 'object' || Array.isArray(quirks)) throw fault
  const odd = Object.keys(quirks).find((key) => !isSafeKey(key) || isAdministrative(key))
  if (odd !== undefined) throw new UsageFault(`--metadata cannot set "${odd}"`)
  return quirks as StoredDocument
}

async function list(
  { store, print }: ModelsDependencies,
  { provider, json }: { provider?: string; json?: boolean },
): Promise<void> {
  await store.prepare()
  const documents = (await store.listModels(provider)).toSorted((left, right) =>
    sortKey(left) < sortKey(right) ? -1 : 1,
  )
  if (json) {
    for (const { _id: _, ...document } of documents) print(JSON.stringify(document))
    return
  }
  const columns = ['provider', 'model_id', 'display_name', 'state', 'disabled_reason']
  print(
    table(
      columns,
      documents.map((document) => columns.map((column) => cell(document, column))),
    ),
  )
}

const sortKey = (document: CatalogueDocument): string =>
  `${String(document['provider'])}\n${String(document['display_name'])}\n${String(document['model_id'])}`

function cell(document: CatalogueDocument, column: string): string {
  if (column !== 'state') return typeof document[column] === 'string' ? document[column] : ''
  if (document['deprecated'] === true) return 'deprecated'
  return document['enabled'] === true ? 'enabled' : 'disabled'
}

async function change(
  { store, actor, now, print }: ModelsDependencies,
  action: 'disable' | 'enable' | 'deprecate',
  provider: string,
  modelId: string,
  reason: string,
): Promise<void> {
  if (reason.trim() === '') throw new UsageFault('--reason must say why')
  await store.prepare()
  const at = now()
  const set: Record<typeof action, StoredDocument> = {
    disable: { enabled: false, disabled_reason: reason, disabled_at: at, disabled_class: 'manual' },
    enable: {
      enabled: true,
      deprecated: false,
      disabled_reason: null,
      disabled_at: null,
      disabled_class: null,
      recheck_after: null,
    },
    deprecate: { deprecated: true },
  }
  const outcome = await store.changeModel({ provider, modelId }, set[action], { action, at, actor, reason })
  if (outcome === 'missing') throw new WorkFault(`${provider} ${modelId} is not in the catalogue`)
  if (outcome === 'clash')
    throw new WorkFault(`Another spelling of ${provider} ${modelId} is enabled already`)
  print(`${action}d ${provider} ${modelId}`)
}
