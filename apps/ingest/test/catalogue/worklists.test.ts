import { expect, test } from 'vitest'
import type { ModelsReading } from '../../src/store/catalogue-store.ts'
import { createWorklists, type Written } from '../../src/worklists.ts'
import { addModel } from '../support/app.ts'
import { openStore } from '../support/stores.ts'
import { until } from '../support/process.ts'

const textOf = ({ opening }: Written): string => `${opening.toString()}}`

/** Worklists over a real store, with the readings that were asked of it, and hands of the clock that a test moves. */
async function openWorklists() {
  const store = await openStore('sqlite')
  const asked: (ModelsReading | undefined)[] = []
  let monotonic = 0
  const worklists = createWorklists({
    store: {
      catalogueVersion: store.catalogueVersion,
      readModels: (provider, before) => {
        asked.push(before)
        return store.readModels(provider, before)
      },
    },
    intervalMinutes: 30,
    now: () => new Date(),
    monotonicMs: () => monotonic,
  })
  const modelsOf = async (): Promise<string[]> =>
    (JSON.parse(textOf(await worklists.read('groq'))) as { models: string[] }).models
  return { store, asked, worklists, modelsOf, goOn: (minutes: number) => (monotonic += minutes * 60_000) }
}

test('a worklist is read once for all who ask at a time, and again only when the catalogue has changed', async () => {
  const { store, asked, worklists, modelsOf } = await openWorklists()
  await addModel(store, 'one')
  await Promise.all([worklists.read('groq'), worklists.read('groq'), worklists.read('groq')])
  expect(await modelsOf()).toEqual(['one'])
  expect(asked).toEqual([undefined])
  await addModel(store, 'another')
  expect(await modelsOf()).toEqual(['another', 'one'])
  expect(asked).toHaveLength(2)
  expect(asked[1]?.documents).toHaveLength(1)
})

test('a worklist that no change has touched for minutes is read in full behind the answer, and before it after an hour', async () => {
  const { store, asked, modelsOf, goOn } = await openWorklists()
  await addModel(store, 'one')
  await modelsOf()
  goOn(4)
  await modelsOf()
  expect(asked).toHaveLength(1)
  goOn(2)
  await modelsOf()
  await until(
    async () => asked,
    ({ length }) => length === 2,
  )
  await modelsOf()
  expect(asked).toEqual([undefined, undefined])
  goOn(61)
  expect(await modelsOf()).toEqual(['one'])
  expect(asked).toEqual([undefined, undefined, undefined])
})

test('what a runner reads is the same text whether it was changed bit by bit or read anew', async () => {
  const { store, worklists } = await openWorklists()
  const state = { enabled: false, probe: true }
  for (const id of ['b', 'a', '10', '9', '__proto__']) {
    await addModel(store, id)
    await worklists.read('groq')
  }
  const change = { action: 'set', at: new Date(), actor: 'test', reason: null } as const
  const edit = { ...change, action: 'probe' } as const
  await store.addModel(
    { provider: 'groq', modelId: 'c', displayName: 'A first', quirks: { omit_temperature: true }, state },
    edit,
  )
  await store.changeModel({ provider: 'groq', modelId: 'a' }, { display_name: 'z last' }, change)
  const anew = createWorklists({ store, intervalMinutes: 30, now: () => new Date() })
  const changed = await worklists.read('groq')
  expect(textOf(changed)).toBe(textOf(await anew.read('groq')))
  const list = JSON.parse(textOf(changed)) as { models: string[]; probes: string[]; model_metadata: object }
  expect(list.models.at(-1)).toBe('a')
  expect(list.probes).toEqual(['c'])
  expect(Object.entries(list.model_metadata)).toContainEqual(['c', { omit_temperature: true }])
})

test('names that nobody has are warned of and take no place of those that are there', async () => {
  const { store, asked, worklists, modelsOf } = await openWorklists()
  await addModel(store, 'one')
  for (let index = 0; index < 150; index += 1) {
    const { opening, warning } = await worklists.read(`nobody-${index}`)
    expect(warning).toContain(`no entry of the provider nobody-${index}`)
    expect(JSON.parse(`${opening.toString()}}`)).toMatchObject({ models: [], warning })
  }
  asked.length = 0
  await modelsOf()
  await modelsOf()
  expect(asked).toHaveLength(1)
  expect((await worklists.read('groq')).warning).toBeNull()
})

test('of more providers than are kept the one that was not asked for longest makes room', async () => {
  const { store, asked, worklists } = await openWorklists()
  for (let index = 0; index <= 100; index += 1) await addModel(store, 'one', `p${index}`)
  for (let index = 0; index < 100; index += 1) await worklists.read(`p${index}`)
  await worklists.read('p0')
  await worklists.read('p100')
  asked.length = 0
  for (const provider of ['p0', 'p2', 'p99', 'p100']) await worklists.read(provider)
  expect(asked).toHaveLength(0)
  await worklists.read('p1')
  expect(asked).toHaveLength(1)
})
