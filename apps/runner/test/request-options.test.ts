import { findProvider, providerSlugs } from '@llmbench/providers'
import { describe, expect, test } from 'vitest'
import { parseOptions } from '../src/cli.ts'
import { hintFor } from '../src/hints.ts'
import { createWorklistSource } from '../src/worklist/worklist.ts'
import { startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

function parse(...args: string[]) {
  const said: string[] = []
  const output = { writeOut: (text: string) => said.push(text), writeErr: (text: string) => said.push(text) }
  try {
    return {
      options: parseOptions(['--provider', 'groq', ...args], output, providerSlugs()),
      said: said.join(''),
    }
  } catch (error) {
    return { options: null, said: `${said.join('')}${(error as Error).message}` }
  }
}

test('request options become the metadata of the named models', () => {
  const { options } = parse(
    '--omit-temperature',
    '--reasoning-effort',
    'low',
    '--param',
    'top_k=5',
    '--param',
    'thinking.type=enabled',
    '--param',
    'thinking.budget_tokens=1024',
    '--param',
    'label=07x',
    '--param',
    'on=true',
    '--param',
    'list=["a"]',
  )
  expect(options?.metadata).toEqual({
    omit_temperature: true,
    reasoning_effort: 'low',
    additional_model_request_fields: {
      top_k: 5,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      label: '07x',
      on: true,
      list: ['a'],
    },
  })
})

test.each([
  [['--param', 'top_k'], /name=value/],
  [['--param', '=5'], /name=value/],
  [['--param', '__proto__.x=5'], /name=value/],
  [['--param', 'a..b=5'], /name=value/],
  [['--param', 'max_tokens=5'], /"max_tokens" is fixed by the profile of a run; --profile/],
  [['--param', 'generationConfig.maxOutputTokens=5'], /is fixed by the profile/],
  [['--param', 'temperature=1'], /--omit-temperature sends none/],
  [['--param', 'generationConfig={"maxOutputTokens":5}'], /fixed by the profile/],
  [['--param', 'a=1', '--param', 'a=2'], /"a" is given twice/],
  [['--param', 'a=1', '--param', 'a.b=2'], /inside a value that is no object/],
  [['--reasoning-effort', 'very low'], /a word of the provider/],
  [['--reasoning-effort', 'low', '--param', 'reasoning.effort=high'], /both say how hard the model thinks/],
])('%j is refused and says why', (args, sentence) => {
  const { options, said } = parse(...args)
  expect(options).toBeNull()
  expect(said).toMatch(sentence)
})

describe('a worklist', () => {
  const groq = findProvider('groq')
  if (groq === undefined) throw new Error('groq is gone')
  const metadata = { omit_temperature: true }

  test.each([
    [{ commandLine: ['m'], models: null, override: false, metadata }],
    [{ commandLine: null, models: ['m'], override: true, metadata }],
  ])('of named models has the request options: %j', async (named) => {
    const answer = await createWorklistSource(named, null, ['groq'])(groq)
    expect(answer).toMatchObject({ worklist: { items: [{ model: 'm', metadata }] } })
  })

  test('of the catalogue does not take them', () => {
    const remote = { read: () => Promise.reject(new Error('not asked')) }
    const named = { commandLine: null, models: null, override: false, metadata }
    expect(() => createWorklistSource(named, remote, ['groq'])).toThrow(
      /go with --models or BENCHMARK_MODELS/,
    )
  })
})

describe('the hint after an answer that refuses a parameter', () => {
  const refused = (message: string, changes: object = {}) =>
    hintFor({
      provider: 'openai',
      model_name: 'gpt-5.1',
      error_kind: 'hard_capability',
      http_status: 400,
      message,
      ...changes,
    } as never)

  test.each([
    ["Unsupported parameter: 'temperature' is not supported with this model.", '--omit-temperature'],
    ['`temperature` may only be set to 1 when thinking is enabled.', '--omit-temperature'],
    ["Unsupported value: 'minimal' for reasoning_effort", '--reasoning-effort'],
    ['Thinking level is not supported for this model.'.replace(' ', '_'), '--reasoning-effort'],
    ['thinking.budget_tokens: must be at least 1024', '--param'],
    ["'max_tokens' is not supported: use 'max_completion_tokens'", '--profile'],
  ])('%s', (message, option) => {
    expect(refused(message)).toContain(option)
    expect(refused(message)).toContain('models set openai gpt-5.1')
  })

  test('is none for other errors', () => {
    expect(refused('temperature', { error_kind: 'rate_limit', http_status: 429 })).toBeNull()
    expect(refused('The prompt is too long')).toBeNull()
    expect(refused('temperature', { http_status: null })).toBeNull()
  })
})

test('a model that refuses a temperature runs from the command line with the option that its 400 names', async () => {
  const bodies: string[] = []
  const provider = await startProvider((request, response) => {
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      bodies.push(body)
      if (!body.includes('temperature')) return streamTwoTokens(request, response)
      response.writeHead(400, { 'content-type': 'application/json' })
      const message = "Unsupported parameter: 'temperature' is not supported with this model."
      return response.end(JSON.stringify({ error: { message, type: 'invalid_request_error' } }))
    })
  })
  const environment = { GROQ_API_KEY: 'groq-key-0123456789', GROQ_BASE_URL: provider }
  const flags = ['--local', '--provider', 'groq', '--models', 'm']
  const refused = startRunner(flags, environment)
  expect(await refused.ended).toBe(1)
  expect(refused.stderr()).toContain('try --omit-temperature')
  const runner = startRunner([...flags, '--json', '--omit-temperature', '--param', 'top_k=5'], environment)
  expect(await runner.ended).toBe(0)
  expect(JSON.parse(runner.stdout())).toMatchObject({ temperature: null, request_extra_fields: ['top_k'] })
  expect(JSON.parse(bodies[1] ?? '')).toMatchObject({ top_k: 5 })
})
