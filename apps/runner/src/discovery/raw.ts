/** A vendor's own row, cut to what the ingest takes of it. Pure. */

/** The ingest reads a few levels more; the rest is the envelope's. */
const MOST_LEVELS = 10
const CUT = '[cut]'

type Row = Readonly<Record<string, unknown>>

/**
 * The row with at most `maxBytes` of JSON and ten levels. Where fields had to go, the ones that are left are the
 * first that fit, and `cut_bytes` says how many bytes of JSON there were. Strings come out well-formed.
 */
export function boundRow(row: Row, maxBytes: number): Row {
  const levelled = bound(row, 0) as Row
  const bytes = byteLength(levelled)
  return bytes <= maxBytes ? levelled : { ...firstThatFit(levelled, maxBytes), cut_bytes: bytes }
}

function bound(value: unknown, level: number): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (level >= MOST_LEVELS) return CUT
  if (Array.isArray(value)) return value.map((inner) => bound(inner, level + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), bound(inner, level + 1)]),
  )
}

function firstThatFit(row: Row, maxBytes: number): Row {
  const kept: [string, unknown][] = []
  let used = 0
  for (const [key, value] of Object.entries(row)) {
    const bytes = byteLength({ [key]: value })
    if (used + bytes > maxBytes) continue
    used += bytes
    kept.push([key, value])
  }
  return Object.fromEntries(kept)
}

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
