/**
 * Records one exchange as a tape: the only place that holds a socket and reads the clock while a stream runs.
 *
 * A read is stamped when its socket becomes readable, before the HTTP parser sees it, and the data callback stores
 * that stamp with the bytes and does nothing else (docs/decisions/2026-11-24-stamp-at-readable.md). HTTP chunks that
 * arrive in one read so share one stamp.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import { monotonicNs, wallMs } from './clock.ts'
import { NOTHING_OPENED, openConnection } from './connect.ts'
import type { Opening } from './connect.ts'
import { DeadlinePassed, watchDeadlines } from './deadlines.ts'
import type { DeadlineLimits } from './deadlines.ts'
import { describeFailure, TapeLimitReached } from './failure.ts'
import { createReadStore } from './read-store.ts'
import type { ReadStore } from './read-store.ts'
import { TAPE_LIMIT_BYTES } from './tape.ts'
import type { Tape, TapeRead, WireStage } from './tape.ts'

export type Exchange = {
  readonly method: 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export type RecordOptions = {
  readonly deadlines: DeadlineLimits
  /** Ends the run early: the tape then says `aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Whether reads hold any content; asked at most once in a run, when the first-token deadline has passed. */
  readonly hasContent: (reads: readonly TapeRead[]) => boolean
  /** Told when the request is handed to the connection. */
  readonly onStart?: (() => void) | undefined
  /** Stamps reads; runs of one process share it (see `createArrivalClock`). */
  readonly arrivalNs: () => bigint
}

/** The tape while it is written. */
type Recording = {
  stage: WireStage
  startNs: bigint | null
  firstByteNs: bigint | null
  response: Tape['response']
  readonly store: ReadStore
}

/** Runs the exchange on a connection of its own. Never rejects: what went wrong is on the tape. */
export async function recordTape(exchange: Exchange, options: RecordOptions): Promise<Tape> {
  const wall = { wallMs: wallMs(), wallAtNs: monotonicNs() }
  const opening: Opening = { ...NOTHING_OPENED }
  const recording: Recording = {
    stage: 'connect',
    startNs: null,
    firstByteNs: null,
    response: null,
    store: createReadStore(),
  }
  let socket: Socket | undefined
  let failure: Tape['failure'] = null
  let endNs: bigint
  try {
    const url = new URL(exchange.url)
    socket = await openWithin(url, opening, options)
    endNs = await exchangeOver(socket, url, exchange, options, recording)
  } catch (error) {
    endNs = monotonicNs()
    failure = describeFailure(error, recording.stage, options.signal)
  } finally {
    if (socket !== undefined) await destroyed(socket)
  }
  const { startNs, firstByteNs, response, store } = recording
  const reads = store.reads()
  return { ...wall, connection: opening, startNs, firstByteNs, response, reads, endNs, failure }
}

async function openWithin(url: URL, opening: Opening, { deadlines, signal }: RecordOptions): Promise<Socket> {
  const cut = new AbortController()
  const abort = (): void => cut.abort(signal?.reason ?? new Error('Aborted'))
  const timer = setTimeout(
    () => cut.abort(new DeadlinePassed('connect', deadlines.connectMs)),
    deadlines.connectMs,
  )
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted === true) abort()
  try {
    return await openConnection(url, opening, cut.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

async function exchangeOver(
  socket: Socket,
  url: URL,
  exchange: Exchange,
  options: RecordOptions,
  recording: Recording,
): Promise<bigint> {
  const client = new Client(url.origin, {
    // In a microtask: undici ignores a connection that is handed over while it asks for one.
    connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
    // The deadlines of a run are ours; undici's own would cut with names that nobody set.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 64 * 1024,
  })
  let stopWatching = (): void => undefined
  let detach = (): void => undefined
  try {
    return await new Promise<bigint>((resolve, reject) => {
      const cut = (reason: unknown): void => {
        settleStage(socket, recording)
        reject(reason)
        socket.destroy()
      }
      const abort = (): void => cut(options.signal?.reason)
      options.signal?.addEventListener('abort', abort, { once: true })
      detach = () => options.signal?.removeEventListener('abort', abort)
      // From here on, so that a request that is never handed over has a deadline too.
      const readyNs = monotonicNs()
      const progress = {
        startNs: readyNs,
        newestReadNs: () => recording.store.newestNs() ?? readyNs,
        anyRead: () => recording.store.count() > 0,
        hasContent: () => options.hasContent(recording.store.reads()),
      }
      stopWatching = watchDeadlines(options.deadlines, progress, cut)
      const hooks = { begun: () => options.onStart?.(), done: resolve, failed: reject, cut }
      const handler = createHandler(socket, recording, options.arrivalNs, hooks)
      client.dispatch(requestOf(url, exchange), handler)
    })
  } finally {
    stopWatching()
    detach()
    // The client's own end is of no interest: the socket is destroyed by whoever opened it.
    client.destroy().catch(() => undefined)
  }
}

function requestOf(url: URL, exchange: Exchange): Dispatcher.DispatchOptions {
  const headers = { ...exchange.headers, 'accept-encoding': 'identity' }
  return { path: url.pathname + url.search, method: exchange.method, headers, body: exchange.body }
}

type Hooks = {
  readonly begun: () => void
  readonly done: (endNs: bigint) => void
  readonly failed: (error: Error) => void
  readonly cut: (error: Error) => void
}

function createHandler(
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
    recording.firstByteNs ??= readableNs
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
function settleStage(socket: Socket, recording: Recording): void {
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

async function destroyed(socket: Socket): Promise<void> {
  if (socket.closed) return
  const closed = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.destroy()
  await closed.catch(() => undefined)
}
