import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkModelId } from '../src/model-id.ts'

const ARN_OF_OURS = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc'

test.each([
  'us.anthropic.claude-opus-4-5-20251101-v1:0',
  'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'us.meta.llama4-maverick-17b-instruct-v1:0',
  'meta.llama3-1-70b-instruct-v1:0',
  'us.meta.llama3-1-70b-instruct-v1:0',
  'mistral.mistral-large-2402-v1:0',
  'cohere.command-r-plus-v1:0',
  'amazon.nova-pro-v1:0',
  'us.amazon.nova-pro-v1:0',
  'us.deepseek.r1-v1:0',
  'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'jp.anthropic.claude-haiku-4-5-20251001-v1:0',
  'us-gov.anthropic.claude-3-haiku-20240307-v1:0',
  'us.anthropic.claude-opus-4-6-v1',
  'apac.amazon.nova-lite-v1:0',
  'us.mistral.pixtral-large-2502-v1:0',
  'us.writer.palmyra-x5-v1:0',
  'ai21.jamba-1-5-large-v1:0',
  'openai.gpt-oss-120b-1:0',
  'qwen.qwen3-32b-v1:0',
  'google.gemma-3-27b-it',
  'mistral.mistral-7b-instruct-v0:2',
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
  'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/abc123',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0',
  'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0',
])('%s can be called', (id) => {
  expect(checkModelId('bedrock', id)).toEqual({ valid: true })
})

test.each([
  ['anthropic.claude-3-5-haiku-20241022-v1:0', 'us.anthropic.claude-3-5-haiku-20241022-v1:0'],
  ['meta.llama3-3-70b-instruct-v1:0', 'us.meta.llama3-3-70b-instruct-v1:0'],
  ['meta.llama4-scout-17b-instruct-v1:0', 'us.meta.llama4-scout-17b-instruct-v1:0'],
  ['us.mistral.mistral-large-2402-v1:0', 'mistral.mistral-large-2402-v1:0'],
  ['us.cohere.command-r-v1:0', 'cohere.command-r-v1:0'],
  ['deepseek.r1-v1:0', 'us.deepseek.r1-v1:0'],
  ['amazon.nova-pro-v1:0:24k', 'amazon.nova-pro-v1:0'],
  ['anthropic.claude-3-haiku-20240307-v1:0:200k', 'us.anthropic.claude-3-haiku-20240307-v1:0'],
  ['amazon.nova-canvas-v1:0', null],
  ['cohere.embed-english-v3', null],
  ['claude', null],
  ['arn:aws:s3:::bucket', null],
  ['us.meta.llama3-70b-instruct-v1:0', 'meta.llama3-70b-instruct-v1:0'],
  ['eu.amazon.nova-pro-v1:0:300k', 'eu.amazon.nova-pro-v1:0'],
  ['amazon.nova-premier-v1:0:mm', 'us.amazon.nova-premier-v1:0'],
  ['mistral.pixtral-large-2502-v1:0', 'us.mistral.pixtral-large-2502-v1:0'],
  ['Anthropic.Claude-Opus-4-5-20251101-v1:0', 'us.anthropic.claude-opus-4-5-20251101-v1:0'],
  [' anthropic.claude-opus-4-5-20251101-v1:0', 'us.anthropic.claude-opus-4-5-20251101-v1:0'],
  ['global.ai21.jamba-1-5-mini-v1:0', 'ai21.jamba-1-5-mini-v1:0'],
  ['us.openai.gpt-oss-20b-1:0', 'openai.gpt-oss-20b-1:0'],
  ['anthropic.claude-v2:1:200k', null],
  ['anthropic.claude-instant-v1:2:100k', null],
  ['us.stability.stable-outpaint-v1:0', null],
  ['amazon.titan-embed-text-v2:0', null],
  ['amazon.nova-2-multimodal-embeddings-v1:0', null],
  ['twelvelabs.marengo-embed-3-0-v1:0', null],
  ['us.arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc', ARN_OF_OURS],
  ['arn:aws:bedrock:us-east-1::provisioned-model/abc', null],
  ['arn:aws:bedrock:us-east-1:123456789012:imported-model/abc', null],
  ['arn:aws:bedrock:us-east-1:123456789012:prompt/abc', null],
  [
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-5-20251101-v1:0',
    'us.anthropic.claude-opus-4-5-20251101-v1:0',
  ],
])('%s is refused in favour of %s', (id, suggestion) => {
  expect(checkModelId('bedrock', id)).toMatchObject({ valid: false, suggestion })
})

test('other providers take any id without white space', () => {
  expect(checkModelId('groq', 'Meta-Llama/Llama-4.Scout')).toEqual({ valid: true })
  expect(checkModelId('groq', ' llama')).toMatchObject({ valid: false, suggestion: 'llama' })
})

const GEOGRAPHIES = ['us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'ca', 'sa', 'me', 'af', 'il', 'global']
const geography = fc.constantFrom(...GEOGRAPHIES)
const vendor = fc.constantFrom(
  'anthropic',
  'meta',
  'mistral',
  'cohere',
  'amazon',
  'ai21',
  'deepseek',
  'writer',
  'x',
)
const name = fc.constantFrom(
  'claude-x',
  'llama3-1-8b',
  'llama4-x',
  'nova-pro',
  'nova-premier',
  'r1',
  'embed-x',
  'palmyra-x4',
)
const version = fc.constantFrom('', '-v1:0', '-v1:0:24k', '-20250101-v2:1')
const prefix = fc.oneof(
  fc.constant(''),
  geography.map((geo) => `${geo}.`),
)
const bedrockId = fc
  .tuple(prefix, vendor, name, version)
  .map(([geo, of, model, tail]) => `${geo}${of}.${model}${tail}`)
const anyId = fc.oneof(
  bedrockId,
  fc.string({ maxLength: 300 }),
  bedrockId.map((id) => ` ${id.toUpperCase()}`),
)

test('a refusal has a reason, and the id it suggests can be called', () => {
  fc.assert(
    fc.property(anyId, (id) => {
      const verdict = checkModelId('bedrock', id)
      if (verdict.valid) return
      expect(verdict.reason).not.toBe('')
      if (verdict.suggestion !== null)
        expect(checkModelId('bedrock', verdict.suggestion)).toEqual({ valid: true })
    }),
  )
})

test('every geography is as good as another', () => {
  fc.assert(
    fc.property(geography, vendor, name, version, (geo, of, model, tail) => {
      const verdictOf = (place: string) => checkModelId('bedrock', `${place}.${of}.${model}${tail}`)
      const [here, there] = [verdictOf(geo), verdictOf('us')]
      expect(here.valid).toBe(there.valid)
      if (!here.valid && !there.valid) expect(here.reason).toBe(there.reason)
    }),
  )
})

test('no suggestion puts a geography before an ARN', () => {
  fc.assert(
    fc.property(geography, anyId, (geo, id) => {
      const arn = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${id}`
      const verdict = checkModelId('bedrock', `${geo}.${arn}`)
      expect(verdict.valid).toBe(false)
      if (!verdict.valid) expect(verdict.suggestion ?? '').not.toMatch(/\.arn:/)
    }),
  )
})
