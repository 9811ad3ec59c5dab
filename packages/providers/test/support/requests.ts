/** Requests as a provider builds them from an environment of invented keys. */
import { expect } from 'vitest'
import type { Plan } from '../../src/plan.ts'
import type { Environment, Provider, WireRequest } from '../../src/provider.ts'
import { findProvider } from '../../src/registry.ts'
import { makePlan } from './plans.ts'

export const PROMPT = 'Tell a long and happy story about the history of the world.'

/** An invented key; no test sends it anywhere but to this machine. */
export const KEY = 'key-of-a-test-0123456789'

/** The provider of that slug; throws where there is none. */
export function providerOf(slug: string): Provider {
  const provider = findProvider(slug)
  if (provider === undefined) throw new Error(`No provider ${slug}`)
  return provider
}

export type Built = Omit<WireRequest, 'body'> & {
  readonly body: Record<string, unknown>
  readonly temperature: number | null
  readonly secrets: readonly string[]
}

/** The request of a plan, its body parsed. Holds in every case: the key is in no URL and in no body. */
export async function build(
  slug: string,
  environment: Environment,
  plan: Partial<Plan> = {},
): Promise<Built> {
  const provider = providerOf(slug)
  const access = await provider.access(environment)
  const requestMode = provider.dialects[0]?.requestMode ?? 'chat_completions_stream'
  const request = await provider.request(makePlan({ provider: slug, requestMode, ...plan }), access)
  const body = bodyText(request)
  for (const secret of access.secrets) {
    expect(request.url, 'a key in the URL').not.toContain(secret)
    expect(body, 'a key in the body').not.toContain(secret)
  }
  const { temperature } = request.asked
  return {
    ...request,
    temperature,
    body: JSON.parse(body) as Record<string, unknown>,
    secrets: access.secrets,
  }
}

/** The message with which the environment is refused. Throws where it is accepted. */
export async function refusal(slug: string, environment: Environment): Promise<string> {
  try {
    await providerOf(slug).access(environment)
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigurationError' })
    return (error as Error).message
  }
  throw new Error(`${slug} accepted ${Object.keys(environment).join(', ')}`)
}

/** The body as text. */
export function bodyText({ body }: Pick<WireRequest, 'body'>): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body)
}
