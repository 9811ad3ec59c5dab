/** One provider's lane: what is due there is measured, at its own pace, whatever other providers do. */
import type { Provider } from '@llmbench/providers'
import type { Logger } from 'pino'
import { createAlarm } from './alarm.ts'
import { createBell } from './clock.ts'
import type { Clock } from './clock.ts'
import { describeError } from './faults.ts'
import type { AttemptSlot } from './attempt.ts'
import { createLaneBook } from './lane-book.ts'
import type { Begun, LaneEnd, Resting } from './lane-book.ts'
import type { Gate } from './outbox/types.ts'
import { NOTHING_REMEMBERED } from './streak-memory.ts'
import type { StreakMemory } from './streak-memory.ts'
import type { Tally } from './tally.ts'
import type { Worklist, WorklistSource, WorkItem } from './worklist/worklist.ts'

const GATE_CHECK_MS = 5000
const WORKLIST_RETRY_MS = 60_000
/** An unchanged list costs an exchange without a body; a model that a person enabled runs soon. */
const WORKLIST_REFRESH_MS = 60_000
const SURVIVAL_PAUSE_MS = 1000
const LONGEST_IDLE_MS = 30_000
const DEFAULT_INTERVAL_MINUTES = 30
const MINUTE_MS = 60_000

export type LaneParts = {
  readonly provider: Provider
  readonly worklists: WorklistSource
  /** Measures and records; it resolves when the document is safe, or with null when the attempt was not made. */
  readonly attempt: (item: WorkItem, slot: AttemptSlot, signal: AbortSignal) => Promise<LaneEnd | null>
  readonly gate: () => Promise<Gate>
  /** Null: nothing is kept between two starts. */
  readonly streaks: StreakMemory | null
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  readonly tally: Tally
  /** From the command line; null follows the worklist. */
  readonly intervalMinutes: number | null
  readonly concurrency: number
}

export type LaneState = {
  readonly models: number
  readonly running: number
  readonly blocked: boolean
  readonly worklistAgeSeconds: number | null
  /** Until something can be due; 0 when it is, null when nothing can. */
  readonly nextDueSeconds: number | null
  /** Models that wait for longer than their next slot; moments on the wall clock. */
  readonly resting: readonly Resting[]
}

export type Lane = {
  /** Measures until the signal aborts, and then until the attempts under way are recorded. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Reads the worklist again before anything else. */
  readonly reload: () => void
  readonly state: () => LaneState
  /** Grows with every turn of the loop, at least every half minute unless it is stuck. */
  readonly turns: () => number
}

/** A lane; its first slot is the moment at which it begins to run. */
export function createLane(parts: LaneParts): Lane {
  const { provider, clock, logger, tally } = parts
  const bell = createBell()
  const alarm = createAlarm(parts)
  const book = createLaneBook(parts)
  const underWay = new Set<Promise<void>>()
  let fetchedMs: number | null = null
  let refreshMs = 0
  let turns = 0
  let reported = ''

  async function refresh(): Promise<void> {
    const answer = await parts.worklists(provider)
    if (answer.status !== 'ready') {
      fetchedMs = null
      book.pause()
      refreshMs = Math.min(clock.monotonicMs() + WORKLIST_RETRY_MS, book.nextSlotMs())
      tally.fault(`${provider.slug}: ${answer.reason}`)
      const facts = { provider: provider.slug, reason: answer.reason }
      alarm.raise('worklist', facts, 'No worklist: nothing is measured')
      return
    }
    alarm.clear('worklist', { provider: provider.slug }, 'There is a worklist again')
    const { worklist } = answer
    fetchedMs = worklist.fetchedMs
    const left = book.list(worklist.items, intervalMs(worklist))
    refreshMs = Math.min(clock.monotonicMs() + WORKLIST_REFRESH_MS, book.nextSlotMs())
    reportChanged(worklist)
    for (const model of left) await parts.streaks?.forget(model)
  }

  /** What a worklist leaves out is said when it changes, not at each reading. */
  function reportChanged(worklist: Worklist): void {
    const { leftOut, doubtful } = worklist
    const told = JSON.stringify([leftOut, doubtful, worklist.items.length === 0])
    if (told !== reported) reportWorklist(logger, provider.slug, worklist)
    reported = told
  }

  function intervalMs(worklist: Worklist | null): number {
    return (parts.intervalMinutes ?? worklist?.intervalMinutes ?? DEFAULT_INTERVAL_MINUTES) * MINUTE_MS
  }

  /** One turn; true when there may be more to do at once. */
  async function turn(signal: AbortSignal): Promise<boolean> {
    if (clock.monotonicMs() >= refreshMs) await refresh()
    const model = book.nextDue()
    if (model === null || signal.aborted) return false
    const gate = await parts.gate()
    if (gate !== null) {
      alarm.raise('gate', { provider: provider.slug, gate }, 'Measuring stops: the outbox takes no more')
      await bell.wait(GATE_CHECK_MS, signal)
      return true
    }
    alarm.clear('gate', { provider: provider.slug }, 'Measuring goes on: the outbox has room again')
    const begun = book.begin(model)
    if (begun === null) return true
    const attempt = measure(begun, signal).finally(() => underWay.delete(attempt))
    underWay.add(attempt)
    return true
  }

  async function measure(begun: Begun, signal: AbortSignal): Promise<void> {
    const ended = await parts.attempt(begun.item, begun.slot, signal).catch((error: unknown): LaneEnd => {
      // A fault of our own must neither end the lane nor make it try again without a pause.
      survive(error)
      return { end: { errorKind: 'unknown', retryAfterMs: 0 }, refusal: 'unclear' }
    })
    const streak = book.finish(begun, ended)
    bell.ring()
    if (streak !== null) await parts.streaks?.keep(begun.item.model, streak)
  }

  function survive(error: unknown): void {
    tally.fault(`${provider.slug}: ${describeError(error)}`)
    logger.error({ err: error, provider: provider.slug }, 'The lane failed and goes on')
  }

  async function run(signal: AbortSignal): Promise<void> {
    const remembered = (await parts.streaks?.load()) ?? NOTHING_REMEMBERED
    const anchorMs = book.open(intervalMs(null), remembered)
    if (remembered.anchorMs === null) await parts.streaks?.keepAnchor(anchorMs)
    refreshMs = clock.monotonicMs()
    while (!signal.aborted) {
      turns += 1
      let waitMs = SURVIVAL_PAUSE_MS
      try {
        if (await turn(signal)) continue
        waitMs = Math.max(10, Math.min(book.nextDueMs(), refreshMs) - clock.monotonicMs())
      } catch (error) {
        survive(error)
      }
      await bell.wait(Math.min(LONGEST_IDLE_MS, waitMs), signal)
    }
    await Promise.all(underWay)
  }

  return {
    run,
    reload: () => {
      refreshMs = 0
      bell.ring()
    },
    state: () => ({
      ...book.counts(),
      worklistAgeSeconds: fetchedMs === null ? null : wholeSeconds(clock.wallMs() - fetchedMs),
      nextDueSeconds: Number.isFinite(book.nextDueMs())
        ? wholeSeconds(book.nextDueMs() - clock.monotonicMs())
        : null,
      resting: book.resting().map(({ model, reason, untilMs }) => ({
        model,
        reason,
        untilMs: untilMs - clock.monotonicMs() + clock.wallMs(),
      })),
    }),
    turns: () => turns,
  }
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000))
}

/** What a worklist leaves out, measures in spite of a rule, or lacks: said at each reading. */
export function reportWorklist(
  logger: Logger,
  provider: string,
  { items, leftOut, doubtful }: Worklist,
): void {
  for (const one of leftOut) logger.error({ provider, ...one }, 'A model is left out of the worklist')
  for (const one of doubtful) logger.warn({ provider, ...one }, 'A model is measured against an id rule')
  if (items.length === 0) logger.warn({ provider }, 'The worklist is empty: nothing to measure')
}
