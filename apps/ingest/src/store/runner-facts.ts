import type { HeardRunner, RunnerState } from './store.ts'

/** The fields of a heartbeat that `heardRunner` reads. */
export const RUNNER_FACT_FIELDS: readonly string[] = [
  'outbox_depth',
  'outbox_oldest_age_seconds',
  'dead_letters',
  'config_age_seconds',
  'calibration',
  'providers',
]

type Fields = Readonly<Record<string, unknown>>

/** A runner with what its stored heartbeat tells of it; null where that says nothing, or something else. */
export function heardRunner(state: RunnerState, heartbeat: Fields): HeardRunner {
  const calibration = isFields(heartbeat['calibration']) ? heartbeat['calibration'] : {}
  const passed = calibration['passed']
  const errorMs = amount(calibration['first_token_p99_ms'])
  return {
    ...state,
    outboxDepth: amount(heartbeat['outbox_depth']),
    outboxOldestAgeSeconds: amount(heartbeat['outbox_oldest_age_seconds']),
    deadLetters: amount(heartbeat['dead_letters']),
    configAgeSeconds: amount(heartbeat['config_age_seconds']),
    calibrationPassed: typeof passed === 'boolean' ? passed : null,
    calibrationErrorSeconds: errorMs === null ? null : errorMs / 1000,
    vendors: isFields(heartbeat['providers']) ? Object.keys(heartbeat['providers']) : [],
  }
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const amount = (value: unknown): number | null => (typeof value === 'number' ? value : null)
