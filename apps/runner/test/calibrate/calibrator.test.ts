import { execFileSync } from 'node:child_process'
import { createMeasurer } from '@llmbench/providers'
import type { Summary } from '@llmbench/simulator'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { calibrate } from '../../src/calibrate/calibrate.ts'
import type { Calibration } from '../../src/calibrate/calibrate.ts'
import { createCalibrator } from '../../src/calibrate/calibrator.ts'
import type { CalibratorTimes } from '../../src/calibrate/calibrator.ts'
import { createFloor } from '../../src/calibrate/floor.ts'
import { systemClock } from '../../src/clock.ts'
import { createTally } from '../../src/tally.ts'

const NEVER = new AbortController().signal
const LIMIT_MS = 5

const summary = (p99Ms: number, count = 10, minMs = 0): Summary => ({
  count,
  p50Ms: 0.1,
  p99Ms,
  minMs,
  maxMs: p99Ms,
})
const errors = (gapsMs: number, count = 10, earliestMs = 0) => ({
  firstToken: summary(1, count),
  gaps: summary(gapsMs, count),
  stamps: summary(1, 10 * count, earliestMs),
})
/** With a tainted run among them that was far off: it does not count. */
const within: Calibration = { ...errors(90), untainted: errors(1), runs: 4, failedRuns: 0, taintedRuns: 1 }
const above: Calibration = { ...within, untainted: errors(LIMIT_MS + 0.001) }

type World = {
  untilDueMs: number
  /** How often it was looked whether something is due. */
  looks: number
  outcomes: (Calibration | Error)[]
  readonly times: Partial<CalibratorTimes>
  readonly calibrate: ((signal: AbortSignal) => Promise<Calibration>) | null
}

/** A calibrator that plays these outcomes, the last one for ever. */
function startCalibrator(differences: Partial<World> = {}) {
  const world: World = {
    untilDueMs: 60_000,
    looks: 0,
    outcomes: [within],
    times: {},
    calibrate: null,
    ...differences,
  }
  const made: Calibration[] = []
  const logs: string[] = []
  const tally = createTally(systemClock.wallMs)
  const floor = createFloor()
  const times = {
    startMs: 0,
    periodMs: 5,
    retryMs: 5,
    lookMs: 1,
    quietMs: 20_000,
    patienceMs: 60_000,
    deadlineMs: 60_000,
    ...world.times,
  }
  const play = (): Promise<Calibration> => {
    const outcome = world.outcomes.length > 1 ? world.outcomes.shift() : world.outcomes[0]
    if (outcome === undefined || outcome instanceof Error) return Promise.reject(outcome ?? new Error('none'))
    made.push(outcome)
    return Promise.resolve(outcome)
  }
  const calibrator = createCalibrator({
    calibrate: world.calibrate ?? play,
    floor,
    limitMs: LIMIT_MS,
    times,
    clock: systemClock,
    tally,
    logger: pino({}, { write: (line: string) => logs.push(line) }),
  })
  const stop = new AbortController()
  const running = calibrator.run(stop.signal, () => {
    world.looks += 1
    return world.untilDueMs
  })
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  return { world, calibrator, floor, tally, logs, made }
}

test('nothing is calibrated while something runs or is due soon', async () => {
  const { world, calibrator, floor, made } = startCalibrator({ untilDueMs: 1000 })
  const leave = await floor.enter(NEVER)
  await vi.waitUntil(() => world.looks > 5)
  world.untilDueMs = 60_000
  const looks = world.looks
  await vi.waitUntil(() => world.looks > looks + 5)
  expect(made).toHaveLength(0)
  leave?.()
  await vi.waitUntil(() => calibrator.report() !== null)
  expect(calibrator.report()).toMatchObject({ passed: true, limit_ms: 5, gaps_p99_ms: 1, runs: 4 })
  expect(calibrator.taint()).toBeNull()
})

test('a runner that is never quiet holds its runs back once its patience is at its end', async () => {
  const { calibrator, floor } = startCalibrator({ untilDueMs: 0, times: { patienceMs: 10 } })
  const leave = await floor.enter(NEVER)
  const late = vi.waitUntil(() => calibrator.report() !== null)
  leave?.()
  await late
  expect(await floor.enter(NEVER)).not.toBeNull()
})

test('two calibrations above the limit in a row taint what is measured, until one passes', async () => {
  const { world, calibrator, tally } = startCalibrator({ outcomes: [above] })
  await vi.waitUntil(() => calibrator.report() !== null)
  expect(calibrator.report()).toMatchObject({ passed: false, gaps_p99_ms: 5.001 })
  expect(calibrator.taint()).toBe('calibration_above_limit')
  expect(tally.lastFault()).toMatch(/above 5 ms, rows are tainted/)
  world.outcomes = [within]
  await vi.waitUntil(() => calibrator.taint() === null)
  expect(calibrator.report()).toMatchObject({ passed: true })
})

test.each([
  [-LIMIT_MS - 0.001, false],
  [-1000, false],
  [-LIMIT_MS, true],
])('a calibration whose earliest stamp is %d ms off passes: %j', async (earliestMs, passed) => {
  const { calibrator } = startCalibrator({ outcomes: [{ ...within, untainted: errors(1, 10, earliestMs) }] })
  await vi.waitUntil(() => calibrator.report() !== null)
  expect(calibrator.report()).toMatchObject({ passed, stamp_min_ms: earliestMs, stamp_max_ms: 1 })
  expect(calibrator.taint()).toBe(passed ? null : 'calibration_above_limit')
})

test('a single one above the limit is repeated at once and taints nothing', async () => {
  const { calibrator, made } = startCalibrator({ outcomes: [above, within], times: { periodMs: 60_000 } })
  await vi.waitUntil(() => calibrator.report() !== null)
  expect(calibrator.report()).toMatchObject({ passed: true })
  expect(made).toEqual([above, within])
})

test('a simulator that cannot be started leaves the error unknown, says so, and is tried again', async () => {
  const { world, calibrator, tally, logs } = startCalibrator({ outcomes: [new Error('no such file')] })
  await vi.waitUntil(() => logs.length >= 2)
  expect(calibrator.report()).toBeNull()
  expect(calibrator.taint()).toBeNull()
  expect(logs[0]).toMatch(/"reason":"no such file".*its own error is not known/)
  expect(tally.lastFault()).toMatch(/calibration: no such file/)
  world.outcomes = [within]
  await vi.waitUntil(() => calibrator.report() !== null)
  world.outcomes = [new Error('gone')]
  await vi.waitUntil(() => calibrator.report() === null)
})

test('what was found above the limit taints on while nothing better is known', async () => {
  const { world, calibrator, logs } = startCalibrator({ outcomes: [above] })
  await vi.waitUntil(() => calibrator.taint() !== null)
  world.outcomes = [new Error('no such file')]
  await vi.waitUntil(() => logs.some((line) => line.includes('no such file')))
  expect(calibrator.taint()).toBe('calibration_above_limit')
})

test('runs of which none could be judged are no calibration', async () => {
  const nothing = { ...within, untainted: errors(Number.NaN, 0), failedRuns: 3 }
  const { calibrator, tally } = startCalibrator({ outcomes: [nothing] })
  await vi.waitUntil(() => tally.lastFault() !== null)
  expect(tally.lastFault()).toMatch(/No run could be judged: of 4 3 failed and 1 were tainted/)
  expect(calibrator.report()).toBeNull()
})

test('one that does not end is given up at its deadline, and runs may enter again', async () => {
  const hanging = (): Promise<Calibration> => new Promise(() => undefined)
  const { floor, tally } = startCalibrator({ calibrate: hanging, times: { deadlineMs: 20, retryMs: 60_000 } })
  await vi.waitUntil(() => tally.lastFault() !== null)
  expect(tally.lastFault()).toMatch(/did not end within its deadline of 0.02 s/)
  expect(await floor.enter(NEVER)).not.toBeNull()
})

test('the real transport against the real simulator gives a calibration, and the simulator’s process is ended', async () => {
  const measurer = createMeasurer()
  onTestFinished(() => measurer.close())
  const made: Calibration[] = []
  const real = async (signal: AbortSignal): Promise<Calibration> => {
    const one = await calibrate({ streams: 2, rounds: 1, rate: 100, chunks: 10 }, measurer, signal)
    made.push(one)
    return one
  }
  const times = { periodMs: 60_000, retryMs: 60_000 }
  const { calibrator, tally } = startCalibrator({ calibrate: real, times })
  const isOver = (): boolean => calibrator.report() !== null || tally.lastFault() !== null
  await vi.waitUntil(isOver, { timeout: 50_000 })
  const last = made.at(-1)
  expect(last).toMatchObject({ runs: 2, failedRuns: 0, firstToken: { count: 2 }, gaps: { count: 18 } })
  expect(last?.untainted.firstToken.count).toBe(2 - (last?.taintedRuns ?? 0))
  // On a machine that is too busy to measure at all there is nothing to judge by.
  expect(calibrator.report() === null).toBe(last?.taintedRuns === 2)
  const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' })
  expect(children).not.toMatch(/exit-with-stdin/)
}, 60_000)

test('a calibration that is cut while its streams run ends with the reason', async () => {
  const measurer = createMeasurer()
  onTestFinished(() => measurer.close())
  const stop = new AbortController()
  const cutting = {
    measure: (...args: Parameters<typeof measurer.measure>) => {
      setImmediate(() => stop.abort(new Error('Stopped by SIGTERM')))
      return measurer.measure(...args)
    },
  }
  const work = calibrate({ streams: 1, rounds: 50, rate: 10, chunks: 100 }, cutting, stop.signal)
  await expect(work).rejects.toThrow('Stopped by SIGTERM')
}, 60_000)

test('a run that does not end in time is not waited for, and the others may go on', async () => {
  const { floor, tally } = startCalibrator({ times: { patienceMs: 0, deadlineMs: 20, retryMs: 60_000 } })
  const leave = await floor.enter(NEVER)
  await vi.waitUntil(() => tally.lastFault() !== null)
  expect(tally.lastFault()).toMatch(/did not end within its deadline of 0.02 s/)
  expect(await floor.enter(NEVER)).not.toBeNull()
  leave?.()
})
