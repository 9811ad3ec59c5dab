/** `--param`, `--omit-temperature` and `--reasoning-effort`: what named models are asked beside their profile. Pure. */
import { InvalidArgumentError } from 'commander'
import { isFixedField, requestFaults } from '@llmbench/providers'
import type { ModelMetadata } from '@llmbench/providers'

export type Parameters = { readonly [name: string]: unknown }

type Flags = {
  readonly param: Parameters | undefined
  readonly omitTemperature: boolean | undefined
  readonly reasoningEffort: string | undefined
}

/** Takes one more `name=value`. Throws InvalidArgumentError naming what is wrong with it. */
export function addParameter(text: string, before: Parameters = {}): Parameters {
  const at = text.indexOf('=')
  const path = text.slice(0, at)
  if (at < 1 || !/^[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*$/.test(path)) {
    throw new InvalidArgumentError('It should look like name=value, such as top_k=5 or thinking.type=enabled')
  }
  if (isFixedField(path)) {
    const advice = /temperature/i.test(path)
      ? '--omit-temperature sends none'
      : '--profile chooses another protocol'
    throw new InvalidArgumentError(`"${path}" is fixed by the profile of a run; ${advice}`)
  }
  return withValue(before, path.split('.'), valueOf(text.slice(at + 1)), path)
}

/** The metadata of all named models, or why the flags do not go together. */
export function metadataOf({
  param,
  omitTemperature,
  reasoningEffort,
}: Flags): { readonly metadata: ModelMetadata } | { readonly fault: string } {
  const metadata: ModelMetadata = {
    ...(omitTemperature === true ? { omit_temperature: true } : {}),
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
    ...(param === undefined ? {} : { additional_model_request_fields: { ...param } }),
  }
  const [fault] = requestFaults(metadata)
  if (fault === undefined) return { metadata }
  return {
    fault: fault
      .replaceAll('additional_model_request_fields.', '--param ')
      .replaceAll('reasoning_effort and', '--reasoning-effort and'),
  }
}

/** JSON where it is JSON, else the text as it is. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function withValue(
  before: Parameters,
  [name = '', ...rest]: readonly string[],
  value: unknown,
  path: string,
): Parameters {
  const held = Object.hasOwn(before, name) ? before[name] : undefined
  const isObject = typeof held === 'object' && held !== null && !Array.isArray(held)
  if (held !== undefined && (rest.length === 0 || !isObject)) {
    throw new InvalidArgumentError(`"${path}" is given twice, or inside a value that is no object`)
  }
  const inner = isObject ? (held as Parameters) : {}
  return { ...before, [name]: rest.length === 0 ? value : withValue(inner, rest, value, path) }
}
