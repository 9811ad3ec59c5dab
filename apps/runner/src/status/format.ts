/** The state of a runner as a person reads it. Pure. */
import { printable } from '@llmbench/providers'
import type { BudgetLine, BudgetReport } from '../budget/report.ts'
import type { CalibrationReport } from '../calibrate/verdict.ts'
import { alignTable } from '../output.ts'
import type { LaneReport } from '../report.ts'
import type { DaemonStatus } from './file.ts'
import type { StatusLook } from './look.ts'

/** Everything, section by section. */
export function formatStatus(look: StatusLook): string {
  const { report } = look
  const sections = [daemonLine(look), outboxLines(look)]
  if (report === null) return sections.join('')
  if (look.daemon !== 'running') sections.push('\nWhat it said last:\n')
  sections.push(
    `\n${alignTable(['PROVIDER', 'MODELS', 'RUNNING', 'NEXT', 'NOTE'], laneRows(report))}`,
    report.budget === null ? '\nbudget       cannot be read\n' : `\n${budgetTable(report.budget)}`,
    `\ncalibration  ${describeCalibration(report.calibration)}\n`,
    `last success ${report.last_success_at ?? 'none since its start'}\n`,
    restingLines(report),
    droppedLine(report),
    errorLines(report),
  )
  return sections.join('')
}

function daemonLine({ daemon, report, report_age_seconds: age }: StatusLook): string {
  const last =
    report === null ? 'no daemon ever reported here' : `last report ${describeSeconds(age ?? 0)} ago`
  switch (daemon) {
    case 'running':
      return `daemon       ${report?.state} as ${report?.runner_id}, process ${report?.pid}, since ${report?.started_at}, reported ${describeSeconds(age ?? 0)} ago\n`
    case 'stale':
      return `daemon       NO FRESH REPORT: a process holds the state directory; ${last}\n`
    case 'not_running':
      return `daemon       NOT RUNNING${report?.state === 'stopped' ? ', it was stopped' : ''}; ${last}\n`
  }
}

function outboxLines({ outbox, spending, report }: StatusLook): string {
  return `outbox       ${describeOutbox(outbox, report)}\nspent        ${describeSpending(spending)}\n`
}

function describeSpending(spending: StatusLook['spending']): string {
  if (spending === null) return 'nothing yet'
  if ('unreadable' in spending) return `cannot be read: ${spending.unreadable}`
  const { day, requests, output_tokens: tokens, usd } = spending
  return `${requests} requests, ${tokens} output tokens, ${usd} USD on ${day} UTC`
}

function describeOutbox(outbox: StatusLook['outbox'], report: DaemonStatus | null): string {
  if (outbox === null) return 'none yet'
  if ('unreadable' in outbox) return `cannot be read: ${outbox.unreadable}`
  const { depth, oldest_age_seconds: oldest, dead_letters: dead } = outbox
  const age = oldest === null ? '' : `, the oldest for ${describeSeconds(oldest)}`
  const gate = report?.outbox_gate == null ? '' : `; MEASURING IS STOPPED: ${report.outbox_gate}`
  return `${depth} results wait${age}; ${dead} dead letters${gate}`
}

function laneRows({ providers, budget }: DaemonStatus): string[][] {
  return Object.entries(providers).map(([slug, lane]) => [
    slug,
    String(lane.models),
    String(lane.running),
    describeNext(lane),
    [
      ...(lane.blocked ? ['refused by the provider, one model an hour'] : []),
      ...(budget?.providers[slug]?.refused == null ? [] : ['BUDGET SPENT']),
      ...(lane.models === 0 ? ['no models'] : []),
    ].join('; '),
  ])
}

function describeNext({ next_due_seconds: seconds }: LaneReport): string {
  if (seconds === null) return '-'
  return seconds === 0 ? 'now' : `in ${describeSeconds(seconds)}`
}

function budgetTable({ day, total, providers }: BudgetReport): string {
  const row = (name: string, line: BudgetLine): string[] => [
    name,
    against(line.requests, line.requests_limit),
    against(line.output_tokens, line.output_tokens_limit),
    against(line.usd, line.usd_limit),
    String(line.unpriced_requests),
  ]
  return alignTable(
    [`BUDGET ${day}`, 'REQUESTS', 'OUTPUT TOKENS', 'USD', 'WITHOUT A PRICE'],
    [row('all', total), ...Object.entries(providers).map(([slug, line]) => row(slug, line))],
  )
}

function against(spent: number, limit: number | null): string {
  return limit === null ? `${spent}` : `${spent} of ${limit}`
}

function describeCalibration(calibration: CalibrationReport | null): string {
  if (calibration === null) return 'unknown'
  const { passed, at, limit_ms: limit, first_token_p99_ms: first, gaps_p99_ms: gaps } = calibration
  const { stamp_min_ms: least, stamp_max_ms: greatest } = calibration
  const verdict = passed ? 'within' : 'NOT WITHIN'
  return `${verdict} ${limit} ms at ${at}: first token p99 ${first ?? '-'} ms, gaps p99 ${gaps ?? '-'} ms, stamps ${least ?? '-'} to ${greatest ?? '-'} ms${passed ? '' : '; what is measured is not published'}`
}

/** Models that wait for longer than their next slot; a runner of an earlier release does not say. */
function restingLines({ providers }: DaemonStatus): string {
  const lines = Object.entries(providers).flatMap(([slug, { resting = [] }]: [string, Partial<LaneReport>]) =>
    resting.map(({ model, until, reason }) => printable(`${slug} ${model} until ${until}: ${reason}`)),
  )
  return lines.length === 0 ? '' : `resting      ${lines.join('\n             ')}\n`
}

/** Nothing where nothing was dropped, or by a runner that does not count it. */
function droppedLine({ dropped_lines: dropped }: Partial<DaemonStatus>): string {
  const lost = Object.entries(dropped ?? {}).filter(([, lines]) => lines > 0)
  if (lost.length === 0) return ''
  return `dropped      ${lost.map(([stream, lines]) => `${lines} lines of ${stream}`).join(', ')}: nobody took them in time\n`
}

function errorLines({ last_errors: errors }: DaemonStatus): string {
  if (errors.length === 0) return 'last errors  none\n'
  return `last errors  ${errors.map((error) => printable(error.replaceAll(/\s+/g, ' '))).join('\n             ')}\n`
}

/** A time a person can read at once: the two largest units. */
function describeSeconds(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const
  const at = units.findIndex(([, size]) => seconds >= size)
  if (at === -1) return '0 s'
  let left = seconds
  const parts = units.slice(at, at + 2).map(([unit, size]) => {
    const count = Math.floor(left / size)
    left -= count * size
    return [count, unit] as const
  })
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}
