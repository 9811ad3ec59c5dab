/** Verdict on a model id by its provider's rules; one pure function for the ingest, the runner and the command line. */
export type ModelIdVerdict =
  | { readonly valid: true }
  | { readonly valid: false; readonly reason: string; readonly suggestion: string | null }

const VALID: ModelIdVerdict = { valid: true }

/** Whether `modelId` can be called at `provider`, and if not, why and which id would work. */
export function checkModelId(provider: string, modelId: string): ModelIdVerdict {
  if (modelId === '' || modelId.length > 256 || /[\s\p{Cc}]/u.test(modelId)) {
    return invalid('A model id has 1 to 256 characters and no white space', modelId.trim() || null)
  }
  return provider === 'bedrock' ? checkBedrockModelId(modelId) : VALID
}

/** Prefixes of system inference profiles: a geography, or the whole world. */
const GEOGRAPHY = /^(us-gov|us|eu|apac|jp|au|ca|sa|me|af|il|global)\./
const BASE_ID = /^[a-z0-9-]+\.[A-Za-z0-9._-]+(:[A-Za-z0-9]+)*$/
const ARN =
  /^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:(\d{12})?:(inference-profile|application-inference-profile|provisioned-model|foundation-model|prompt|imported-model|custom-model-deployment)\/\S+$/

/** Models that answer with images, video, speech, vectors or ranks. */
const NO_TEXT =
  /^(amazon\.(nova-(canvas|reel|sonic|2-sonic|2-multimodal)|titan-(image|embed)|rerank)|stability\.|cohere\.(embed|rerank)|twelvelabs\.marengo|luma\.)/

/** Families that are only reached through an inference profile. */
const PROFILE_ONLY: readonly (readonly [family: RegExp, name: string])[] = [
  [/^anthropic\./, 'Anthropic Claude'],
  [/^meta\.llama(3-[2-9]|[4-9])/, 'Meta Llama 3.2 and newer'],
  [/^amazon\.nova-(premier|2-)/, 'Amazon Nova Premier and Nova 2'],
  [/^deepseek\.r1/, 'DeepSeek R1'],
  [/^mistral\.pixtral-large/, 'Mistral Pixtral Large'],
  [/^writer\.palmyra-x[45]/, 'Writer Palmyra X4 and X5'],
]

/** Families for which no inference profile exists. */
const ON_DEMAND_ONLY: readonly (readonly [family: RegExp, name: string])[] = [
  [/^meta\.llama(2|3-(8b|70b))/, 'Meta Llama 3 and older'],
  [/^mistral\.(?!pixtral-large)/, 'Mistral'],
  [/^cohere\./, 'Cohere'],
  [/^ai21\./, 'AI21'],
  [/^openai\.gpt-oss/, 'OpenAI gpt-oss'],
]

function checkBedrockModelId(modelId: string): ModelIdVerdict {
  if (modelId.startsWith('arn:')) {
    return ARN.test(modelId) ? VALID : invalid('Not the ARN of a Bedrock model or inference profile', null)
  }
  const geography = GEOGRAPHY.exec(modelId)?.[0] ?? ''
  const base = modelId.slice(geography.length)
  if (!BASE_ID.test(base)) return invalid('A Bedrock model id has the form vendor.model-version:N', null)
  if (NO_TEXT.test(base)) return invalid('This model returns no text, so there is nothing to stream', null)
  const [name, version, variant] = base.split(':')
  if (variant !== undefined) {
    const shorter = `${geography}${name}:${version}`
    return invalid(
      `":${variant}" names provisioned throughput, which cannot be called on demand`,
      workingForm(shorter),
    )
  }
  return checkForm(geography, base)
}

function checkForm(geography: string, base: string): ModelIdVerdict {
  const needs = PROFILE_ONLY.find(([family]) => family.test(base))
  if (needs !== undefined && geography === '') {
    const reason = `${needs[1]} is reached through an inference profile only: on-demand throughput isn't supported`
    return invalid(reason, `us.${base}`)
  }
  const refuses = ON_DEMAND_ONLY.find(([family]) => family.test(base))
  if (refuses !== undefined && geography !== '') {
    return invalid(`There is no inference profile of ${refuses[1]}: the bare id is called`, base)
  }
  return VALID
}

/** The id itself if it can be called, else what would be suggested for it. */
function workingForm(modelId: string): string | null {
  const verdict = checkBedrockModelId(modelId)
  return verdict.valid ? modelId : verdict.suggestion
}

function invalid(reason: string, suggestion: string | null): ModelIdVerdict {
  return { valid: false, reason, suggestion }
}
