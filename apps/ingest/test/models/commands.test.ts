import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addModel } from '../support/app.ts'
import { secondsAgo } from '../support/documents.ts'
import { models, runModels } from '../support/models.ts'
import { storeErrors, storeResults } from '../support/runs.ts'
import { openStore, scratchFolder, STORE_KINDS } from '../support/stores.ts'

const parse = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)

test.each([
  [['add', 'groq', 'A'], /already.*a/i],
  [['enable', 'groq', 'A', '--reason', 'x'], /Another spelling of groq A is enabled already: a/],
  [['disable', 'groq', 'B', '--reason', 'x'], /groq B is not in the catalogue; it has b/],
  [['disable', 'groq', 'a', '--reason', ' '], /--reason.*must say why/],
  [['disable', 'groq', 'a', '--reason', 'x', '--class', 'No!'], /--class.*No!.*lower-case word/],
  [
    ['disable', 'groq', 'a', '--reason', 'x', '--recheck-after', '2020-01-01'],
    /--recheck-after "2020-01-01" must/,
  ],
  [['deprecate', 'groq', 'a', '--reason', 'x', '--successor', 'z'], /--successor "z" must be a model/],
  [['set', 'groq', 'a', '--reason', 'x'], /Nothing to set/],
  ...[
    '1,2',
    '30d,USD,0.05,0.08',
    '12h,USD,1,2',
    '0d,USD,1,2',
    '2026-02-31,USD,1,2',
    'soon,USD,1,2',
    ',USD,1,2',
  ].map((price): [string[], RegExp] => [
    ['set', 'groq', 'a', '--reason', 'x', '--price', price],
    new RegExp(`--price.*${price}.*like 2026-01-01,USD`),
  ]),
  [
    ['set', 'groq', 'a', '--reason', 'x', '--omit-temperature', 'yes'],
    /--omit-temperature.*yes.*true or false/,
  ],
  [['set', 'groq', 'a', '--reason', 'x', '--profile', 'p9'], /profile must be one of cloud-default-v1/],
  [
    ['set', 'groq', 'a', '--reason', 'x', '--request-mode', 'messages'],
    /request_mode must be an API that groq/,
  ],
  [['set', 'groq', 'a', '--reason', 'x', '--base-url', 'https://evil.example/v1'], /groq is none/],
  [['set', 'vllm', 'a', '--reason', 'x', '--base-url', 'https://k:v@host/v1'], /no user name or password/],
  [['set', 'groq', 'a', '--reason', 'x', '--unset', 'enabled'], /"enabled" has a command of its own/],
  [['promote', 'groq', 'a'], /groq a is no candidate: it is enabled/],
  [['probe', 'groq', 'a'], /groq a is enabled/],
  [['check', '--live'], /--live goes with --provider bedrock/],
  [['show', 'groq', 'B'], /groq B is not in the catalogue; it has b/],
  [['import', '/nowhere.json'], /FILE "\/nowhere\.json" cannot be read/],
])('models %j says what is wrong', async (args, words) => {
  const store = await openStore('sqlite')
  await models(store, 'add', 'groq', 'A')
  await models(store, 'disable', 'groq', 'A', '--reason', 'the wrong spelling')
  await models(store, 'add', 'groq', 'a', 'b')
  const { fault, warned } = await runModels(store, args)
  expect(`${fault} ${warned.join(' ')}`).toMatch(words)
  expect(fault).not.toBeNull()
})

test.each(STORE_KINDS)('quirks and prices are set, unset and kept beside each other (%s)', async (kind) => {
  const store = await openStore(kind)
  await models(store, 'add', 'openai', 'm', '--metadata', '{"omit_temperature":true}')
  const set = (...args: string[]) => models(store, 'set', 'openai', 'm', '--reason', 'list', ...args)
  await set('--price', '2026-06-01,USD,1,2', '--price', '2026-01-01,USD,2,4')
  await set('--price', '2026-06-01,USD,0.5,1.5', '--request-mode', 'chat', '--reasoning-effort', 'low')
  await set('--unset', 'omit_temperature', '--additional-model-request-fields', '{"top_k":5}')
  const [entry] = await store.findModels([{ provider: 'openai', modelId: 'm' }])
  expect(JSON.parse(JSON.stringify(entry))).toMatchObject({
    omit_temperature: null,
    request_mode: 'chat',
    reasoning_effort: 'low',
    additional_model_request_fields: { top_k: 5 },
    prices: [
      { from: '2026-01-01T00:00:00.000Z', currency: 'USD', input_per_million: 2, output_per_million: 4 },
      { from: '2026-06-01T00:00:00.000Z', currency: 'USD', input_per_million: 0.5, output_per_million: 1.5 },
    ],
  })
})

test('a forced id is recorded as forced', async () => {
  const store = await openStore('sqlite')
  const id = 'anthropic.claude-3-5-haiku-20241022-v1:0'
  expect((await runModels(store, ['enable', 'bedrock', id, '--reason', 'x'])).fault).toContain(`us.${id}`)
  await models(store, 'add', 'bedrock', id, '--force')
  const shown = await models(store, 'show', 'bedrock', id)
  expect(shown.join('\n')).toMatch(/add \(forced\)/)
  expect(shown.join('\n')).toMatch(/Its id cannot work: .*us\.anthropic/)
})

test('list tells freshness and the last error, and hides what is off unless asked', async () => {
  const store = await openStore('sqlite')
  for (const id of ['a', 'b']) await addModel(store, id)
  await models(store, 'disable', 'groq', 'b', '--reason', 'retired')
  const health = {
    provider: 'groq',
    model_id: 'a',
    last_success_at: secondsAgo(7200),
    last_attempt_at: secondsAgo(60),
    last_error_at: secondsAgo(60),
    last_error_kind: 'timeout',
    last_error_message: 'first_token deadline',
    consecutive_failures: 4,
    // As fresh as it was when this was written: what counts is now.
    freshness_status: 'fresh',
    cadence_seconds: 1800,
  }
  await store.writeModelHealth([
    { model: { provider: 'groq', modelId: 'a' }, updatedAt: new Date(), document: health },
  ])
  const text = (await models(store, 'list')).join('\n')
  expect(text).toMatch(/groq +a +a +enabled +critical +2 h ago +1 min ago, timeout: first_token deadline/)
  expect(text).toMatch(/1 more, disabled or deprecated: --all/)
  expect((await models(store, 'list', '--all')).join('\n')).toMatch(/groq +b +b +disabled \(retired\)/)
  expect(parse(await models(store, 'list', '--json'))).toMatchObject([
    { model_id: 'a', enabled: true, state: 'enabled', health: { freshness_status: 'critical' } },
    { model_id: 'b', enabled: false, state: 'disabled', health: { last_success_at: null } },
  ])
  const findings = parse((await runModels(store, ['check', '--json'])).printed)
  expect(findings.map(({ kind }) => kind)).toEqual(['stale', 'failing'])
})

test.each(STORE_KINDS)('show has the last results and the history of changes (%s)', async (kind) => {
  const store = await openStore(kind)
  await addModel(store)
  await storeResults(store, [secondsAgo(300)])
  await storeErrors(store, [secondsAgo(100)], { message: 'upstream\ngone' })
  await models(store, 'disable', 'groq', 'llama-3.1-8b-instant', '--reason', 'too slow')
  const text = (await models(store, 'show', 'groq', 'llama-3.1-8b-instant')).join('\n')
  expect(text).toMatch(/metrics_cloud_v2 +length +50\.0/)
  expect(text).toMatch(/errors_cloud +a failure \(transient_provider\): upstream gone/)
  expect(text).toMatch(/disable: enabled true → false.* {2}too slow/)
  const [shown] = parse(await models(store, 'show', 'groq', 'llama-3.1-8b-instant', '--json'))
  expect(shown).toMatchObject({
    entries: [{ state: 'disabled' }],
    runs: [{ kind: 'error' }, { kind: 'result', outcome: 'length' }],
    changes: [{ action: 'disable', reason: 'too slow', before: { enabled: true } }, { action: 'add' }],
  })
})

test.each(STORE_KINDS)(
  'what is exported is imported elsewhere as it was, after a dry run (%s)',
  async (kind) => {
    const [from, to] = [await openStore(kind), await openStore('sqlite')]
    await models(from, 'add', 'groq', 'a', 'b', '--metadata', '{"reasoning_effort":"low"}')
    await models(from, 'set', 'groq', 'a', '--price', '2026-01-01,USD,1,2', '--reason', 'list')
    await models(from, 'disable', 'groq', 'b', '--reason', 'slow', '--recheck-after', '30d')
    const exported = await models(from, 'export')
    const file = join(scratchFolder(), 'catalogue.json')
    writeFileSync(file, exported.join('\n'))

    const dry = await models(to, 'import', file)
    expect(dry.at(-1)).toBe('2 to add, 0 to change, 0 as they are, 0 refused; --apply does it')
    expect(await to.listModels()).toEqual([])
    await models(to, 'import', file, '--apply', '--reason', 'moved')
    expect(await models(to, 'export')).toEqual(exported)
    expect((await models(to, 'import', file)).at(-1)).toContain('0 to change, 2 as they are')

    await models(to, 'set', 'groq', 'a', '--reasoning-effort', 'high', '--reason', 'tried')
    expect((await models(to, 'import', file)).join('\n')).toMatch(/change +groq +a +reasoning_effort/)
    await models(to, 'import', file, '--apply', '--reason', 'back')
    expect(await models(to, 'export')).toEqual(exported)
  },
)

test('an entry that cannot be brought in is refused alone, with its reason', async () => {
  const store = await openStore('sqlite')
  await models(store, 'add', 'groq', 'a')
  const bare = 'anthropic.claude-3-5-haiku-20241022-v1:0'
  const entries = [
    { provider: 'groq', model_id: 'A' },
    { provider: 'groq', model_id: 'new', display_name: 'New' },
    { provider: 'groq', model_id: 'new' },
    { provider: 'bedrock', model_id: bare },
    { provider: 'groq', model_id: 'odd', profile: 'nope' },
  ]
  const file = join(scratchFolder(), 'catalogue.jsonl')
  writeFileSync(file, entries.map((entry) => JSON.stringify(entry)).join('\n'))
  const { printed, fault } = await runModels(store, ['import', file, '--apply', '--reason', 'x', '--json'])
  expect(fault).toBe('4 of 5 entries are refused')
  const steps = parse(printed).map(({ step, why }) => `${String(step)}: ${String(why)}`)
  expect(steps).toEqual([
    'refused: another spelling is enabled already: a',
    'add: ',
    'refused: it stands in the file twice',
    expect.stringMatching(/^refused: .*Anthropic Claude.*us\.anthropic/),
    expect.stringMatching(/^refused: profile must be one of/),
  ])
  expect(await store.listModels()).toHaveLength(2)
})

test('check finds spellings, vendors that nobody measures and ids that break a rule; a clean catalogue is nothing to look at', async () => {
  const store = await openStore('sqlite')
  expect(await models(store, 'check')).toEqual(['Nothing to look at'])
  await models(store, 'add', 'nobody', 'm')
  await models(store, 'add', 'bedrock', 'anthropic.claude-3-5-haiku-20241022-v1:0', '--force')
  const { printed, fault } = await runModels(store, ['check'])
  expect(fault).toBe('2 faults in the catalogue')
  expect(printed.join('\n')).toMatch(/fault +nobody +m +odd +nobody measures it: nobody is not built in/)
  expect(printed.join('\n')).toMatch(/fault +bedrock .* id_rule .*us\.anthropic/)
})
