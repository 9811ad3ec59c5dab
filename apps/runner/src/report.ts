/** What the runner says of itself: the same facts for the heartbeat, for `runner status` and for metrics. */
import type { BudgetKeeper } from './budget/keeper.ts'
import type { BudgetReport } from './budget/report.ts'
import type { CalibrationReport } from './calibrate/verdict.ts'
import type { Clock } from './clock.ts'
import type { Discovery, DiscoveryFacts } from './discovery/discovery.ts'
import type { Lane } from './lane.ts'
import type { OutboxClient } from './outbox/client.ts'
import type { Gate } from './outbox/types.ts'
import type { DroppedLines } from './standard-output.ts'
import type { Tally } from './tally.ts'

export type LaneReport = {
  readonly models: number
  readonly running: number
  /** The provider refuses us: one model is tried each hour. */
  readonly blocked: boolean
  /** Until something can be due; 0 when it is, null when nothing can. */
  readonly next_due_seconds: number | null
  /** Models that wait for longer than their next slot, until when and why; the first ten. */
  readonly resting: readonly { readonly model: string; readonly until: string; readonly reason: string }[]
}

/** What of a model's rests goes into a report. */
const MOST_RESTING = 10

export type RunnerReport = {
  readonly runner_id: string
  readonly version: string
  readonly region: string | null
  readonly state: 'running' | 'outbox_full' | 'budget_spent'
  readonly config_age_seconds: number | null
  readonly outbox_depth: number
  readonly outbox_oldest_age_seconds: number | null
  readonly outbox_gate: Gate
  readonly dead_letters: number
  readonly counters: Readonly<Record<string, number>>
  /** Lines that nobody took from stdout and stderr in time. */
  readonly dropped_lines: DroppedLines
  readonly providers: Readonly<Record<string, LaneReport>>
  /** Null: what was spent cannot be read. */
  readonly budget: BudgetReport | null
  /** Null: the runner's own error is not known. */
  readonly calibration: CalibrationReport | null
  /** What is known of each provider's own list of models; null: lists are not read. */
  readonly discovery: Readonly<Record<string, DiscoveryFacts>> | null
  readonly last_success_at: string | null
  readonly last_error: string | null
}

export type Reporter = () => Promise<RunnerReport>

export type ReporterParts = {
  readonly outbox: Pick<OutboxClient, 'status'>
  readonly lanes: ReadonlyMap<string, Pick<Lane, 'state'>>
  readonly budget: Pick<BudgetKeeper, 'report' | 'refusedAt'>
  readonly calibration: () => CalibrationReport | null
  readonly dropped: () => DroppedLines
  readonly discovery: Pick<Discovery, 'facts'> | null
  readonly clock: Clock
  readonly tally: Tally
  readonly runnerId: string
  readonly version: string
  readonly region: string | null
}

/** A reporter; it rejects when the outbox cannot be asked. */
export function createReporter(parts: ReporterParts): Reporter {
  const { lanes, clock, tally } = parts
  return async () => {
    const outbox = await parts.outbox.status()
    const budget = await parts.budget.report().catch(() => null)
    const states = [...lanes].map(([slug, lane]) => [slug.replaceAll('-', '_'), lane.state()] as const)
    const ages = states.flatMap(([, state]) => state.worklistAgeSeconds ?? [])
    const oldest = outbox.oldestCreatedMs
    const lastSuccessMs = tally.lastSuccessMs()
    return {
      runner_id: parts.runnerId,
      version: parts.version,
      region: parts.region,
      state: outbox.gate === null ? runningState(parts) : 'outbox_full',
      config_age_seconds: ages.length === 0 ? null : Math.max(...ages),
      outbox_depth: outbox.depth,
      outbox_oldest_age_seconds: oldest === null ? null : secondsSince(clock, oldest),
      outbox_gate: outbox.gate,
      dead_letters: outbox.deadLetters,
      counters: {
        ...tally.counters(),
        ...(outbox.deadLettersDropped > 0 ? { dead_letters_dropped: outbox.deadLettersDropped } : {}),
      },
      dropped_lines: parts.dropped(),
      providers: Object.fromEntries(
        states.map(([slug, { models, running, blocked, nextDueSeconds, resting }]) => [
          slug,
          {
            models,
            running,
            blocked,
            next_due_seconds: nextDueSeconds,
            resting: resting.slice(0, MOST_RESTING).map(({ model, untilMs, reason }) => ({
              model,
              until: new Date(untilMs).toISOString(),
              reason,
            })),
          },
        ]),
      ),
      budget,
      calibration: parts.calibration(),
      discovery: parts.discovery?.facts() ?? null,
      last_success_at: lastSuccessMs === null ? null : new Date(lastSuccessMs).toISOString(),
      last_error: tally.lastFault(),
    }
  }
}

/** Nothing at all may leave: that is no quiet day. */
function runningState({ lanes, budget }: ReporterParts): RunnerReport['state'] {
  const busy = [...lanes].filter(([, lane]) => lane.state().models > 0)
  const isSpent = busy.length > 0 && busy.every(([slug]) => budget.refusedAt(slug) !== null)
  return isSpent ? 'budget_spent' : 'running'
}

function secondsSince(clock: Clock, wallMs: number): number {
  return Math.max(0, Math.round((clock.wallMs() - wallMs) / 1000))
}
