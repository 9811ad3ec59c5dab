import type { FastifyReply, FastifyRequest, onErrorAsyncHookHandler } from 'fastify'
import { within } from '@llmbench/providers/deadline'
import type { Bookkeeper } from '../bookkeeper.ts'
import type { IngestConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import type { Decision } from '../decide.ts'
import type { Body, ReadContext } from '../documents/body.ts'
import { isFatal, isObject, reportFault } from '../documents/body.ts'
import { cannotDecide, invalidDocument, Problem } from '../errors.ts'
import type { ErrorRow, ResultRow, Store } from '../store/store.ts'

/** What the routes share; everything they touch beyond the request comes in here. */
export type RouteContext = {
  readonly config: Pick<IngestConfig, 'intervalMinutes' | 'publishedProfiles' | 'limits'>
  readonly store: Store
  readonly bookkeeper: Bookkeeper
  readonly counters: Counters
  /** Decides single documents, those that arrive together together; one whose sender has left only if it has begun. */
  readonly decideResult: (row: ResultRow, left: AbortSignal) => Promise<Decision>
  readonly decideError: (row: ErrorRow, left: AbortSignal) => Promise<Decision>
  readonly now: () => Date
}

/** A handler's deadline; the store's own is 8 s and the server's 15 s. */
export const HANDLER_MS = 10_000
const LATE_RETRY_SECONDS = 5

/** The result of `work`, or 503: what became of it in the store is for a resend to find out. */
export function inTime<Result>(request: FastifyRequest, work: Promise<Result>): Promise<Result> {
  request.work = work
  return within(HANDLER_MS, work, () =>
    cannotDecide('deadline_exceeded', 'Not decided within the deadline', LATE_RETRY_SECONDS),
  )
}

/** Nobody hears it; one for all, since each request would make one. */
const SENDER_LEFT = cannotDecide('sender_left', 'The sender left or its deadline passed', LATE_RETRY_SECONDS)

/** Aborted when the answer is out or its sender gone: nobody waits any more for what has not begun by then. */
export function leaving(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort(SENDER_LEFT))
  return controller.signal
}

const PREPARING_RETRY_SECONDS = 2

/** Throws 503 until the store has its indexes: without them the same result could be stored twice. */
export function requirePrepared(store: Store): void {
  if (store.isPrepared()) return
  throw cannotDecide('store_not_ready', 'The store is not ready yet', PREPARING_RETRY_SECONDS)
}

export const readContext = (context: RouteContext, request: FastifyRequest): ReadContext => ({
  now: context.now(),
  runnerId: request.principal?.runner ?? 'unknown',
  publishedProfiles: context.config.publishedProfiles,
})

/** The single document of a request; the text's own faults that no field can carry are told as 400. */
export function soleDocument(request: FastifyRequest, context: RouteContext): Body {
  const body = request.body as Body | undefined
  if (body === undefined) throw new Problem(400, 'no_body', 'The request has no body')
  refuseFatal(body)
  if (isLargerThan(body.value, context.config.limits.itemBytes, request)) {
    throw new Problem(
      413,
      'document_too_large',
      `A document has at most ${context.config.limits.itemBytes} bytes`,
    )
  }
  return body
}

/** Compact JSON is at most so many times as long as the text it came from: `9e15` becomes sixteen digits. */
const MAX_GROWTH = 6

function isLargerThan(value: unknown, bytes: number, { headers }: FastifyRequest): boolean {
  const sent = headers['content-encoding'] === undefined ? Number(headers['content-length']) : Number.NaN
  if (sent * MAX_GROWTH <= bytes) return false
  return Buffer.byteLength(JSON.stringify(value)) > bytes
}

/** The object a body must be. Whether its text is ambiguous is for the caller to find: in a batch that is an item's fault. */
export function objectBody(request: FastifyRequest): {
  value: Readonly<Record<string, unknown>>
  body: Body
} {
  const body = request.body as Body | undefined
  if (body === undefined) throw new Problem(400, 'no_body', 'The request has no body')
  if (!isObject(body.value)) throw invalidDocument([{ pointer: '', detail: 'Must be an object' }])
  return { value: body.value, body }
}

export function refuseFatal(body: Body): void {
  const fatal = body.faults.filter(isFatal)
  if (fatal.length === 0) return
  throw new Problem(
    400,
    'ambiguous_json',
    'The body can be read in more than one way or is nested too deeply',
    {
      errors: fatal.slice(0, 20).map(reportFault),
    },
  )
}

/** Answers that no resend of the same bytes will change. */
const FOR_GOOD: ReadonlySet<number | undefined> = new Set([400, 413, 415, 422])

/** Counts what a sender with a good key is refused for good, whole: one document, or a batch that nobody can read. */
export const countRefused =
  ({ counters }: RouteContext): onErrorAsyncHookHandler =>
  async (request, _reply, error) => {
    const status = error instanceof Problem ? error.status : error.statusCode
    if (request.principal === null || !FOR_GOOD.has(status)) return
    counters.add('invalid')
    request.verdicts = { invalid: 1 }
  }
