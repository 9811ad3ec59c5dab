import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { signal, startMongodSet } from '../support/mongod-set.ts'
import { databaseUri } from '../support/mongod.ts'
import { post, startWithModel, until } from '../support/process.ts'

const PATIENCE_MS = 90_000

const connect = async (uri: string): Promise<MongoClient> => {
  const client = await MongoClient.connect(uri)
  onTestFinished(() => client.close())
  return client
}

test(
  'row 6: a database that hangs or dies makes no verdict and no wait beyond the deadline',
  async () => {
    const set = await startMongodSet(1)
    const [mongod] = set.members
    const service = await startWithModel({ MONGODB_URI: databaseUri(set.uri, 'row6') })
    const frozen = result()
    signal(mongod!.pid, 'SIGSTOP')
    const hung = await ask(service.url, '/ingest', { body: JSON.stringify(frozen) })
    expect(hung.status).toBe(503)
    expect(Number(hung.headers['retry-after'])).toBeGreaterThan(0)
    expect(hung.ms).toBeLessThan(11_000)
    expect((await ask(service.url, '/livez')).status).toBe(200)
    expect((await ask(service.url, '/readyz')).status).toBe(503)
    const health = await ask(service.url, '/health')
    expect([health.status, health.ms < 1000]).toEqual([503, true])

    signal(mongod!.pid, 'SIGCONT')
    const decided = await until(
      () => post(service, '/ingest', frozen),
      ({ status }) => status === 200,
    )
    expect(['created', 'duplicate']).toContain(((await decided.json()) as { verdict: string }).verdict)
    const client = await connect(databaseUri(set.uri, 'row6'))
    expect(await client.db().collection('metrics_cloud_v2').countDocuments({})).toBe(1)

    const block = {
      failCommands: ['insert'],
      namespace: 'row6.metrics_cloud_v2',
      blockConnection: true,
      blockTimeMS: 5000,
    }
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: block })
    const items = Array.from({ length: 50 }, () => ({ kind: 'result', ...result() }))
    const batch = ask(service.url, '/ingest/batch', { body: JSON.stringify({ batch_id: 'b', items }) })
    await until(
      () => client.db().collection('result_ids').countDocuments({}),
      (count) => count === 51,
    )
    signal(mongod!.pid, 'SIGKILL')
    expect((await batch).status).toBe(503)
    expect((await ask(service.url, '/livez')).status).toBe(200)
    expect((await ask(service.url, '/readyz')).status).toBe(503)
  },
  PATIENCE_MS,
)

test(
  'rows 7 and 8: nothing is told without the majority, and a fail-over under load loses and doubles nothing',
  async () => {
    const set = await startMongodSet(3)
    const service = await startWithModel({
      MONGODB_URI: databaseUri(set.uri, 'row8'),
      RATE_LIMIT_PER_MINUTE: '1000000',
    })
    const primary = await set.primary()
    const others = set.members.filter(({ pid }) => pid !== primary.pid)
    const lonely = result()
    for (const { pid } of others) signal(pid, 'SIGSTOP')
    const refused = await ask(service.url, '/ingest', { body: JSON.stringify(lonely) })
    expect(refused.status).toBe(503)
    for (const { pid } of others) signal(pid, 'SIGCONT')
    await until(
      () => ask(service.url, '/ingest', { body: JSON.stringify(lonely) }),
      ({ status }) => status === 200,
    )

    const bodies = Array.from({ length: 400 }, () => result())
    let delivered = 0
    const deliver = async (): Promise<void> => {
      for (let body = bodies[delivered++]; body; body = bodies[delivered++]) {
        const text = JSON.stringify(body)
        const answer = await until(
          () => ask(service.url, '/ingest', { body: text }),
          ({ status }) => status !== 503,
        )
        expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
      }
    }
    const delivering = Promise.all(Array.from({ length: 8 }, deliver))
    await until(
      async () => delivered,
      (count) => count > 100,
    )
    signal((await set.primary()).pid, 'SIGKILL')
    await delivering

    const client = await connect(databaseUri(set.uri, 'row8'))
    const stored = await client.db().collection('metrics_cloud_v2').find({}).toArray()
    const expected = [lonely, ...bodies].map((body) => body['result_id'])
    expect(stored).toHaveLength(expected.length)
    expect(new Set(stored.map((row) => row['result_id']))).toEqual(new Set(expected))
  },
  PATIENCE_MS,
)
