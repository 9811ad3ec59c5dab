import { expect, test } from 'vitest'
import { discoverCommand } from '../../src/models/discover.ts'
import type { Store } from '../../src/store/store.ts'
import { addModel, openApp } from '../support/app.ts'
import { secondsAgo } from '../support/documents.ts'
import { openStore, STORE_KINDS } from '../support/stores.ts'

type Said = { readonly lines: string[]; readonly warnings: string[] }

/** Compares on a store; resolves with what was said, rejects with what was thrown. */
async function discover(store: Store, ...args: string[]): Promise<Said> {
  const said: Said = { lines: [], warnings: [] }
  const command = discoverCommand({
    store,
    now: () => new Date(),
    print: (text) => void said.lines.push(text),
    warn: (text) => void said.warnings.push(text),
  })
  command.exitOverride().configureOutput({ writeErr: () => undefined })
  await command.parseAsync(args, { from: 'user' })
  return said
}

/** The differences, as `state model_id`. */
async function differences(store: Store, provider = 'groq'): Promise<string[]> {
  const { lines } = await discover(store, '--provider', provider, '--json')
  return lines.map((line) => {
    const { state, model_id: modelId } = JSON.parse(line) as Record<string, unknown>
    return `${String(state)} ${String(modelId)}`
  })
}

type Row = string | { model_id: string; raw: Record<string, unknown> }

/** Hands readings of a list to the ingest over HTTP, one second after the other. */
async function reporter(store: Store, provider = 'groq') {
  const { post } = await openApp({ store })
  let secondsLeft = 500
  return async (rows: readonly Row[], complete = true, runner: string | null = null): Promise<void> => {
    secondsLeft -= 10
    const answer = await post('/ingest/catalog', {
      provider,
      models: rows.map((row) => (typeof row === 'string' ? { model_id: row } : row)),
      pagination_complete: complete,
      started_at: secondsAgo(secondsLeft).toISOString(),
      runner_id: runner,
      ...(complete ? {} : { reason: 'rate_limited: HTTP 429' }),
    })
    expect(answer.statusCode).toBe(200)
  }
}

test.each(STORE_KINDS)(
  'a model is gone after three complete readings without it, not before (%s)',
  async (kind) => {
    const store = await openStore(kind)
    for (const id of ['a', 'b']) await addModel(store, id)
    const report = await reporter(store)
    await report(['a', 'b'])
    expect(await differences(store)).toEqual([])
    await report(['a'])
    expect(await differences(store)).toEqual(['absent b'])
    await report([], false)
    await report(['a'])
    await report(['a'], false)
    expect(await differences(store)).toEqual(['absent b'])
    await report(['a'])
    expect(await differences(store)).toEqual(['gone b'])
    await report(['b'], false)
    expect(await differences(store)).toEqual([])
  },
)

test('what is listed and not in the catalogue is new, whatever its spelling, and is not added to it', async () => {
  const store = await openStore('sqlite')
  await addModel(store, 'Org/Known')
  const report = await reporter(store)
  await report(['org/known', 'fresh'])
  expect(await differences(store)).toEqual(['changed Org/Known', 'new fresh'])
  expect(await store.listModels('groq')).toHaveLength(1)
  await report(['org/known'])
  expect(await differences(store)).toEqual(['changed Org/Known'])
})

test.each(STORE_KINDS)(
  'what only one of two runners with one key is shown is not missed by the other (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await addModel(store, 'a')
    const report = await reporter(store)
    await report(['a'], true, 'east')
    await report([], false, 'east')
    for (let reading = 0; reading < 3; reading += 1) await report(['b'], true, 'west')
    expect(await differences(store)).toEqual(['new b'])
    for (let reading = 0; reading < 3; reading += 1) await report(['b'], true, 'east')
    expect(await differences(store)).toEqual(['gone a', 'new b'])
  },
)

test('a row that says something else than before is a change of the model in the catalogue', async () => {
  const store = await openStore('sqlite')
  await addModel(store, 'a')
  const report = await reporter(store)
  await report([{ model_id: 'a', raw: { context_window: 1000, created: 1 } }])
  await report([{ model_id: 'a', raw: { context_window: 1000, created: 2 } }])
  expect(await differences(store)).toEqual([])
  await report([{ model_id: 'a', raw: { context_window: 2000, created: 3 } }])
  const { lines } = await discover(store, '--provider', 'groq')
  expect(lines.join('\n')).toMatch(/changed {2}a .*other than before: context_window/)
  const { lines: none } = await discover(store, '--provider', 'groq', '--days', '0', '--json')
  expect(none).toEqual([])
})

test('an enabled model that was never on a list is told apart from one that is gone', async () => {
  const store = await openStore('sqlite')
  await addModel(store, 'deployment')
  const report = await reporter(store)
  await report(['base'])
  expect(await differences(store)).toEqual(['unlisted deployment', 'new base'])
})

test('"nobody looked", "not to its end" and "long ago" are said, each in its sentence', async () => {
  const store = await openStore('sqlite')
  const warningsOf = async (): Promise<string> =>
    (await discover(store, '--provider', 'groq')).warnings.join('\n')
  await expect(warningsOf()).rejects.toThrow('No runner has reported a list of groq')
  const at = secondsAgo(3 * 86_400)
  await store.writeDiscovery({
    provider: 'groq',
    startedAt: at,
    receivedAt: at,
    paginationComplete: true,
    reason: null,
    runnerId: null,
    contentSha256: 'x',
    models: [],
  })
  expect(await warningsOf()).toBe(`Warning: The list of groq was last read to its end at ${at.toISOString()}`)
  await (
    await reporter(store)
  )(['a'], false)
  expect(await warningsOf()).toContain('The newest reading is not complete: rate_limited: HTTP 429')
})

test('what Bedrock’s own rows say against an id stands beside it, and those that can be called come first', async () => {
  const store = await openStore('sqlite')
  const row = (model_id: string, changes: Record<string, unknown> = {}): Row => ({
    model_id,
    raw: {
      modelId: model_id,
      outputModalities: ['TEXT'],
      responseStreamingSupported: true,
      inferenceTypesSupported: ['ON_DEMAND'],
      modelLifecycle: { status: 'ACTIVE' },
      ...changes,
    },
  })
  const profile = (model_id: string): Row => ({
    model_id,
    raw: { inferenceProfileId: model_id, status: 'ACTIVE', type: 'SYSTEM_DEFINED' },
  })
  const report = await reporter(store, 'bedrock')
  await report([
    row('anthropic.claude-a-v1:0', { inferenceTypesSupported: ['INFERENCE_PROFILE'] }),
    profile('us.anthropic.claude-a-v1:0'),
    row('vendor.old-v1:0', { modelLifecycle: { status: 'LEGACY' } }),
    profile('us.vendor.old-v1:0'),
    row('vendor.image-v1:0', { outputModalities: ['IMAGE'] }),
    row('vendor.embed-v1:0', { responseStreamingSupported: null }),
    row('vendor.big-v1:0:24k', { inferenceTypesSupported: ['PROVISIONED'] }),
    row('vendor.good-v1:0'),
  ])
  const { lines } = await discover(store, '--provider', 'bedrock', '--json')
  const notes = lines.map((line) => {
    const { model_id: modelId, note } = JSON.parse(line) as Record<string, unknown>
    return [modelId, note]
  })
  expect(notes).toEqual([
    ['us.anthropic.claude-a-v1:0', null],
    ['vendor.good-v1:0', null],
    ['anthropic.claude-a-v1:0', 'it is reached through an inference profile only'],
    ['us.vendor.old-v1:0', 'AWS is retiring it: its state is LEGACY'],
    ['vendor.big-v1:0:24k', 'it can be had with provisioned throughput only'],
    ['vendor.embed-v1:0', 'it does not stream, so there is nothing to measure'],
    ['vendor.image-v1:0', 'it returns no text, so there is nothing to measure'],
    ['vendor.old-v1:0', 'AWS is retiring it: its state is LEGACY'],
  ])
})

test('a name that holds a terminal’s commands is printed without them', async () => {
  const store = await openStore('sqlite')
  const { post } = await openApp({ store })
  const name = '\u001B[31mred\u009B0m'
  await post('/ingest/catalog', {
    provider: 'groq',
    models: [{ model_id: 'a', name }],
    pagination_complete: true,
  })
  const { lines } = await discover(store, '--provider', 'groq')
  expect(lines.join('\n')).toContain('red')
  expect(lines.join('').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})

test.each([
  [['--provider', 'groq', '--days', 'x'], '--days "x"'],
  [[], '--provider'],
])('models discover %j says what is wrong', async (args, words) => {
  await expect(discover(await openStore('sqlite'), ...args)).rejects.toThrow(words)
})
