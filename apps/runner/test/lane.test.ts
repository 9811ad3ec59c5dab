import { findProvider } from '@llmbench/providers'
import type { Provider } from '@llmbench/providers'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { createLane } from '../src/lane.ts'
import type { Lane, LaneParts } from '../src/lane.ts'
import { createLaneBook } from '../src/lane-book.ts'
import type { LaneEnd } from '../src/lane-book.ts'
import type { Gate } from '../src/outbox/types.ts'
import { createTally } from '../src/tally.ts'
import type { WorklistAnswer } from '../src/worklist/worklist.ts'
import { NOTHING_REMEMBERED } from '../src/streak-memory.ts'

const SUCCESS: LaneEnd = { end: { outcome: 'completed' }, refusal: 'none' }
/** 150 ms. */
const INTERVAL_MINUTES = 0.0025

type World = {
  answer: WorklistAnswer
  end: () => Promise<LaneEnd>
  readonly attempts: { readonly model: string; readonly scheduledAt: string | null }[]
}

function listing(...models: string[]): WorklistAnswer {
  const items = models.map((model) => ({ model, metadata: {} }))
  return {
    status: 'ready',
    worklist: { items, intervalMinutes: 30, fetchedMs: 0, leftOut: [], doubtful: [] },
  }
}

function startLane(differences: Partial<LaneParts> = {}): {
  world: World
  lane: Lane
  stop: () => Promise<void>
} {
  const world: World = {
    answer: listing('a', 'b'),
    end: () => Promise.resolve(SUCCESS),
    attempts: [],
  }
  let ids = 0
  const lane = createLane({
    provider: findProvider('groq') as Provider,
    worklists: () => Promise.resolve(world.answer),
    attempt: async ({ model }, { scheduledAt }) => {
      world.attempts.push({ model, scheduledAt })
      return await world.end()
    },
    gate: () => Promise.resolve(null),
    streaks: null,
    clock: systemClock,
    random: () => 0,
    newId: () => `group-${ids++}`,
    logger: pino({ level: 'silent' }),
    tally: createTally(systemClock.wallMs),
    intervalMinutes: INTERVAL_MINUTES,
    concurrency: 1,
    ...differences,
  })
  const stopping = new AbortController()
  const running = lane.run(stopping.signal)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  onTestFinished(stop)
  return { world, lane, stop }
}

test('the first cycle begins at once and each model is measured once a slot', async () => {
  const { world, stop } = startLane()
  await vi.waitUntil(() => world.attempts.length >= 6)
  await stop()
  const slots = Map.groupBy(world.attempts, ({ scheduledAt }) => scheduledAt)
  for (const attempts of slots.values()) {
    const models = attempts.map(({ model }) => model)
    expect(new Set(models).size).toBe(models.length)
  }
  const moments = [...slots.keys()].map((slot) => Date.parse(slot ?? ''))
  for (const moment of moments)
    expect(Math.abs(((moment - (moments[0] ?? 0) + 75) % 150) - 75)).toBeLessThan(3)
})

test('a worklist that is refused stops all measuring, also of what was queued, until it is given again', async () => {
  const { world, lane } = startLane({ intervalMinutes: 30 })
  const first = Promise.withResolvers<LaneEnd>()
  world.end = () => first.promise
  await vi.waitUntil(() => world.attempts.length === 1)
  world.answer = { status: 'refused', reason: 'HTTP 401' }
  lane.reload()
  await vi.waitUntil(() => lane.state().models === 0)
  first.resolve(SUCCESS)
  await vi.waitUntil(() => lane.state().running === 0)
  expect(world.attempts).toHaveLength(1)
  world.answer = listing('a', 'b')
  lane.reload()
  await vi.waitUntil(() => world.attempts.length === 2)
  expect(world.attempts.map(({ model }) => model)).toEqual(['a', 'b'])
})

test('while the outbox takes no more nothing is measured', async () => {
  const gates: Gate[] = ['disk', 'rows', null]
  let asked = 0
  const { world, lane } = startLane({ gate: () => Promise.resolve(gates[asked++] ?? null) })
  for (const times of [1, 2]) {
    await vi.waitUntil(() => asked === times)
    expect(world.attempts).toHaveLength(0)
    lane.reload()
  }
  await vi.waitUntil(() => world.attempts.length > 0)
})

test('a lane survives a failing worklist and a failing attempt', async () => {
  let calls = 0
  const { world } = startLane({
    worklists: () => (calls++ === 0 ? Promise.reject(new Error('broken')) : Promise.resolve(listing('a'))),
  })
  world.end = () => Promise.reject(new Error('broken as well'))
  await vi.waitUntil(() => world.attempts.length >= 2, { timeout: 5000 })
  expect(calls).toBeGreaterThan(1)
})

test('a refused key stops the lane after one model', async () => {
  const { world, lane } = startLane()
  world.end = () => Promise.resolve({ end: { errorKind: 'auth', retryAfterMs: 0 }, refusal: 'key' })
  await vi.waitUntil(() => lane.state().blocked)
  const turns = lane.turns()
  await vi.waitUntil(() => lane.turns() > turns + 2)
  expect(world.attempts).toHaveLength(1)
})

test('a run that was not made uses up its slot, is no failure, and is tried in the next one', async () => {
  let asked = 0
  const { world } = startLane({
    attempt: ({ model }) => {
      asked += 1
      world.attempts.push({ model, scheduledAt: null })
      return Promise.resolve(asked <= 2 ? null : SUCCESS)
    },
  })
  await vi.waitUntil(() => world.attempts.length >= 4)
  expect(world.attempts.map(({ model }) => model).slice(0, 4)).toEqual(['a', 'b', 'a', 'b'])
})

test('a candidate that is refused does not make its provider wait', () => {
  let now = 0
  const clock = { ...systemClock, monotonicMs: () => now }
  const book = createLaneBook({ clock, random: () => 0, newId: () => 'group', concurrency: 1 })
  book.open(1000, NOTHING_REMEMBERED)
  const items = ['candidate', 'another', 'model'].map((model) => ({
    model,
    metadata: {},
    isProbe: model !== 'model',
  }))
  book.list(items, 1000)
  for (const model of ['candidate', 'another']) {
    const begun = book.begin(model)
    if (begun === null) throw new Error(model)
    book.finish(begun, { end: { errorKind: 'auth', retryAfterMs: 0 }, refusal: 'key' })
  }
  expect(book.counts().blocked).toBe(false)
  now += 1
  expect(book.nextDue()).toBe('model')
})
