/** Compares what was stored with what the simulator really did. */
import { countWords } from '@llmbench/simulator'
import type { RunTruth } from '@llmbench/simulator'
import type { DemoCase } from './cases.ts'
import type { StoredRow } from './stored.ts'

export type Line = {
  readonly provider: string
  readonly model: string
  readonly firstToken: string
  readonly truth: string
  readonly rate: string
  readonly shape: string
  readonly outcome: string
  readonly stored: string
  /** Every disagreement, as a sentence; empty when all numbers agree. */
  readonly faults: readonly string[]
}

/** A stamp may be later than the write by what two busy cores need, and earlier by nothing but clock reading. */
const EARLY_SECONDS = 0.002
const LATE_SECONDS = 0.05

/** The table's line for a case. */
export function judge(
  { provider, model, scenario }: DemoCase,
  row: StoredRow | undefined,
  truth: RunTruth | undefined,
): Line {
  const base = { provider, model, firstToken: '–', truth: '–', rate: '–', shape: '–' }
  if (row === undefined)
    return { ...base, outcome: 'lost', stored: 'no', faults: [`${model} was not stored`] }
  const { document, collection } = row
  if (scenario.fault !== undefined) {
    const faults = [
      ...unequal('http_status', document['http_status'], 503),
      ...unequal('error_kind', document['error_kind'], 'transient_provider'),
    ]
    return { ...base, outcome: `error: ${String(document['error_kind'])}`, stored: collection, faults }
  }
  if (truth === undefined)
    return { ...base, outcome: '?', stored: collection, faults: [`the simulator knows no run of ${model}`] }
  const firstToken = Number(document['time_to_first_token'])
  const trueFirst = seconds(truth.received_at_ns, truth.first_text_at_ns)
  return {
    provider,
    model,
    firstToken: `${firstToken.toFixed(4)} s`,
    truth: `${trueFirst.toFixed(4)} s`,
    rate: Number(document['tokens_per_second']).toFixed(1),
    shape: String(document['stream_shape']),
    outcome: String(document['outcome']),
    stored: collection,
    faults: compare(document, truth, trueFirst),
  }
}

function compare(document: StoredRow['document'], truth: RunTruth, trueFirst: number): string[] {
  const gaps = document['times_between_tokens']
  const generate = Number(document['generate_time'])
  return [
    ...near('time_to_first_token', document['time_to_first_token'], trueFirst),
    ...near('generate_time', generate, seconds(truth.received_at_ns, truth.last_content_at_ns)),
    ...near('total_time', document['total_time'], seconds(truth.received_at_ns, truth.ended_at_ns)),
    ...(truth.first_reasoning_at_ns === null
      ? unequal('time_to_first_reasoning', document['time_to_first_reasoning'], null)
      : near(
          'time_to_first_reasoning',
          document['time_to_first_reasoning'],
          seconds(truth.received_at_ns, truth.first_reasoning_at_ns),
        )),
    ...unequal('output_tokens', document['output_tokens'], truth.output_tokens),
    ...unequal('visible_o200k_tokens', document['visible_o200k_tokens'], countWords(truth.text)),
    ...unequal('visible_characters', document['visible_characters'], codePoints(truth.text)),
    ...unequal('reasoning_characters', document['reasoning_characters'], codePoints(truth.reasoning_text)),
    ...unequal('gaps between deltas', Array.isArray(gaps) ? gaps.length : null, truth.text_deltas - 1),
    ...unequal(
      'tokens_per_second',
      document['tokens_per_second'],
      Number(document['output_tokens']) / generate,
    ),
  ]
}

function seconds(fromNs: string, toNs: string | null): number {
  return toNs === null ? Number.NaN : Number(BigInt(toNs) - BigInt(fromNs)) / 1e9
}

function near(field: string, stored: unknown, truth: number): string[] {
  const difference = Number(stored) - truth
  const agrees = difference >= -EARLY_SECONDS && difference <= LATE_SECONDS
  return agrees ? [] : [`${field} is stored as ${String(stored)} s, the simulator did it at ${truth} s`]
}

function unequal(field: string, stored: unknown, truth: unknown): string[] {
  return stored === truth ? [] : [`${field} is stored as ${String(stored)}, the truth is ${String(truth)}`]
}

function codePoints(text: string): number {
  return Array.from(text).length
}
