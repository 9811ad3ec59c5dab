import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ReadContext } from '../../src/documents/body.ts'
import { readFailure } from '../../src/documents/failure.ts'
import { readResult } from '../../src/documents/result.ts'
import type { ErrorRow, ResultRow } from '../../src/store/store.ts'
import { addModel } from '../support/app.ts'
import { GROQ, legacyError, result, secondsAgo } from '../support/documents.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const context = (changes: Partial<ReadContext> = {}): ReadContext => ({
  now: new Date(),
  runnerId: 'test',
  publishedProfiles: new Set(['cloud-default-v1']),
  ...changes,
})
function rowOf<Row>(read: { row: Row } | { faults: readonly unknown[] }): Row {
  if ('row' in read) return read.row
  throw new Error(JSON.stringify(read.faults))
}
const resultRow = (changes: Record<string, unknown> = {}, reading = context()): ResultRow =>
  rowOf(readResult({ value: result(changes), faults: [] }, reading))
const errorRow = (changes: Record<string, unknown> = {}): ErrorRow =>
  rowOf(readFailure({ value: legacyError(changes), faults: [] }, context()))
const change = { at: new Date(), actor: 'test', reason: 'a test' }

describe.each(STORE_KINDS)('the %s store', (kind) => {
  test('creates a row once, however often and however many at a time it is written', async () => {
    const store = await openStore(kind)
    const row = resultRow()
    const verdicts = (
      await Promise.all(Array.from({ length: 20 }, () => store.writeResults([row, row])))
    ).flat()
    expect(verdicts.filter((verdict) => verdict === 'created')).toHaveLength(1)
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(39)
  })

  test('calls one id with two contents a conflict, whatever else differs', async () => {
    const store = await openStore(kind)
    const id = randomUUID()
    expect(await store.writeResults([resultRow({ result_id: id })])).toEqual(['created'])
    const others = [{ temperature: 1 }, { run_ts: secondsAgo(500).toISOString() }, { model_name: 'another' }]
    const rows = others.map((changes) => resultRow({ result_id: id, ...changes }))
    expect(await store.writeResults(rows)).toEqual(['conflict', 'conflict', 'conflict'])
  })

  test('calls one id a conflict when the two contents belong in different collections', async () => {
    const store = await openStore(kind)
    const id = randomUUID()
    const published = resultRow({ result_id: id })
    const unpublished = resultRow({ result_id: id, outcome: 'truncated' })
    expect(published.collection).not.toBe(unpublished.collection)
    const verdicts = (
      await Promise.all([published, unpublished].map((row) => store.writeResults([row])))
    ).flat()
    expect(verdicts.map(String).toSorted()).toEqual(['conflict', 'created'])
  })

  test('finds a row again after the list of published profiles has changed', async () => {
    const store = await openStore(kind)
    const body = { result_id: randomUUID(), run_ts: secondsAgo(60).toISOString() }
    const before = resultRow(body)
    const after = resultRow(body, context({ publishedProfiles: new Set() }))
    expect(before.collection).not.toBe(after.collection)
    expect(await store.writeResults([before])).toEqual(['created'])
    expect(await store.writeResults([after])).toEqual(['duplicate'])
  })

  test('judges every row of a batch on its own', async () => {
    const store = await openStore(kind)
    const known = resultRow()
    await store.writeResults([known])
    const other = resultRow({ result_id: known.resultId, temperature: 1 })
    expect(await store.writeResults([resultRow(), known, other, resultRow()])).toEqual([
      'created',
      'duplicate',
      'conflict',
      'created',
    ])
  })

  test('recalls what is in and says nothing of what is not', async () => {
    const store = await openStore(kind)
    const known = resultRow()
    await store.writeResults([known])
    const other = resultRow({ result_id: known.resultId, temperature: 1 })
    expect(await store.recallResults([known, other, resultRow()])).toEqual(['duplicate', 'conflict', null])
  })

  test('keeps errors under the same rule', async () => {
    const store = await openStore(kind)
    const row = errorRow({ result_id: randomUUID() })
    expect(await store.writeErrors([row, row])).toEqual(['created', 'duplicate'])
    expect(await store.writeErrors([errorRow({ result_id: row.resultId, message: 'other' })])).toEqual([
      'conflict',
    ])
  })

  test('counts published results as successes and nothing else', async () => {
    const store = await openStore(kind)
    const at = (seconds: number) => ({ run_ts: secondsAgo(seconds).toISOString() })
    await store.writeResults([
      resultRow(at(300)),
      resultRow({ ...at(100), outcome: 'empty', tokens_per_second: 0 }),
    ])
    await store.writeErrors([
      errorRow({ ts: secondsAgo(400).toISOString() }),
      errorRow({ ts: secondsAgo(200).toISOString() }),
      errorRow({ ts: secondsAgo(50).toISOString(), stage: 'ingest' }),
      errorRow({ ts: secondsAgo(40).toISOString(), stage: 'runner' }),
    ])
    const [facts] = await store.readModelFacts([GROQ], new Date())
    expect(facts).toMatchObject({ failuresSinceSuccess: 1, successes24h: 1, failures24h: 2 })
    expect(facts?.lastError?.at.getTime()).toBeLessThan(secondsAgo(150).getTime())
    expect(facts?.lastUnpublishedAt?.getTime()).toBeGreaterThan(facts?.lastSuccessAt?.getTime() ?? Infinity)
    expect((await store.newestPublishedAt())?.getTime()).toBe(facts?.lastSuccessAt?.getTime())
  })

  test('says null, not a time, of what never happened', async () => {
    const store = await openStore(kind)
    expect(await store.newestPublishedAt()).toBeNull()
    const [facts] = await store.readModelFacts([GROQ], new Date())
    expect(facts).toMatchObject({ lastSuccessAt: null, lastError: null, successes24h: 0 })
  })

  test('derives the same rollup however often it is asked to', async () => {
    const store = await openStore(kind)
    const rows = [
      errorRow({ ts: secondsAgo(90).toISOString() }),
      errorRow({ ts: secondsAgo(30).toISOString() }),
    ]
    await store.writeErrors(rows)
    for (let times = 0; times < 2; times += 1) await store.refreshRollup(rows[0]!.fingerprint)
    const touched = await store.listTouched(secondsAgo(5))
    expect(touched).toEqual({ models: [GROQ], fingerprints: [rows[0]!.fingerprint] })
  })

  test('keeps what the catalogue was before each change', async () => {
    const store = await openStore(kind)
    await addModel(store)
    expect(await store.changeModel(GROQ, { enabled: false }, { action: 'disable', ...change })).toBe(
      'changed',
    )
    expect(await store.findModels([GROQ])).toMatchObject([{ model_id: GROQ.modelId, enabled: false }])
    const missing = { provider: 'groq', modelId: 'nobody' }
    expect(await store.changeModel(missing, {}, { action: 'disable', ...change })).toBe('missing')
  })

  test('lets no two spellings of one model be enabled', async () => {
    const store = await openStore(kind)
    const add = (modelId: string) =>
      store.addModel({ ...GROQ, modelId, displayName: modelId, quirks: {} }, { action: 'add', ...change })
    expect(await add('Some/Model')).toBe('added')
    expect(await add('Some/Model')).toBe('clash')
    expect(await add('some/model')).toBe('clash')
    await store.changeModel(
      { ...GROQ, modelId: 'Some/Model' },
      { enabled: false },
      { action: 'disable', ...change },
    )
    expect(await add('some/model')).toBe('added')
    const enable = { action: 'enable', ...change } as const
    expect(await store.changeModel({ ...GROQ, modelId: 'Some/Model' }, { enabled: true }, enable)).toBe(
      'clash',
    )
  })

  test('keeps when a provider’s model was first seen', async () => {
    const store = await openStore(kind)
    const discovery = {
      provider: 'groq',
      startedAt: secondsAgo(50),
      receivedAt: new Date(),
      paginationComplete: true,
      reason: null,
      runnerId: 'r',
      contentSha256: 'x',
      models: [{ modelId: 'm', name: 'M', raw: { created: 1 } }],
    }
    expect(await store.writeDiscovery(discovery)).toEqual({ newCount: 1 })
    expect(await store.writeDiscovery(discovery)).toEqual({ newCount: 0 })
    expect(await store.writeDiscovery({ ...discovery, models: [] })).toEqual({ newCount: 0 })
  })

  test('lets a runner’s last heartbeat stand', async () => {
    const store = await openStore(kind)
    const beat = (state: string) =>
      store.writeHeartbeat({
        runnerId: 'r',
        state,
        receivedAt: new Date(),
        document: { state, received_at: new Date() },
      })
    await beat('running')
    await beat('draining')
    expect((await store.listRunners()).map((runner) => runner.state)).toEqual(['draining'])
  })

  test('lists a key and knows it revoked', async () => {
    const store = await openStore(kind)
    const key = {
      id: 'k1',
      digest: 'd'.repeat(64),
      runner: 'r',
      scopes: ['results:write'],
      createdAt: new Date(),
      expiresAt: null,
      revokedAt: null,
    }
    await store.addKey(key)
    expect(await store.listKeys()).toEqual([key])
    expect(await store.revokeKey('k1', new Date())).toBe(true)
    expect(await store.revokeKey('nobody', new Date())).toBe(false)
    expect((await store.listKeys())[0]?.revokedAt).toBeInstanceOf(Date)
  })
})
