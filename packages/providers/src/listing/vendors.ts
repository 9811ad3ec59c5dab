/** Which list each vendor keeps, in one table. */
import type { Access, Environment, ModeName, Provider } from '../provider.ts'
import { checkBaseUrl, readVariable } from '../vendor/access.ts'
import {
  anthropicModels,
  bedrockModels,
  bedrockProfiles,
  databricksEndpoints,
  geminiModels,
  ollamaTags,
  openaiModels,
  vertexModels,
} from './dialects.ts'
import { bedrockSource, httpSource } from './sources.ts'
import type { ListingSource } from './sources.ts'

export type VendorListing = {
  /** All of them together are the list. */
  readonly sources: readonly ListingSource[]
  /** The access of the list, where it is not the one of a run. */
  readonly access?: (access: Access, environment: Environment) => Access
}

/** A vendor without a list, and why. */
export type NoListing = { readonly none: string }

/** `{base}/models`, as OpenAI has it. */
const OPENAI: VendorListing = { sources: [httpSource(openaiModels, '/models')] }

const VERTEX_RUNS = /\/v1\/projects\/.*$/
const VERTEX_PUBLISHERS = ['google', 'anthropic', 'meta']

const VENDOR_LISTINGS: Readonly<Record<string, VendorListing | NoListing>> = {
  openai: OPENAI,
  /** Base models of the resource; deployments, which is what runs name, are listed by Azure's management API alone. */
  azure: OPENAI,
  anthropic: { sources: [httpSource(anthropicModels, '/models')] },
  bedrock: {
    sources: [
      bedrockSource(bedrockModels, 'ListFoundationModels'),
      bedrockSource(bedrockProfiles, 'ListInferenceProfiles'),
    ],
    access: bedrockControlPlane,
  },
  gemini: { sources: [httpSource(geminiModels, '/models')] },
  /** Model Garden; it does not name every open model that is served. */
  vertex: {
    sources: VERTEX_PUBLISHERS.map((publisher) =>
      httpSource(vertexModels, `/v1beta1/publishers/${publisher}/models`, VERTEX_RUNS),
    ),
  },
  groq: OPENAI,
  together: OPENAI,
  fireworks: OPENAI,
  deepinfra: OPENAI,
  cerebras: OPENAI,
  openrouter: OPENAI,
  databricks: {
    sources: [httpSource(databricksEndpoints, '/api/2.0/serving-endpoints', /\/serving-endpoints$/)],
  },
  huggingface: OPENAI,
  mistral: OPENAI,
  deepseek: OPENAI,
  xai: OPENAI,
  runpod: OPENAI,
  lambda: { none: 'The inference API ended on 2025-09-25' },
  anyscale: OPENAI,
  vllm: OPENAI,
  llamacpp: OPENAI,
  ollama: { sources: [httpSource(ollamaTags, '/api/tags', /\/v1$/)] },
  tgi: OPENAI,
  gpustack: OPENAI,
  'openai-compatible': OPENAI,
}

/** Where the vendors of a vendors file list theirs, by their wire format. */
const LISTINGS_BY_MODE: Readonly<Partial<Record<ModeName, VendorListing>>> = {
  chat: OPENAI,
  completions: OPENAI,
  responses: OPENAI,
  messages: { sources: [httpSource(anthropicModels, '/models')] },
  generate_content: { sources: [httpSource(geminiModels, '/models')] },
}

/** The list of that vendor, or why there is none. */
export function listingOf({
  slug,
  dialects,
  listsModels,
}: Pick<Provider, 'slug' | 'dialects' | 'listsModels'>): VendorListing | NoListing {
  if (listsModels === false) return { none: 'Its entry in the vendors file says so' }
  const [dialect] = dialects
  const configured =
    listsModels === true && dialect !== undefined ? LISTINGS_BY_MODE[dialect.mode] : undefined
  return configured ?? VENDOR_LISTINGS[slug] ?? { none: `Nobody has said where ${slug} lists its models` }
}

/** Bedrock lists at its control plane, under a variable of the SDK's own. */
function bedrockControlPlane(access: Access, environment: Environment): Access {
  const endpoint = readVariable(environment, ['AWS_ENDPOINT_URL_BEDROCK'])
  return {
    ...access,
    baseUrl: endpoint === undefined ? '' : checkBaseUrl('AWS_ENDPOINT_URL_BEDROCK', endpoint),
  }
}
