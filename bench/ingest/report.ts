import { renderTable } from '../../scripts/table.ts'
import type { Spread } from '../spread.ts'

export type Figure = {
  readonly scenario: string
  readonly contender: string
  readonly rowsPerSecond: Spread | null
  readonly p50Ms: Spread | null
  readonly p99Ms: Spread | null
  readonly failed: number
  readonly note?: string
}

/** Prints a table for people, or a line of JSON for each figure. */
export function printFigures(figures: readonly Figure[], json: boolean): void {
  if (json) {
    for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`)
    return
  }
  const shown = (spread: Spread | null, digits: number): string =>
    spread === null
      ? ''
      : `${spread.median.toFixed(digits)} (${spread.lowest.toFixed(digits)}–${spread.highest.toFixed(digits)})`
  const heads = ['scenario', 'contender', 'rows/s', 'p50 ms', 'p99 ms', 'failed', '']
  const rows = figures.map((figure) => [
    figure.scenario,
    figure.contender,
    shown(figure.rowsPerSecond, 0),
    shown(figure.p50Ms, 1),
    shown(figure.p99Ms, 1),
    String(figure.failed),
    figure.note ?? '',
  ])
  process.stdout.write(`${renderTable(heads, rows)}\n\n`)
}
