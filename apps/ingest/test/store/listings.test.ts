import { describe, expect, test } from 'vitest'
import { changedFields } from '../../src/store/listing-changes.ts'
import type { Discovery } from '../../src/store/listings.ts'
import { secondsAgo } from '../support/documents.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const reading = (seconds: number, changes: Partial<Discovery> = {}): Discovery => ({
  provider: 'groq',
  startedAt: secondsAgo(seconds),
  receivedAt: secondsAgo(seconds - 1),
  paginationComplete: true,
  reason: null,
  runnerId: 'r',
  contentSha256: String(seconds),
  models: [{ modelId: 'm', name: 'M', raw: { context_window: 1000 } }],
  ...changes,
})

describe.each(STORE_KINDS)('the %s store', (kind) => {
  test('tells the readings of a provider, the newest first, and those of no other', async () => {
    const store = await openStore(kind)
    await store.writeDiscovery(reading(300))
    await store.writeDiscovery(reading(100, { paginationComplete: false, reason: 'rate_limited: HTTP 429' }))
    await store.writeDiscovery(reading(200, { paginationComplete: false, reason: 'refused', models: [] }))
    await store.writeDiscovery(reading(50, { provider: 'xai' }))
    const runs = await store.listDiscoveryRuns('groq', 10)
    expect(runs).toMatchObject([
      { complete: false, rawCount: 1, newCount: 0, reason: 'rate_limited: HTTP 429', runnerId: 'r' },
      { complete: false, rawCount: 0, reason: 'refused' },
      { complete: true, rawCount: 1, newCount: 1, reason: null },
    ])
    expect(runs.map(({ at }) => at.getTime())).toEqual(
      runs.map(({ at }) => at.getTime()).sort((a, b) => b - a),
    )
    expect(await store.listDiscoveryRuns('groq', 2)).toHaveLength(2)
    expect(await store.listDiscoveryRuns('nobody', 2)).toEqual([])
  })

  test('keeps when a model was seen first and last, and when its row said something else', async () => {
    const store = await openStore(kind)
    const first = reading(300)
    await store.writeDiscovery(first)
    const same = reading(200)
    await store.writeDiscovery(same)
    expect(await store.listCatalog('groq')).toEqual([
      {
        modelId: 'm',
        name: 'M',
        raw: { context_window: 1000 },
        firstSeenAt: first.startedAt,
        lastSeenAt: same.startedAt,
        changedAt: null,
        changedFields: [],
      },
    ])
    const other = reading(100, { models: [{ modelId: 'm', name: 'M2', raw: { context_window: 2000 } }] })
    await store.writeDiscovery(other)
    await store.writeDiscovery({ ...other, startedAt: secondsAgo(50) })
    expect(await store.listCatalog('groq')).toMatchObject([
      { name: 'M2', changedAt: other.startedAt, changedFields: ['context_window', 'name'] },
    ])
  })

  test('a reading that arrives late says when a model was seen, and nothing of what it is now', async () => {
    const store = await openStore(kind)
    await store.writeDiscovery(reading(100))
    const late = reading(300, { models: [{ modelId: 'm', name: 'Old', raw: {} }] })
    expect(await store.writeDiscovery(late)).toEqual({ newCount: 0 })
    expect(await store.listCatalog('groq')).toMatchObject([
      { name: 'M', firstSeenAt: late.startedAt, changedAt: null, raw: { context_window: 1000 } },
    ])
  })

  test('takes a list of thousands of models', async () => {
    const store = await openStore(kind)
    const models = Array.from({ length: 1200 }, (_, index) => ({
      modelId: `model-${index}`,
      name: null,
      raw: { index },
    }))
    expect(await store.writeDiscovery(reading(100, { models }))).toEqual({ newCount: 1200 })
    expect(await store.writeDiscovery(reading(50, { models }))).toEqual({ newCount: 0 })
    expect(await store.listCatalog('groq')).toHaveLength(1200)
  })
})

test('what changes from reading to reading is no change of a model', () => {
  const before = {
    name: 'M',
    raw: { created: 1, providers: [{ name: 'a', first_token_latency_ms: 5 }], uptime_last_30m: 99 },
  }
  const after = {
    name: 'M',
    raw: { created: 2, providers: [{ first_token_latency_ms: 9, name: 'a' }], uptime_last_30m: 98 },
  }
  expect(changedFields(before, after)).toEqual([])
  expect(changedFields(before, { ...after, raw: { ...after.raw, providers: [{ name: 'b' }] } })).toEqual([
    'providers',
  ])
})

test('a field that comes, goes or becomes null is a change', () => {
  expect(changedFields({ name: null, raw: { a: null } }, { name: null, raw: { b: 1 } })).toEqual(['a', 'b'])
  expect(changedFields({ name: null, raw: { a: 1 } }, { name: 'A', raw: { a: null } })).toEqual(['a', 'name'])
})
