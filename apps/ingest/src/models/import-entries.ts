import { instantOf, isAdministrative } from '../catalogue/entry.ts'
import { isObject } from '../documents/body.ts'
import { isSafeKey } from '../documents/extras.ts'
import { UsageFault, WorkFault } from '../errors.ts'
import type { StoredDocument, StoredValue } from '../store/store.ts'

/** An entry of a file, its moments made dates again. */
export type ImportEntry = {
  readonly provider: string
  readonly modelId: string
  readonly fields: StoredDocument
}

const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/
const MOMENTS = new Set([
  'created_at',
  'updated_at',
  'disabled_at',
  'recheck_after',
  'recheck_since',
  'rechecked_at',
  'probe_since',
  'probe_until',
  'promoted_at',
])

/** The entries of a file: a JSON list, or an entry a line. Throws `UsageFault` for a file that is none. */
export async function readEntries(
  file: string,
  readText: (path: string) => Promise<string>,
): Promise<ImportEntry[]> {
  const text = await readText(file).catch((error: Error) => {
    throw new UsageFault(`FILE "${file}" cannot be read: ${error.message}`)
  })
  const parsed = parse(file, text)
  return parsed.map((entry, index) => readEntry(entry, index + 1))
}

function parse(file: string, text: string): unknown[] {
  try {
    const whole: unknown = JSON.parse(text)
    return Array.isArray(whole) ? whole : [whole]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    try {
      return lines.map((line): unknown => JSON.parse(line))
    } catch {
      throw new UsageFault(
        `FILE "${file}" must hold what "models export" prints: ${error instanceof Error ? error.message : ''}`,
      )
    }
  }
}

function readEntry(entry: unknown, place: number): ImportEntry {
  if (!isObject(entry)) throw new WorkFault(`Entry ${place} is no object`)
  const { provider, model_id: modelId, _id: _, health: __, ...fields } = entry
  if (typeof provider !== 'string' || !SLUG.test(provider) || typeof modelId !== 'string' || modelId === '')
    throw new WorkFault(`Entry ${place} must have a provider, a lower-case slug, and a model_id`)
  const odd = Object.keys(fields).find((key) => !isAdministrative(key) && !isSafeKey(key))
  if (odd !== undefined)
    throw new WorkFault(`Entry ${place}, ${provider} ${modelId}: no field can be "${odd}"`)
  return { provider, modelId, fields: reviveMoments(fields) }
}

/** JSON has no dates. */
const reviveMoments = (fields: Readonly<Record<string, unknown>>): StoredDocument =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]): [string, StoredValue] => {
      if (MOMENTS.has(key)) return [key, instantOf(value) ?? (value as StoredValue)]
      if (key !== 'prices' || !Array.isArray(value)) return [key, value as StoredValue]
      return [key, value.map(revivePrice)]
    }),
  )

const revivePrice = (price: unknown): StoredValue =>
  isObject(price)
    ? ({ ...price, from: instantOf(price['from']) ?? price['from'] } as StoredValue)
    : (price as StoredValue)
