import { parseObject } from '../json/object.ts'
import { heardRunner } from './runner-facts.ts'
import type { Row, SqliteDatabase } from './sqlite-database.ts'
import type { ApiKey, Store } from './store.ts'

type OperationMethods = Pick<
  Store,
  'writeHeartbeat' | 'listRunners' | 'listKeys' | 'addKey' | 'revokeKey' | 'refreshRollup'
>

/** Runners, keys and rollups in SQLite. */
export function sqliteOperations(database: SqliteDatabase): OperationMethods {
  return {
    writeHeartbeat: ({ runnerId, state, receivedAt, document }) =>
      database.transaction('writing a heartbeat', () => {
        database.run(
          'writing a heartbeat',
          'INSERT OR REPLACE INTO bench_runner_heartbeats VALUES (?, ?, ?, ?)',
          runnerId,
          state,
          receivedAt.getTime(),
          JSON.stringify(document),
        )
      }),
    listRunners: async () => {
      const rows = database.all(
        'listing runners',
        'SELECT runner_id, state, received_at, document FROM bench_runner_heartbeats',
      )
      return rows.map((row) =>
        heardRunner(
          {
            runnerId: String(row['runner_id']),
            state: String(row['state']),
            receivedAt: new Date(Number(row['received_at'])),
          },
          parseObject(row['document']) ?? {},
        ),
      )
    },
    listKeys: async () =>
      database.all('listing keys', 'SELECT * FROM api_keys ORDER BY created_at').map(toKey),
    addKey: (key) =>
      database.transaction('adding a key', () => {
        database.run(
          'adding a key',
          'INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, NULL)',
          key.id,
          key.digest,
          key.runner,
          key.scopes.join(','),
          key.createdAt.getTime(),
          key.expiresAt?.getTime() ?? null,
        )
      }),
    revokeKey: (id, at) =>
      database.transaction('revoking a key', () => {
        const sql = 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?'
        return database.run('revoking a key', sql, at.getTime(), id) === 1
      }),
    refreshRollup: (fingerprint) =>
      database.transaction('counting the errors of a fingerprint', () => {
        database.run(
          'counting the errors of a fingerprint',
          `INSERT OR REPLACE INTO error_rollups
         SELECT ?1,
           min(min(ts), coalesce((SELECT first_seen FROM error_summaries WHERE fingerprint = ?1), min(ts))),
           max(ts),
           count(*) + coalesce((SELECT rows FROM error_summaries WHERE fingerprint = ?1), 0),
           json_object(
           'provider', provider, 'model_name', model_name, 'stage', stage, 'error_kind', error_kind,
           'normalized_message', document ->> 'normalized_message',
           'sample_messages', (SELECT json_group_array(message) FROM (
             SELECT DISTINCT message FROM (
               SELECT document ->> 'message' AS message FROM errors_cloud
               WHERE fingerprint = ?1 ORDER BY ts DESC LIMIT 50) LIMIT 3)))
         FROM errors_cloud WHERE fingerprint = ?1 HAVING count(*) > 0`,
          fingerprint,
        )
      }),
  }
}

const toKey = (row: Row): ApiKey => ({
  id: String(row['id']),
  digest: String(row['digest']),
  runner: String(row['runner']),
  scopes: String(row['scopes']).split(','),
  createdAt: new Date(Number(row['created_at'])),
  expiresAt: row['expires_at'] == null ? null : new Date(Number(row['expires_at'])),
  revokedAt: row['revoked_at'] == null ? null : new Date(Number(row['revoked_at'])),
})
