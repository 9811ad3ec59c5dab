import { expect, onTestFinished, test, vi } from 'vitest'
import { StoreUnavailable, WorkFault } from '../src/errors.ts'
import { keepPrepared } from '../src/preparation.ts'
import { openBesideClient } from './support/stores.ts'

type Line = { readonly level: string; readonly text: string }

function recorder() {
  const lines: Line[] = []
  const note = (level: string) => (fields: unknown, message?: string) =>
    void lines.push({ level, text: message ?? String(fields) })
  return { lines, logger: { debug: note('debug'), info: note('info'), error: note('error') } as never }
}

/** A store that answers each look with the next of these, and the last for ever. */
function scripted(...looks: (readonly string[] | Error)[]) {
  let at = 0
  let isPrepared = false
  return {
    looks: () => at,
    store: {
      isPrepared: () => isPrepared,
      prepare: async () => {
        const look = looks[Math.min(at, looks.length - 1)]
        at += 1
        if (look instanceof Error) throw look
        isPrepared = true
        return { problems: look ?? [] }
      },
    },
  }
}

function keep(store: Parameters<typeof keepPrepared>[0]['store']) {
  const { lines, logger } = recorder()
  const preparation = keepPrepared({ store, logger, recheckMs: 5 })
  onTestFinished(() => preparation.stop())
  return { preparation, lines }
}

test('a fault of the catalogue is logged once, and once more when it is fixed', async () => {
  const { store, looks } = scripted(['twins'], ['twins'], ['twins', 'more'], [], [])
  const { preparation, lines } = keep(store)
  expect(await preparation.ready).toBe(true)
  expect(preparation.problems()).toEqual(['twins'])
  await vi.waitUntil(() => looks() > 4)
  expect(preparation.problems()).toEqual([])
  expect(lines.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual(['twins', 'more'])
  expect(lines.filter(({ text }) => text === 'A fault of the catalogue is fixed')).toHaveLength(2)
})

test('a check that fails later does not end the loop', async () => {
  const { store, looks } = scripted(['twins'], new StoreUnavailable('looking for indexes'), [])
  const { preparation, lines } = keep(store)
  await preparation.ready
  await vi.waitUntil(() => looks() > 3, 5000)
  expect(preparation.problems()).toEqual([])
  expect(lines.some(({ text }) => text === 'Checking the store failed and will be retried')).toBe(true)
})

test('a reason is logged again only when it changes', async () => {
  const away = (cause: string) => new StoreUnavailable('connecting', new Error(cause))
  const { store } = scripted(away('refused'), away('refused'), away('no primary'), [])
  const { preparation, lines } = keep(store)
  await preparation.ready
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(2)
})

test('stopped before the store was ready, it resolves with false', async () => {
  const { store } = scripted(new WorkFault('Index x of y cannot be made'))
  const { preparation } = keep(store)
  await preparation.stop()
  expect(await preparation.ready).toBe(false)
})

test('doubled entries that are removed leave no problem behind, and their guard is there', async () => {
  const { client, store } = openBesideClient()
  const models = client.db().collection('models')
  const twin = { provider: 'groq', model_id: 'a', enabled: true }
  await models.insertMany([{ ...twin }, { ...twin }])
  const { preparation } = keep(store)
  await preparation.ready
  expect(preparation.problems()).toHaveLength(2)
  await models.deleteOne({ model_id: 'a' })
  await vi.waitUntil(() => preparation.problems().length === 0, 10_000)
  await expect(models.insertOne({ ...twin })).rejects.toThrow(/E11000/)
})
