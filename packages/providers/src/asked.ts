/** What a request really asked for, read from its body: recorded on the row, whatever the plan was. Pure. */
import { createHash } from 'node:crypto'
import { headersOf } from './request-fields.ts'
import { asCount, asRecord, asText, firstKnown, isRecord } from './json.ts'
import type { JsonRecord } from './json.ts'
import type { Plan } from './plan.ts'

export type Asked = {
  /** Null when none was sent. */
  readonly temperature: number | null
  /** The cap of generated tokens that was sent; null when none was. */
  readonly maxOutputTokens: number | null
  /** How hard the model was asked to think, in the provider's word; null when it was not asked. */
  readonly reasoningEffort: string | null
  /** Names of the fields and `header:` names that the model's metadata added, sorted. */
  readonly extraFields: readonly string[]
  /** SHA-256 of those fields as canonical JSON, its first 16 hexadecimal digits; null where there are none. */
  readonly extraHash: string | null
}

export const NOTHING_ASKED: Asked = {
  temperature: null,
  maxOutputTokens: null,
  reasoningEffort: null,
  extraFields: [],
  extraHash: null,
}

const CAPS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'maxOutputTokens',
  'maxTokens',
] as const

/** What the body asks for, wherever its wire format puts it. */
export function readAsked({ metadata }: Pick<Plan, 'metadata'>, body: JsonRecord): Asked {
  const scopes = [body, asRecord(body['generationConfig']), asRecord(body['inferenceConfig'])]
  const temperature = scopes.map((scope) => scope['temperature']).find((value) => typeof value === 'number')
  const caps = scopes.flatMap((scope) => CAPS.map((name) => asCount(scope[name])))
  const extras = { ...metadata.additional_model_request_fields, ...withPrefix(headersOf(metadata)) }
  const names = Object.keys(extras).sort()
  return {
    temperature: typeof temperature === 'number' ? temperature : null,
    maxOutputTokens: firstKnown(caps),
    reasoningEffort: effortOf(scopes),
    extraFields: names,
    extraHash: names.length === 0 ? null : hashOf(extras),
  }
}

function withPrefix(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`header:${name}`, value]))
}

/** Each wire format has a name of its own for it, and Bedrock hands some of them through. */
function effortOf(scopes: readonly JsonRecord[]): string | null {
  const all = [...scopes, asRecord(scopes[0]?.['additionalModelRequestFields'])]
  const words = all.flatMap((scope) => [
    scope['reasoning_effort'],
    asRecord(scope['reasoning'])['effort'],
    asRecord(scope['output_config'])['effort'],
    asRecord(scope['outputConfig'])['effort'],
    asRecord(scope['thinkingConfig'])['thinkingLevel'],
    asRecord(scope['reasoningConfig'])['maxReasoningEffort'],
  ])
  return firstKnown(words.map(asText))?.slice(0, 64) ?? null
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    isRecord(held)
      ? Object.fromEntries(Object.entries(held).sort(([left], [right]) => (left < right ? -1 : 1)))
      : held,
  )
}
