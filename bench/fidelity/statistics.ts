export type Summary = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number; readonly minMs: number }

/** Percentiles by nearest rank, in milliseconds. NaN without any value. */
export function summarise(valuesNs: readonly bigint[]): Summary {
  const sorted = valuesNs.map((value) => Number(value) / 1e6).sort((a, b) => a - b)
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1), minMs: sorted[0] ?? Number.NaN }
}
