/** A descriptor of stdout or stderr on which a write never waits for the reader. */
import { constants, openSync } from 'node:fs'

/** What is needed of `process.stdout` or `process.stderr`. */
export type StandardStream = { readonly fd: number; readonly isTTY?: boolean }

/**
 * The descriptor to write to. Node has made pipes and sockets non-blocking when it opened the stream; a terminal, which
 * may be suspended (Ctrl-S) or have nobody behind it, is opened once more, without the flag for whoever shares it. A
 * file is what it is.
 */
export function openDescriptor({ fd, isTTY }: StandardStream): number {
  if (isTTY !== true) return fd
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch {
    // A terminal of somebody else's, as after `su`: better one that can block than none.
    return fd
  }
}
