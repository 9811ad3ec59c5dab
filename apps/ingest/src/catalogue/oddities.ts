/** What is odd about catalogue documents that people write by hand. Nothing here stops a reader; it is told. */
import type { CatalogueDocument, HeardRunner } from '../store/store.ts'
import { oddValue } from '../json/odd-values.ts'
import { instantOf, isAdministrative } from './entry.ts'
import { quirkFaults, hasAdapter } from './quirks.ts'

const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/

export type OddModel = {
  readonly provider: string | null
  readonly model_id: string | null
  readonly problems: readonly string[]
}

/**
 * Every document that cannot mean what its writer meant, with what is wrong in sentences. A vendor that is not built in
 * is known where a runner names it: then it is in that runner's file of vendors.
 */
export function findOddModels(
  documents: readonly CatalogueDocument[],
  runners: readonly Pick<HeardRunner, 'vendors'>[],
): OddModel[] {
  const measured = new Set(runners.flatMap(({ vendors }) => vendors))
  const isKnown = (slug: string): boolean => hasAdapter(slug) || measured.has(slug.replaceAll('-', '_'))
  return documents.flatMap((document) => {
    const problems = problemsOf(document, isKnown)
    return problems.length === 0
      ? []
      : [{ provider: nameOf(document['provider']), model_id: nameOf(document['model_id']), problems }]
  })
}

const nameOf = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 256) : null)

function problemsOf(document: CatalogueDocument, isKnown: (slug: string) => boolean): string[] {
  const { provider, model_id: modelId } = document
  if (typeof provider !== 'string' || typeof modelId !== 'string') {
    return [`provider and model_id must be texts, so nobody measures the document ${String(document['_id'])}`]
  }
  const problems = [...FLAGS, 'probe'].flatMap((field) => flagProblem(document, field))
  if (!SLUG.test(provider)) problems.push(`provider "${provider}" must be a lower-case slug like groq`)
  else if (document['enabled'] === true && document['deprecated'] !== true && !isKnown(provider))
    problems.push(`nobody measures it: ${provider} is not built in, and no runner has named it`)
  if (document['display_name'] != null && typeof document['display_name'] !== 'string')
    problems.push('display_name must be a text')
  for (const field of ['recheck_after', 'disabled_at', 'created_at', 'probe_since']) {
    if (document[field] != null && instantOf(document[field]) === null)
      problems.push(`${field} must be a date`)
  }
  const quirks = Object.entries(document).filter(([field]) => !isAdministrative(field))
  const values = quirks.flatMap(([field, value]) => oddValue(value, field) ?? [])
  return [...problems, ...values, ...quirkFaults(provider, document)]
}

const FLAGS = ['enabled', 'deprecated'] as const

function flagProblem(document: CatalogueDocument, field: string): string[] {
  const value = document[field]
  if (typeof value === 'boolean') return []
  if (value == null) return field === 'enabled' ? ['enabled is missing and counts as false'] : []
  return [`${field} must be true or false; as it is it counts as false`]
}
