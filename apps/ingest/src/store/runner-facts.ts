import type { HeardRunner, RunnerState } from './store.ts'

const FIELDS = {
  outboxDepth: 'outbox_depth',
  outboxOldestAgeSeconds: 'outbox_oldest_age_seconds',
  deadLetters: 'dead_letters',
  configAgeSeconds: 'config_age_seconds',
} as const satisfies Record<keyof Omit<HeardRunner, keyof RunnerState>, string>

/** The fields of a heartbeat that `heardRunner` reads. */
export const RUNNER_FACT_FIELDS: readonly string[] = Object.values(FIELDS)

/** A runner with what its stored heartbeat tells of it; null where that says nothing, or no number. */
export function heardRunner(state: RunnerState, heartbeat: Readonly<Record<string, unknown>>): HeardRunner {
  const amount = (field: string): number | null => {
    const value = heartbeat[field]
    return typeof value === 'number' ? value : null
  }
  return {
    ...state,
    outboxDepth: amount(FIELDS.outboxDepth),
    outboxOldestAgeSeconds: amount(FIELDS.outboxOldestAgeSeconds),
    deadLetters: amount(FIELDS.deadLetters),
    configAgeSeconds: amount(FIELDS.configAgeSeconds),
  }
}
