import { findProvider } from '@llmbench/providers'
import type { Provider } from '@llmbench/providers'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { createLane } from '../src/lane.ts'
import type { LaneEnd } from '../src/lane-book.ts'
import { startOutbox } from '../src/outbox/client.ts'
import { newModel } from '../src/schedule.ts'
import type { Grid } from '../src/schedule.ts'
import { streakOf, withStreak } from '../src/streak.ts'
import { createStreakMemory } from '../src/streak-memory.ts'
import { createTally } from '../src/tally.ts'
import { temporaryFolder } from './support/folders.ts'
import { outboxOptions } from './support/outboxes.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const grid: Grid = { anchorMs: 1000, intervalMs: HOUR / 2 }
const fresh = newModel(grid, grid.anchorMs, null)
const UNKNOWN = { attemptedMs: null, reason: null }
const network = { errorKind: 'network', retryAfterMs: 0 } as const

test('only a rest beyond the next slot is kept; a refused key is tried at once by the next process', () => {
  const resting = { ...fresh, failures: 5, dueMs: grid.anchorMs + 2 * HOUR }
  expect(streakOf(resting, network, grid, 2000)).toMatchObject({ failures: 5, restsUntilMs: resting.dueMs })
  expect(streakOf({ ...resting, dueMs: grid.anchorMs + HOUR / 2 }, network, grid, 2000)).toMatchObject({
    failures: 5,
    restsUntilMs: null,
  })
  const auth = { errorKind: 'auth', retryAfterMs: 0 } as const
  expect(streakOf(resting, auth, grid, 2000)).toMatchObject({
    failures: 5,
    restsUntilMs: null,
    attemptedMs: null,
  })
})

test('a streak that is taken up rests until its slot, for a day at most, and without a rest is due at once', () => {
  const at = (restsUntilMs: number | null): number =>
    withStreak(fresh, { failures: 5, restsUntilMs, ...UNKNOWN }, grid, grid.anchorMs).dueMs
  expect(at(null)).toBe(grid.anchorMs)
  expect(at(grid.anchorMs - 5)).toBe(grid.anchorMs)
  expect(at(grid.anchorMs + HOUR - 5)).toBe(grid.anchorMs + HOUR)
  expect(at(grid.anchorMs + 30 * DAY)).toBe(grid.anchorMs + DAY)
  expect(withStreak(fresh, { failures: 5, restsUntilMs: null, ...UNKNOWN }, grid, 1000).failures).toBe(5)
})

test('after a restart a model that is gone rests on, one whose slot is used waits for the next, and a new one runs', async () => {
  const folder = temporaryFolder()
  const runLane = async (models: string[], until: number): Promise<string[]> => {
    const outbox = await startOutbox(outboxOptions(folder), Date.now())
    const attempted: string[] = []
    const logger = pino({ level: 'silent' })
    const items = models.map((model) => ({ model, metadata: {} }))
    const worklist = { items, intervalMinutes: 30, fetchedMs: 0, leftOut: [], doubtful: [] }
    const lane = createLane({
      provider: findProvider('groq') as Provider,
      worklists: () => Promise.resolve({ status: 'ready', worklist }),
      attempt: ({ model }): Promise<LaneEnd> => {
        attempted.push(model)
        const hard = { errorKind: 'hard_model', retryAfterMs: 0, isCertain: true } as const
        return Promise.resolve({
          end: model === 'hard' ? hard : { outcome: 'completed' },
          refusal: 'none',
        })
      },
      gate: () => Promise.resolve(null),
      streaks: createStreakMemory({ store: outbox, provider: 'groq', clock: systemClock, logger }),
      clock: systemClock,
      random: () => 0,
      newId: () => 'group-1',
      logger,
      tally: createTally(systemClock.wallMs),
      intervalMinutes: null,
      concurrency: 1,
    })
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const running = lane.run(stop.signal)
    await vi.waitUntil(() => attempted.length === until && lane.state().running === 0)
    stop.abort()
    await running
    await outbox.close()
    return attempted
  }
  expect((await runLane(['good', 'hard'], 2)).sort()).toEqual(['good', 'hard'])
  expect(await runLane(['good', 'hard', 'new'], 1)).toEqual(['new'])
})
