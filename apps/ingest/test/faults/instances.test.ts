import { expect, test } from 'vitest'
import { ask } from '../support/ask.ts'
import { openBalancer } from '../support/balancer.ts'
import { result } from '../support/documents.ts'
import { runCommand, startService, startWithModel, until } from '../support/process.ts'
import { freshMongodbUri } from '../support/stores.ts'

test('two instances behind a balancer are one: row 21, and a key revoked anywhere is refused everywhere', async () => {
  const environment = { MONGODB_URI: freshMongodbUri() }
  const instances = [await startWithModel(environment), await startService(environment)]
  const url = await openBalancer(instances.map((instance) => instance.url))

  const id = 'one-id-from-everywhere'
  const body = JSON.stringify(result({ result_id: id }))
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      until(
        () => ask(url, '/ingest', { body }),
        ({ status }) => status !== 503,
      ),
    ),
  )
  const verdicts = answers.map(({ text }) => (JSON.parse(text) as { verdict?: string }).verdict)
  expect(verdicts.filter((verdict) => verdict === 'created')).toHaveLength(1)
  expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(99)
  const other = JSON.stringify(result({ result_id: id, temperature: 0.7 }))
  for (let times = 0; times < 4; times += 1)
    expect((await ask(url, '/ingest', { body: other })).status).toBe(409)

  const made = await runCommand(
    'keys/main.ts',
    ['create', '--runner', 'r', '--scope', 'results:write', '--json'],
    environment,
  )
  const { id: keyId, key } = JSON.parse(made.stdout) as { id: string; key: string }
  const use = (at: string): Promise<number> =>
    ask(at, '/ingest', { body, headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status)
  for (const { url: at } of instances) {
    await until(
      () => use(at),
      (status) => status === 200,
    )
  }
  expect(await runCommand('keys/main.ts', ['revoke', keyId], environment)).toMatchObject({ code: 0 })
  const revoked = performance.now()
  for (const { url: at } of instances) {
    await until(
      () => use(at),
      (status) => status === 401,
    )
  }
  expect(performance.now() - revoked).toBeLessThan(5000)
})
