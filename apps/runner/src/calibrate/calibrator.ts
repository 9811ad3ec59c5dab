/**
 * Calibrates a daemon once a day, when nothing is measured: a run beside it would disturb the calibration, and the
 * calibration the run. What becomes due meanwhile waits, for seconds, and its row says so (`scheduled_at`, `run_ts`).
 */
import type { Logger } from 'pino'
import { pause } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { describeError } from '../faults.ts'
import type { Tally } from '../tally.ts'
import type { Calibration } from './calibrate.ts'
import { settledOrAborted } from './floor.ts'
import type { Floor } from './floor.ts'
import { CALIBRATION_TAINT, judgeCalibration } from './verdict.ts'
import type { CalibrationReport } from './verdict.ts'

export type CalibratorTimes = {
  /** The first cycle comes first. */
  readonly startMs: number
  readonly periodMs: number
  /** After one that did not pass, or could not be made. */
  readonly retryMs: number
  /** How often it is looked whether there is time for one. */
  readonly lookMs: number
  /** The time until the next run is due that a calibration wants to have. */
  readonly quietMs: number
  /** After waiting so long for a quiet moment, runs are held back for one. */
  readonly patienceMs: number
  /** The longest that runs are held back, the wait for those under way included. */
  readonly deadlineMs: number
}

export const CALIBRATOR_TIMES: CalibratorTimes = {
  startMs: 30_000,
  periodMs: 24 * 3_600_000,
  retryMs: 600_000,
  lookMs: 1000,
  quietMs: 20_000,
  patienceMs: 600_000,
  deadlineMs: 60_000,
}

export type CalibratorParts = {
  /** One calibration. It rejects where the simulator cannot be started, and ends when the signal aborts. */
  readonly calibrate: (signal: AbortSignal) => Promise<Calibration>
  readonly floor: Floor
  readonly limitMs: number
  readonly times: CalibratorTimes
  readonly clock: Clock
  readonly logger: Logger
  readonly tally: Tally
}

export type Calibrator = {
  /** Goes on until the signal aborts; `untilDueMs` says how long it is until a run is due. */
  readonly run: (signal: AbortSignal, untilDueMs: () => number) => Promise<void>
  /** The last calibration; null while the runner's own error is not known. */
  readonly report: () => CalibrationReport | null
  /** The reason for which what is measured now is tainted, or null. */
  readonly taint: () => string | null
}

/** A calibrator; nothing it does ends the daemon. */
export function createCalibrator(parts: CalibratorParts): Calibrator {
  const { floor, times, clock, logger, tally } = parts
  let report: CalibrationReport | null = null

  /** Resolves when nothing runs and nothing is due soon, or when the patience is at its end. */
  async function waitForQuiet(signal: AbortSignal, untilDueMs: () => number): Promise<void> {
    const startMs = clock.monotonicMs()
    const isQuiet = (): boolean => untilDueMs() >= times.quietMs && floor.inside() === 0
    while (!signal.aborted && !isQuiet() && clock.monotonicMs() - startMs < times.patienceMs) {
      await pause(times.lookMs, signal)
    }
  }

  async function calibrateAlone(signal: AbortSignal): Promise<CalibrationReport | null> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(times.deadlineMs)])
    const leave = await floor.takeAlone(deadline)
    if (leave === null) {
      if (signal.aborted) return null
      throw pastDeadline(times)
    }
    try {
      const first = await judged(parts, deadline)
      // One that is above may have met a busy neighbour; two in a row have met the runner.
      return first.passed ? first : await judged(parts, deadline)
    } finally {
      leave()
    }
  }

  function note(found: CalibrationReport): void {
    report = found
    const { passed, ...facts } = found
    if (passed) return logger.info(facts, 'Calibrated: the runner’s own error is within the limit')
    tally.fault(`calibration: the runner's own error is above ${found.limit_ms} ms, rows are tainted`)
    logger.error({ ...facts, alarm: true }, 'The runner’s own error is above the limit: rows are tainted')
  }

  /** What is not known is said to be unknown; what was found above the limit stays so until one passes. */
  function noteUnknown(error: unknown): void {
    if (report?.passed === true) report = null
    const reason = describeError(error)
    tally.fault(`calibration: ${reason}`)
    logger.warn({ reason }, 'The runner cannot be calibrated: its own error is not known')
  }

  return {
    run: async (signal, untilDueMs) => {
      await pause(times.startMs, signal)
      while (!signal.aborted) {
        await waitForQuiet(signal, untilDueMs)
        let passed = false
        try {
          const found = await calibrateAlone(signal)
          if (found !== null) note(found)
          passed = found?.passed === true
        } catch (error) {
          if (!signal.aborted) noteUnknown(error)
        }
        await pause(passed ? times.periodMs : times.retryMs, signal)
      }
    },
    report: () => report,
    taint: () => (report?.passed === false ? CALIBRATION_TAINT : null),
  }
}

/** Rejects where no run could be judged, or the time was not enough. */
async function judged(
  { calibrate, limitMs, times, clock }: CalibratorParts,
  signal: AbortSignal,
): Promise<CalibrationReport> {
  const work = calibrate(signal)
  await settledOrAborted(work, signal)
  if (signal.aborted) throw pastDeadline(times)
  const calibration = await work
  if (calibration.untainted.firstToken.count === 0) {
    const { runs, failedRuns, taintedRuns } = calibration
    throw new Error(`No run could be judged: of ${runs} ${failedRuns} failed and ${taintedRuns} were tainted`)
  }
  return judgeCalibration(calibration, limitMs, clock.wallMs())
}

function pastDeadline({ deadlineMs }: CalibratorTimes): Error {
  return new Error(`The calibration did not end within its deadline of ${deadlineMs / 1000} s`)
}
