/** One provider's lane: what is due there is measured, at its own pace, whatever other providers do. */
import type { Provider } from '@llmbench/providers'
import type { Logger } from 'pino'
import { createBell } from './clock.ts'
import type { Clock } from './clock.ts'
import { describeError } from './faults.ts'
import type { Gate } from './outbox/types.ts'
import { afterRefusal, NOT_BLOCKED } from './provider-block.ts'
import type { Refusal } from './provider-block.ts'
import { afterAttempt, earliestDue, longestJitter, newModel, nextSlot, pickDue } from './schedule.ts'
import type { AttemptEnd, Grid, ModelState } from './schedule.ts'
import type { Tally } from './tally.ts'
import type { AttemptSlot } from './attempt.ts'
import type { Worklist, WorklistSource, WorkItem } from './worklist/worklist.ts'

const GATE_CHECK_MS = 5000
const WORKLIST_RETRY_MS = 60_000
const LONGEST_IDLE_MS = 30_000
const DEFAULT_INTERVAL_MINUTES = 30

export type LaneParts = {
  readonly provider: Provider
  readonly worklists: WorklistSource
  /** Measures and records; it resolves when the document is safe. */
  readonly attempt: (item: WorkItem, slot: AttemptSlot, signal: AbortSignal) => Promise<LaneEnd>
  readonly gate: () => Promise<Gate>
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  readonly tally: Tally
  /** From the command line; null follows the worklist. */
  readonly intervalMinutes: number | null
  readonly concurrency: number
}

export type LaneEnd = { readonly end: AttemptEnd; readonly refusal: Refusal }

export type LaneState = {
  readonly models: number
  readonly running: number
  readonly blocked: boolean
  readonly worklistAgeSeconds: number | null
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
  const { provider, clock, logger, tally, random } = parts
  const bell = createBell()
  const running = new Map<string, Promise<void>>()
  const attempted = new Map<string, number>()
  let states = new Map<string, ModelState>()
  let worklist: Worklist | null = null
  let grid: Grid = { anchorMs: 0, intervalMs: minutesToMs(parts.intervalMinutes ?? DEFAULT_INTERVAL_MINUTES) }
  let refreshMs = 0
  let block = NOT_BLOCKED
  let slotLabel = { slotMs: Number.NaN, label: '' }
  let turns = 0

  async function refresh(): Promise<void> {
    const answer = await parts.worklists(provider)
    const now = clock.monotonicMs()
    if (answer.status !== 'ready') {
      worklist = null
      states = new Map()
      refreshMs = Math.min(now + WORKLIST_RETRY_MS, nextSlot(grid, now))
      tally.fault(`${provider.slug}: ${answer.reason}`)
      logger.error(
        { provider: provider.slug, reason: answer.reason, alarm: true },
        'No worklist: nothing is measured',
      )
      return
    }
    const minutes = parts.intervalMinutes ?? answer.worklist.intervalMinutes ?? DEFAULT_INTERVAL_MINUTES
    grid = { ...grid, intervalMs: minutesToMs(minutes) }
    refreshMs = nextSlot(grid, now)
    reportLeftOut(answer.worklist)
    worklist = answer.worklist
    const kept = states
    states = new Map(
      worklist.items.map(({ model }) => [
        model,
        kept.get(model) ?? newModel(grid, now, attempted.get(model) ?? null),
      ]),
    )
  }

  function reportLeftOut({ items, leftOut, doubtful }: Worklist): void {
    const slug = provider.slug
    for (const one of leftOut) logger.error({ provider: slug, ...one }, 'A model is left out of the worklist')
    for (const one of doubtful)
      logger.warn({ provider: slug, ...one }, 'A model is measured against an id rule')
    if (items.length === 0) logger.warn({ provider: slug }, 'The worklist is empty: nothing to measure')
  }

  function pick(now: number): string | null {
    if (running.size >= parts.concurrency) return null
    if (block.probeMs !== null && (block.probeMs > now || running.size > 0)) return null
    return pickDue(new Map([...states].filter(([model]) => !running.has(model))), now)
  }

  /** One turn; true when something was begun. */
  async function turn(signal: AbortSignal): Promise<boolean> {
    if (clock.monotonicMs() >= refreshMs) await refresh()
    const model = pick(clock.monotonicMs())
    const item = worklist?.items.find((one) => one.model === model)
    const state = states.get(model ?? '')
    if (signal.aborted || item === undefined || state === undefined) return false
    const gate = await parts.gate()
    if (gate !== null) {
      logger.error(
        { provider: provider.slug, gate, alarm: true },
        'Measuring stops: the outbox takes no more',
      )
      await bell.wait(GATE_CHECK_MS, signal)
      return true
    }
    running.set(item.model, measure(item, state, signal))
    return true
  }

  async function measure(item: WorkItem, state: ModelState, signal: AbortSignal): Promise<void> {
    const { model } = item
    const { retry } = state
    const scheduledAt = retry?.scheduledAt ?? labelOf(state.dueMs)
    const attemptGroup = retry?.attemptGroup ?? parts.newId()
    attempted.set(model, clock.monotonicMs())
    const slot = { attempt: retry === null ? 1 : 2, attemptGroup, scheduledAt }
    const { end, refusal } = await parts.attempt(item, slot, signal).catch(surviveAttempt)
    const nowMs = clock.monotonicMs()
    const jitterMs = random() * longestJitter(grid)
    block = afterRefusal(block, model, refusal, nowMs)
    const next = afterAttempt(state, end, { grid, nowMs, jitterMs, attemptGroup, scheduledAt })
    if (states.has(model)) states.set(model, next)
    running.delete(model)
    bell.ring()
  }

  /** The slot's moment as wall time: one label for all its models, though the two clocks drift. */
  function labelOf(slotMs: number): string {
    if (slotLabel.slotMs !== slotMs) {
      const wallMs = clock.wallMs() - (clock.monotonicMs() - slotMs)
      slotLabel = { slotMs, label: new Date(wallMs).toISOString() }
    }
    return slotLabel.label
  }

  /** An attempt ends in a document; a fault of our own must neither end the lane nor make it try without a pause. */
  function surviveAttempt(error: unknown): LaneEnd {
    survive(error)
    return { end: { errorKind: 'unknown', retryAfterMs: 0 }, refusal: 'unclear' }
  }

  function survive(error: unknown): void {
    tally.fault(`${provider.slug}: ${describeError(error)}`)
    logger.error({ err: error, provider: provider.slug }, 'The lane failed and goes on')
  }

  function idleMs(): number {
    const now = clock.monotonicMs()
    const dueMs = running.size >= parts.concurrency ? Infinity : earliestDue(states)
    const openMs = Math.max(dueMs, block.probeMs ?? 0)
    return Math.min(LONGEST_IDLE_MS, Math.max(10, Math.min(openMs, refreshMs) - now))
  }

  async function run(signal: AbortSignal): Promise<void> {
    grid = { ...grid, anchorMs: clock.monotonicMs() }
    refreshMs = grid.anchorMs
    while (!signal.aborted) {
      turns += 1
      try {
        if (await turn(signal)) continue
      } catch (error) {
        survive(error)
        await bell.wait(1000, signal)
      }
      await bell.wait(idleMs(), signal)
    }
    await Promise.all(running.values())
  }

  return {
    run,
    reload: () => {
      refreshMs = 0
      bell.ring()
    },
    state: () => ({
      models: states.size,
      running: running.size,
      blocked: block.probeMs !== null,
      worklistAgeSeconds:
        worklist?.fetchedMs == null
          ? null
          : Math.max(0, Math.round((clock.wallMs() - worklist.fetchedMs) / 1000)),
    }),
    turns: () => turns,
  }
}

function minutesToMs(minutes: number): number {
  return minutes * 60_000
}
