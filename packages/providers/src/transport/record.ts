/** Records one exchange as a tape: opens the connection, hands the request over, watches the deadlines. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import type { ProxySettings } from '../proxy.ts'
import { monotonicNs, wallMs } from './clock.ts'
import { NOTHING_OPENED, openConnection } from './connect.ts'
import type { Opening } from './connect.ts'
import { DeadlinePassed, watchDeadlines } from './deadlines.ts'
import type { DeadlineLimits } from './deadlines.ts'
import { describeFailure } from './failure.ts'
import { createHandler, settleStage } from './handler.ts'
import type { Recording } from './handler.ts'
import { unpackReads } from './packed-reads.ts'
import { createReadStore } from './read-store.ts'
import type { StoredTape, Tape, TapeRead } from './tape.ts'

export type Exchange = {
  readonly method: 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export type EndCheck = {
  /** Whether the newest bytes may be the end of the stream; asked once a second, so it has to be cheap. */
  readonly mayHaveEnded: (tail: Uint8Array) => boolean
  /** The monotonic moment from which these reads leave nothing to be awaited, or null. */
  readonly awaitedUntilNs: (reads: readonly TapeRead[]) => bigint | null
}

export type RecordOptions = {
  readonly deadlines: DeadlineLimits
  readonly proxy?: ProxySettings | null | undefined
  /** Ends the run early: the tape then says `aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Whether reads hold any content; asked at most once in a run, when the first-token deadline has passed. */
  readonly hasContent: (reads: readonly TapeRead[]) => boolean
  /** How a stream is recognised that is over although its connection stays open; absent: it never is. */
  readonly endCheck?: EndCheck | undefined
  /** Told when the request is handed to the connection. */
  readonly onStart?: (() => void) | undefined
  /** Stamps reads; runs of one process share it (see `createArrivalClock`). */
  readonly arrivalNs: () => bigint
}

/** Where the end of a stream is looked for. */
const END_TAIL_BYTES = 4096

/** Runs the exchange on a connection of its own. Never rejects: what went wrong is on the tape. */
export async function recordTape(exchange: Exchange, options: RecordOptions): Promise<StoredTape> {
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
  let closedEarly = false
  let endNs: bigint
  try {
    const url = new URL(exchange.url)
    socket = await openWithin(url, opening, options)
    const bodyEndNs = await exchangeOver(socket, url, exchange, options, recording)
    closedEarly = bodyEndNs === null
    endNs = bodyEndNs ?? monotonicNs()
  } catch (error) {
    endNs = monotonicNs()
    failure = describeFailure(error, recording.stage, options.signal)
  } finally {
    if (socket !== undefined) await destroyed(socket)
  }
  const { startNs, firstByteNs, response, store } = recording
  return {
    ...wall,
    connection: opening,
    startNs,
    firstByteNs,
    response,
    packed: store.packed,
    head: store.head,
    endNs,
    closedEarly,
    contentEncoding: null,
    failure,
  }
}

async function openWithin(
  url: URL,
  opening: Opening,
  { deadlines, signal, proxy = null }: RecordOptions,
): Promise<Socket> {
  const cut = new AbortController()
  const abort = (): void => cut.abort(signal?.reason ?? new Error('Aborted'))
  const timer = setTimeout(
    () => cut.abort(new DeadlinePassed('connect', deadlines.connectMs)),
    deadlines.connectMs,
  )
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted === true) abort()
  try {
    return await openConnection(url, opening, cut.signal, { proxy })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** The end of the body, or null where the stream was over and its connection stayed open. */
async function exchangeOver(
  socket: Socket,
  url: URL,
  exchange: Exchange,
  options: RecordOptions,
  recording: Recording,
): Promise<bigint | null> {
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
    return await new Promise<bigint | null>((resolve, reject) => {
      const cut = (reason: unknown): void => {
        settleStage(socket, recording)
        reject(reason)
        socket.destroy()
      }
      const abort = (): void => cut(options.signal?.reason)
      options.signal?.addEventListener('abort', abort, { once: true })
      detach = () => options.signal?.removeEventListener('abort', abort)
      const readsSoFar = (): TapeRead[] => unpackReads(recording.store.packed())
      // From here on, so that a request that is never handed over has a deadline too.
      const readyNs = monotonicNs()
      const progress = {
        startNs: readyNs,
        newestReadNs: () => recording.store.newestNs() ?? readyNs,
        anyRead: () => recording.store.count() > 0,
        hasContent: () => options.hasContent(readsSoFar()),
        awaitedUntilNs: () =>
          options.endCheck?.mayHaveEnded(recording.store.tail(END_TAIL_BYTES)) === true
            ? options.endCheck.awaitedUntilNs(readsSoFar())
            : null,
      }
      const watch = { onPassed: cut, onEnded: () => resolve(null) }
      stopWatching = watchDeadlines(options.deadlines, progress, watch)
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

async function destroyed(socket: Socket): Promise<void> {
  if (socket.closed) return
  const closed = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.destroy()
  await closed.catch(() => undefined)
}
