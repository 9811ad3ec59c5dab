import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createFloor } from '../../src/calibrate/floor.ts'
import type { Floor } from '../../src/calibrate/floor.ts'
import { systemClock } from '../../src/clock.ts'
import { createQuiet } from '../../src/discovery/quiet.ts'

const FOREVER = new AbortController().signal

/** A run as far as the floor is concerned. */
async function run(floor: Floor, work: Promise<unknown>): Promise<void> {
  const leave = await floor.enter(FOREVER)
  await work
  leave?.()
}

test('what needs quiet begins when the last run has ended; a run that comes meanwhile waits', async () => {
  const floor = createFloor()
  const whenQuiet = createQuiet(floor, systemClock, { lookMs: 1, patienceMs: 5000, settleMs: 1000 })
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const runs = [run(floor, first.promise), run(floor, second.promise)]
  const work = Promise.withResolvers<string>()
  const begun = Promise.withResolvers<void>()
  const alone = whenQuiet(() => {
    begun.resolve()
    return work.promise
  }, FOREVER)
  first.resolve()
  await runs[0]
  expect(floor.inside()).toBe(1)
  second.resolve()
  await begun.promise
  const late = run(floor, Promise.resolve())
  await sleep(0)
  expect(floor.inside()).toBe(0)
  work.resolve('done')
  expect(await alone).toBe('done')
  await Promise.all([...runs, late])
})

test('after the patience new runs are held back; one that goes on puts it off, and the others go on', async () => {
  const floor = createFloor()
  const whenQuiet = createQuiet(floor, systemClock, { lookMs: 1, patienceMs: 20, settleMs: 20 })
  const long = Promise.withResolvers<void>()
  const running = run(floor, long.promise)
  expect(await whenQuiet(async () => 'never', FOREVER)).toBeNull()
  await run(floor, Promise.resolve())
  long.resolve()
  await running
  expect(await whenQuiet(async () => 'now', FOREVER)).toBe('now')
})

test('runs that follow each other without a pause are held back after the patience', async () => {
  const floor = createFloor()
  const whenQuiet = createQuiet(floor, systemClock, { lookMs: 40, patienceMs: 30, settleMs: 5000 })
  const stop = new AbortController()
  const lanes = [5, 7].map(async (ms) => {
    while (!stop.signal.aborted) await run(floor, sleep(ms))
  })
  expect(await whenQuiet(async () => 'in between', FOREVER)).toBe('in between')
  stop.abort()
  await Promise.all(lanes)
})

test('a failure, and a signal, let the runs go on', async () => {
  const floor = createFloor()
  const whenQuiet = createQuiet(floor, systemClock)
  await expect(whenQuiet(() => Promise.reject(new Error('no')), FOREVER)).rejects.toThrow('no')
  const long = Promise.withResolvers<void>()
  const running = run(floor, long.promise)
  const stop = new AbortController()
  const alone = whenQuiet(async () => 'never', stop.signal)
  stop.abort()
  expect(await alone).toBeNull()
  long.resolve()
  await running
  await run(floor, Promise.resolve())
})
