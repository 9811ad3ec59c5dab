/** What is told about a run: the truth that a measurement is compared with. Moments are decimal strings of ns. */
import type { DialectName, EventKind } from './dialects/dialect.ts'
import type { Run } from './runs.ts'
import { writeAt } from './script.ts'
import type { PlannedWrite } from './script.ts'
import { canBeSeen } from './words.ts'

export type WriteRecord = {
  /** When it should have been written. */
  readonly due_ns: string
  /** Just before the bytes were handed to the socket, and just after. */
  readonly at_ns: string
  readonly after_ns: string
  /** Bytes of the body, without HTTP framing. */
  readonly bytes: number
  /** Of the events whose last byte this write carries; so are the deltas. */
  readonly kinds: readonly EventKind[]
  readonly text_deltas: number
  readonly reasoning_deltas: number
}

export type RunTruth = {
  readonly id: string
  readonly model: string
  readonly dialect: DialectName
  readonly status: number | null
  /** The id inside the stream; null where the dialect has none. */
  readonly response_id: string | null
  /** The request was read. */
  readonly received_at_ns: string
  readonly headers_at_ns: string | null
  /** The first of which a reader sees anything; so for the text. */
  readonly first_reasoning_at_ns: string | null
  readonly first_text_at_ns: string | null
  /** Last non-empty delta, of text or reasoning. */
  readonly last_content_at_ns: string | null
  /** The simulator ended the body or cut the connection. */
  readonly ended_at_ns: string | null
  /** The client went before the end. */
  readonly client_closed_at_ns: string | null
  readonly text_deltas: number
  readonly reasoning_deltas: number
  /** What was written of the text; of a flood or an endless stream at most the first million characters. */
  readonly text: string
  readonly reasoning_text: string
  /** As reported in what was written; null when it was not. */
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly reasoning_tokens: number | null
  readonly finish_reason: string | null
  readonly write_count: number
  readonly writes: readonly WriteRecord[]
  readonly request: Run['request']
}

/** The same without the writes, of which only the moments are left. */
export type CompactRunTruth = Omit<RunTruth, 'writes'> & { readonly at_ns: readonly string[] }

type Done = {
  readonly write: PlannedWrite
  readonly dueNs: bigint
  readonly atNs: bigint
  readonly afterNs: bigint
}

const TEXT_LIMIT = 1_000_000

/** Everything about a run, as far as it has come. */
export function tellRun(run: Run): RunTruth {
  const done = doneWrites(run)
  return { ...tellFacts(run, done), writes: done.map(tellWrite) }
}

/** Everything but what each write carried. */
export function tellCompactRun(run: Run): CompactRunTruth {
  const done = doneWrites(run)
  return { ...tellFacts(run, done), at_ns: done.map(({ atNs }) => String(atNs)) }
}

function tellFacts(run: Run, done: readonly Done[]): Omit<RunTruth, 'writes'> {
  const truths = done.map(({ write }) => write.truth)
  const usage = truths.findLast(({ usage }) => usage !== undefined)?.usage
  const atOf = (found: Done | undefined): string | null => (found === undefined ? null : String(found.atNs))
  // Of a loop that ran longer than moments are kept, the deltas still count.
  const unkept = run.script?.loop ? run.stamps.count() - done.length : 0
  return {
    id: run.id,
    model: run.model,
    dialect: run.dialect,
    status: run.status,
    response_id: run.responseId,
    received_at_ns: String(run.receivedNs),
    headers_at_ns: text(run.headersNs),
    first_reasoning_at_ns: atOf(done.find(({ write }) => canBeSeen(write.truth.reasoning))),
    first_text_at_ns: atOf(done.find(({ write }) => canBeSeen(write.truth.text))),
    last_content_at_ns: atOf(
      done.findLast(({ write }) => write.truth.textDeltas + write.truth.reasoningDeltas > 0),
    ),
    ended_at_ns: text(run.endedNs),
    client_closed_at_ns: text(run.clientClosedNs),
    text_deltas: sum(truths.map(({ textDeltas }) => textDeltas)) + unkept,
    reasoning_deltas: sum(truths.map(({ reasoningDeltas }) => reasoningDeltas)),
    text: joinTexts(truths.map((truth) => truth.text)),
    reasoning_text: joinTexts(truths.map(({ reasoning }) => reasoning)),
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    finish_reason: truths.findLast(({ finish }) => finish !== undefined)?.finish ?? null,
    write_count: run.stamps.count(),
    request: run.request,
  }
}

function doneWrites({ script, stamps }: Run): Done[] {
  if (script === null) return []
  const done: Done[] = []
  for (let index = 0; ; index += 1) {
    const moments = stamps.get(index)
    const write = writeAt(script, index)
    if (moments === undefined || write === undefined) return done
    done.push({ write, ...moments })
  }
}

function tellWrite({ write, dueNs, atNs, afterNs }: Done): WriteRecord {
  const { bytes, kinds, textDeltas, reasoningDeltas } = write.truth
  return {
    due_ns: String(dueNs),
    at_ns: String(atNs),
    after_ns: String(afterNs),
    bytes,
    kinds,
    text_deltas: textDeltas,
    reasoning_deltas: reasoningDeltas,
  }
}

function joinTexts(texts: readonly string[]): string {
  let joined = ''
  for (const part of texts) {
    if (joined.length >= TEXT_LIMIT) break
    joined += part
  }
  return joined.slice(0, TEXT_LIMIT)
}

function text(moment: bigint | null): string | null {
  return moment === null ? null : String(moment)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
