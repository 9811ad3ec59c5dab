import { describe, expect, test } from 'vitest'
import { findOddModels } from '../../src/catalogue/oddities.ts'
import { PUBLISHED, UNPUBLISHED } from '../../src/store/store.ts'
import { buildWorklist } from '../../src/worklist.ts'
import { addModel } from '../support/app.ts'
import { GROQ } from '../support/documents.ts'
import { models, runModels } from '../support/models.ts'
import { hoursAgo, storeResults } from '../support/runs.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

const FIELDS = '--additional-model-request-fields'

describe('metadata that would change the protocol', () => {
  test.each([
    [[FIELDS, '{"max_tokens":4096}'], /additional_model_request_fields\.max_tokens is fixed by the profile/],
    [[FIELDS, '{"stream":false}'], /\.stream is fixed/],
    [[FIELDS, '{"generationConfig":{"maxOutputTokens":1}}'], /generationConfig\.maxOutputTokens is fixed/],
    [['--metadata', '{"additional_model_request_fields":{"n":4}}'], /\.n is fixed/],
    [
      ['--metadata', '{"request_headers":{"authorization":"x"}}'],
      /request_headers\.authorization cannot be set/,
    ],
    [['--reasoning-effort', 'low', FIELDS, '{"reasoning":{}}'], /both say how hard the model thinks/],
  ])('is refused where it is typed: %j', async (flags, sentence) => {
    const store = await openStore('sqlite')
    await addModel(store)
    const { fault } = await runModels(store, ['set', GROQ.provider, GROQ.modelId, ...flags, '--reason', 'x'])
    expect(fault).toMatch(sentence)
    expect(await store.listChanges(GROQ, 5)).toHaveLength(1)
  })

  test('is refused by add, and reported where it was written by hand', async () => {
    const store = await openStore('sqlite')
    const metadata = '{"additional_model_request_fields":{"messages":[]}}'
    const { fault } = await runModels(store, ['add', 'groq', 'new', '--metadata', metadata])
    expect(fault).toMatch(/messages is fixed/)
    const byHand = { provider: 'groq', model_id: 'm', enabled: true, ...(JSON.parse(metadata) as object) }
    expect(findOddModels([byHand], [])).toMatchObject([
      { problems: [expect.stringMatching(/messages is fixed/)] },
    ])
  })

  test('leaves room for what a model needs', async () => {
    const store = await openStore('sqlite')
    await addModel(store)
    const flags = [FIELDS, '{"thinking":{"type":"enabled","budget_tokens":1024}}']
    const more = ['--metadata', '{"request_headers":{"anthropic-beta":"x"}}']
    await models(store, 'set', GROQ.provider, GROQ.modelId, ...flags, ...more, '--reason', 'thinks')
    expect(await store.findModels([GROQ])).toMatchObject([{ request_headers: { 'anthropic-beta': 'x' } }])
  })
})

test.each(STORE_KINDS)(
  'a run under the profile for models that always think is published where the catalogue chose it (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addModel(store)
    const places = async () => {
      const runs = await store.recentRuns(GROQ, { since: hoursAgo(9), limit: 9 })
      return runs.map((run) => run.collection)
    }
    const thinking = { benchmark_profile_id: 'cloud-reasoning-v1' }
    await storeResults(store, [hoursAgo(5)], thinking)
    expect(await places()).toEqual([UNPUBLISHED])
    await models(
      store,
      'set',
      GROQ.provider,
      GROQ.modelId,
      '--profile',
      'cloud-reasoning-v1',
      '--reason',
      'x',
    )
    await storeResults(store, [hoursAgo(4)], thinking)
    await storeResults(store, [hoursAgo(3)], { ...thinking, outcome: 'truncated' })
    await storeResults(store, [hoursAgo(2)], { benchmark_profile_id: 'cloud-long-v1' })
    expect(await places()).toEqual([UNPUBLISHED, UNPUBLISHED, PUBLISHED, UNPUBLISHED])
  },
)

describe('an id that only a rule about its family speaks against', () => {
  const bare = 'anthropic.claude-future-v1:0'
  const worklistOf = async (store: Awaited<ReturnType<typeof openStore>>) =>
    buildWorklist(await store.listModels('bedrock'), new Date())

  test('is measured once a person accepts it', async () => {
    const store = await openStore('sqlite')
    await models(store, 'add', 'bedrock', bare, '--force')
    expect(await worklistOf(store)).toMatchObject({ models: [], rejected: [{ model_id: bare }] })
    await models(store, 'set', 'bedrock', bare, '--accept-id', 'true', '--reason', 'the account has it')
    expect(await worklistOf(store)).toMatchObject({ models: [bare], rejected: [] })
  })

  test('is taken without force where the account’s own list has it', async () => {
    const store = await openStore('sqlite')
    expect((await runModels(store, ['add', 'bedrock', bare])).fault).toMatch(/inference profile only/)
    const raw = {
      modelId: bare,
      inferenceTypesSupported: ['ON_DEMAND'],
      outputModalities: ['TEXT'],
      responseStreamingSupported: true,
      modelLifecycle: { status: 'ACTIVE' },
    }
    await store.writeDiscovery({
      provider: 'bedrock',
      startedAt: new Date(),
      receivedAt: new Date(),
      paginationComplete: true,
      reason: null,
      runnerId: 'r',
      contentSha256: 'x'.repeat(64),
      models: [{ modelId: bare, name: null, raw }],
    })
    await models(store, 'add', 'bedrock', bare)
    expect(await worklistOf(store)).toMatchObject({ models: [bare], rejected: [] })
  })

  test('is still refused where its form is wrong', async () => {
    const store = await openStore('sqlite')
    await models(store, 'add', 'bedrock', 'us.arn:aws:x', '--force', '--metadata', '{"accept_id":true}')
    expect(await worklistOf(store)).toMatchObject({ models: [], rejected: [{ model_id: 'us.arn:aws:x' }] })
  })
})
