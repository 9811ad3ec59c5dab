/** Several measurements of one thing. */
export type Spread = { readonly median: number; readonly lowest: number; readonly highest: number }

/** The median of several measurements with the lowest and the highest beside it. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    lowest: sorted[0] ?? Number.NaN,
    highest: sorted.at(-1) ?? Number.NaN,
  }
}
