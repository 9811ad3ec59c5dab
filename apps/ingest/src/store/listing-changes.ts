import { canonicalJson } from '../json/canonical.ts'
import type { StoredDocument } from './store.ts'

/** Fields that differ from one reading to the next and say nothing about the model. */
const VOLATILE =
  /^(created|created_at|createdAt|modified_at|updated_at|last_modified|last_updated_timestamp|permission|cut_bytes)$|latency|throughput|uptime/i
const MOST_FIELDS = 20
const LONGEST_FIELD = 64

export type ListedRow = { readonly name: string | null; readonly raw: StoredDocument }

/** The top-level fields in which two readings of one model differ, `name` included, in order; volatile ones do not count. */
export function changedFields(before: ListedRow, after: ListedRow): string[] {
  const fields = [...new Set([...Object.keys(before.raw), ...Object.keys(after.raw)])]
    .filter((field) => !VOLATILE.test(field))
    .filter((field) => steady(before.raw[field]) !== steady(after.raw[field]))
  if (before.name !== after.name && !fields.includes('name')) fields.push('name')
  return fields
    .sort()
    .slice(0, MOST_FIELDS)
    .map((field) => field.slice(0, LONGEST_FIELD))
}

/** A value as text, without what is volatile in it; a field that is absent differs from one that is null. */
const steady = (value: unknown): string => (value === undefined ? '' : canonicalJson(withoutVolatile(value)))

function withoutVolatile(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(withoutVolatile)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.test(key))
      .map(([key, inner]) => [key, withoutVolatile(inner)]),
  )
}
