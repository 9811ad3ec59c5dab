/**
 * Notes what an exchange does: nothing else looks at the socket or the clock while a stream runs.
 *
 * A read is stamped when its socket becomes readable, before the HTTP parser sees it, and the data callback stores
 * that stamp with the bytes and does nothing else (docs/decisions/2026-11-24-stamp-at-readable.md). HTTP chunks that
 * arrive in one read so share one stamp.
 */
import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { monotonicNs } from './clock.ts'
import { TapeLimitReached } from './failure.ts'
import type { ReadStore } from './read-store.ts'
import { TAPE_LIMIT_BYTES } from './tape.ts'
import type { Tape, WireStage } from './tape.ts'

/** The tape while it is written. */
export type Recording = {
  stage: WireStage
  startNs: bigint | null
  firstByteNs: bigint | null
  response: Tape['response']
  readonly store: ReadStore
}

/** What the exchange tells beside the recording. */
export type Hooks = {
  readonly begun: () => void
  readonly done: (endNs: bigint) => void
  readonly failed: (error: Error) => void
  readonly cut: (error: Error) => void
}

/** The handler of one exchange over that socket; to be made before the request is handed over. */
export function createHandler(
  socket: Socket,
  recording: Recording,
  arrivalNs: () => bigint,
  hooks: Hooks,
): Dispatcher.DispatchHandler {
  let readableNs = 0n
  const { store } = recording
  // Before undici's own listener, so that the stamp is taken before anything looks at the bytes.
  socket.prependListener('readable', () => {
    readableNs = arrivalNs()
    if (recording.startNs === null) return
    // A turn may have begun to hand out reads before this request was handed over.
    if (readableNs < recording.startNs) readableNs = recording.startNs
    // The end of the connection makes a socket readable too, without a byte.
    if (recording.firstByteNs === null && socket.readableLength > 0) recording.firstByteNs = readableNs
  })
  // A body without a length ends with the connection: that moment is an arrival too.
  socket.prependListener('end', () => {
    readableNs = arrivalNs()
  })
  return {
    onRequestStart: () => {
      recording.stage = 'send'
      hooks.begun()
      recording.startNs = monotonicNs()
    },
    onResponseStart: (_controller, status, headers) => {
      // 102 and 103 come before the response, which begins with a byte of its own.
      if (status < 200) {
        recording.firstByteNs = null
        return
      }
      recording.firstByteNs ??= readableNs
      recording.stage = 'body'
      recording.response = { status, headers: flatHeaders(headers) }
    },
    onResponseData: (_controller, bytes) => {
      store.push(readableNs, bytes)
      if (store.bytes() > TAPE_LIMIT_BYTES) hooks.cut(new TapeLimitReached())
    },
    onResponseEnd: () => hooks.done(readableNs),
    onResponseError: (_controller, error) => {
      settleStage(socket, recording)
      hooks.failed(error)
    },
  }
}

/** A request of which nothing waits in the socket any more has been sent: the answer is what is missing. */
export function settleStage(socket: Socket, recording: Recording): void {
  if (recording.stage === 'send' && socket.writableLength === 0) recording.stage = 'headers'
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    // Cookies identify a session and say nothing about a measurement.
    if (value !== undefined && name !== 'set-cookie')
      flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
