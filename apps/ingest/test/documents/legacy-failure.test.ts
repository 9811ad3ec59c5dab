import { describe, expect, test } from 'vitest'
import type { ErrorRow } from '../../src/store/store.ts'
import { readFailure } from '../../src/documents/failure.ts'
import { normalizeMessage } from '../../src/documents/fingerprint.ts'
import { legacyError } from '../support/documents.ts'

/** The row of an error as the predecessor's runner posts it. */
function rowOf(changes: Record<string, unknown>): ErrorRow {
  const context = { now: new Date(), runnerId: 'r-1', publishedProfiles: new Set<string>() }
  const read = readFailure({ value: legacyError(changes), faults: [] }, context)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.row
}

describe('the status in the words of a legacy error', () => {
  test.each([
    ["PermissionDenied: 403 Permission 'aiplatform.endpoints.predict' denied", 403],
    ['google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded for base_model', 429],
    ['Unavailable : 503 The service is currently unavailable', 503],
    ['NotFound:404 Publisher Model was not found', 404],
    ['request failed with status code = 401', 401],
    ['status code: 402', 402],
    ['HTTP status: 500', 500],
    ['Status=429', 429],
    ["Error code: 429 - {'error': {'message': 'x'}}", 429],
    ['error code:\n503', 503],
  ])('%s', (message, status) => {
    expect(rowOf({ message }).document['http_status']).toBe(status)
  })

  test('of an error code counts before another, wherever it is', () => {
    expect(rowOf({ message: 'status: 503, Error code: 401' }).document['http_status']).toBe(401)
    expect(rowOf({ message: 'NotFound: 404, status = 500' }).document['http_status']).toBe(500)
  })

  test.each([
    'HTTP 503 Service Unavailable',
    'status 404',
    "'status_code': 401",
    'exit_status: 401',
    'status: 4030',
    'InvalidArgument: 400 bad',
    'This took 403 ms',
    'Error code: 1020',
    'error code: 999',
    'status: 099',
  ])('is not in %s', (message) => {
    expect(rowOf({ message }).document['http_status']).toBeNull()
  })

  test('is only looked for where the sender gives none', () => {
    expect(rowOf({ message: 'status: 503', http_status: 401 }).document['http_status']).toBe(401)
  })
})

test.each([
  ["Throttled. ActivityId: '0A1B2C3D-4e5f-6789'", 'throttled. request_id=<redacted>'],
  ['ActivityId:"0a1b2c3d"; later', 'request_id=<redacted>; later'],
  ["request-id='ABCDEFGH-1' x", 'request_id=<redacted> x'],
  ['RequestID = abcdefgh', 'request_id=<redacted>'],
  ['activity-id: abcdefgh1', 'activity-id: abcdefgh1'],
  ['my_request_id: abcdefgh1', 'my_request_id: abcdefgh1'],
  ["'request_id': 'abcdefgh1'", "'request_id': 'abcdefgh1'"],
  ["request_id: 'short'", "request_id: 'short'"],
  ['\u00a0A\u0085\u001cB\ufeff ', 'a b\ufeff'],
])('%j is normalised to %j', (message, normalized) => {
  expect(normalizeMessage(message)).toBe(normalized)
})

/** Computed with the predecessor's own rule. */
test.each([
  [
    {
      provider: 'vertex',
      model_name: 'google/gemini-2.5-pro',
      error_kind: 'auth',
      message: 'PermissionDenied: 403 Permission denied on resource project x.',
    },
    'fce7f4ca1d5b22a72aedcde74f56795694ab67dbe8fd8d039e53460df0e93880',
  ],
  [
    {
      provider: 'azure',
      model_name: 'gpt-4o',
      error_kind: 'auth',
      message: "Error: status code = 401. ActivityId: '0A1B2C3D-4E5F-6789'",
    },
    '72854b4f2c55b4f178d9cf0774dac9bcac44aa000a646b968d8f8717bf4acc48',
  ],
  [
    {
      provider: 'bedrock',
      model_name: 'us.meta.llama4-maverick-17b-instruct-v1:0',
      error_kind: 'unknown',
      // 2,000 characters of it count, each of the last ones two units of a string.
      message: `An error occurred\n\n(ThrottlingException)   RequestId='ABCDEFGH-1234' ${'\u{1f600}'.repeat(2500)}`,
    },
    'd7710f661d1e669ca8f632fee134953f5ecac8a716deea84ffcc9332674dfff1',
  ],
])('the fingerprint of %j is the predecessor’s', (changes, fingerprint) => {
  expect(rowOf(changes).fingerprint).toBe(fingerprint)
})

describe('the kind of a legacy error', () => {
  test.each([
    ['Error code: 403 - Key limit exceeded (monthly limit)', 'billing'],
    ['PermissionDenied: 403 no', 'auth'],
    ['status code = 402', 'billing'],
    ['Error code: 429 - slow', 'rate_limit'],
    ['Error code: 529 - x', 'transient_provider'],
    ['NotFound: 404 x', 'hard_model'],
    ['Error code: 400 - The dedicated endpoint for x is not available', 'hard_model'],
    ['ResourceNotFoundException: This model version has reached the end of its life.', 'hard_model'],
    ["Error code: 400 - {'error': {'code': 'model_not_available'}}", 'hard_model'],
    ['Read timed out.', 'timeout'],
    ['The model is overloaded', 'transient_provider'],
    ['visible output empty after token budget was exhausted', 'budget_exhausted'],
    ['Error code: 400 - bad', 'unknown'],
  ])('that was sent without one: %s is %s', (message, kind) => {
    expect(rowOf({ message, error_kind: null }).kind).toBe(kind)
  })

  test('is a timeout where the exception is one', () => {
    expect(rowOf({ message: '', exc_type: 'TimeoutError', error_kind: null }).kind).toBe('timeout')
  })

  test('that was sent is kept', () => {
    expect(rowOf({ message: 'Error code: 401 - x', error_kind: 'network' }).kind).toBe('network')
  })
})

test('a message of a megabyte is read at once, whatever it repeats', () => {
  const repeated = ['http', 'status', 'error code:', 'status code', 'request id', ' ', 'internal', '\u0085']
  for (const word of repeated) {
    for (const message of [word + ' '.repeat(1_000_000), `${word} `.repeat(100_000), word.repeat(100_000)])
      expect(rowOf({ message }).document['http_status']).toBeNull()
  }
})
