import { gunzipSync } from 'node:zlib'
import type { Listing } from '@llmbench/providers/listing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundRow } from '../../src/discovery/raw.ts'
import { packReport, reportOf } from '../../src/discovery/report.ts'
import type { CatalogReport, PackedReport } from '../../src/discovery/report.ts'

function listingOf(models: Listing['models'], fault: Listing['fault'] = null): Listing {
  const startedMs = Date.UTC(2026, 10, 24, 10)
  return { provider: 'groq', startedMs, durationMs: 5, pages: 1, bytes: 10, models, fault }
}

const unpack = ({ body }: PackedReport): CatalogReport =>
  JSON.parse(gunzipSync(body).toString('utf8')) as CatalogReport

const levelsOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((inner) => levelsOf(inner)))
    : 0

test('a list is reported as the ingest takes it', () => {
  const report = reportOf(listingOf([{ modelId: 'm', name: 'M', raw: { id: 'm', nested: { a: [1] } } }]), 'r')
  expect(report).toEqual({
    provider: 'groq',
    models: [{ model_id: 'm', name: 'M', raw: { id: 'm', nested: { a: [1] } } }],
    pagination_complete: true,
    runner_id: 'r',
    started_at: '2026-11-24T10:00:00.000Z',
    reason: null,
  })
  const partial = listingOf([], { reason: 'rate_limited', detail: 'page 2: HTTP 429', retryAfter: '5' })
  expect(reportOf(partial, null)).toMatchObject({
    pagination_complete: false,
    reason: 'rate_limited: page 2: HTTP 429',
  })
})

test('any row comes out within its bytes and levels, well-formed, and whole where it fits', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 14 })), fc.nat(2000), (row, maxBytes) => {
      const bounded = boundRow(row, maxBytes)
      const json = JSON.stringify(bounded)
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(maxBytes + 30)
      expect(levelsOf(bounded)).toBeLessThanOrEqual(11)
      expect(json).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/i)
    }),
  )
  const row = { a: 1, b: { c: ['d', null] } }
  expect(boundRow(row, 1000)).toEqual(row)
})

test('a row that is too large keeps the fields that fit and says how large it was', () => {
  const row = { id: 'm', description: 'x'.repeat(5000), context: 1000 }
  const bytes = JSON.stringify(row).length
  expect(boundRow(row, 100)).toEqual({ id: 'm', context: 1000, cut_bytes: bytes })
})

test('lone surrogates and deep levels are replaced', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`) as Record<string, unknown>
  expect(JSON.stringify(boundRow({ deep, '\uD800': '\uDC00' }, 10_000))).toBe(
    `{"deep":${'{"a":'.repeat(9)}"[cut]"${'}'.repeat(9)},"\uFFFD":"\uFFFD"}`,
  )
})

test('a list that is too large loses parts of rows before it loses models, and is complete all the same', () => {
  const models = Array.from({ length: 200 }, (_, index) => ({
    modelId: `model-${index}`,
    name: null,
    raw: { id: `model-${index}`, text: `${index}`.repeat(1000) },
  }))
  const packed = packReport(listingOf(models), null, { decodedBytes: 100_000, bodyBytes: 1_000_000 })
  const report = unpack(packed)
  expect(gunzipSync(packed.body).length).toBeLessThanOrEqual(100_000)
  expect(report.pagination_complete).toBe(true)
  expect(report.models.map(({ model_id: id }) => id)).toEqual(models.map(({ modelId }) => modelId))
  expect(report.models[100]?.raw).toMatchObject({ id: 'model-100', cut_bytes: expect.any(Number) })
})

test('a list of which not even the ids fit loses models and says that it is not complete', () => {
  const models = Array.from({ length: 1000 }, (_, index) => ({
    modelId: `model-${index}`,
    name: null,
    raw: {},
  }))
  const packed = packReport(listingOf(models), null, { decodedBytes: 20_000, bodyBytes: 1_000_000 })
  const report = unpack(packed)
  expect(report.models.length).toBeGreaterThan(100)
  expect(report.models.length).toBeLessThan(1000)
  expect(report).toMatchObject({ pagination_complete: false, reason: expect.stringMatching(/^limit: /) })
  expect(packed.facts).toMatchObject({ models: report.models.length, fault: { reason: 'limit' } })
})
