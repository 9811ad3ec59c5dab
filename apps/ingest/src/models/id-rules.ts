import { checkModelId } from '@llmbench/providers/model-id'
import { stateOf } from '../catalogue/entry.ts'
import { WorkFault } from '../errors.ts'
import type { CatalogueDocument, ModelRef } from '../store/store.ts'
import type { ModelsDependencies } from './dependencies.ts'

/**
 * Ids that only break a rule which is inferred from their family, and that the provider's own list, as runners reported
 * it, has and says nothing against: there that rule does not count. The models are of one provider.
 */
export async function listedAgainstRules(
  { store, now }: Pick<ModelsDependencies, 'store' | 'now'>,
  models: readonly ModelRef[],
): Promise<ReadonlySet<string>> {
  const inferred = models.filter((model) => breaksInferredRule(model))
  const [first] = inferred
  if (first === undefined) return new Set()
  const { bedrockObstacle } = await import('@llmbench/providers/bedrock-rows')
  await store.prepare()
  const rows = new Map((await store.listCatalog(first.provider)).map((row) => [row.modelId, row.raw]))
  const isListed = (id: string): boolean =>
    rows.has(id) && bedrockObstacle(id, (other) => rows.get(other), now()) === null
  return new Set(inferred.map(({ modelId }) => modelId).filter(isListed))
}

function breaksInferredRule({ provider, modelId }: ModelRef): boolean {
  const verdict = checkModelId(provider, modelId)
  return !verdict.valid && verdict.inferred
}

/** Why the id cannot work at this provider, with the id that would; null where no rule is broken. */
export function refusal({ provider, modelId }: ModelRef): string | null {
  const verdict = checkModelId(provider, modelId)
  if (verdict.valid) return null
  const works = verdict.suggestion ? `; this id would work: ${verdict.suggestion}` : ''
  return `${provider} ${modelId}: ${verdict.reason}${works}`
}

/**
 * Whether ids are brought in against a rule: told as a warning where that is forced, else thrown as a `WorkFault` with
 * every fault.
 */
export function checkRules(
  models: readonly ModelRef[],
  { force, warn }: { readonly force: boolean; readonly warn: ModelsDependencies['warn'] },
): boolean {
  const faults = models.flatMap((model) => refusal(model) ?? [])
  if (faults.length > 0 && !force) throw new WorkFault(`${faults.join('\n')}\n--force takes it all the same`)
  for (const fault of faults) warn(`Warning: ${fault}`)
  return faults.length > 0
}

const isSpelling = (document: CatalogueDocument, { modelId }: ModelRef): boolean =>
  typeof document['model_id'] === 'string' &&
  document['model_id'] !== modelId &&
  document['model_id'].toLowerCase() === modelId.toLowerCase()

/** Other spellings of an id among a provider's entries, in upper and lower case. */
export const otherSpellings = (documents: readonly CatalogueDocument[], model: ModelRef): string[] =>
  documents.filter((document) => isSpelling(document, model)).map((document) => String(document['model_id']))

/** Another spelling of the id that is enabled, or null: one model must not be measured twice. */
export function enabledSpelling(
  documents: readonly CatalogueDocument[],
  model: ModelRef,
  now: Date,
): string | null {
  const active = documents.filter((document) => stateOf(document, now) === 'enabled')
  return otherSpellings(active, model)[0] ?? null
}
