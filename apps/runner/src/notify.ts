/** Speaks to a supervisor such as systemd: https://www.freedesktop.org/software/systemd/man/sd_notify.html */
import { execFile } from 'node:child_process'
import { describeError } from './faults.ts'

/** systemd's own tool speaks its protocol; Node has no datagram sockets of that kind. */
const NOTIFIER = 'systemd-notify'
const DEADLINE_MS = 8000

/** Tells a supervisor states such as `READY=1`, in one message; does nothing where there is none. */
export type NotifySupervisor = (...states: readonly string[]) => void

export type NotifierParts = {
  /** `NOTIFY_SOCKET`; empty or absent where nobody listens. */
  readonly socket: string | undefined
  /** Where the tool is looked for. */
  readonly path: string | undefined
  /** Told why a message could not be sent, once until one is sent again. */
  readonly onFailure: (reason: string) => void
}

/** A notifier for the socket. The tool is given the socket and nothing else of the environment. */
export function createNotifier({ socket = '', path = '', onFailure }: NotifierParts): NotifySupervisor {
  if (socket === '') return () => undefined
  let failing = false
  const options = { env: { PATH: path, NOTIFY_SOCKET: socket }, timeout: DEADLINE_MS }
  return (...states) => {
    execFile(NOTIFIER, states, options, (error) => {
      if (error !== null && !failing) onFailure(`${NOTIFIER}: ${describeError(error)}`)
      failing = error !== null
    })
  }
}
