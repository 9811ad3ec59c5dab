import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { createKeeper } from '../../src/catalogue/keeper.ts'
import { readConfig } from '../../src/config.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { buildWorklist } from '../../src/worklist.ts'
import { PUBLISHED, UNPUBLISHED, type Store } from '../../src/store/store.ts'
import { addModel, openApp } from '../support/app.ts'
import { GROQ, result } from '../support/documents.ts'
import { models, runModels } from '../support/models.ts'
import { hoursAgo, storeErrors, storeResults } from '../support/runs.ts'
import { SECRETS, startService, until } from '../support/process.ts'
import { openStore, scratchFolder, STORE_KINDS } from '../support/stores.ts'

const keeperOf = (store: Store, promoteAutomatically = false, now = () => new Date()) =>
  createKeeper({
    store,
    logger: pino({ level: 'silent' }),
    publishedProfiles: new Set(['cloud-default-v1']),
    promoteAutomatically,
    now,
  })
const NAME = [GROQ.provider, GROQ.modelId] as const

/** A candidate that has been one for a day. */
async function addCandidate(store: Store): Promise<void> {
  await models(store, 'probe', ...NAME)
  const set = { probe_since: hoursAgo(24) }
  await store.changeModel(GROQ, set, { action: 'set', at: new Date(), actor: 'test', reason: 'older' })
}

test.each(STORE_KINDS)(
  'a candidate is measured, not published, and promoted after three successes in three hours (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addCandidate(store)
    expect((await runModels(store, ['promote', ...NAME])).fault).toMatch(
      /not ready: 0 of 3 successes; .*0 of 3 .*hours; no runner has tried it yet\. .*models enable/,
    )
    expect(await storeResults(store, [hoursAgo(5), hoursAgo(5), hoursAgo(5)])).toEqual(
      Array.from({ length: 3 }, () => 'created'),
    )
    expect(
      (await store.recentRuns(GROQ, { since: hoursAgo(9), limit: 9 })).map((run) => run.collection),
    ).toEqual([UNPUBLISHED, UNPUBLISHED, UNPUBLISHED])
    expect(await store.newestPublishedAt()).toBeNull()
    await storeErrors(store, [hoursAgo(1)])
    expect((await runModels(store, ['promote', ...NAME])).fault).toMatch(
      /in 1 of 3 different hours; the last run was a failure \(transient_provider\)/,
    )
    await storeResults(store, [hoursAgo(3), hoursAgo(2)])
    expect((await runModels(store, ['check', '--json'])).printed.join('')).toContain('"kind":"ready"')
    expect(await models(store, 'promote', ...NAME)).toEqual([`promoted ${NAME.join(' ')}`])
    expect(await store.findModels([GROQ])).toMatchObject([{ enabled: true, probe: false }])
    expect(await store.listChanges(GROQ, 1)).toMatchObject([
      { action: 'promote', reason: '5 successes in 3 hours' },
    ])
  },
)

test('runs that would not be published are no successes', async () => {
  const store = await openStore('sqlite')
  await addCandidate(store)
  const moments = [hoursAgo(5), hoursAgo(3), hoursAgo(2)]
  await storeResults(store, moments, { outcome: 'truncated' })
  await storeResults(store, moments, { benchmark_profile_id: 'cloud-long-v1' })
  expect((await runModels(store, ['promote', ...NAME])).fault).toContain('0 of 3 successes')
})

test('a candidate that has earned its place is promoted by the ingest where that is set, and only there', async () => {
  const store = await openStore('sqlite')
  await addCandidate(store)
  await storeResults(store, [hoursAgo(5), hoursAgo(3), hoursAgo(2)])
  await keeperOf(store).tick()
  expect(await store.findModels([GROQ])).toMatchObject([{ enabled: false, probe: true }])
  await keeperOf(store, true).tick()
  expect(await store.findModels([GROQ])).toMatchObject([{ enabled: true, probe: false }])
  expect(await store.listChanges(GROQ, 1)).toMatchObject([{ action: 'promote', actor: 'ingest' }])
})

test('a worklist has candidates and due rechecks apart from the models', async () => {
  const { store, get, post } = await openApp()
  await addModel(store, 'plain')
  await addModel(store, 'over')
  await models(store, 'probe', 'groq', 'candidate')
  await models(store, 'disable', 'groq', 'over', '--reason', 'gone', '--recheck-after', '1h')
  const worklist = async (): Promise<unknown> => (await get('/runner-config?provider=groq')).json()
  expect(await worklist()).toMatchObject({ models: ['plain'], probes: ['candidate'] })
  expect((await post('/ingest', result({ model_name: 'over' }))).json()).toMatchObject({
    code: 'model_disabled',
  })
  const due = { recheck_after: hoursAgo(1) }
  const change = { action: 'set', at: new Date(), actor: 'test', reason: 'later' } as const
  await store.changeModel({ provider: 'groq', modelId: 'over' }, due, change)
  expect(await worklist()).toMatchObject({ models: ['plain'], probes: ['candidate', 'over'] })
  expect((await post('/ingest', result({ model_name: 'over' }))).json()).toMatchObject({ verdict: 'created' })
  expect(await store.newestPublishedAt()).toBeNull()
})

const DAY_MS = 86_400_000

test.each([
  ['answers', 1],
  ['fails', 7],
])('a recheck that %s is closed and comes again in %i days', async (outcome, days) => {
  const store = await openStore('sqlite')
  await addModel(store)
  await models(
    store,
    'disable',
    ...NAME,
    '--reason',
    'no money',
    '--class',
    'billing',
    '--recheck-after',
    '1h',
  )
  const change = { action: 'set', at: new Date(), actor: 'test', reason: 'later' } as const
  await store.changeModel(GROQ, { recheck_after: hoursAgo(2) }, change)
  await keeperOf(store).tick()
  expect(await store.findModels([GROQ])).toMatchObject([{ recheck_result: null }])
  if (outcome === 'answers') await storeResults(store, [hoursAgo(1)])
  else await storeErrors(store, [hoursAgo(1)])
  const keeper = keeperOf(store)
  await keeper.tick()
  const [entry] = await store.findModels([GROQ])
  expect(entry).toMatchObject({ enabled: false, disabled_class: 'billing', recheck_result: outcome })
  const next = new Date(String(entry?.['recheck_after'])).getTime() - Date.now()
  expect(Math.round(next / DAY_MS)).toBe(days)
  const { printed, fault } = await runModels(store, ['check', '--json'])
  expect(fault).toBeNull()
  expect(printed.join('').includes('models enable groq')).toBe(outcome === 'answers')
  // A second look finds nothing to do.
  await keeper.tick()
  expect(await store.listChanges(GROQ, 10)).toHaveLength(4)
})

const collectionsOf = async (store: Store): Promise<string[]> =>
  (await store.recentRuns(GROQ, { since: hoursAgo(99), limit: 99 })).map(({ collection }) => collection)

test.each(STORE_KINDS)(
  'a run of a recheck that arrives after it was closed is kept and not published, and no other is (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addModel(store)
    await models(store, 'disable', ...NAME, '--reason', 'no money', '--recheck-after', '1h')
    const change = { action: 'set', at: new Date(), actor: 'test', reason: 'later' } as const
    await store.changeModel(GROQ, { disabled_at: hoursAgo(50), recheck_after: hoursAgo(30) }, change)
    await storeErrors(store, [hoursAgo(29)])
    await keeperOf(store, false, () => hoursAgo(20)).tick()
    expect(await store.findModels([GROQ])).toMatchObject([{ enabled: false, recheck_result: 'fails' }])

    const late = [hoursAgo(28), hoursAgo(19), hoursAgo(40), hoursAgo(1)]
    expect(await storeResults(store, late)).toEqual(['created', 'created', 'rejected', 'rejected'])
    await models(store, 'enable', ...NAME, '--reason', 'paid')
    expect(await storeResults(store, [hoursAgo(27), hoursAgo(2)])).toEqual(['created', 'created'])
    const results = (await collectionsOf(store)).filter((collection) => collection !== 'errors_cloud')
    expect(results).toEqual([PUBLISHED, UNPUBLISHED, UNPUBLISHED, UNPUBLISHED])
  },
)

test.each(STORE_KINDS)(
  'a run of a candidate that arrives after it was promoted or given up is kept and not published (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addCandidate(store)
    await storeResults(store, [hoursAgo(5), hoursAgo(3), hoursAgo(2)])
    await models(store, 'promote', ...NAME)
    expect(await storeResults(store, [hoursAgo(4)])).toEqual(['created'])
    expect(await collectionsOf(store)).toEqual(Array.from({ length: 4 }, () => UNPUBLISHED))
    await models(store, 'disable', ...NAME, '--reason', 'gone')
    expect(await storeResults(store, [hoursAgo(6), new Date()])).toEqual(['created', 'rejected'])
  },
)

test('the service itself keeps the catalogue, as PROMOTE_AUTOMATICALLY says', async () => {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  onTestFinished(() => store.close())
  await store.prepare()
  await addCandidate(store)
  await storeResults(store, [hoursAgo(5), hoursAgo(3), hoursAgo(2)])
  await startService({ STORE_PATH: path, PROMOTE_AUTOMATICALLY: '1' })
  const [entry] = await until(
    () => store.findModels([GROQ]),
    ([found]) => found?.['enabled'] === true,
  )
  expect(entry).toMatchObject({ probe: false, promoted_at: expect.any(String) })
  expect(() => readConfig({ ...SECRETS, PROMOTE_AUTOMATICALLY: 'yes' })).toThrow(
    'PROMOTE_AUTOMATICALLY must be 1 or 0',
  )
})

test('of many due rechecks the ten that wait longest are offered, and one that nobody tries makes room', async () => {
  const store = await openStore('sqlite')
  const hours = Array.from({ length: 12 }, (_, index) => index + 160)
  for (const age of hours) {
    const state = { enabled: false, recheck_after: hoursAgo(age) }
    const model = { provider: 'groq', modelId: `due-${age}`, displayName: `due-${age}`, quirks: {}, state }
    await store.addModel(model, { action: 'add', at: new Date(), actor: 'test', reason: null })
  }
  const offered = async () => buildWorklist(await store.listModels('groq'), new Date()).probes
  expect(await offered()).toEqual(hours.slice(2).map((age) => `due-${age}`))
  // Four of them have been due for a week.
  await keeperOf(store).tick()
  expect(await offered()).toEqual(hours.slice(0, 8).map((age) => `due-${age}`))
})
