/** Speaks to a supervisor such as systemd: https://www.freedesktop.org/software/systemd/man/sd_notify.html */
import { execFile } from 'node:child_process'
import type { Logger } from 'pino'

/** systemd's own tool speaks its protocol; Node has no datagram sockets of that kind. */
const NOTIFIER = 'systemd-notify'
const DEADLINE_MS = 8000
/** A supervisor has to wait for a few of these: `WatchdogSec` of half a minute or more. */
const ALIVE_MS = 10_000

export type Supervisor = {
  /** Says that requests are answered, and from then on that the event loop turns. */
  readonly ready: () => void
  readonly stopping: () => void
}

/** Who listens at `NOTIFY_SOCKET`; nobody where it is not set. The tool is given nothing else of the environment. */
export function createSupervisor(
  { NOTIFY_SOCKET = '', PATH = '' }: Readonly<Record<string, string | undefined>>,
  logger: Pick<Logger, 'warn'>,
): Supervisor {
  if (NOTIFY_SOCKET === '') return { ready: () => undefined, stopping: () => undefined }
  let failing = false
  let timer: NodeJS.Timeout | undefined
  const options = { env: { PATH, NOTIFY_SOCKET }, timeout: DEADLINE_MS }
  const note = (error: Error | null): void => {
    // A lasting fault is logged once.
    if (error !== null && !failing) logger.warn({ reason: error.message }, 'Notifying the supervisor failed')
    failing = error !== null
  }
  const say = (state: string): void => {
    try {
      execFile(NOTIFIER, [state], options, note)
    } catch (error) {
      note(error instanceof Error ? error : new Error(String(error)))
    }
  }
  return {
    ready: () => {
      say('READY=1')
      timer = setInterval(() => say('WATCHDOG=1'), ALIVE_MS)
    },
    stopping: () => {
      clearInterval(timer)
      say('STOPPING=1')
    },
  }
}
