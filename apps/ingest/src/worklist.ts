import { checkModelId } from '@llmbench/providers/model-id'
import type { CatalogueDocument } from './store/store.ts'

export type RejectedModel = {
  readonly provider: string
  readonly model_id: string
  readonly reason: string
  readonly suggestion: string | null
}

export type Worklist = {
  readonly models: readonly string[]
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly rejected: readonly RejectedModel[]
}

/** What the catalogue says of an entry itself; everything else on it is a quirk and goes to the runner. */
const ADMINISTRATIVE = new Set([
  '_id',
  'provider',
  'model_id',
  'display_name',
  'enabled',
  'deprecated',
  'created_at',
  'updated_at',
  'disabled_reason',
  'disabled_at',
  'disabled_class',
  'recheck_after',
])

export const isAdministrative = (key: string): boolean => ADMINISTRATIVE.has(key)

/**
 * The models to measure, out of catalogue documents that people may have written by hand: `enabled` counts only when
 * exactly true, `deprecated` unless true. Sorted by display name, then id. Ids that cannot work are named, not run.
 */
export function buildWorklist(documents: readonly CatalogueDocument[]): Worklist {
  const active = documents.filter(
    (document) =>
      document['enabled'] === true &&
      document['deprecated'] !== true &&
      typeof document['provider'] === 'string' &&
      typeof document['model_id'] === 'string',
  )
  const rejected: RejectedModel[] = []
  const accepted = new Map<string, CatalogueDocument>()
  for (const document of active) {
    const provider = String(document['provider'])
    const modelId = String(document['model_id'])
    const verdict = checkModelId(provider, modelId)
    if (verdict.valid) accepted.set(modelId, document)
    else
      rejected.push({ provider, model_id: modelId, reason: verdict.reason, suggestion: verdict.suggestion })
  }
  const sorted = [...accepted].sort(
    ([leftId, left], [rightId, right]) =>
      compare(displayName(left, leftId), displayName(right, rightId)) || compare(leftId, rightId),
  )
  return {
    models: sorted.map(([modelId]) => modelId),
    metadata: Object.fromEntries(sorted.map(([modelId, document]) => [modelId, quirksOf(document)])),
    rejected: rejected.sort((left, right) => compare(left.model_id, right.model_id)),
  }
}

const displayName = (document: CatalogueDocument, modelId: string): string =>
  typeof document['display_name'] === 'string' ? document['display_name'] : modelId

/** By code units: the order must not depend on the host's locale. */
const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const quirksOf = (document: CatalogueDocument): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([key]) => !isAdministrative(key)))
