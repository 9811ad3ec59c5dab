import type { HeardRunner } from './store/store.ts'

type RunnerGauge = {
  readonly name: string
  readonly help: string
  /** Null leaves the runner out: not known, or not to be expected. */
  readonly read: (runner: HeardRunner, now: Date) => number | null
}

/** What the metrics tell of each runner, out of its last heartbeat. */
export const RUNNER_GAUGES: readonly RunnerGauge[] = [
  {
    name: 'runner_heartbeat_age_seconds',
    help: 'Time since a runner was heard; not of those that said they stopped',
    read: ({ state, receivedAt }, now) =>
      state === 'stopped' ? null : Math.max(0, (now.getTime() - receivedAt.getTime()) / 1000),
  },
  {
    name: 'runner_outbox_depth',
    help: 'Results and errors that wait on a runner, as it last said',
    read: ({ outboxDepth }) => outboxDepth,
  },
  {
    name: 'runner_outbox_oldest_age_seconds',
    help: 'Age of the oldest of them, as the runner last said',
    read: ({ outboxOldestAgeSeconds }) => outboxOldestAgeSeconds,
  },
  {
    name: 'runner_dead_letters',
    help: 'Documents that the ingest refused for good and the runner keeps',
    read: ({ deadLetters }) => deadLetters,
  },
  {
    name: 'runner_config_age_seconds',
    help: 'Age of the list of models that a runner works from, as it last said',
    read: ({ configAgeSeconds }) => configAgeSeconds,
  },
  {
    name: 'runner_calibration_passed',
    help: "1 when a runner's own error was within its limit the last time it measured it, else 0",
    read: ({ calibrationPassed }) => (calibrationPassed === null ? null : Number(calibrationPassed)),
  },
  {
    name: 'runner_calibration_p99_seconds',
    help: 'That error at the first token, 99th percentile',
    read: ({ calibrationErrorSeconds }) => calibrationErrorSeconds,
  },
]
