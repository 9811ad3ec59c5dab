import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'

export type Catalogue = { readonly entries: number; readonly providers: number }
export type Fill = (catalogue: Catalogue) => Promise<void>
/** Changes one entry of the first provider. */
export type Touch = (round: number) => Promise<void>

const PORTION = 2000

/** The slug of the nth provider. */
const providerOf = (n: number): string => (n === 0 ? 'groq' : `provider-${n}`)

/** Entries as people have them: every tenth is off, every third has quirks and prices, all have been measured. */
function entryOf(n: number, { providers }: Catalogue) {
  const enabled = n % 10 !== 0
  return {
    provider: providerOf(n % providers),
    model_id: `vendor-${n % 40}/model-${n}-instruct`,
    display_name: `Model ${n}`,
    enabled,
    deprecated: false,
    created_at: new Date('2026-01-01T00:00:00Z'),
    ...(enabled ? {} : { disabled_reason: 'retired by the provider', disabled_class: 'manual' }),
    ...(n % 3 === 0
      ? {
          omit_temperature: true,
          prices: [{ from: '2026-01-01', currency: 'USD', input_per_million: 1, output_per_million: 2 }],
        }
      : {}),
  }
}

const healthOf = ({ provider, model_id }: ReturnType<typeof entryOf>) => ({
  provider,
  model_id,
  last_success_at: new Date(),
  last_attempt_at: new Date(),
  last_error_at: null,
  last_error_kind: null,
  last_error_message: null,
  consecutive_failures: 0,
  freshness_status: 'fresh',
  cadence_seconds: 1800,
  updated_at: new Date(),
})

export const fillMongo =
  (uri: string): Fill =>
  async (catalogue) => {
    const client = await MongoClient.connect(uri)
    const database = client.db()
    for (let from = 0; from < catalogue.entries; from += PORTION) {
      const size = Math.min(PORTION, catalogue.entries - from)
      const entries = Array.from({ length: size }, (_, index) => entryOf(from + index, catalogue))
      const healths = entries.map((entry) => ({
        _id: `${entry.provider}:${entry.model_id}` as never,
        ...healthOf(entry),
      }))
      await database.collection('models').insertMany(entries)
      await database.collection('bench_model_health').insertMany(healths)
    }
    await client.close()
  }

export const fillSqlite =
  (path: string): Fill =>
  async (catalogue) => {
    const database = new DatabaseSync(path)
    const addEntry = database.prepare('INSERT INTO models VALUES (?, ?, ?, ?)')
    const addHealth = database.prepare('INSERT INTO bench_model_health VALUES (?, ?, ?, ?)')
    database.exec('BEGIN')
    for (let n = 0; n < catalogue.entries; n += 1) {
      const entry = entryOf(n, catalogue)
      const { provider, model_id: modelId } = entry
      addEntry.run(provider, modelId, entry.enabled ? 1 : 0, JSON.stringify(entry))
      addHealth.run(provider, modelId, Date.now(), JSON.stringify(healthOf(entry)))
    }
    database.exec('COMMIT')
    database.close()
  }

export const touchMongo =
  (uri: string): Touch =>
  async (round) => {
    const client = await MongoClient.connect(uri)
    const change = { $set: { reasoning_effort: `effort ${round}` } }
    await client
      .db()
      .collection('models')
      .updateOne({ provider: providerOf(0), enabled: true }, change)
    await client.close()
  }

export const touchSqlite =
  (path: string): Touch =>
  async (round) => {
    const database = new DatabaseSync(path)
    const sql = `UPDATE models SET document = json_set(document, '$.reasoning_effort', ?)
                 WHERE rowid = (SELECT min(rowid) FROM models WHERE provider = ? AND enabled = 1)`
    database.prepare(sql).run(`effort ${round}`, providerOf(0))
    database.close()
  }
