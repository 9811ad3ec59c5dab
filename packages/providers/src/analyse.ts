/** A saved tape to the document of its run: a result or an error, the same one every time. Pure. */
import { decodeStream } from './decode.ts'
import type { DecodedStream } from './decode.ts'
import { dialectOf } from './dialects/by-mode.ts'
import type { Dialect } from './dialects/dialect.ts'
import { errorDocument, NOTHING_DECODED, resultDocument } from './documents.ts'
import type { Failure } from './documents.ts'
import { classifyError } from './errors.ts'
import { isUnread } from './events.ts'
import type { StampedEvent } from './events.ts'
import { readHttpError } from './http-error.ts'
import { holdsVisibleContent } from './metrics/milestones.ts'
import { findStreamEnd } from './outcome.ts'
import { describeError, mergeErrors } from './provider-error.ts'
import type { ProviderError } from './provider-error.ts'
import type { ErrorKind, Phase, RunDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'
import type { Tape, TapeFailure } from './transport/tape.ts'
import { holdsPage, isPage } from './words.ts'

/** Derives the document of a run from its tape. */
export function analyse(saved: SavedTape): RunDocument {
  const dialect = dialectOf(saved.plan.requestMode)
  const { tape } = saved
  const { response } = tape
  if (response !== null && response.status >= 300) return httpFailure(saved, dialect, response)
  const stream = decodeStream(dialect, tape.reads)
  const error = errorOf(stream, 'error')
  if (error !== null) return providerFailure(saved, stream, error)
  const end = findStreamEnd(stream.events)
  const whole = wholeAnswer(tape, stream)
  if (whole !== null) return errorDocument(saved, stream, whole)
  const isCut = end.isDoubtful && end.terminatorNs === null && tape.failure !== null
  if (end.endedWell && !isCut) return resultDocument(saved, dialect, stream, end)
  const remark = errorOf(stream, 'remark')
  if (remark !== null) return providerFailure(saved, stream, remark)
  const unreadable = unreadableStream(tape, stream)
  if (unreadable !== null) return errorDocument(saved, stream, unreadable)
  // After the end mark nothing is owed: a connection that breaks there has cut nothing.
  if (tape.failure !== null && end.terminatorNs === null) return wireFailure(saved, stream, tape.failure)
  return resultDocument(saved, dialect, stream, end)
}

/** The one error that events of that type amount to, or null. */
function errorOf({ events }: DecodedStream, type: 'error' | 'remark'): ProviderError | null {
  return mergeErrors(events.flatMap((event) => (event.type === type ? [event.error] : [])))
}

function httpFailure(
  saved: SavedTape,
  dialect: Dialect,
  response: NonNullable<Tape['response']>,
): RunDocument {
  const { status, headers } = response
  const body = bodyText(saved.tape)
  const told = readHttpError(status, body)
  const error = { ...told, type: dialect.errorTypeOf?.(headers) ?? told.type }
  const redirect =
    status < 400 ? `Redirected to ${headers['location'] ?? 'nowhere'}; redirects are not followed` : null
  return errorDocument(saved, NOTHING_DECODED, {
    phase: 'headers',
    kind: redirect === null ? httpKind(error, body) : 'unknown',
    status,
    name: error.type ?? error.code ?? `HTTP ${status}`,
    message: redirect ?? describeError(error),
  })
}

/** A page at a 403 is what a network in front answers to whom it takes for a robot: nobody there has seen the key. */
function httpKind(error: ProviderError, body: string): ErrorKind {
  const kind = classifyError(error)
  return kind === 'auth' && error.status === 403 && isPage(body) ? 'transient_provider' : kind
}

/** An error that the provider sent inside a 200 answer. */
function providerFailure(saved: SavedTape, stream: DecodedStream, error: ProviderError): RunDocument {
  return errorDocument(saved, stream, {
    phase: contentPhase(stream),
    kind: classifyError(error),
    status: error.status ?? saved.tape.response?.status ?? null,
    name: error.type ?? error.code,
    message: describeError(error),
  })
}

function wireFailure(saved: SavedTape, stream: DecodedStream, failure: TapeFailure): RunDocument {
  const { provider, model } = saved.plan
  // A caller that ends a run by a timeout of its own means a timeout.
  const aborted = failure.name === 'TimeoutError' ? 'timeout' : 'unknown'
  const kinds = { deadline: 'timeout', network: 'network', tape_limit: 'unknown', aborted } as const
  return errorDocument(saved, stream, {
    phase: wirePhase(failure, stream),
    kind: kinds[failure.cause],
    status: saved.tape.response?.status ?? null,
    name: failure.name,
    message: `${failure.message} (${provider} ${model})`,
  })
}

function wirePhase(failure: TapeFailure, stream: DecodedStream): Phase {
  return failure.stage === 'body' ? contentPhase(stream) : failure.stage
}

function contentPhase({ events }: DecodedStream): Phase {
  return holdsVisibleContent(events) ? 'stream' : 'first_token'
}

/** An answer that came in one message instead of its deltas, or null. */
function wholeAnswer({ response }: Tape, { events, firstMessageNs }: DecodedStream): Failure | null {
  const whole = events.find(({ type }) => type === 'whole-text')
  if (whole === undefined || events.some(({ type }) => type === 'text')) return null
  const failure = notAStream(response, 'its text came in one message, and in no delta')
  // Where other messages came before, the server streams, and something on the way lost the deltas.
  const isFirst = whole.atNs === firstMessageNs
  return isFirst ? failure : { ...failure, kind: 'transient_provider' }
}

function notAStream(response: Tape['response'], words: string): Failure {
  const type = response?.headers['content-type'] ?? 'no content type'
  const message = `The answer came whole and not as an event stream (${type}): ${words}`
  const status = response?.status ?? null
  return { phase: 'first_token', kind: 'hard_capability', status, name: 'NotAStream', message }
}

/** Why a 200 answer that did not end well is no stream, or not a whole one, where its bytes say so; null otherwise. */
function unreadableStream(tape: Tape, stream: DecodedStream): Failure | null {
  const status = tape.response?.status ?? null
  const phase = contentPhase(stream)
  if (stream.framingFault !== null) {
    return { phase, kind: 'network', status, name: 'FramingError', message: stream.framingFault }
  }
  const odd = oddWords(stream.events)
  const type = tape.response?.headers['content-type'] ?? 'no content type'
  if (phase === 'first_token' && stream.events.some((event) => event.type === 'unstreamed')) {
    return notAStream(tape.response, odd)
  }
  if (odd !== '') {
    const isStream = !stream.events.every(isUnread)
    const name = isStream || type.startsWith(EVENT_STREAM) ? 'MalformedStream' : 'NotAStream'
    const message = `The answer holds what is no event (${type}): ${odd}`
    return { phase, kind: classifyWords(odd, bodyText(tape)), status, name, message }
  }
  if (tape.failure !== null || stream.firstMessageNs !== null || bodyText(tape).trim() === '') return null
  const message = 'The stream ended after nothing but what keeps a connection alive'
  return { phase, kind: 'transient_provider', status, name: 'NothingButKeepAlives', message }
}

const EVENT_STREAM = 'text/event-stream'
const LONGEST_ODD_WORDS = 1000

/** The words of everything in a stream that is no event of it. */
function oddWords(events: readonly StampedEvent[]): string {
  const words = events.filter(isUnread).map((event) => event.words)
  return words.join(' ').trim().slice(0, LONGEST_ODD_WORDS)
}

/** A page is what proxies, portals and content networks answer with while a server is away: none of it is the provider's. */
function classifyWords(words: string, body: string): ErrorKind {
  const kind = classifyError({ status: null, type: null, code: null, message: words })
  return kind !== 'rate_limit' && holdsPage(body) ? 'transient_provider' : kind
}

function bodyText({ reads }: Tape): string {
  return new TextDecoder('utf-8').decode(Buffer.concat(reads.map(({ bytes }) => bytes)))
}
