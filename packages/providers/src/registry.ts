/** Every vendor: one import and one name. */
import type { Provider } from './provider.ts'
import { anthropic } from './providers/anthropic.ts'
import { bedrock } from './providers/bedrock.ts'
import { groq } from './providers/groq.ts'
import { openai } from './providers/openai.ts'

const PROVIDERS: readonly Provider[] = [openai, anthropic, bedrock, groq]

const BY_SLUG = new Map(PROVIDERS.map((provider) => [provider.slug, provider]))

/** The provider of that slug, or undefined. */
export function findProvider(slug: string): Provider | undefined {
  return BY_SLUG.get(slug)
}

/** Every slug, in the order of the registry. */
export function providerSlugs(): string[] {
  return [...BY_SLUG.keys()]
}
