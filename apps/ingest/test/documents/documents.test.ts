import { describe, expect, test } from 'vitest'
import type { Read, ReadContext } from '../../src/documents/body.ts'
import { readFailure } from '../../src/documents/failure.ts'
import { fingerprint, normalizeMessage } from '../../src/documents/fingerprint.ts'
import { identify, objectIdHex } from '../../src/documents/identity.ts'
import { parseInstant } from '../../src/documents/instant.ts'
import { cleanNested } from '../../src/documents/nested.ts'
import { readResult } from '../../src/documents/result.ts'
import { PUBLISHED, UNPUBLISHED } from '../../src/store/store.ts'
import { legacyError, legacyResult, result } from '../support/documents.ts'

const NOW = new Date()
const context: ReadContext = { now: NOW, runnerId: 'r-1', publishedProfiles: new Set(['cloud-default-v1']) }
const readsAs = <Row>(read: Read<Row>): Row => {
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.row
}
const collectionOf = (body: Record<string, unknown>): string =>
  readsAs(readResult({ value: body, faults: [] }, context)).collection
const faultsOf = (body: Record<string, unknown>): string[] => {
  const read = readResult({ value: body, faults: [] }, context)
  return 'faults' in read ? read.faults.map((fault) => fault.pointer) : []
}

describe('a time', () => {
  test.each([
    ['2026-11-24 10:00:00', '2026-11-24T10:00:00.000Z'],
    ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00.000Z'],
    ['2026-11-24T10:00:00.123456+05:30', '2026-11-24T04:30:00.123Z'],
    ['2028-02-29 23:59:59', '2028-02-29T23:59:59.000Z'],
    ['2026-12-31T23:30:00.5-01:45', '2027-01-01T01:15:00.500Z'],
    ['2026-01-01T00:10:00+23:59', '2025-12-31T00:11:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(parseInstant(text)?.toISOString()).toBe(moment)
  })

  test.each([
    '2026-11-24',
    '2026-11-24T10:00:00',
    '2026-11-31 10:00:00',
    '2027-02-29 10:00:00',
    '2026-11-24 25:00:00',
    '2026-11-24 24:00:00',
    '2026-11-24T10:00:00+99:00',
    '2026-11-24T10:00:00+10:60',
    '2026-11-24 10:00:00Z',
    '2026-11-24T10:00:60Z',
    '2026-13-01T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '2026-04-31T10:00:00Z',
    '1764000000',
    '',
    1_764_000_000_000,
    null,
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeNull()
  })
})

describe('the fingerprint of an error', () => {
  test('is the golden value of the contract', () => {
    const message = 'Error code: 429 - slow request_id: abcdefgh123'
    const parts = {
      provider: 'groq',
      modelName: 'llama-3.3-70b-versatile',
      stage: 'generate',
      kind: 'rate_limit',
    }
    expect(fingerprint({ ...parts, normalizedMessage: normalizeMessage(message) })).toBe(
      'adc581e8cbbb8b871e7057b587c1289727dee6f80562f213a3a10a7d495ff4ac',
    )
  })

  test('does not see case, white space and request ids', () => {
    expect(normalizeMessage('  Slow\n\tDOWN   Request ID: ABCDEFGH-1234 ')).toBe(
      'slow down request_id=<redacted>',
    )
    expect(normalizeMessage('ActivityId: 0123-4567-89ab')).toBe('request_id=<redacted>')
    expect(normalizeMessage('the request id is short')).toBe('the request id is short')
    expect(normalizeMessage('x'.repeat(3000))).toHaveLength(2000)
  })
})

describe('the identity of a document', () => {
  test('does not depend on its envelope', () => {
    const body = legacyResult()
    expect(identify({ kind: 'result', ...body })).toEqual(identify(body))
  })

  test('is an ObjectId that sorts by time', () => {
    expect(objectIdHex(new Date('2026-11-24T10:00:00Z'), 'x')).toMatch(/^[0-9a-f]{24}$/)
    const later = objectIdHex(new Date('2026-11-24T10:00:01Z'), 'x')
    expect(later > objectIdHex(new Date('2026-11-24T10:00:00Z'), 'y')).toBe(true)
  })
})

test.each([
  ['probe', UNPUBLISHED],
  ['shadow', UNPUBLISHED],
  ['primary', PUBLISHED],
  [7, PUBLISHED],
  [undefined, PUBLISHED],
])('a legacy body whose sample_role is %j goes to %s', (role, collection) => {
  expect(collectionOf(legacyResult({ sample_role: role }))).toBe(collection)
})

describe('a schema 3 result', () => {
  test('is published when its profile is and nothing speaks against it', () => {
    expect(collectionOf(result())).toBe(PUBLISHED)
  })

  test.each([
    ['another profile', { benchmark_profile_id: 'cloud-long-v1' }],
    ['no profile', { benchmark_profile_id: undefined }],
    ['a truncated stream', { outcome: 'truncated' }],
    ['no outcome', { outcome: undefined }],
    ['no visible tokens', { visible_output_tokens: 0 }],
    ['visible tokens unknown', { visible_output_tokens: null }],
    [
      'a tainted run',
      { quality: { event_loop_delay_max_ms: 90, gc_pause_max_ms: 1, tainted: ['event_loop'] } },
    ],
    ['no word on the runner’s own state', { quality: undefined }],
    ['no rate', { output_tokens: 0, tokens_per_second: 0, visible_output_tokens: 1 }],
  ])('with %s is kept and not published', (_title, changes) => {
    expect(collectionOf(JSON.parse(JSON.stringify(result(changes))) as Record<string, unknown>)).toBe(
      UNPUBLISHED,
    )
  })

  test('without content has rate 0 whatever the usage says', () => {
    expect(faultsOf(result({ outcome: 'budget_exhausted', tokens_per_second: 0 }))).toEqual([])
    expect(faultsOf(result({ outcome: 'length', tokens_per_second: 0 }))).toEqual(['/tokens_per_second'])
  })

  test('is refused with a reserved key in a nested object', () => {
    expect(faultsOf(result({ server_timing: { constructor: 1 } }))).toEqual(['/server_timing/constructor'])
  })

  test('names every fault at once', () => {
    const faults = faultsOf(result({ output_tokens: -1, extra: 1, run_ts: '2019-01-01T00:00:00Z' }))
    expect(faults.toSorted()).toEqual(['/extra', '/output_tokens', '/run_ts'])
  })
})

describe('a legacy result', () => {
  test('without a profile was measured under the published one', () => {
    expect(collectionOf(legacyResult())).toBe(PUBLISHED)
  })

  test.each([
    ['another cap', { requested_tokens: 1024 }],
    ['a rate that is not tokens by time', { tokens_per_second: 500 }],
    ['no visible tokens', { visible_output_tokens: 0 }],
  ])('with %s is kept and not published', (_title, changes) => {
    expect(collectionOf(legacyResult(changes))).toBe(UNPUBLISHED)
  })

  test('keeps no time as text, under whatever name', () => {
    const read = readResult(
      { value: legacyResult({ started_at: '2099-01-01 00:00:00' }), faults: [] },
      context,
    )
    expect('faults' in read && read.faults[0]?.pointer).toBe('/started_at')
    const row = readsAs(readResult({ value: legacyResult({ ts: NOW.toISOString() }), faults: [] }, context))
    expect(row.document['ts']).toEqual(NOW)
  })

  test('cannot claim what the service itself says of a row', () => {
    const read = readResult(
      { value: legacyResult({ runner_id: 'somebody', received_at: 'x', content_sha256: 'y' }), faults: [] },
      context,
    )
    expect(readsAs(read).document).toMatchObject({ runner_id: 'r-1', received_at: NOW })
    expect('dropped' in read && read.dropped).toEqual(['runner_id', 'received_at', 'content_sha256'])
  })
})

describe('a legacy error', () => {
  const rowOf = (changes: Record<string, unknown>, now = NOW) =>
    readsAs(readFailure({ value: legacyError(changes), faults: [] }, { ...context, now }))

  test('gets what it does not carry', () => {
    expect(rowOf({}).document).toMatchObject({
      http_status: 503,
      phase: null,
      normalized_message: 'error code: 503 - upstream gone',
      fingerprint: rowOf({}).fingerprint,
    })
  })

  test('without a time is another one each time it comes', () => {
    const first = rowOf({ ts: null })
    const second = rowOf({ ts: null }, new Date(NOW.getTime() + 1))
    expect(first.resultId).not.toBe(second.resultId)
    expect(first.at).toEqual(NOW)
  })

  test('keeps a long message up to 4,000 characters, whole ones', () => {
    const { message } = rowOf({ message: `${'x'.repeat(3999)}\u{1f600}` }).document
    expect(message).toBe('x'.repeat(3999))
  })

  test('of a kind nobody knows is of kind unknown', () => {
    expect(rowOf({ error_kind: 'gremlins' }).kind).toBe('unknown')
  })
})

test('a nested value loses the keys a database would act on, and they are named', () => {
  const value = JSON.parse(
    '{"a":{"$where":1,"b.c":2,"":3,"ok":[{"_bsontype":"x","fine":true}],"__proto__":4}}',
  ) as unknown
  expect(cleanNested(value)).toEqual({
    value: { a: { ok: [{ fine: true }] } },
    dropped: ['/a/$where', '/a/b.c', '/a/', '/a/ok/0/_bsontype', '/a/__proto__'],
  })
})
