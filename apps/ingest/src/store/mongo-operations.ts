import type { Document } from 'mongodb'
import type { MongoDatabase } from './mongo-database.ts'
import { heardRunner, RUNNER_FACT_FIELDS } from './runner-facts.ts'
import type { ApiKey, Store } from './store.ts'

type OperationMethods = Pick<Store, 'writeHeartbeat' | 'listRunners' | 'listKeys' | 'addKey' | 'revokeKey'>

const RUNNER_PROJECTION = Object.fromEntries(
  ['state', 'received_at', ...RUNNER_FACT_FIELDS].map((field) => [field, 1]),
)

/** Runners and keys in MongoDB. */
export function mongoOperations(database: MongoDatabase): OperationMethods {
  const { guard } = database
  const runners = database.named('bench_runner_heartbeats')
  const keys = database.named('api_keys')

  return {
    writeHeartbeat: ({ runnerId, document }) =>
      guard('writing a heartbeat', async () => {
        await runners.replaceOne({ _id: runnerId }, document, { upsert: true })
      }),
    listRunners: () =>
      guard('listing runners', async () => {
        const found = await runners.find({}, { projection: RUNNER_PROJECTION }).toArray()
        return found.map((runner) =>
          heardRunner(
            {
              runnerId: runner['_id'],
              state: String(runner['state']),
              receivedAt: date(runner['received_at']) ?? new Date(0),
            },
            runner,
          ),
        )
      }),
    listKeys: () =>
      guard('listing keys', async () => {
        const options = { sort: { created_at: 1 }, readConcern: { level: 'majority' } } as const
        return (await keys.find({}, options).toArray()).map(toKey)
      }),
    addKey: (key) =>
      guard('adding a key', async () => {
        await keys.insertOne({
          _id: key.id,
          digest: key.digest,
          runner: key.runner,
          scopes: key.scopes,
          created_at: key.createdAt,
          expires_at: key.expiresAt,
          revoked_at: null,
        })
      }),
    revokeKey: (id, at) =>
      guard('revoking a key', async () => {
        await keys.updateOne({ _id: id, revoked_at: null }, { $set: { revoked_at: at } })
        return (await keys.findOne({ _id: id })) !== null
      }),
  }
}

const date = (value: unknown): Date | null => (value instanceof Date ? value : null)

const toKey = (document: Document): ApiKey => ({
  id: String(document['_id']),
  digest: String(document['digest']),
  runner: String(document['runner']),
  scopes: Array.isArray(document['scopes']) ? document['scopes'].map(String) : [],
  createdAt: date(document['created_at']) ?? new Date(0),
  expiresAt: date(document['expires_at']),
  revokedAt: date(document['revoked_at']),
})
