/** A saved tape to the document of its run: a result or an error, the same one every time. Pure. */
import { decodeStream } from './decode.ts'
import type { DecodedStream } from './decode.ts'
import type { Dialect } from './dialects/dialect.ts'
import { readErrorBody } from './dialects/openai-usage.ts'
import { errorDocument, NOTHING_DECODED, resultDocument } from './documents.ts'
import type { Failure } from './documents.ts'
import { classifyError } from './errors.ts'
import type { ProviderFault } from './errors.ts'
import { parseJson } from './json.ts'
import { holdsVisibleContent } from './metrics/milestones.ts'
import { findDialect } from './provider.ts'
import { findProvider } from './registry.ts'
import type { Phase, RunDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'
import type { Tape, TapeFailure } from './transport/tape.ts'

/** Derives the document of a run from its tape. Throws only for a tape of a provider or API that does not exist. */
export function analyse(saved: SavedTape): RunDocument {
  const dialect = dialectOf(saved)
  const { tape } = saved
  const { response } = tape
  if (response !== null && response.status >= 300) return httpFailure(saved, dialect, response)
  const stream = decodeStream(dialect, tape.reads)
  const fault = stream.events.find((event) => event.type === 'error')
  if (fault?.type === 'error') return providerFailure(saved, stream, fault.fault)
  const finished = stream.events.some(({ type }) => type === 'finish')
  // What a provider's connection does after the finish marker no longer concerns the measurement.
  if (tape.failure !== null && !finished) return wireFailure(saved, stream, tape.failure)
  if (!finished) {
    const unreadable = unreadableStream(tape, stream)
    if (unreadable !== null) return errorDocument(saved, stream, unreadable)
  }
  return resultDocument(saved, dialect, stream)
}

function dialectOf({ plan }: SavedTape): Dialect {
  const provider = findProvider(plan.provider)
  const dialect = provider === undefined ? undefined : findDialect(provider, plan.requestMode)
  if (dialect === undefined) throw new Error(`No dialect ${plan.requestMode} of provider ${plan.provider}`)
  return dialect
}

function httpFailure(
  saved: SavedTape,
  dialect: Dialect,
  response: NonNullable<Tape['response']>,
): RunDocument {
  const { status, headers } = response
  const fault = dialect.readFault(status, headers, bodyText(saved.tape))
  const redirect =
    status < 400 ? `Redirected to ${headers['location'] ?? 'nowhere'}; redirects are not followed` : null
  return errorDocument(saved, NOTHING_DECODED, {
    phase: 'headers',
    kind: redirect === null ? classifyError(fault) : 'unknown',
    status,
    name: fault.type ?? fault.code ?? `HTTP ${status}`,
    message: redirect ?? fault.message,
  })
}

/** An error that the provider sent inside a 200 answer. */
function providerFailure(saved: SavedTape, stream: DecodedStream, fault: ProviderFault): RunDocument {
  return errorDocument(saved, stream, {
    phase: contentPhase(stream),
    kind: classifyError(fault),
    status: fault.status ?? saved.tape.response?.status ?? null,
    name: fault.type ?? fault.code,
    message: fault.message,
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

/** Why a 200 answer is no stream at all, or null when it is one, finished or not. */
function unreadableStream(tape: Tape, stream: DecodedStream): Failure | null {
  const status = tape.response?.status ?? null
  const phase = contentPhase(stream)
  if (stream.framingFault !== null) {
    return { phase, kind: 'network', status, name: 'FramingError', message: stream.framingFault }
  }
  if (stream.firstFrameNs !== null) {
    const malformed = stream.events.find((event) => event.type === 'malformed')
    const detail = malformed?.type === 'malformed' ? malformed.detail : null
    const nothingElse = stream.events.every(({ type }) => type === 'malformed')
    return detail !== null && nothingElse
      ? { phase, kind: 'unknown', status, name: 'MalformedStream', message: detail }
      : null
  }
  const body = bodyText(tape)
  if (body.trim() === '') return null
  const fault = readErrorBody(parseJson(body))
  if (fault !== null) {
    const name = fault.type ?? fault.code
    return { phase, kind: classifyError(fault), status: fault.status ?? status, name, message: fault.message }
  }
  const type = tape.response?.headers['content-type'] ?? 'no content type'
  const message = `The answer is no event stream (${type}): ${body.slice(0, 200)}`
  return { phase, kind: 'hard_capability', status, name: 'NotAStream', message }
}

function bodyText({ reads }: Tape): string {
  return new TextDecoder('utf-8').decode(Buffer.concat(reads.map(({ bytes }) => bytes)))
}
