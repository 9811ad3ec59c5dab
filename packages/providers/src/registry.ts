/** Every vendor that is built in: one import and one name. */
import type { Provider } from './provider.ts'
import { anthropic } from './providers/anthropic.ts'
import { anyscale } from './providers/anyscale.ts'
import { azure } from './providers/azure.ts'
import { bedrock } from './providers/bedrock.ts'
import { cerebras } from './providers/cerebras.ts'
import { databricks } from './providers/databricks.ts'
import { deepinfra } from './providers/deepinfra.ts'
import { deepseek } from './providers/deepseek.ts'
import { fireworks } from './providers/fireworks.ts'
import { gemini } from './providers/gemini.ts'
import { gpustack } from './providers/gpustack.ts'
import { groq } from './providers/groq.ts'
import { huggingface } from './providers/huggingface.ts'
import { lambda } from './providers/lambda.ts'
import { llamacpp } from './providers/llamacpp.ts'
import { mistral } from './providers/mistral.ts'
import { ollama } from './providers/ollama.ts'
import { openai } from './providers/openai.ts'
import { openaiCompatible } from './providers/openai-compatible.ts'
import { openrouter } from './providers/openrouter.ts'
import { runpod } from './providers/runpod.ts'
import { tgi } from './providers/tgi.ts'
import { together } from './providers/together.ts'
import { vertex } from './providers/vertex.ts'
import { vllm } from './providers/vllm.ts'
import { xai } from './providers/xai.ts'
import { configuredVendor } from './vendor/configured-vendor.ts'
import type { VendorEntry } from './vendor/configured-vendor.ts'

export { CONFIGURED_DIALECTS } from './vendor/configured-vendor.ts'

const PROVIDERS: readonly Provider[] = [
  openai,
  azure,
  anthropic,
  bedrock,
  gemini,
  vertex,
  groq,
  together,
  fireworks,
  deepinfra,
  cerebras,
  openrouter,
  databricks,
  huggingface,
  mistral,
  deepseek,
  xai,
  runpod,
  lambda,
  anyscale,
  vllm,
  llamacpp,
  ollama,
  tgi,
  gpustack,
  openaiCompatible,
]

const BY_SLUG = new Map(PROVIDERS.map((provider) => [provider.slug, provider]))

/** The built-in provider of that slug, or undefined. */
export function findProvider(slug: string): Provider | undefined {
  return BY_SLUG.get(slug)
}

/** Every built-in slug, in the order of the registry. */
export function providerSlugs(): string[] {
  return [...BY_SLUG.keys()]
}

/** The vendors of one process: those built in, and those its operator describes. */
export type Registry = {
  readonly find: (slug: string) => Provider | undefined
  readonly slugs: () => string[]
}

/** A registry with these vendors beside the built-in ones; an entry never takes the place of one that is built in. */
export function createRegistry(entries: readonly VendorEntry[]): Registry {
  const configured = new Map(entries.map((entry) => [entry.slug, configuredVendor(entry)]))
  return {
    find: (slug) => findProvider(slug) ?? configured.get(slug),
    slugs: () => [...new Set([...providerSlugs(), ...configured.keys()])],
  }
}
