import { expect, test } from 'vitest'
import { createKeysCommand } from '../src/keys/commands.ts'
import { modelHealth } from '../src/model-health.ts'
import type { Store } from '../src/store/store.ts'
import { secondsAgo } from './support/documents.ts'
import { models } from './support/models.ts'
import { runCommand } from './support/process.ts'
import { openStore, STORE_KINDS, storeEnvironment } from './support/stores.ts'

async function keys(store: Store, ...args: string[]): Promise<string[]> {
  const lines: string[] = []
  const command = createKeysCommand({
    store,
    now: () => new Date(),
    random: (bytes) => Buffer.alloc(bytes, 7),
    print: (text) => void lines.push(text),
  })
  await command.parseAsync(args, { from: 'user' })
  return lines
}

test.each(STORE_KINDS)(
  'a model is added enabled, disabled and enabled again, and never deleted (%s)',
  async (kind) => {
    const store = await openStore(kind)
    await models(store, 'add', 'groq', 'a', 'b', '--metadata', '{"omit_temperature":true}')
    await models(store, 'disable', 'groq', 'a', '--reason', 'retired')
    const listed = async (): Promise<Record<string, unknown>[]> =>
      (await models(store, 'list', '--json')).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(await listed()).toMatchObject([
      { model_id: 'a', enabled: false, disabled_reason: 'retired', omit_temperature: true },
      { model_id: 'b', enabled: true },
    ])
    await models(store, 'enable', 'groq', 'a')
    expect((await store.listChanges({ provider: 'groq', modelId: 'a' }, 1))[0]).toMatchObject({
      action: 'enable',
      reason: null,
    })
    expect(await listed()).toMatchObject([{ enabled: true, disabled_reason: null }, { enabled: true }])
    await models(store, 'deprecate', 'groq', 'b', '--reason', 'old')
    expect(await listed()).toMatchObject([{ deprecated: false }, { deprecated: true }])
  },
)

test('an id that breaks its provider’s rule is refused with the id that would work, unless forced', async () => {
  const store = await openStore('sqlite')
  const id = 'anthropic.claude-3-5-haiku-20241022-v1:0'
  await expect(models(store, 'add', 'bedrock', id)).rejects.toThrow(`us.${id}`)
  expect(await models(store, 'add', 'bedrock', id, '--force')).toContain(`added bedrock ${id}`)
})

test('a model that is there already does not keep its neighbours out', async () => {
  const store = await openStore('sqlite')
  await models(store, 'add', 'groq', 'b')
  await expect(models(store, 'add', 'groq', 'a', 'B', 'c')).rejects.toThrow(
    'already, perhaps in another case: B',
  )
  expect(await store.listModels('groq')).toHaveLength(3)
})

test.each([
  [['add', 'Groq', 'a'], 'PROVIDER "Groq"'],
  [['add', 'groq', 'a', '--metadata', '{'], '--metadata must be'],
  [['add', 'groq', 'a', '--metadata', '{"enabled":false}'], '"enabled" has a command of its own'],
  [['add', 'groq', 'a', 'b', '--name', 'x'], '--name goes with one'],
  [['disable', 'groq', 'nobody', '--reason', 'x'], 'not in the catalogue'],
])('models %j says what is wrong', async (args, words) => {
  await expect(models(await openStore('sqlite'), ...args)).rejects.toThrow(words)
})

test('a key is shown when it is made and never again', async () => {
  const store = await openStore('sqlite')
  const [made] = await keys(
    store,
    'create',
    '--runner',
    'r',
    '--scope',
    'results:write,config:read',
    '--json',
  )
  const { id, key } = JSON.parse(made ?? '') as { id: string; key: string }
  expect(key).toMatch(/^llmb_.{43}$/)
  const listed = (await keys(store, 'list', '--json')).join('')
  expect(listed).toContain(id)
  expect(listed).not.toContain(key)
  await keys(store, 'revoke', id)
  expect((await keys(store, 'list')).join('')).toContain('revoked')
  await expect(keys(store, 'revoke', 'nobody')).rejects.toThrow('No key has the id nobody')
})

test.each([
  [['--runner', 'r', '--scope', 'everything'], '--scope "everything"'],
  [['--runner', 'r r', '--scope', 'results:write'], '--runner "r r"'],
  [['--runner', 'r', '--scope', 'results:write', '--expires', '2020-01-01T00:00:00Z'], '--expires'],
])('keys create %j says what is wrong', async (args, words) => {
  await expect(keys(await openStore('sqlite'), 'create', ...args)).rejects.toThrow(words)
})

test.each([
  ['models/main.ts', ['add', 'groq', 'a', '--colour', 'red'], 2, '--colour'],
  ['models/main.ts', ['disable', 'groq', 'a'], 2, '--reason'],
  ['keys/main.ts', ['--help'], 0, 'keys create --runner'],
  ['main.ts', ['--nonsense'], 2, '--nonsense'],
])('%s %j ends with its exit code and says why', async (main, args, code, words) => {
  const { code: exit, stdout, stderr } = await runCommand(main, args, storeEnvironment('sqlite'))
  expect(exit).toBe(code)
  expect(stdout + stderr).toContain(words)
})

test.each([
  [100, 'fresh'],
  [2700, 'fresh'],
  [2800, 'stale'],
  [5400, 'stale'],
  [5500, 'critical'],
  [null, 'never_run'],
])('a model whose last success is %s s old is %s', (age, status) => {
  const now = new Date()
  const model = { provider: 'groq', model_id: 'a', enabled: true }
  const facts = {
    lastSuccessAt: age === null ? null : new Date(now.getTime() - age * 1000),
    lastUnpublishedAt: null,
    lastError: null,
    failuresSinceSuccess: 0,
    successes24h: 0,
    failures24h: 0,
  }
  expect(modelHealth(model, facts, 1800, now)).toMatchObject({
    freshness_status: status,
    staleness_seconds: age,
  })
  expect(modelHealth({ ...model, enabled: 'yes' }, facts, 1800, now)['freshness_status']).toBe('disabled')
})

test('a model that only ever failed is critical, not never run', () => {
  const lastError = { at: secondsAgo(10), kind: 'auth', message: 'no' }
  const facts = {
    lastSuccessAt: null,
    lastUnpublishedAt: null,
    lastError,
    failuresSinceSuccess: 1,
    successes24h: 0,
    failures24h: 1,
  }
  const health = modelHealth({ provider: 'groq', model_id: 'a', enabled: true }, facts, 1800, new Date())
  expect(health).toMatchObject({
    freshness_status: 'critical',
    staleness_seconds: null,
    last_attempt_at: lastError.at,
  })
})
