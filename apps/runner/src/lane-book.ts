/** What a lane knows of its models: which are listed, which run, and when each is due. No I/O. */
import { afterRefusal, NOT_BLOCKED } from './provider-block.ts'
import type { Refusal } from './provider-block.ts'
import {
  afterAttempt,
  afterSkip,
  earliestDue,
  longestJitter,
  newModel,
  nextSlot,
  pickDue,
} from './schedule.ts'
import type { AttemptEnd, Grid, ModelState } from './schedule.ts'
import { streakOf, withStreak } from './streak.ts'
import type { Streak } from './streak.ts'
import { NOTHING_REMEMBERED } from './streak-memory.ts'
import type { Remembered } from './streak-memory.ts'
import type { AttemptSlot } from './attempt.ts'
import type { Clock } from './clock.ts'
import type { WorkItem } from './worklist/worklist.ts'

/** What an attempt came to. */
export type LaneEnd = { readonly end: AttemptEnd; readonly refusal: Refusal }

export type Begun = { readonly item: WorkItem; readonly slot: AttemptSlot & { readonly scheduledAt: string } }

export type LaneBook = {
  /** Goes on with the slots of an earlier process, or starts them now. Returns the moment of a slot. */
  readonly open: (intervalMs: number, remembered: Remembered) => number
  /**
   * Takes a worklist: what is not on it is not measured, what is new is due in the slot that is on. Returns the models
   * that left it.
   */
  readonly list: (items: readonly WorkItem[], intervalMs: number) => readonly string[]
  /** Measures nothing until the next worklist, and forgets nothing. */
  readonly pause: () => void
  /** The model to attempt now, or null; it changes nothing. */
  readonly nextDue: () => string | null
  /** Notes that the attempt of that model begins. */
  readonly begin: (model: string) => Begun | null
  /** Notes what the attempt came to; null: it was not made. Returns the model's streak where it has one to keep. */
  readonly finish: (begun: Begun, ended: LaneEnd | null) => Streak | null
  /** When the next slot begins. */
  readonly nextSlotMs: () => number
  /** When something can be due; infinite when nothing can. */
  readonly nextDueMs: () => number
  readonly counts: () => { readonly models: number; readonly running: number; readonly blocked: boolean }
  /** Models that wait for longer than their next slot, and why. */
  readonly resting: () => readonly Resting[]
}

export type Resting = { readonly model: string; readonly untilMs: number; readonly reason: string }

export type BookParts = {
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly concurrency: number
}

/** An empty book. */
export function createLaneBook({ clock, random, newId, concurrency }: BookParts): LaneBook {
  const running = new Set<string>()
  /** Also of models that left the worklist: when they come back, their slot may be used already. */
  const attempted = new Map<string, number>()
  let items = new Map<string, WorkItem>()
  let states = new Map<string, ModelState>()
  let grid: Grid = { anchorMs: 0, intervalMs: 1 }
  let block = NOT_BLOCKED
  let remembered = NOTHING_REMEMBERED.models
  let isPaused = false
  let label = { slotMs: Number.NaN, text: '' }

  /** The slot's moment as wall time: one label for all its models, though the two clocks drift. */
  function labelOf(slotMs: number): string {
    if (label.slotMs !== slotMs) {
      const wallMs = clock.wallMs() - (clock.monotonicMs() - slotMs)
      label = { slotMs, text: new Date(wallMs).toISOString() }
    }
    return label.text
  }

  function begunAnew(model: string, nowMs: number): ModelState {
    const state = newModel(grid, nowMs, attempted.get(model) ?? null)
    const streak = remembered.get(model)
    return streak === undefined ? state : withStreak(state, streak, grid, nowMs)
  }

  const isFull = (): boolean => running.size >= (block.probeMs === null ? concurrency : 1)

  return {
    open: (intervalMs, { anchorMs, models }) => {
      grid = { anchorMs: anchorMs ?? clock.monotonicMs(), intervalMs }
      remembered = models
      for (const [model, { attemptedMs }] of models)
        if (attemptedMs !== null) attempted.set(model, attemptedMs)
      return grid.anchorMs
    },
    pause: () => {
      isPaused = true
    },
    list: (listed, intervalMs) => {
      const now = clock.monotonicMs()
      grid = { ...grid, intervalMs }
      items = new Map(listed.map((item) => [item.model, item]))
      const kept = states
      states = new Map([...items.keys()].map((model) => [model, kept.get(model) ?? begunAnew(model, now)]))
      isPaused = false
      const left = [...kept.keys(), ...remembered.keys()].filter((model) => !states.has(model))
      // Only at the first worklist: a model that comes later was enabled by a person, and is to run.
      remembered = NOTHING_REMEMBERED.models
      return [...new Set(left)]
    },
    nextDue: () => {
      const now = clock.monotonicMs()
      if (isPaused || isFull() || (block.probeMs ?? 0) > now) return null
      return pickDue(new Map([...states].filter(([model]) => !running.has(model))), now)
    },
    begin: (model) => {
      const item = items.get(model)
      const state = states.get(model)
      if (item === undefined || state === undefined) return null
      running.add(model)
      attempted.set(model, clock.monotonicMs())
      const { retry, dueMs } = state
      const scheduledAt = retry?.scheduledAt ?? labelOf(dueMs)
      const attemptGroup = retry?.attemptGroup ?? newId()
      return { item, slot: { attempt: retry === null ? 1 : 2, attemptGroup, scheduledAt } }
    },
    finish: ({ item: { model, isProbe }, slot }, ended) => {
      const nowMs = clock.monotonicMs()
      running.delete(model)
      if (ended !== null) {
        // What a model that may never have worked is refused says nothing about its neighbours.
        const refusal = isProbe === true && ended.refusal !== 'none' ? 'unclear' : ended.refusal
        block = afterRefusal(block, model, refusal, nowMs)
      }
      const state = states.get(model)
      if (state === undefined) return null
      const jitterMs = random() * longestJitter(grid)
      const next =
        ended === null
          ? afterSkip(state, grid, nowMs)
          : afterAttempt(state, ended.end, { grid, nowMs, jitterMs, ...slot })
      states.set(model, next)
      return ended === null ? null : streakOf(next, ended.end, grid, nowMs)
    },
    nextSlotMs: () => nextSlot(grid, clock.monotonicMs()),
    nextDueMs: () => (isPaused || isFull() ? Infinity : Math.max(earliestDue(states), block.probeMs ?? 0)),
    counts: () => ({
      models: isPaused ? 0 : states.size,
      running: running.size,
      blocked: block.probeMs !== null,
    }),
    resting: () => {
      const next = nextSlot(grid, clock.monotonicMs())
      return [...states].flatMap(([model, { dueMs, reason, failures }]) =>
        dueMs > next ? [{ model, untilMs: dueMs, reason: reason ?? `${failures} failures in a row` }] : [],
      )
    },
  }
}
