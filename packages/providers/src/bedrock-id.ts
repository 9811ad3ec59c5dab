/**
 * Which Bedrock ids can be streamed from, as far as an id tells (`docs/contract.md`, Bedrock model ids). The account
 * and the Region have the last word: `models check --provider bedrock --live` asks them.
 */
export type IdFault = {
  readonly reason: string
  /** What to try instead, perhaps with a fault of its own; null where nothing would work. */
  readonly instead: string | null
  /** The rule is drawn from what a family of models was like: the account may know better. */
  readonly inferred?: boolean
}

/** Prefixes of system inference profiles: a geography, or the whole world. */
const GEOGRAPHY = /^(us-gov|us|eu|apac|jp|au|ca|sa|me|af|il|global)\./
const BASE_ID = /^[a-z0-9-]+\.[A-Za-z0-9._-]+(:[A-Za-z0-9]+)*$/
const ARN = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:(\d{12})?:([a-z-]+)\/(\S+)$/

/** What a profile is asked for under when nobody says where: the geography most accounts have. */
const DEFAULT_GEOGRAPHY = 'us.'

/** Models that answer with images, video, speech, vectors or ranks. */
const NO_TEXT =
  /^(amazon\.(nova-(canvas|reel|sonic|2-sonic|2-omni|2-multimodal)|titan-(image|embed)|rerank)|stability\.|cohere\.(embed|rerank)|twelvelabs\.marengo|luma\.)/

type Family = readonly [ids: RegExp, name: string]

/** Families that no form of id reaches any more. */
const RETIRED: readonly Family[] = [[/^anthropic\.claude-(v[12]|instant)/, 'Claude 2 and Claude Instant']]

/** Families that are only reached through an inference profile. */
const PROFILE_ONLY: readonly Family[] = [
  [/^anthropic\./, 'Anthropic Claude'],
  [/^meta\.llama(3-[2-9]-|[4-9])/, 'Meta Llama 3.2 and newer'],
  [/^amazon\.nova-(premier|2-)/, 'Amazon Nova Premier and Nova 2'],
  [/^deepseek\.r1/, 'DeepSeek R1'],
  [/^mistral\.pixtral-large/, 'Mistral Pixtral Large'],
  [/^writer\.palmyra-x[45]/, 'Writer Palmyra X4 and X5'],
]

/** Families for which no inference profile exists. */
const ON_DEMAND_ONLY: readonly Family[] = [
  [/^meta\.llama(2|3-(8b|70b))/, 'Meta Llama 3 and older'],
  [/^mistral\.(?!pixtral-large)/, 'Mistral'],
  [/^cohere\./, 'Cohere'],
  [/^ai21\./, 'AI21'],
  [/^openai\.gpt-oss/, 'OpenAI gpt-oss'],
]

/** Why a Bedrock id cannot be called, or null. Only the first fault is told. */
export function findBedrockFault(modelId: string): IdFault | null {
  const prefixed = /^[a-z-]+\.(arn:.*)$/.exec(modelId)?.[1]
  if (prefixed !== undefined)
    return { reason: 'An ARN is called as it is, without a geography before it', instead: prefixed }
  if (modelId.startsWith('arn:')) return findArnFault(modelId)
  const geography = GEOGRAPHY.exec(modelId)?.[0] ?? ''
  const base = modelId.slice(geography.length)
  if (!BASE_ID.test(base)) {
    const lower = modelId.toLowerCase()
    return {
      reason: 'A Bedrock model id has the form vendor.model-version:N',
      instead: lower === modelId ? null : lower,
    }
  }
  return findModelFault(base) ?? findVariantFault(geography, base) ?? findFormFault(geography, base)
}

function findArnFault(arn: string): IdFault | null {
  const [, account, kind = '', name = ''] = ARN.exec(arn) ?? []
  switch (kind) {
    case 'application-inference-profile':
    case 'provisioned-model':
    case 'custom-model-deployment':
      return account === undefined
        ? { reason: `The ARN of a ${kind} names the account it belongs to`, instead: null }
        : null
    case 'inference-profile':
    case 'foundation-model':
      return findBedrockFault(name)
    case 'imported-model':
      return { reason: 'Imported models cannot be streamed through Converse', instead: null }
    case 'prompt':
      return {
        reason: 'A stored prompt has a text and a cap of its own, a run those of its profile',
        instead: null,
      }
    default:
      return { reason: 'Not the ARN of a Bedrock model or inference profile', instead: null }
  }
}

const nameOf = (families: readonly Family[], base: string): string | undefined =>
  families.find(([ids]) => ids.test(base))?.[1]

function findModelFault(base: string): IdFault | null {
  if (NO_TEXT.test(base))
    return {
      reason: 'This model returns no text, so there is nothing to stream',
      instead: null,
      inferred: true,
    }
  const retired = nameOf(RETIRED, base)
  return retired === undefined
    ? null
    : { reason: `${retired} have reached the end of their life`, instead: null, inferred: true }
}

function findVariantFault(geography: string, base: string): IdFault | null {
  const [name, version, variant] = base.split(':')
  if (variant === undefined) return null
  const reason = `":${variant}" names provisioned throughput, which cannot be called on demand`
  return { reason, instead: `${geography}${name}:${version}` }
}

function findFormFault(geography: string, base: string): IdFault | null {
  const needs = nameOf(PROFILE_ONLY, base)
  if (needs !== undefined && geography === '') {
    const reason = `${needs} is reached through an inference profile only: on-demand throughput isn't supported`
    return { reason, instead: `${DEFAULT_GEOGRAPHY}${base}`, inferred: true }
  }
  const refuses = nameOf(ON_DEMAND_ONLY, base)
  if (refuses === undefined || geography === '') return null
  return {
    reason: `There is no inference profile of ${refuses}: the bare id is called`,
    instead: base,
    inferred: true,
  }
}
