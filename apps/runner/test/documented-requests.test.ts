/** The commands of docs/providers.md: each is parsed, and the request that it leads to is built. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findDialect, findProfile, findProvider, providerSlugs } from '@llmbench/providers'
import { expect, test } from 'vitest'
import { parseOptions } from '../src/cli.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8')
const lines = page.split('\n').filter((line) => line.startsWith('runner '))

/** Words of a command line; single quotes hold one word together. */
const wordsOf = (line: string): string[] =>
  Array.from(line.matchAll(/(?:[^\s']+|'[^']*')+/g), ([word]) => word.replaceAll("'", '')).slice(1)

function bodyOf(line: string): Record<string, unknown> {
  const output = { writeOut: () => undefined, writeErr: (text: string) => expect.fail(text) }
  const options = parseOptions(wordsOf(line), output, providerSlugs())
  const slug = options?.providers[0] ?? ''
  const provider = findProvider(slug)
  const dialect =
    provider && (options?.requestMode ? findDialect(provider, options.requestMode) : provider.dialects[0])
  const profile = options?.profile ?? findProfile('cloud-default-v1')
  if (!options || !dialect || !profile) throw new Error(`Not understood: ${line}`)
  const [model = ''] = options.models ?? []
  return dialect.body({
    resultId: 'x',
    provider: slug,
    model,
    requestMode: dialect.requestMode,
    profile,
    metadata: options.metadata,
    attempt: 1,
    attemptGroup: 'x',
    scheduledAt: null,
    region: null,
    runnerVersion: 'x',
  })
}

const EXPECTED: readonly Record<string, unknown>[] = [
  { model: 'gpt-5-mini', max_output_tokens: 64, reasoning: { effort: 'minimal' } },
  { model: 'gpt-5.1', reasoning: { effort: 'none' } },
  { model: 'gpt-5-mini', max_completion_tokens: 64, reasoning_effort: 'low' },
  { model: 'claude-opus-4-7', max_tokens: 64 },
  { max_tokens: 2048, output_config: { effort: 'low' }, thinking: { type: 'adaptive' } },
  { max_tokens: 2048, thinking: { type: 'enabled', budget_tokens: 1024 } },
  { generationConfig: { maxOutputTokens: 64, temperature: 0.1, thinkingConfig: { thinkingBudget: 0 } } },
  { generationConfig: { maxOutputTokens: 2048, thinkingConfig: { thinkingLevel: 'low' } } },
  { model: 'openai/gpt-oss-120b', temperature: 0.1, reasoning_effort: 'low' },
  { model: 'deepseek-reasoner', max_tokens: 2048 },
  { model: 'grok-3-mini', reasoning_effort: 'low' },
  { thinking: { type: 'disabled' }, provider: { order: ['z-ai'], allow_fallbacks: false } },
  { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } } },
  { additionalModelRequestFields: { reasoning_effort: 'low' }, inferenceConfig: { temperature: 0.1 } },
  { serviceTier: { type: 'flex' }, additionalModelRequestFields: { thinking: { type: 'adaptive' } } },
]

test('every command of the page is held against a request', () => {
  expect(lines).toHaveLength(EXPECTED.length)
})

test.each(lines.map((line, index) => [line, EXPECTED[index]] as const))('%s', (line, expected) => {
  const body = bodyOf(line)
  expect(body).toMatchObject(expected ?? {})
  expect(JSON.stringify(body).includes('temperature')).toBe(!line.includes('--omit-temperature'))
})
