/** What a router says that the host behind it said. */
import { expect, test } from 'vitest'
import { readProviderError } from '../src/provider-error.ts'

test.each([
  ['OpenRouter', { message: 'w', metadata: { raw: 'upstream' } }],
  ['OpenRouter, as an object', { message: 'w', metadata: { raw: { detail: 'upstream' } } }],
  ['OpenRouter, as JSON', { message: 'w', metadata: { raw: '{"error":{"message":"upstream"}}' } }],
  ['OpenRouter, as a list', { message: 'w', metadata: { raw: '[{"error":{"message":"upstream"}}]' } }],
  ['Lemonade', { message: 'w', details: { status_code: 412, response: { error: { message: 'upstream' } } } }],
  ['a gateway', { message: 'w', upstream_error: 'upstream' }],
])('what the host behind %s said is passed on', (_title, error) => {
  expect(readProviderError({ error })?.message).toBe('w: upstream')
})

test('a host’s type and code count where the router has none but the status', () => {
  const raw = '{"error":{"message":"upstream","type":"t","code":"c"}}'
  expect(readProviderError({ error: { message: 'w', code: 429, metadata: { raw } } })).toEqual({
    status: 429,
    type: 't',
    code: 'c',
    message: 'w: upstream',
  })
  expect(readProviderError({ error: { message: 'w', code: 'own', metadata: { raw } } })?.code).toBe('own')
  const external = { error_code: 'INVALID_PARAMETER_VALUE', message: 'upstream' }
  expect(readProviderError({ error: 'w', external_model_message: external })).toEqual({
    status: null,
    type: null,
    code: 'INVALID_PARAMETER_VALUE',
    message: 'w: upstream',
  })
})

test('details that hold no words are not words', () => {
  const details = [{ '@type': 'x', reason: 'API_KEY_INVALID' }]
  expect(readProviderError({ error: { message: 'w', details } })?.message).toBe('w')
  expect(
    readProviderError({ error: { message: 'w', details: 'w', response: { status: 400 } } })?.message,
  ).toBe('w')
})
