import { Command } from 'commander'
import { isSafeKey } from '../documents/extras.ts'
import { UsageFault, WorkFault } from '../errors.ts'
import type { ModelChange, StoredDocument } from '../store/store.ts'
import { isAdministrative } from '../worklist.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { refusal } from './id-rules.ts'

type AddOptions = { name?: string; metadata?: string; reason?: string; force?: boolean }
const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/

/** `models add`: new entries, enabled. */
export const addCommand = (dependencies: ModelsDependencies): Command =>
  new Command('add')
    .arguments('<provider> <model-id...>')
    .description('add models, enabled')
    .option('--name <display-name>', 'what people call it; one model only')
    .option('--metadata <json>', 'quirks, for example {"omit_temperature":true}')
    .option('--reason <text>', 'why, for the record')
    .option('--force', 'add an id that breaks its provider’s rules')
    .action((provider: string, ids: string[], options: AddOptions) =>
      add(dependencies, provider, ids, options),
    )

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
