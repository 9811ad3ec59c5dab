/**
 * What the metadata of a model may add to its requests. The protocol of a run (prompt, cap, temperature, one streamed
 * answer) is its profile's: a row that was asked otherwise would not be what its `benchmark_profile_id` says. Pure.
 */
import { asRecord, isRecord } from './json.ts'
import type { ModelMetadata } from './plan.ts'

/** Fields of any wire format that the profile fixes, without case, underscores and hyphens. */
const FIXED: ReadonlySet<string> = new Set(
  `model modelid messages input inputs prompt prompts contents system systeminstruction systemprompt instructions
  conversation previousresponseid maxtokens maxcompletiontokens maxoutputtokens maxnewtokens maxlength numpredict npredict
  mintokens stream streamoptions stop stopsequences n bestof numcompletions candidatecount temperature background store
  tools toolchoice functions functioncall`.split(/\s+/),
)

/** Objects whose fields are fields of the request. `reasoning` is none: its `max_tokens` is a budget for thinking. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'generationConfig',
  'generation_config',
  'inferenceConfig',
  'inference_config',
  'additionalModelRequestFields',
  'extra_body',
  'parameters',
  'options',
])

/** Fields that say how hard a model thinks, each of one wire format, as `reasoning_effort` of the metadata does. */
const EFFORT_FIELDS = [
  'reasoning_effort',
  'reasoning',
  'output_config',
  'outputConfig',
  'thinkingConfig',
] as const

/** Headers that the metadata may set: switches of an API, and how a router is told who asks. */
export const SETTABLE_HEADERS: readonly string[] = [
  'anthropic-beta',
  'openai-beta',
  'http-referer',
  'x-title',
]

/** What is wrong with the metadata as far as it goes into requests, a sentence each; empty where nothing is. */
export function requestFaults(metadata: Readonly<Record<string, unknown>>): string[] {
  const fields = asRecord(metadata['additional_model_request_fields'])
  return [
    ...fixedFields(fields, '').map(
      (path) =>
        `additional_model_request_fields.${path} is fixed by the profile of a run and cannot be set${adviceFor(path)}`,
    ),
    ...effortFaults(metadata['reasoning_effort'], fields),
    ...headerFaults(metadata['request_headers']),
  ]
}

/** Whether a path like `generationConfig.maxOutputTokens` names a field that the profile fixes. */
export function isFixedField(path: string): boolean {
  const names = path.split('.')
  const inside = names.slice(0, -1).every((name) => CONTAINERS.has(name))
  return inside && FIXED.has(plain(names.at(-1) ?? ''))
}

/** The metadata's own headers; nothing where it has none. */
export function headersOf({ request_headers: headers }: ModelMetadata): Record<string, string> {
  const given = Object.entries(asRecord(headers)).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  )
  return Object.fromEntries(given.filter(([name]) => SETTABLE_HEADERS.includes(name)))
}

function fixedFields(fields: Readonly<Record<string, unknown>>, prefix: string): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = `${prefix}${name}`
    if (FIXED.has(plain(name))) return [path]
    return CONTAINERS.has(name) && isRecord(value) ? fixedFields(value, `${path}.`) : []
  })
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

function adviceFor(path: string): string {
  const name = plain(path.split('.').at(-1) ?? '')
  if (name === 'temperature') return ' (omit_temperature sends none)'
  return name.startsWith('max') ? ' (another profile has another cap)' : ''
}

function effortFaults(effort: unknown, fields: Readonly<Record<string, unknown>>): string[] {
  if (effort === undefined || effort === null) return []
  const nested = asRecord(fields['generationConfig'])
  return EFFORT_FIELDS.filter((name) => name in fields || name in nested).map(
    (name) =>
      `reasoning_effort and additional_model_request_fields.${name} both say how hard the model thinks: keep one`,
  )
}

function headerFaults(headers: unknown): string[] {
  if (headers === undefined || headers === null) return []
  if (!isRecord(headers)) return ['request_headers must be an object of names and values']
  return Object.entries(headers).flatMap(([name, value]) => {
    if (!SETTABLE_HEADERS.includes(name.toLowerCase()))
      return [`request_headers.${name} cannot be set: accepted are ${SETTABLE_HEADERS.join(', ')}`]
    const printable = typeof value === 'string' && /^[\x20-\x7e]{1,500}$/.test(value)
    return printable ? [] : [`request_headers.${name} must be a text of 1 to 500 printable characters`]
  })
}
