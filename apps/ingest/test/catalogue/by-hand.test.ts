import { Binary, Decimal128, Long } from 'mongodb'
import { expect, test } from 'vitest'
import { openApp } from '../support/app.ts'
import { runModels } from '../support/models.ts'
import { until } from '../support/process.ts'
import { openBesideClient } from '../support/stores.ts'

/** The API on a database into which documents are written as people write them. */
async function openByHand() {
  const { client, store } = openBesideClient()
  await store.prepare()
  const app = await openApp({ store })
  return { ...app, entries: client.db().collection('models') }
}

const ODD = [
  { note: 'nothing at all' },
  { provider: 'groq', model_id: 7, enabled: true },
  { provider: null, model_id: 'm', enabled: true },
  { provider: 'groq', model_id: 'text', enabled: 'true' },
  { provider: 'groq', model_id: 'number', enabled: 1, deprecated: 'no' },
  { provider: 'groq', model_id: 'name', enabled: true, display_name: { en: 'x' } },
  { provider: 'groq', model_id: 'dates', enabled: false, recheck_after: 'soon', disabled_at: 3 },
  { provider: 'groq', model_id: 'quirk', enabled: true, omit_temperature: 'yes', prices: { USD: 1 } },
  { provider: 'groq', model_id: 'profile', enabled: true, profile: 'cloud-default-v9' },
  { provider: 'groq', model_id: 'url', enabled: true, base_url: 'https://elsewhere.example/v1' },
  { provider: 'Groq', model_id: 'case', enabled: true },
  { provider: 'grok', model_id: 'adapter', enabled: true },
  { provider: 'groq', model_id: '', enabled: true },
  { provider: 'groq', model_id: '__proto__', enabled: true, nested: { $where: 1, 'a.b': [null] } },
]

test('documents of any shape break no reader, and each is told', async () => {
  const { entries, get, store, bookkeepingDone } = await openByHand()
  await entries.insertMany([...ODD, { provider: 'groq', model_id: 'good', enabled: true }])
  const answer = await get('/runner-config?provider=groq')
  expect(answer.statusCode).toBe(200)
  expect(answer.json().models).toEqual(
    expect.arrayContaining(['good', 'name', 'quirk', 'profile', 'url', '__proto__']),
  )
  expect(answer.json().models).toHaveLength(6)
  expect(answer.json().rejected).toMatchObject([{ model_id: '' }])

  const health = await until(
    async () => (await get('/health')).json(),
    ({ odd_models: odd }) => odd !== null,
  )
  expect(health.odd_models.count).toBe(12)
  expect(health.odd_models.first).toContainEqual({
    provider: 'groq',
    model_id: 'text',
    problems: ['enabled must be true or false; as it is it counts as false'],
  })
  await bookkeepingDone()

  const { printed, fault } = await runModels(store, ['check', '--json'])
  expect(fault).toMatch(/faults in the catalogue/)
  const odd = printed.map((line) => JSON.parse(line) as { kind: string; model_id: string; problem: string })
  const told = odd
    .filter(({ kind }) => kind === 'odd')
    .map(({ model_id, problem }) => `${model_id}: ${problem}`)
  expect(told).toEqual(
    expect.arrayContaining([
      'name: display_name must be a text',
      'dates: recheck_after must be a date',
      'quirk: omit_temperature must be true or false',
      'profile: profile must be one of cloud-default-v1, cloud-long-v1, cloud-reasoning-v1',
      'url: base_url is for self-hosted vendors only, and groq is none',
      'adapter: nobody measures it: grok is not built in, and no runner has named it',
    ]),
  )
  expect((await runModels(store, ['list', '--all'])).fault).toBeNull()
  expect((await runModels(store, ['list', '--json'])).printed).toHaveLength(ODD.length + 1)
  expect((await runModels(store, ['export'])).fault).toBeNull()
  for (const id of ['text', 'quirk', 'dates'])
    expect((await runModels(store, ['show', 'groq', id])).fault).toBeNull()
})

test('a document mended by hand is odd no more, without a restart', async () => {
  const { entries, get } = await openByHand()
  await entries.insertOne({ provider: 'groq', model_id: 'm', enabled: 'true' })
  const odd = async () => (await get('/health')).json().odd_models?.count as number
  expect(await until(odd, (count) => count !== undefined)).toBe(1)
  await entries.updateOne({ model_id: 'm' }, { $set: { enabled: true } })
  expect(await until(odd, (count) => count === 0)).toBe(0)
  expect((await get('/runner-config?provider=groq')).json().models).toEqual(['m'])
})

test('numbers beyond 2^53 and values that JSON cannot hold are reported and left out, never changed', async () => {
  const { entries, get, store } = await openByHand()
  const huge = Long.fromString('9007199254740993')
  const good = {
    provider: 'groq',
    model_id: 'm',
    enabled: true,
    omit_temperature: true,
    seed: Long.fromNumber(7),
  }
  const odd = {
    huge,
    inside: { list: [1, { deep: huge.negate() }] },
    money: Decimal128.fromString('0.05'),
    endless: Number.POSITIVE_INFINITY,
    nothing: Number.NaN,
    bytes: new Binary(Buffer.from('x')),
  }
  await entries.insertOne({ ...good, ...odd })
  const { model_metadata } = (await get('/runner-config?provider=groq')).json()
  expect(model_metadata).toEqual({ m: { omit_temperature: true, seed: 7 } })

  const { printed } = await runModels(store, ['check', '--json'])
  const problems = printed.map((line) => (JSON.parse(line) as { problem: string }).problem)
  for (const problem of [
    'huge is a number beyond 2^53, which JSON cannot hold exactly',
    'inside.list.1.deep is a number beyond 2^53, which JSON cannot hold exactly',
    'money is a Decimal128, which JSON cannot hold',
    'endless is not a finite number',
    'nothing is not a finite number',
    'bytes is a Binary, which JSON cannot hold',
  ])
    expect(problems).toContain(problem)

  const exported = await runModels(store, ['export'])
  expect(JSON.parse(exported.printed.join('\n'))).toEqual([{ ...good, seed: 7, display_name: undefined }])
  expect(exported.warned.join('\n')).toContain('groq m leaves out a field: huge is a number beyond 2^53')
  const [shown] = (await runModels(store, ['list', '--json'])).printed
  expect(JSON.parse(shown ?? '')).toMatchObject({ huge: '9007199254740993', seed: 7 })
  expect((await runModels(store, ['show', 'groq', 'm'])).printed).toContain('  huge: "9007199254740993"')
})
