import { expect, test } from 'vitest'
import { PUBLISHED, UNPUBLISHED, type Store, type StoredDocument } from '../../src/store/store.ts'
import { buildWorklist } from '../../src/worklist.ts'
import { addModel } from '../support/app.ts'
import { GROQ } from '../support/documents.ts'
import { models } from '../support/models.ts'
import { hoursAgo, storeResults } from '../support/runs.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const NAME = [GROQ.provider, GROQ.modelId] as const

/** Sets fields of the entry as if somebody had done so earlier. */
async function setAsBefore(store: Store, fields: StoredDocument): Promise<void> {
  await store.changeModel(GROQ, fields, { action: 'set', at: new Date(), actor: 'test', reason: 'earlier' })
}

/** Where a result goes that arrives now, of a run at that moment. */
async function placeOf(store: Store, ranAt: Date): Promise<string> {
  const [verdict] = await storeResults(store, [ranAt])
  if (verdict !== 'created') return String(verdict)
  const runs = await store.recentRuns(GROQ, { since: hoursAgo(999), limit: 99 })
  return runs.find(({ at }) => at.getTime() === ranAt.getTime())?.collection ?? 'nowhere'
}

test.each(STORE_KINDS)(
  'a run of a candidate that a person has enabled since is not published (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await models(store, 'probe', ...NAME)
    await setAsBefore(store, { probe_since: hoursAgo(24) })
    await models(store, 'enable', ...NAME, '--reason', 'good enough')
    expect(await placeOf(store, hoursAgo(3))).toBe(UNPUBLISHED)
    expect(await placeOf(store, new Date())).toBe(PUBLISHED)
    expect(await placeOf(store, hoursAgo(30))).toBe(PUBLISHED)
  },
)

test.each(STORE_KINDS)(
  'nor is one of a candidate that was deprecated, and enabled later (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await models(store, 'probe', ...NAME)
    await setAsBefore(store, { probe_since: hoursAgo(24) })
    await models(store, 'deprecate', ...NAME, '--reason', 'gone')
    await models(store, 'enable', ...NAME, '--reason', 'back')
    expect(await placeOf(store, hoursAgo(3))).toBe(UNPUBLISHED)
    expect(await placeOf(store, new Date())).toBe(PUBLISHED)
  },
)

test.each(STORE_KINDS)(
  'nor is one of a recheck that was open when the model was enabled (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addModel(store)
    await models(store, 'disable', ...NAME, '--reason', 'no money', '--recheck-after', '1h')
    await setAsBefore(store, { disabled_at: hoursAgo(40), recheck_after: hoursAgo(5) })
    await models(store, 'enable', ...NAME, '--reason', 'paid')
    expect(await placeOf(store, hoursAgo(2))).toBe(UNPUBLISHED)
    expect(await placeOf(store, new Date())).toBe(PUBLISHED)
  },
)

test('a model that is enabled again has no successor any more, and its candidacy is no quirk', async () => {
  const store = await openStore('sqlite')
  await addModel(store)
  await addModel(store, 'next')
  await models(store, 'deprecate', ...NAME, '--reason', 'old', '--successor', 'next')
  await models(store, 'probe', ...NAME)
  await models(store, 'enable', ...NAME, '--reason', 'after all')
  expect(await store.findModels([GROQ])).toMatchObject([
    { enabled: true, deprecated: false, probe: false, successor: null },
  ])
  const { entries } = buildWorklist(await store.listModels(), new Date())
  expect(entries.map(({ metadata }) => metadata)).toEqual(
    [GROQ.modelId, 'next'].map((modelId) => `"${modelId}":{}`),
  )
})
