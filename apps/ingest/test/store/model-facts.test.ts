import { describe, expect, test } from 'vitest'
import { addModel } from '../support/app.ts'
import { GROQ, secondsAgo } from '../support/documents.ts'
import { hoursAgo, storeErrors, storeResults } from '../support/runs.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const model = (modelId: string) => ({ provider: GROQ.provider, modelId })
const health = (modelId: string, seconds: number, freshness = 'fresh') => {
  const updatedAt = secondsAgo(seconds)
  const named = { provider: GROQ.provider, model_id: modelId }
  const document = { ...named, updated_at: updatedAt, freshness_status: freshness }
  return { model: model(modelId), updatedAt, document }
}
const SINCE = { active: secondsAgo(50), disabled: secondsAgo(500), until: secondsAgo(-60) }

describe.each(STORE_KINDS)('what the %s store knows of models', (kind) => {
  test('is read for many at once, each for itself and in order', async () => {
    const store = await openStore(kind)
    const names = Array.from({ length: 120 }, (_, index) => `m${index}`)
    for (const name of [names[3], names[119]]) {
      await addModel(store, name)
      await storeResults(store, [hoursAgo(2), hoursAgo(1)], { model_name: name })
    }
    await storeErrors(store, [hoursAgo(0.5)], { model_name: names[3], message: 'gone' })
    const facts = await store.readModelFacts(names.map(model), new Date())
    expect(facts).toHaveLength(120)
    expect(facts[3]).toMatchObject({
      successes24h: 2,
      failuresSinceSuccess: 1,
      lastError: { message: 'gone' },
    })
    expect(facts[119]).toMatchObject({ successes24h: 2, failuresSinceSuccess: 0, lastError: null })
    expect(facts[119]?.lastSuccessAt?.getTime()).toBeCloseTo(hoursAgo(1).getTime(), -4)
    expect(facts[4]).toEqual({
      lastSuccessAt: null,
      lastUnpublishedAt: null,
      lastError: null,
      failuresSinceSuccess: 0,
      successes24h: 0,
      failures24h: 0,
    })
    expect(await store.readModelFacts([], new Date())).toEqual([])
  })

  test('is read of names that mean something to a database', async () => {
    const store = await openStore(kind)
    const names = ['$provider', '$$ROOT', "' OR 1=1 --", 'a.b', '%', 'a\nb']
    for (const name of names) {
      await addModel(store, name)
      await storeErrors(store, [hoursAgo(1)], { model_name: name, message: name })
    }
    const facts = await store.readModelFacts(names.map(model), new Date())
    expect(facts.map(({ lastError }) => lastError?.message)).toEqual(names)
    expect(facts.map(({ failures24h }) => failures24h)).toEqual(names.map(() => 1))
  })

  test('has at most a thousand failures in it, those of the ingest not among them', async () => {
    const store = await openStore(kind)
    await storeErrors(
      store,
      Array.from({ length: 1500 }, (_, at) => secondsAgo(9000 - at)),
    )
    await storeErrors(
      store,
      Array.from({ length: 600 }, (_, at) => secondsAgo(700 - at)),
      { stage: 'ingest', message: 'refused' },
    )
    expect(await store.readModelFacts([GROQ], new Date())).toMatchObject([
      {
        failuresSinceSuccess: 1000,
        failures24h: 1000,
        lastError: { message: 'Error code: 503 - upstream gone' },
      },
    ])
  })

  test('is told of runs without the long lists in their rows', async () => {
    const store = await openStore(kind)
    await addModel(store)
    const long = { times_between_tokens: Array.from({ length: 60 }, () => 0.02), outcome: 'completed' }
    await storeResults(store, [hoursAgo(1)], long)
    const [run] = await store.recentRuns(GROQ, { since: hoursAgo(2), limit: 9 })
    expect(run).toMatchObject({
      kind: 'result',
      document: { outcome: 'completed', quality: { tainted: [] } },
    })
    expect(run?.document).not.toHaveProperty('times_between_tokens')
  })

  test('is due where it is old, missing, of before a model was enabled or disabled, or of before the clock was set back', async () => {
    const store = await openStore(kind)
    for (const name of [
      'fresh',
      'old',
      'older',
      'never',
      'retired',
      'retired-now',
      'back',
      'ahead',
      'a little',
    ])
      await addModel(store, name)
    const change = { action: 'disable', at: new Date(), actor: 'test', reason: 'a test' } as const
    for (const name of ['retired', 'retired-now'])
      await store.changeModel(model(name), { enabled: false }, change)
    await store.writeModelHealth([
      health('fresh', 10),
      health('old', 100),
      health('older', 200),
      health('retired', 400, 'disabled'),
      health('retired-now', 10),
      health('back', 20, 'disabled'),
      health('deleted', 10),
      health('ahead', -3600),
      health('a little', -5),
    ])
    const { due, orphaned } = await store.findDueHealth(SINCE)
    expect(due.map(({ modelId }) => modelId)).toEqual([
      'never',
      'older',
      'old',
      'back',
      'retired-now',
      'ahead',
    ])
    expect(orphaned).toEqual([model('deleted')])
    await store.removeHealth(orphaned)
    expect((await store.findDueHealth(SINCE)).orphaned).toEqual([])
    expect((await store.findDueHealth({ ...SINCE, disabled: secondsAgo(300) })).due).toContainEqual(
      model('retired'),
    )
  })
})
