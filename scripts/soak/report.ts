/** The account of a soak for people. */
import { renderTable } from '../table.ts'
import type { SoakReport } from './soak.ts'

const MOST_IDS = 20

/** Counts of what was done to the system, the equation, and what breaks it. */
export function renderReport(seed: number, report: SoakReport): string {
  const { generated, stored, outbox, deadLetters, untold, unmeasured, findings } = report
  const counts = (of: Readonly<Record<string, number>>): string[][] =>
    Object.entries(of).map(([name, count]) => [name, String(count)])
  const holds = findings.length === 0
  return [
    renderTable(['fault', 'times'], counts(report.struck)),
    renderTable(['kill -9', 'times'], counts(report.kills)),
    `seed ${seed}`,
    `generated ${generated} = stored ${stored} + outbox ${outbox} + dead letters ${deadLetters}` +
      (generated === stored + outbox + deadLetters ? '' : '   DOES NOT ADD UP'),
    `of these ${untold.length} were committed by a runner that was killed before it could say so;`,
    `${unmeasured.length} more answers of the provider were never committed, each met by a kill`,
    ...findings.map(({ rule, ids }) => `✗ ${rule}: ${ids.length}\n    ${listed(ids)}`),
    holds ? 'Nothing lost, nothing twice, nothing invented.' : 'THE EQUATION DOES NOT HOLD.',
    '',
  ].join('\n')
}

function listed(ids: readonly string[]): string {
  const rest = ids.length > MOST_IDS ? [`and ${ids.length - MOST_IDS} more`] : []
  return [...ids.slice(0, MOST_IDS), ...rest].join('\n    ')
}
