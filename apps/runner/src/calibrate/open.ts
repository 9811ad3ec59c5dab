/** A daemon's calibrator, unless it is told not to calibrate. */
import type { Measurer } from '@llmbench/providers'
import type { Logger } from 'pino'
import type { Target } from '../attempt.ts'
import type { Options } from '../cli.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Tally } from '../tally.ts'
import { CALIBRATOR_TIMES, createCalibrator } from './calibrator.ts'
import type { Calibrator } from './calibrator.ts'
import type { Floor } from './floor.ts'

/** Six seconds of streams at the pace of a usual model. */
const CALIBRATION = { rounds: 3, rate: 50, chunks: 100 } as const
/** As many as the lanes can have in flight, as far as a small machine plays them truly. */
const MOST_STREAMS = 4

export type CalibratorOpening = {
  readonly options: Pick<Options, 'daemon'>
  readonly config: Pick<Config, 'calibrationLimitMs'>
  readonly targets: readonly Target[]
  readonly floor: Floor
  readonly measurer: Measurer
  readonly clock: Clock
  readonly tally: Tally
  readonly logger: Logger
}

/** A calibrator on the floor that runs have to enter; null for a single cycle and where it is switched off. */
export function openCalibrator(parts: CalibratorOpening): Calibrator | null {
  const { options, config, targets, floor, measurer, clock, tally, logger } = parts
  const limitMs = config.calibrationLimitMs
  if (!options.daemon || limitMs === null) return null
  const streams = Math.min(MOST_STREAMS, targets.length)
  return createCalibrator({
    floor,
    limitMs,
    times: CALIBRATOR_TIMES,
    clock,
    tally,
    logger,
    // Loaded when it is needed: the simulator's code takes memory.
    calibrate: async (signal) => {
      const { calibrate } = await import('./calibrate.ts')
      return await calibrate({ ...CALIBRATION, streams }, measurer, signal)
    },
  })
}
