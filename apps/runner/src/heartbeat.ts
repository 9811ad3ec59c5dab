/** The runner's sign of life: sent every half minute, so that the ingest can raise the alarm on silence. */
import type { Logger } from 'pino'
import { pause } from './clock.ts'
import type { KeyRing } from './delivery/keys.ts'
import { describeError } from './faults.ts'
import { isFailure } from './http.ts'
import type { Send } from './http.ts'
import type { Reporter } from './report.ts'

const PERIOD_MS = 30_000
const SPREAD = 0.2
const REQUEST_DEADLINE_MS = 10_000

export type HeartbeatParts = {
  readonly url: string
  readonly keys: KeyRing
  readonly send: Send
  readonly random: () => number
  readonly logger: Logger
  readonly report: Reporter
}

export type Heartbeat = {
  readonly run: (signal: AbortSignal) => Promise<void>
  /** One last sign, so that a planned stop is not taken for silence. */
  readonly sendStopped: (signal: AbortSignal) => Promise<void>
}

/** A heartbeat; a failure to send one is logged and the next one is sent all the same. */
export function createHeartbeat(parts: HeartbeatParts): Heartbeat {
  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await beat(parts, 'running', signal)
        await pause(PERIOD_MS * (1 - SPREAD + 2 * SPREAD * parts.random()), signal)
      }
    },
    sendStopped: (signal) => beat(parts, 'stopped', signal),
  }
}

/** Which models rest is of this machine's status alone. */
function withoutRests(key: string, value: unknown): unknown {
  return key === 'resting' ? undefined : value
}

async function beat(parts: HeartbeatParts, state: 'running' | 'stopped', signal: AbortSignal): Promise<void> {
  const { url, keys, send, logger } = parts
  try {
    const report = await parts.report()
    const body = JSON.stringify(state === 'stopped' ? { ...report, state } : report, withoutRests)
    const answer = await keys.send((authorization) =>
      send({
        method: 'POST',
        url,
        headers: { authorization, 'content-type': 'application/json' },
        body,
        deadlineMs: REQUEST_DEADLINE_MS,
        signal,
      }),
    )
    if (signal.aborted) return
    if (isFailure(answer)) logger.warn({ reason: answer.failure }, 'The heartbeat was not delivered')
    else if (answer.status >= 300) logger.warn({ status: answer.status }, 'The heartbeat was not accepted')
  } catch (error) {
    logger.error({ reason: describeError(error) }, 'The heartbeat failed and goes on')
  }
}
