import { parseObject } from '../json/object.ts'
import { changedFields } from './listing-changes.ts'
import type { CatalogRow, Discovery, ListingStore } from './listings.ts'
import { discoveryDocument, discoveryId, discoveryRun } from './operation-documents.ts'
import type { Row, SqliteDatabase } from './sqlite-database.ts'
import type { StoredDocument } from './store.ts'

/** Provider lists in SQLite. */
export function sqliteListings(database: SqliteDatabase): ListingStore {
  const writing = 'writing what a provider lists'

  /** Whether the model was not known before. */
  function writeModel(
    provider: string,
    { modelId, name, raw }: Discovery['models'][number],
    at: number,
  ): boolean {
    const sql = 'SELECT name, raw, last_seen_at FROM provider_catalog WHERE provider = ? AND model_id = ?'
    const known = database.get(writing, sql, provider, modelId)
    // An older reading that arrives late says when a model was seen, and nothing of what it is now.
    const isLate = known !== undefined && Number(known['last_seen_at']) > at
    if (isLate) {
      const seen =
        'UPDATE provider_catalog SET first_seen_at = min(first_seen_at, ?) WHERE provider = ? AND model_id = ?'
      database.run(writing, seen, at, provider, modelId)
      return false
    }
    const upsert = `INSERT INTO provider_catalog VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO UPDATE SET
      name = excluded.name, raw = excluded.raw, last_seen_at = excluded.last_seen_at`
    database.run(writing, upsert, provider, modelId, name, JSON.stringify(raw), at)
    const changed = known === undefined ? [] : changedFields(listedRow(known), { name, raw })
    if (changed.length > 0) noteChange(provider, modelId, at, changed)
    return known === undefined
  }

  function noteChange(provider: string, modelId: string, at: number, fields: readonly string[]): void {
    const sql = 'INSERT OR REPLACE INTO provider_catalog_changes VALUES (?, ?, ?, ?)'
    database.run(writing, sql, provider, modelId, at, JSON.stringify(fields))
  }

  return {
    writeDiscovery: (discovery) =>
      database.transaction(writing, () => {
        const at = (discovery.startedAt ?? discovery.receivedAt).getTime()
        const newCount = discovery.models.filter((model) => writeModel(discovery.provider, model, at)).length
        database.run(
          writing,
          'INSERT INTO bench_discovery_runs VALUES (?, ?) ON CONFLICT DO NOTHING',
          discoveryId(discovery),
          JSON.stringify(discoveryDocument(discovery, newCount)),
        )
        return { newCount }
      }),
    listDiscoveryRuns: async (provider, limit) => {
      const rows = database.all(
        'reading when a provider was asked',
        `SELECT document FROM bench_discovery_runs WHERE document ->> 'provider' = ?
         ORDER BY document ->> 'finished_at' DESC LIMIT ?`,
        provider,
        limit,
      )
      return rows.map((row) => discoveryRun(parseObject(row['document']) ?? {}))
    },
    listCatalog: async (provider) =>
      database
        .all(
          'reading what a provider lists',
          `SELECT model_id, name, raw, first_seen_at, last_seen_at, at, fields
           FROM provider_catalog LEFT JOIN provider_catalog_changes USING (provider, model_id)
           WHERE provider = ?`,
          provider,
        )
        .map(catalogRow),
  }
}

const listedRow = (row: Row): Pick<CatalogRow, 'name' | 'raw'> => ({
  name: row['name'] == null ? null : String(row['name']),
  raw: (parseObject(row['raw']) ?? {}) as StoredDocument,
})

const catalogRow = (row: Row): CatalogRow => ({
  ...listedRow(row),
  modelId: String(row['model_id']),
  firstSeenAt: new Date(Number(row['first_seen_at'])),
  lastSeenAt: new Date(Number(row['last_seen_at'])),
  changedAt: row['at'] == null ? null : new Date(Number(row['at'])),
  changedFields: row['fields'] == null ? [] : (JSON.parse(String(row['fields'])) as string[]),
})
