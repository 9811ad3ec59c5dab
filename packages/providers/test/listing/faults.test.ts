import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Listing } from '@llmbench/simulator'
import { expect, onTestFinished, test } from 'vitest'
import { LISTING_LIMITS, readListing } from '../../src/listing/index.ts'
import type { Listing as Read } from '../../src/listing/index.ts'
import { listingEnvironment, simulateListings } from '../support/listings.ts'
import { KEY, providerOf } from '../support/requests.ts'

type Fault = NonNullable<Listing['fault']>

/** Gemini's list of six models in pages of two, under that fault, read within small limits. */
async function readUnder(
  fault: Fault | undefined,
  differences: Partial<Listing> = {},
  limits: Partial<typeof LISTING_LIMITS> = {},
): Promise<Read> {
  const { address, control } = await simulateListings()
  const models = ['a', 'b', 'c', 'd', 'e', 'f']
  await control.setListing('gemini', {
    form: 'gemini',
    models,
    page_size: 2,
    ...(fault === undefined ? {} : { fault }),
    ...differences,
  })
  const all = { ...LISTING_LIMITS, pageMs: 1000, totalMs: 2000, ...limits }
  return await readListing(providerOf('gemini'), listingEnvironment('gemini', address), { limits: all })
}

const idsOf = ({ models }: Read): string => models.map(({ modelId }) => modelId).join('')

test('a 429 on a later page leaves the pages before it, partial, with the wait that was asked for', async () => {
  const listing = await readUnder({
    kind: 'status',
    on_page: 3,
    status: 429,
    headers: { 'retry-after': '7' },
    message: 'Slow down',
  })
  expect(idsOf(listing)).toBe('abcd')
  expect(listing.fault).toMatchObject({ reason: 'rate_limited', retryAfter: '7' })
  expect(listing.fault?.detail).toMatch(/^page 3 of 127\.0\.0\.1:\d+: HTTP 429: Slow down$/)
})

test.each([
  [401, 'refused'],
  [403, 'refused'],
  [404, 'status'],
  [302, 'status'],
  [204, 'status'],
  [500, 'status'],
] as const)('HTTP %i is a list that was not read: %s', async (status, reason) => {
  const listing = await readUnder({ kind: 'status', on_page: 1, status })
  expect(listing).toMatchObject({ models: [], fault: { reason } })
})

test('a key that the server repeats is struck out of the fault', async () => {
  const listing = await readUnder({ kind: 'status', on_page: 1, status: 401, echo_key: true })
  expect(listing.fault?.detail).toContain('****')
  expect(JSON.stringify(listing)).not.toContain(KEY)
})

test('a key that a row repeats is struck out of the row', async () => {
  const listing = await readUnder(undefined, { models: [{ id: 'a', owner: `Bearer ${KEY}` }] })
  expect(listing).toMatchObject({ fault: null, models: [{ modelId: 'a' }] })
  expect(JSON.stringify(listing)).not.toContain(KEY)
})

test.each([0, 1, 40])('a page that breaks off after %i bytes is no end of the list', async (bytes) => {
  const listing = await readUnder({ kind: 'cut', on_page: 2, after_bytes: bytes })
  expect(idsOf(listing)).toBe('ab')
  expect(listing.fault?.reason).toBe('network')
})

test.each([
  ['not JSON', '<!doctype html><title>Sign in</title>'],
  ['another document', '{"message":"welcome"}'],
  ['an error inside a 200', '{"error":{"message":"no"}}'],
  ['nothing', ''],
  ['a number', '42'],
  ['half a document', '{"models":[{"name":"models/a"}'],
])('a 200 that is %s is garbage', async (_what, body) => {
  const listing = await readUnder({ kind: 'garbage', on_page: 2, body })
  expect(idsOf(listing)).toBe('ab')
  expect(listing.fault?.reason).toBe('garbage')
})

test('pages without end stop at the limit', async () => {
  const listing = await readUnder({ kind: 'endless_pages' }, {}, { pages: 6 })
  expect(listing).toMatchObject({ pages: 6, fault: { reason: 'limit' } })
  expect(listing.models).toHaveLength(12)
})

test('a page that names itself as the next one is noticed at once', async () => {
  const listing = await readUnder({ kind: 'same_page' })
  expect(listing).toMatchObject({ fault: { reason: 'loop' } })
  expect(listing.pages).toBeLessThanOrEqual(2)
})

test('the same models under ever new tokens are a loop', async () => {
  const listing = await readUnder({ kind: 'same_models' })
  expect(listing).toMatchObject({ pages: 2, fault: { reason: 'loop' } })
  expect(idsOf(listing)).toBe('ab')
})

test('more bytes, or more models, than may be read are a limit', async () => {
  const huge = await readUnder({ kind: 'huge', on_page: 1, megabytes: 3 }, {}, { pageBytes: 1_000_000 })
  expect(huge).toMatchObject({ models: [], fault: { reason: 'limit' } })
  expect(huge.fault?.detail).toContain('longer than 1000000 bytes')
  const many = await readUnder(undefined, {}, { models: 5 })
  expect(many).toMatchObject({ fault: { reason: 'limit' } })
  expect(many.models).toHaveLength(5)
  const exactly = await readUnder(undefined, {}, { models: 6 })
  expect(exactly).toMatchObject({ fault: null })
})

test('a server that never answers, and one that drips, are cut at the deadline of the page', async () => {
  const limits = { pageMs: 150 }
  const silent = await readUnder({ kind: 'never_answers', on_page: 1 }, {}, limits)
  expect(silent.fault).toMatchObject({
    reason: 'timeout',
    detail: expect.stringContaining('deadline of 0.15 s'),
  })
  const dripping = await readUnder({ kind: 'drip', on_page: 2, gap_ms: 20 }, {}, limits)
  expect(dripping.fault?.reason).toBe('timeout')
  expect(idsOf(dripping)).toBe('ab')
})

test('the deadline of the whole list cuts a page too', async () => {
  const listing = await readUnder({ kind: 'never_answers', on_page: 1 }, {}, { totalMs: 100 })
  expect(listing.fault?.reason).toBe('timeout')
})

test('a signal ends the reading', async () => {
  const { address, control } = await simulateListings()
  await control.setListing('groq', { form: 'openai', fault: { kind: 'never_answers' } })
  const stop = new AbortController()
  const reading = readListing(providerOf('groq'), listingEnvironment('groq', address), {
    signal: stop.signal,
  })
  stop.abort()
  expect((await reading).fault?.reason).toBe('stopped')
})

test('a list of nothing is never complete: absence from it means nothing', async () => {
  expect(await readUnder(undefined, { models: [] })).toMatchObject({ fault: { reason: 'empty' } })
})

test('rows without a usable id make the list partial and do not cost the others', async () => {
  const odd = [
    null,
    7,
    {},
    { name: '' },
    { name: 'models/with space' },
    { name: `models/${'x'.repeat(257)}` },
  ]
  const listing = await readUnder(undefined, { odd_rows: odd })
  expect(idsOf(listing)).toBe('abcdef')
  expect(listing.fault).toMatchObject({
    reason: 'unreadable_rows',
    detail: '6 rows have no id that can be read',
  })
})

test('a missing key is a fault that names the variable; nobody who listens is one that names the address', async () => {
  const without = await readListing(providerOf('groq'), {})
  expect(without.fault).toMatchObject({
    reason: 'configuration',
    detail: expect.stringContaining('GROQ_API_KEY'),
  })
  const nobody = { GROQ_BASE_URL: 'http://127.0.0.1:9/v1', GROQ_API_KEY: KEY }
  expect((await readListing(providerOf('groq'), nobody)).fault).toMatchObject({
    reason: 'network',
    detail: expect.stringContaining('ECONNREFUSED'),
  })
})

test('an empty page in the middle is not the end', async () => {
  const pages = ['{"models":[{"name":"models/a"}],"nextPageToken":"1"}', '{"models":[],"nextPageToken":"2"}']
  const server = createServer((request, response) => {
    const token = Number(new URL(request.url ?? '', 'http://host').searchParams.get('pageToken'))
    response.end(pages[token] ?? '{"models":[{"name":"models/b"}]}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const environment = { GEMINI_BASE_URL: `http://127.0.0.1:${port}`, GEMINI_API_KEY: KEY }
  const listing = await readListing(providerOf('gemini'), environment)
  expect(listing.fault).toBeNull()
  expect(idsOf(listing)).toBe('ab')
})
