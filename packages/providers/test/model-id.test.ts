import { expect, test } from 'vitest'
import { checkModelId } from '../src/model-id.ts'

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
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
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
])('%s is refused in favour of %s', (id, suggestion) => {
  expect(checkModelId('bedrock', id)).toMatchObject({ valid: false, suggestion })
})

test('other providers take any id without white space', () => {
  expect(checkModelId('groq', 'Meta-Llama/Llama-4.Scout')).toEqual({ valid: true })
  expect(checkModelId('groq', ' llama')).toMatchObject({ valid: false, suggestion: 'llama' })
})
