/** The wire documents of a run: what was planned, what was found, in the collection's field names. Pure. */
import { cut, LONGEST_NAME } from './cut.ts'
import type { DecodedStream } from './decode.ts'
import type { Dialect } from './dialects/dialect.ts'
import { identityOf } from './document-identity.ts'
import { isUnread } from './events.ts'
import type { Facts, StampedEvent } from './events.ts'
import { headerTimingOf } from './headers.ts'
import { deriveMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/metrics.ts'
import { deltasOf, findMilestones, joinTexts } from './metrics/milestones.ts'
import { countTokensOf, mergeUsage } from './metrics/tokens.ts'
import { judgeOutcome } from './outcome.ts'
import type { StreamEnd } from './outcome.ts'
import type { ErrorDocument, ErrorKind, Phase, Quality, ResultDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'
import { countTokens } from './tokenizer/count.ts'
import type { Tape, TapeConnection } from './transport/tape.ts'
import { OWN_STAGE } from './wire-document.ts'

export type Failure = {
  readonly phase: Phase
  readonly kind: ErrorKind
  readonly status: number | null
  readonly name: string | null
  readonly message: string
}

const LONGEST_MESSAGE = 4000
/** The wire document's limit; no profile's cap comes near it, and no other number is derived from the list. */
const MOST_GAPS = 20_000

/** The stream of a run that brought none. */
export const NOTHING_DECODED: DecodedStream = { events: [], firstMessageNs: null, framingFault: null }

/** The document of a failed attempt. */
export function errorDocument(saved: SavedTape, stream: DecodedStream, failure: Failure): ErrorDocument {
  const { status } = failure
  return {
    ...identityOf(saved, stream.events),
    ts: isoOf(saved.tape, saved.tape.endNs),
    stage: 'generate',
    message: cut(failure.message, LONGEST_MESSAGE),
    exc_type: failure.name === null ? null : cut(failure.name, LONGEST_NAME),
    error_kind: failure.kind,
    phase: failure.phase,
    http_status: status !== null && status >= 100 && status <= 599 ? status : null,
  }
}

/**
 * The document of an attempt that this side failed at, with the reason that taints it. Its stage tells it from the
 * failures of a provider: it counts against nobody.
 */
export function ownFailureDocument(saved: SavedTape, reason: string, failure: Failure): ErrorDocument {
  const { quality } = saved
  const tainted = { ...quality, tainted: [...quality.tainted, reason] }
  return { ...errorDocument(saved, NOTHING_DECODED, failure), stage: OWN_STAGE, quality: tainted }
}

/** The document of a measured run. */
export function resultDocument(
  saved: SavedTape,
  dialect: Dialect,
  stream: DecodedStream,
  end: StreamEnd,
): ResultDocument {
  const { tape } = saved
  const { events } = stream
  const startNs = tape.startNs ?? tape.endNs
  const visible = joined(events, 'text')
  const countOnce = remembering(countTokens)
  const tokens = countTokensOf(
    mergeUsage(events),
    { visible, reasoning: joined(events, 'reasoning'), hiddenReasoning: events.some(isHiddenReasoning) },
    dialect.tokenSource,
    countOnce,
  )
  const milestones = findMilestones(events, countOnce)
  const bodyEnded = tape.failure === null && !tape.closedEarly
  const endNs = bodyEnded ? tape.endNs : end.terminatorNs
  const wire = { reads: tape.reads, roundTripNs: roundTripOf(tape.connection) }
  const moments = { startNs, firstByteNs: tape.firstByteNs, endNs, closedNs: tape.endNs, wire }
  const metrics = deriveMetrics(events, milestones, moments, tokens, countOnce)
  return {
    ...identityOf(saved, events),
    quality: qualityOf(saved.quality, events),
    run_ts: isoOf(tape, startNs),
    gen_ts: isoOf(tape, tape.endNs),
    outcome: judgeOutcome(events, end, visible),
    finish_reason: end.finish?.reason ?? null,
    finish_reason_raw: end.finish?.word == null ? null : cut(end.finish.word, LONGEST_NAME),
    time_to_first_byte: metrics.timeToFirstByte,
    time_to_first_reasoning: metrics.timeToFirstReasoning,
    time_to_first_token: metrics.timeToFirstToken,
    time_to_48_visible_tokens_seconds: metrics.timeTo48VisibleTokens,
    time_to_64_visible_tokens_seconds: metrics.timeTo64VisibleTokens,
    generate_time: metrics.generateTime,
    total_time: metrics.totalTime,
    output_tokens: tokens.outputTokens,
    generated_output_tokens: tokens.outputTokens,
    reasoning_tokens: tokens.reasoningTokens,
    visible_output_tokens: tokens.visibleTokens,
    visible_token_source: tokens.visibleSource,
    input_tokens: tokens.inputTokens,
    cached_input_tokens: tokens.cachedInputTokens,
    token_source: tokens.source,
    tokens_per_second: metrics.tokensPerSecond,
    generated_tokens_per_second: metrics.tokensPerSecond,
    ...rateColumns(metrics),
    visible_o200k_tokens: metrics.visibleO200kTokens,
    times_between_tokens: metrics.timesBetweenTokens.slice(0, MOST_GAPS),
    stream_shape: metrics.streamShape,
    visible_characters: metrics.visibleCharacters,
    reasoning_characters: metrics.reasoningCharacters,
    visible_stream_chunks: metrics.visibleStreamChunks,
    max_tokens_per_chunk: metrics.maxTokensPerChunk,
    longest_gap_seconds: metrics.longestGap,
    stalls: metrics.stalls,
    server_timing: serverTimingOf(tape, events),
    served_model: servedModelOf(events),
  }
}

/** Each unit has columns of its own; the historic names are those of the provider's tokens. */
function rateColumns({ visibleRates, decodeRates }: Metrics) {
  return {
    visible_tokens_per_second: visibleRates.billedTokens,
    visible_o200k_tokens_per_second: visibleRates.o200kTokens,
    visible_characters_per_second: visibleRates.characters,
    decode_tokens_per_second: decodeRates?.billedTokens ?? null,
    decode_o200k_tokens_per_second: decodeRates?.o200kTokens ?? null,
    decode_characters_per_second: decodeRates?.characters ?? null,
  }
}

/** A part of the stream that could not be read may have held text: the row is kept, and never published. */
function qualityOf(quality: Quality, events: readonly StampedEvent[]): Quality {
  return events.some(isUnread) ? { ...quality, tainted: [...quality.tainted, 'malformed_frames'] } : quality
}

function isHiddenReasoning({ type }: StampedEvent): boolean {
  return type === 'redacted-reasoning' || type === 'signed-reasoning'
}

/** A handshake takes one round trip. Through a proxy two ways follow each other, and none of its handshakes is both. */
function roundTripOf({ isProxied, tcpNs }: TapeConnection): bigint | null {
  return isProxied ? null : tcpNs
}

/** What the provider says of its own time: facts of the stream over facts of the headers. */
function serverTimingOf(
  tape: Tape,
  events: readonly StampedEvent[],
): Record<string, string | number | boolean | null> {
  const timing: Record<string, Facts[string]> = headerTimingOf(tape.response?.headers ?? {})
  for (const event of events) if (event.type === 'server-timing') Object.assign(timing, event.timing)
  const redacted = events.find(({ type }) => type === 'redacted-reasoning')
  if (redacted !== undefined && tape.startNs !== null) {
    timing['redacted_reasoning_at_seconds'] = Number(redacted.atNs - tape.startNs) / 1e9
  }
  return timing
}

function servedModelOf(events: readonly StampedEvent[]): string | null {
  const last = events.findLast((event) => event.type === 'served-model')
  return last?.type === 'served-model' ? cut(last.model, LONGEST_NAME) : null
}

/** The same function, which counts a text once however often it is asked: several numbers need the whole text's count. */
function remembering(count: (text: string) => number): (text: string) => number {
  const known = new Map<string, number>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const counted = count(text)
    known.set(text, counted)
    return counted
  }
}

function joined(events: readonly StampedEvent[], type: 'text' | 'reasoning'): string {
  return joinTexts(deltasOf(events, type))
}

/** A monotonic moment as wall time, by the run's one pairing of the clocks. */
function isoOf(tape: Tape, atNs: bigint): string {
  return new Date(tape.wallMs + Number(atNs - tape.wallAtNs) / 1e6).toISOString()
}
