import { MongoClient } from 'mongodb'
import { MongoMemoryServer } from 'mongodb-memory-server-core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sentences } from '../../src/log-error.ts'
import { createMongoStore } from '../../src/store/mongo.ts'
import { findMongod } from '../support/mongod-binary.ts'

/** What is said of a store that cannot be prepared. */
async function reasonOf(uri: string): Promise<string> {
  const store = createMongoStore(uri, { selectionMs: 300 })
  try {
    await store.prepare()
    return 'none'
  } catch (error) {
    return sentences(error).join(': ')
  } finally {
    await store.close()
  }
}

test('a replica set that is not initiated or has another name is named as the cause, and is used once it is initiated', async () => {
  // oxlint-disable-next-line node/no-process-env -- where a mongod may lie; the edge of the test process
  const binary = await findMongod({ path: process.env['PATH'] ?? '' })
  const server = await MongoMemoryServer.create({
    instance: { args: ['--replSet', 'rs0'], storageEngine: 'wiredTiger' },
    ...(binary === null ? {} : { binary: { systemBinary: binary, version: '6.0.5', checkMD5: false } }),
  })
  onTestFinished(() => server.stop().then(() => undefined))
  const host = `127.0.0.1:${server.instanceInfo?.port}`
  for (const query of ['', '?replicaSet=rs0', '?directConnection=true']) {
    expect(await reasonOf(`mongodb://${host}/llm-bench${query}`)).toContain(
      `the replica set of ${host} is not initiated: run rs.initiate()`,
    )
  }

  const store = createMongoStore(`mongodb://${host}/llm-bench`)
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`)
  onTestFinished(async () => {
    await store.close()
    await client.close()
  })
  await expect(store.prepare()).rejects.toThrow()
  await client.db('admin').command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } })
  await vi.waitFor(() => store.prepare(), { timeout: 20_000, interval: 200 })
  expect(store.isPrepared()).toBe(true)

  expect(await reasonOf(`mongodb://${host}/llm-bench?replicaSet=other`)).toContain(
    'no reachable server is a member of the replica set other',
  )
  expect(await reasonOf('mongodb://127.0.0.1:1,127.0.0.1:2/llm-bench?replicaSet=rs0')).toMatch(
    /no member of the replica set can be reached: 127.0.0.1:1 \(.*ECONNREFUSED.*\), 127.0.0.1:2/,
  )
})
