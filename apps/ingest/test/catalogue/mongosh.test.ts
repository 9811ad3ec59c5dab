import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { openApp } from '../support/app.ts'
import { models } from '../support/models.ts'
import { openShell } from '../support/mongosh.ts'
import { until } from '../support/process.ts'
import { freshMongodbUri } from '../support/stores.ts'

const OPERATIONS = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')

/** The recipe as it stands in the documentation, in the column for people with `mongosh`. */
function recipe(name: string): string {
  const row = OPERATIONS.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? ''
  return row.split('|')[3]?.trim().replaceAll('`', '') ?? ''
}

test('the three recipes of the documentation do with mongosh what they do with the command', async () => {
  const uri = freshMongodbUri()
  const store = createMongoStore(uri)
  onTestFinished(() => store.close())
  await store.prepare()
  const { get } = await openApp({ store })
  const worklist = async (): Promise<string> =>
    JSON.stringify((await get('/runner-config?provider=groq')).json().models)
  const shell = await openShell(uri)

  shell.type(recipe('add'))
  await until(worklist, (listed) => listed === '["llama-3.1-8b-instant"]')
  shell.type(recipe('disable'))
  await until(worklist, (listed) => listed === '[]')
  shell.type(`print(EJSON.stringify(${recipe('list')}))`)
  const listed = '[{"model_id":"llama-3.1-8b-instant","enabled":false}]'
  await until(
    async () => shell.output(),
    (output) => output.includes(listed),
  )

  const [entry] = await store.listModels('groq')
  expect(entry).toMatchObject({ disabled_reason: 'retired', disabled_at: expect.any(Date) })
  const name = ['groq', 'llama-3.1-8b-instant'] as const
  expect(await models(store, 'enable', ...name, '--reason', 'back')).toEqual([`enabled ${name.join(' ')}`])
  expect(await until(worklist, (now) => now !== '[]')).toBe('["llama-3.1-8b-instant"]')
  expect((await models(store, 'check'))[0]).toBe('Nothing to look at')
}, 240_000)
