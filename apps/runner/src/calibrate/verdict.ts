/** What a calibration means for the rows that are measured after it. Pure. */
import type { Calibration, Errors } from './calibrate.ts'

/** A calibration as the heartbeat tells it. */
export type CalibrationReport = {
  readonly at: string
  /** Whether both errors are within the limit and no run failed. */
  readonly passed: boolean
  readonly limit_ms: number
  readonly first_token_p50_ms: number | null
  readonly first_token_p99_ms: number | null
  readonly gaps_p99_ms: number | null
  /** The earliest and the latest of all stamps beside its write; below 0 is early. */
  readonly stamp_min_ms: number | null
  readonly stamp_max_ms: number | null
  readonly runs: number
  readonly failed_runs: number
  readonly tainted_runs: number
}

/** The reason in `quality.tainted` of every row that is measured while the runner's own error is above the limit. */
export const CALIBRATION_TAINT = 'calibration_above_limit'

/**
 * The calibration judged by the runs that would be published. A run that the runner calls
 * tainted is not published anyhow, and says nothing against those that it trusts.
 */
export function judgeCalibration(
  calibration: Calibration,
  limitMs: number,
  atWallMs: number,
): CalibrationReport {
  const { runs, failedRuns, taintedRuns } = calibration
  const { firstToken, gaps, stamps } = calibration.untainted
  return {
    at: new Date(atWallMs).toISOString(),
    passed: failedRuns === 0 && isWithin(calibration.untainted, limitMs),
    limit_ms: limitMs,
    first_token_p50_ms: known(firstToken.p50Ms),
    first_token_p99_ms: known(firstToken.p99Ms),
    gaps_p99_ms: known(gaps.p99Ms),
    stamp_min_ms: known(stamps.minMs),
    stamp_max_ms: known(stamps.maxMs),
    runs,
    failed_runs: failedRuns,
    tainted_runs: taintedRuns,
  }
}

/**
 * Whether the p99 of both absolute errors is within the limit, and no stamp earlier than its write by more. A busy
 * machine makes stamps late now and then; nothing but a fault of the runner makes one early.
 */
export function isWithin({ firstToken, gaps, stamps }: Errors, limitMs: number): boolean {
  return firstToken.p99Ms <= limitMs && gaps.p99Ms <= limitMs && stamps.minMs >= -limitMs
}

/** Microseconds are enough; where there was no stamp there is no number. */
function known(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms * 1000) / 1000 : null
}
