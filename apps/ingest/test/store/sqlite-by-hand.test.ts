import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { addModel, openApp } from '../support/app.ts'
import { GROQ, result } from '../support/documents.ts'
import { models } from '../support/models.ts'
import { until } from '../support/process.ts'
import { scratchFolder } from '../support/stores.ts'

const NO_DOCUMENTS = ['null', '[]', '5', '"text"', 'true', '', 'not json', '{"half":']

test('texts that hold no document cost their own row, on every route and in every command', async () => {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  await store.prepare()
  const database = new DatabaseSync(path)
  onTestFinished(async () => {
    database.close()
    await store.close()
  })
  await addModel(store)
  const app = await openApp({ store })
  await app.post('/ingest', result())
  await app.bookkeepingDone()
  for (const [index, text] of NO_DOCUMENTS.entries()) {
    database.prepare('INSERT INTO models VALUES (?, ?, 1, ?)').run(GROQ.provider, `odd-${index}`, text)
    database
      .prepare('INSERT INTO bench_model_health VALUES (?, ?, 1, ?)')
      .run(GROQ.provider, `odd-${index}`, text)
    database
      .prepare('INSERT INTO bench_runner_heartbeats VALUES (?, ?, 1, ?)')
      .run(`r${index}`, 'running', text)
    database.prepare('INSERT INTO model_changes VALUES (?, ?, 1, ?)').run(GROQ.provider, GROQ.modelId, text)
  }
  const health = await until(
    async () => (await app.get('/health')).json(),
    ({ odd_models: odd }) => odd !== null,
  )
  expect(health).toMatchObject({ store: { reachable: true }, odd_models: { count: NO_DOCUMENTS.length } })
  const worklist = await app.get(`/runner-config?provider=${GROQ.provider}`)
  expect([worklist.statusCode, worklist.json().models]).toEqual([200, [GROQ.modelId]])
  const { body: metrics } = await app.get('/metrics')
  expect(metrics).toContain('llmbench_ingest_models{provider="groq",freshness="fresh"} 1')
  expect(metrics).toMatch(/^llmbench_ingest_newest_result_age_seconds\{provider="groq"\} \d/m)
  expect(metrics).toContain(`llmbench_ingest_runners{state="silent"} ${NO_DOCUMENTS.length}`)
  await app.bookkeepingDone()
  expect((await store.listHealth()).find(({ id }) => id === 'groq:odd-0')).toBeDefined()
  for (const command of [['list', '--all'], ['show', GROQ.provider, GROQ.modelId], ['check'], ['export']])
    expect((await models(store, ...command).catch((error: Error) => [error.message])).join('\n')).not.toMatch(
      /undefined|Cannot read/,
    )
  expect((await app.post('/ingest', result())).json().verdict).toBe('created')
})
