/** Alarms that last: said when they begin, once an hour while they go on, and when they are over. */
import type { Logger } from 'pino'
import type { Clock } from './clock.ts'

const REMIND_MS = 3_600_000

export type Alarm = {
  /** Says that something is wrong; while it goes on, a line an hour with how often it was raised. */
  readonly raise: (key: string, facts: Readonly<Record<string, unknown>>, message: string) => void
  /** Says that it is over, where it was raised. */
  readonly clear: (key: string, facts: Readonly<Record<string, unknown>>, message: string) => void
}

/** Alarms of one part of the program, told apart by their keys. */
export function createAlarm({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }): Alarm {
  const raised = new Map<string, { times: number; saidMs: number }>()
  return {
    raise: (key, facts, message) => {
      const nowMs = clock.monotonicMs()
      const before = raised.get(key)
      if (before === undefined) {
        raised.set(key, { times: 1, saidMs: nowMs })
        logger.error({ ...facts, alarm: true }, message)
        return
      }
      before.times += 1
      if (nowMs - before.saidMs < REMIND_MS) return
      before.saidMs = nowMs
      logger.error({ ...facts, alarm: true, times: before.times }, message)
    },
    clear: (key, facts, message) => {
      const before = raised.get(key)
      if (!raised.delete(key)) return
      logger.info({ ...facts, times: before?.times ?? 0 }, message)
    },
  }
}
