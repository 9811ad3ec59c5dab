/** What a restart and a gap in the worklist leave of a lane: on the real state, with a clock of the test's own. */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createLaneBook } from '../src/lane-book.ts'
import type { LaneBook, LaneEnd } from '../src/lane-book.ts'
import { openState } from '../src/state/state.ts'
import { createStreakMemory } from '../src/streak-memory.ts'
import { temporaryFolder } from './support/folders.ts'

const MINUTE_MS = 60_000
const INTERVAL_MS = 30 * MINUTE_MS
const DAY_MS = 24 * 60 * MINUTE_MS
const MODELS = ['a', 'b', 'c'].map((model) => ({ model, metadata: {} }))
const SUCCESS: LaneEnd = { end: { outcome: 'completed' }, refusal: 'none' }

type Time = { nowMs: number }

const clockOf = (time: Time) => ({
  wallMs: () => 1_800_000_000_000 + time.nowMs,
  monotonicMs: () => time.nowMs,
})

/** A process's lane on that state: its book, as the lane opens it, and how it keeps what it learns. */
async function startProcess(time: Time, folder: string) {
  const clock = clockOf(time)
  const { state } = openState(folder, clock.wallMs())
  const store = {
    readModels: (...args: Parameters<typeof state.readModels>) => Promise.resolve(state.readModels(...args)),
    keepModel: (...args: Parameters<typeof state.keepModel>) => Promise.resolve(state.keepModel(...args)),
    forgetModel: (...args: Parameters<typeof state.forgetModel>) =>
      Promise.resolve(state.forgetModel(...args)),
    keepAnchor: (...args: Parameters<typeof state.keepAnchor>) => Promise.resolve(state.keepAnchor(...args)),
  }
  const memory = createStreakMemory({ store, provider: 'groq', clock, logger: pino({ level: 'silent' }) })
  const book = createLaneBook({ clock, random: () => 0, newId: () => 'group', concurrency: 1 })
  const remembered = await memory.load()
  const anchorMs = book.open(INTERVAL_MS, remembered)
  if (remembered.anchorMs === null) await memory.keepAnchor(anchorMs)
  book.list(MODELS, INTERVAL_MS)
  return { book, memory, close: () => state.close() }
}

/** Attempts whatever is due now; resolves with how many. */
async function attemptDue(
  { book, memory }: Pick<Awaited<ReturnType<typeof startProcess>>, 'book' | 'memory'>,
  end: LaneEnd = SUCCESS,
): Promise<number> {
  let made = 0
  for (let model = book.nextDue(); model !== null; model = book.nextDue()) {
    const begun = book.begin(model)
    if (begun === null) break
    const streak = book.finish(begun, end)
    if (streak !== null) await memory.keep(model, streak)
    made += 1
  }
  return made
}

test('a crash loop of five minutes spends no more than a healthy day', async () => {
  const folder = temporaryFolder()
  const time: Time = { nowMs: 0 }
  let attempts = 0
  while (time.nowMs < DAY_MS) {
    const process = await startProcess(time, folder)
    const endsMs = time.nowMs + 5 * MINUTE_MS
    for (; time.nowMs < endsMs; time.nowMs += MINUTE_MS) attempts += await attemptDue(process)
    process.close()
  }
  expect(attempts).toBe((DAY_MS / INTERVAL_MS) * MODELS.length)
})

test('after a long time off every model is due at once, in the slots that were', async () => {
  const folder = temporaryFolder()
  const time: Time = { nowMs: 0 }
  const first = await startProcess(time, folder)
  expect(await attemptDue(first)).toBe(3)
  first.close()
  time.nowMs = 100 * MINUTE_MS
  const second = await startProcess(time, folder)
  const begun = second.book.begin(second.book.nextDue() ?? '')
  expect(Date.parse(begun?.slot.scheduledAt ?? '') - 1_800_000_000_000).toBe(3 * INTERVAL_MS)
  second.close()
})

test('a gap in the worklist forgets no rest and no failures, and measures nothing meanwhile', async () => {
  const time: Time = { nowMs: 0 }
  const process = await startProcess(time, temporaryFolder())
  const gone: LaneEnd = {
    end: { errorKind: 'hard_model', retryAfterMs: 0, isCertain: true, reason: 'gone' },
    refusal: 'unclear',
  }
  expect(await attemptDue(process, gone)).toBe(3)
  process.book.pause()
  time.nowMs = 65 * MINUTE_MS
  expect(process.book.nextDue()).toBeNull()
  expect(process.book.counts().models).toBe(0)
  process.book.list(MODELS, INTERVAL_MS)
  expect(process.book.nextDue()).toBeNull()
  expect(process.book.resting()).toMatchObject([
    { model: 'a', untilMs: DAY_MS, reason: 'hard_model: gone' },
    { model: 'b' },
    { model: 'c' },
  ])
  process.close()
})

test('disabling and enabling a model ends its rest, also over a restart', async () => {
  const folder = temporaryFolder()
  const time: Time = { nowMs: 0 }
  const gone: LaneEnd = {
    end: { errorKind: 'hard_model', retryAfterMs: 0, isCertain: true },
    refusal: 'unclear',
  }
  const first = await startProcess(time, folder)
  await attemptDue(first, gone)
  time.nowMs = 31 * MINUTE_MS
  const left = first.book.list(MODELS.slice(1), INTERVAL_MS)
  expect(left).toEqual(['a'])
  for (const model of left) await first.memory.forget(model)
  first.book.list(MODELS, INTERVAL_MS)
  expect(dueOf(first.book)).toEqual(['a'])
  first.close()
  const second = await startProcess(time, folder)
  expect(dueOf(second.book)).toEqual(['a'])
  second.close()
})

test('a refused key is tried at once by the next process', async () => {
  const folder = temporaryFolder()
  const time: Time = { nowMs: 0 }
  const refused: LaneEnd = { end: { errorKind: 'auth', retryAfterMs: 0 }, refusal: 'key' }
  const first = await startProcess(time, folder)
  expect(await attemptDue(first, refused)).toBe(1)
  first.close()
  time.nowMs = MINUTE_MS
  const second = await startProcess(time, folder)
  expect(dueOf(second.book)).toHaveLength(1)
  expect(await attemptDue(second)).toBe(3)
  second.close()
})

/** The model that is due now, where one is. */
function dueOf(book: LaneBook): string[] {
  const model = book.nextDue()
  return model === null ? [] : [model]
}
