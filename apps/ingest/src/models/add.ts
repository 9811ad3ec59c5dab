import { Command } from 'commander'
import { UsageFault, WorkFault } from '../errors.ts'
import type { ModelChange, ModelRef, StoredDocument } from '../store/store.ts'
import { readJsonObject, readNewModel, readReason } from './arguments.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { checkRules, enabledSpelling, listedAgainstRules } from './id-rules.ts'

type AddOptions = { name?: string; metadata?: string; reason?: string; force?: boolean }

/** `models add`: new entries, enabled. */
export const addCommand = (dependencies: ModelsDependencies): Command =>
  new Command('add')
    .arguments('<provider> <model-id...>')
    .description('add models, enabled')
    .option('--name <display-name>', 'what people call it; one model only')
    .option('--metadata <json>', 'quirks, for example {"omit_temperature":true}')
    .option('--reason <text>', 'why, for the record', readReason)
    .option('--force', 'add an id that breaks its provider’s rules, and keep that it was forced')
    .addHelpText('after', '\nExample:\n  models add groq llama-3.1-8b-instant --name "Llama 3.1 8B"')
    .action((provider: string, ids: string[], options: AddOptions) =>
      add(
        dependencies,
        ids.map((id) => readNewModel(provider, id)),
        options,
      ),
    )

async function add(
  dependencies: ModelsDependencies,
  models: readonly ModelRef[],
  { name, metadata, reason, force = false }: AddOptions,
): Promise<void> {
  if (name !== undefined && models.length > 1) throw new UsageFault('--name goes with one MODEL_ID only')
  const provider = models[0]?.provider ?? ''
  const quirks = await readQuirks(dependencies, provider, metadata)
  const listed = await listedAgainstRules(dependencies, models)
  const doubtful = models.filter(({ modelId }) => !listed.has(modelId))
  const forced = checkRules(doubtful, { force, warn: dependencies.warn })
  await addEntries(
    dependencies,
    models.map((model) => ({
      ...model,
      displayName: name ?? model.modelId,
      quirks: listed.has(model.modelId) ? { ...quirks, accept_id: true } : quirks,
    })),
    { action: 'add', reason: reason ?? null, forced },
  )
}

/** Brings entries of one provider in; one that is there already keeps none of its neighbours out. */
export async function addEntries(
  { store, actor, now, print }: ModelsDependencies,
  models: readonly Parameters<ModelsDependencies['store']['addModel']>[0][],
  change: Pick<ModelChange, 'action' | 'reason' | 'forced'>,
): Promise<void> {
  await store.prepare()
  const record: ModelChange = { ...change, at: now(), actor }
  const clashes: string[] = []
  const provider = models[0]?.provider ?? ''
  const known = await store.listModels(provider)
  for (const model of models) {
    const { modelId } = model
    const spelling = enabledSpelling(known, model, now())
    if (spelling !== null) clashes.push(`${modelId} (enabled as ${spelling})`)
    else if ((await store.addModel(model, record)) === 'clash') clashes.push(modelId)
    else print(`${change.action === 'probe' ? 'candidate' : 'added'} ${provider} ${modelId}`)
  }
  if (clashes.length === 0) return
  throw new WorkFault(
    `In the catalogue of ${provider} already, perhaps in another case: ${clashes.join(', ')}`,
  )
}

/** The quirks of a flag. Throws `UsageFault` for fields that are none and for values the runner could not follow. */
async function readQuirks(
  { warn }: ModelsDependencies,
  provider: string,
  metadata: string | undefined,
): Promise<StoredDocument> {
  // Loaded here: it brings every provider along, and most commands need none.
  const { fieldFault, hasAdapter, quirkFaults, unknownQuirks } = await import('../catalogue/quirks.ts')
  if (!hasAdapter(provider))
    warn(
      `Warning: ${provider} is not built in: a runner needs it in the file that its RUNNER_VENDORS_FILE names`,
    )
  if (metadata === undefined) return {}
  const quirks = readJsonObject('--metadata', metadata, '{"omit_temperature":true}')
  const fields = Object.keys(quirks).flatMap((field) => fieldFault(field) ?? [])
  const [fault] = fields.length > 0 ? fields : quirkFaults(provider, quirks)
  if (fault !== undefined) throw new UsageFault(`--metadata cannot be taken: ${fault}`)
  for (const field of unknownQuirks(quirks)) warn(`Warning: no runner follows "${field}"`)
  return quirks as StoredDocument
}
