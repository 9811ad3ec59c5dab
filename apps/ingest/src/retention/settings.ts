import { z } from 'zod'
import { parseVariables, wholeOrNone, type Environment } from '../variables.ts'
import type { RetentionSettings } from './retention.ts'

/** Shorter than this, a row could be sent again, and taken for new, after it was removed: 90 days is the oldest taken. */
const MIN_RETENTION_DAYS = 100

const Retention = z.object({
  RETENTION_DAYS_METRICS_CLOUD_V2: wholeOrNone(MIN_RETENTION_DAYS, 100_000),
  RETENTION_DAYS_METRICS_CLOUD_PROBE: wholeOrNone(MIN_RETENTION_DAYS, 100_000),
  RETENTION_DAYS_ERRORS_CLOUD: wholeOrNone(MIN_RETENTION_DAYS, 100_000),
})

/** How long raw rows are kept, for ever where nothing is said. Throws `ConfigFault` naming the variable. */
export function readRetentionSettings(environment: Environment): RetentionSettings {
  const variables = parseVariables(Retention, environment)
  return {
    metrics_cloud_v2: variables.RETENTION_DAYS_METRICS_CLOUD_V2 ?? null,
    metrics_cloud_probe: variables.RETENTION_DAYS_METRICS_CLOUD_PROBE ?? null,
    errors_cloud: variables.RETENTION_DAYS_ERRORS_CLOUD ?? null,
  }
}
