import { expect, test } from 'vitest'
import type { StoredDocument } from '../../src/store/store.ts'
import { openApp } from '../support/app.ts'
import { models, runModels } from '../support/models.ts'
import { until } from '../support/process.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const heartbeat = (providers: StoredDocument[string]) => ({
  runnerId: 'r',
  state: 'running',
  receivedAt: new Date(),
  document: { state: 'running', received_at: new Date(), providers },
})

test.each(STORE_KINDS)(
  'a vendor of a runner’s file is added, and known once that runner has named it (%s)',
  async (kind) => {
    const store = await openStore(kind)
    const added = await runModels(store, ['add', 'z-ai', 'glm-4.7', '--metadata', '{"request_mode":"chat"}'])
    expect(added.fault).toBeNull()
    expect(added.warned.join('\n')).toContain(
      'Warning: z-ai is not built in: a runner needs it in the file that its RUNNER_VENDORS_FILE names',
    )
    const before = await runModels(store, ['check'])
    expect(before.printed.join('\n')).toContain('z-ai is not built in, and no runner has named it')
    await store.writeHeartbeat(heartbeat({ groq: { models: 1 }, z_ai: { models: 1 } }))
    expect(await models(store, 'check')).toEqual(['Nothing to look at'])
    const { get } = await openApp({ store })
    const health = await until<{ odd_models: { count: number } | null }>(
      async () => (await get('/health')).json(),
      ({ odd_models: odd }) => odd !== null,
    )
    expect(health.odd_models?.count).toBe(0)
    expect((await get('/runner-config?provider=z-ai')).json()).toMatchObject({
      models: ['glm-4.7'],
      model_metadata: { 'glm-4.7': { request_mode: 'chat' } },
    })
  },
)

test('quirks of such a vendor are held to what any vendor of a file could have', async () => {
  const store = await openStore('sqlite')
  const add = async (metadata: unknown) =>
    (await runModels(store, ['add', 'z-ai', 'm', '--metadata', JSON.stringify(metadata)])).fault
  expect(await add({ request_mode: 'converse' })).toContain(
    'request_mode must be an API that z-ai offers: chat, completions, responses, messages, generate_content',
  )
  expect(await add({ base_url: 'ftp://gpu.lan/v1' })).toContain(
    'base_url must begin with https:// or http://',
  )
  expect(await add({ base_url: 'http://192.168.1.21:8000/v1' })).toBeNull()
})

test('a heartbeat that names nobody, or says something else of its vendors, makes none known', async () => {
  const store = await openStore('sqlite')
  await models(store, 'add', 'z-ai', 'm')
  for (const providers of [{}, { zai: {} }, ['z_ai'], 'z_ai', null]) {
    await store.writeHeartbeat(heartbeat(providers))
    const { printed } = await runModels(store, ['check'])
    expect(printed.join('\n'), JSON.stringify(providers)).toContain('no runner has named it')
  }
})
