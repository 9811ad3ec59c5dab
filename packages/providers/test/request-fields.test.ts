import { describe, expect, test } from 'vitest'
import { NOTHING_ASKED, readAsked } from '../src/asked.ts'
import { isFixedField, requestFaults } from '../src/request-fields.ts'
import { servedOf } from '../src/served.ts'
import type { ModelMetadata } from '../src/plan.ts'
import { chatDelta, messageEvent, sse } from './support/chunks.ts'
import { encodeEventStream } from './support/eventstream.ts'
import { build, KEY } from './support/requests.ts'
import { CHAT, CONVERSE, fieldsOf, GEMINI, MESSAGES, RESPONSES } from './support/runs.ts'

const withFields = (fields: Record<string, unknown>) => ({ additional_model_request_fields: fields })

describe('a field that the profile fixes', () => {
  test.each([
    { max_tokens: 4096 },
    { max_completion_tokens: 1 },
    { maxOutputTokens: 1 },
    { MaxTokens: 1 },
    { 'max-tokens': 1 },
    { num_predict: 9 },
    { stream: false },
    { stream_options: {} },
    { n: 4 },
    { candidateCount: 2 },
    { best_of: 2 },
    { messages: [] },
    { input: 'x' },
    { prompt: 'x' },
    { contents: [] },
    { system: 'Be short' },
    { systemInstruction: {} },
    { model: 'other' },
    { temperature: 1 },
    { tools: [] },
    { stop: ['.'] },
    { generationConfig: { maxOutputTokens: 1 } },
    { generationConfig: { temperature: 1 } },
    { inferenceConfig: { maxTokens: 9 } },
    { extra_body: { max_tokens: 9 } },
    { extra_body: { options: { num_predict: 9 } } },
  ])('%j is refused by its path', (fields) => {
    const [fault, ...others] = requestFaults(withFields(fields))
    expect(fault).toMatch(/^additional_model_request_fields\.\S+ is fixed by the profile/)
    expect(others).toEqual([])
  })

  test.each([
    { top_k: 5 },
    { thinking: { type: 'enabled', budget_tokens: 1024 } },
    { reasoning: { max_tokens: 1024 } },
    { provider: { order: ['x'], allow_fallbacks: false } },
    { chat_template_kwargs: { enable_thinking: false } },
    { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    { metadata: { model: 'a label' } },
    {},
  ])('%j is none', (fields) => {
    expect(requestFaults(withFields(fields))).toEqual([])
  })

  test('is found by its path, and says which option does what it meant', () => {
    expect([isFixedField('max_tokens'), isFixedField('extra_body.n'), isFixedField('thinking.n')]).toEqual([
      true,
      true,
      false,
    ])
    expect(requestFaults(withFields({ temperature: 1 }))[0]).toContain('omit_temperature')
    expect(requestFaults(withFields({ max_tokens: 1 }))[0]).toContain('another profile')
  })

  test.each([
    ['openai', 'openai_responses_stream', { OPENAI_API_KEY: KEY }],
    ['anthropic', 'anthropic_messages_stream', { ANTHROPIC_API_KEY: KEY }],
  ] as const)('never leaves to %s, whatever a catalogue says', async (provider, requestMode, environment) => {
    const { prepareRequest } = await import('../src/prepare.ts')
    const { providerOf } = await import('./support/requests.ts')
    const { makePlan } = await import('./support/plans.ts')
    const access = await providerOf(provider).access(environment)
    const plan = makePlan({ provider, requestMode, metadata: withFields({ max_tokens: 9 }) })
    expect(await prepareRequest(plan, providerOf(provider), access)).toMatchObject({
      failure: { kind: 'hard_capability', name: 'RequestRefused', message: /max_tokens is fixed/ },
    })
  })
})

test.each([
  { reasoning_effort: 'low', ...withFields({ reasoning_effort: 'high' }) },
  { reasoning_effort: 'low', ...withFields({ thinkingConfig: { thinkingBudget: 0 } }) },
  { reasoning_effort: 'low', ...withFields({ generationConfig: { thinkingConfig: {} } }) },
  { reasoning_effort: 'low', ...withFields({ reasoning: { enabled: true } }) },
  { reasoning_effort: 'low', ...withFields({ outputConfig: { effort: 'high' } }) },
])('%j says twice how hard the model thinks, and is refused', (metadata) => {
  expect(requestFaults(metadata)).toEqual([
    expect.stringMatching(/both say how hard the model thinks: keep one/),
  ])
})

test.each([
  [{ authorization: 'Bearer x' }, /request_headers\.authorization cannot be set/],
  [{ 'x-api-key': 'x' }, /cannot be set: accepted are anthropic-beta/],
  [{ 'anthropic-beta': 'a\r\nb: c' }, /printable/],
  [{ 'anthropic-beta': 7 }, /printable/],
  ['x', /must be an object/],
])('the headers %j are refused', (request_headers, sentence) => {
  expect(requestFaults({ request_headers })).toEqual([expect.stringMatching(sentence)])
})

test('a beta header is sent, cannot replace a key, and is named on the row', async () => {
  const metadata = { request_headers: { 'Anthropic-Beta': 'context-1m', 'x-api-key': 'other' } }
  const request = await build('anthropic', { ANTHROPIC_API_KEY: KEY }, { metadata })
  expect(request.headers).toMatchObject({ 'anthropic-beta': 'context-1m', 'x-api-key': KEY })
  expect(request.asked.extraFields).toEqual(['header:anthropic-beta'])
})

describe('what was asked', () => {
  const askedFor = async (provider: string, environment: Record<string, string>, metadata: ModelMetadata) =>
    (await build(provider, environment, { metadata })).asked

  test.each([
    ['openai', { OPENAI_API_KEY: KEY }, 'low'],
    ['groq', { GROQ_API_KEY: KEY }, 'low'],
    ['anthropic', { ANTHROPIC_API_KEY: KEY }, 'low'],
    ['gemini', { GEMINI_API_KEY: KEY }, 'low'],
  ])('cap, effort and no temperature, of %s', async (provider, environment, effort) => {
    const metadata = { omit_temperature: true, reasoning_effort: effort }
    expect(await askedFor(provider, environment, metadata)).toEqual({
      ...NOTHING_ASKED,
      maxOutputTokens: 64,
      reasoningEffort: effort,
    })
  })

  test('further fields by name, and a hash that does not depend on their order', () => {
    const of = (fields: Record<string, unknown>) => readAsked({ metadata: withFields(fields) }, {})
    const one = of({ b: { y: 1, x: 2 }, a: 'x' })
    expect(one).toMatchObject({ extraFields: ['a', 'b'], extraHash: /^[0-9a-f]{16}$/ })
    expect(of({ a: 'x', b: { x: 2, y: 1 } })).toEqual(one)
    expect(of({ a: 'x', b: { x: 2, y: 2 } }).extraHash).not.toBe(one.extraHash)
    expect(of({})).toEqual(NOTHING_ASKED)
  })

  test('an effort that is handed through to the model', () => {
    const body = { additionalModelRequestFields: { reasoningConfig: { maxReasoningEffort: 'high' } } }
    expect(readAsked({ metadata: {} }, body).reasoningEffort).toBe('high')
  })

  test('is on results and on errors', () => {
    const asked = { temperature: 0.1, requested_tokens: 64, reasoning_effort: null, request_extra_fields: [] }
    expect(fieldsOf(CHAT, [chatDelta({ content: 'Once' }, 'stop')])).toMatchObject(asked)
    expect(fieldsOf(CHAT, [sse({ error: { message: 'x' } })])).toMatchObject({ isError: true, ...asked })
  })
})

test('fields of Converse and of Gemini’s request are not mixed with those of the model', async () => {
  const { converseBody } = await import('../src/dialects/bedrock-converse.ts')
  const { makePlan } = await import('./support/plans.ts')
  const fields = { performanceConfig: { latency: 'optimized' }, serviceTier: { type: 'flex' }, top_k: 5 }
  expect(converseBody(makePlan({ metadata: withFields(fields) }))).toMatchObject({
    performanceConfig: { latency: 'optimized' },
    serviceTier: { type: 'flex' },
    additionalModelRequestFields: { top_k: 5 },
  })
  const gemini = { safetySettings: [], thinkingConfig: { thinkingBudget: 0 }, generationConfig: { topK: 4 } }
  const { body } = await build('gemini', { GEMINI_API_KEY: KEY }, { metadata: withFields(gemini) })
  expect(body).toMatchObject({
    safetySettings: [],
    generationConfig: { thinkingConfig: { thinkingBudget: 0 }, topK: 4, maxOutputTokens: 64 },
  })
})

describe('who answered', () => {
  test.each([
    ['the backend of OpenRouter', CHAT, { provider: 'Fireworks' }, { upstream_provider: 'Fireworks' }],
    [
      'a tier and a build',
      CHAT,
      { service_tier: 'flex', system_fingerprint: 'fp_1' },
      { service_tier: 'flex', system_fingerprint: 'fp_1' },
    ],
  ] as const)('%s', (_title, api, more, fields) => {
    const chunk = sse({ choices: [{ delta: { content: 'Once' }, finish_reason: 'stop' }], ...more })
    expect(fieldsOf(api, [chunk])).toMatchObject(fields)
  })

  test('the tier of every wire format', () => {
    const tier = { service_tier: 'priority' }
    const response = { status: 'completed', ...tier }
    expect(fieldsOf(RESPONSES, [sse({ type: 'response.completed', response })])).toMatchObject(tier)
    const start = messageEvent({ type: 'message_start', message: { usage: { ...tier, input_tokens: 1 } } })
    expect(fieldsOf(MESSAGES, [start])).toMatchObject(tier)
    const gemini = sse({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { trafficType: 'ON_DEMAND' },
    })
    expect(fieldsOf(GEMINI, [gemini])).toMatchObject({ service_tier: 'ON_DEMAND' })
    const metadata = encodeEventStream([{ type: 'metadata', payload: { serviceTier: { type: 'flex' } } }])
    expect(fieldsOf(CONVERSE, [metadata])).toMatchObject({ service_tier: 'flex' })
  })

  test.each([
    [
      { 'x-inference-provider': 'novita' },
      'https://router.test/v1',
      { upstreamProvider: 'novita', region: null },
    ],
    [{ 'x-groq-region': 'us-west-1' }, 'https://api.test/v1', { region: 'us-west-1' }],
    [{ 'x-ms-region': 'Sweden Central' }, 'https://x.test', { region: 'Sweden Central' }],
    [{}, 'https://bedrock-runtime.eu-west-1.amazonaws.com/model/x', { region: 'eu-west-1' }],
    [{}, 'https://us-central1-aiplatform.googleapis.com/v1', { region: 'us-central1' }],
    [{}, 'https://aiplatform.eu.rep.googleapis.com/v1', { region: 'eu' }],
    [{}, 'https://aiplatform.googleapis.com/v1', { region: 'global' }],
    [{}, 'not a URL', { region: null, upstreamProvider: null }],
  ])('%j from %s', (headers, url, served) => {
    expect(servedOf([], headers, url)).toMatchObject(served)
  })
})
