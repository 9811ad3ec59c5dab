import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import type { Contender } from './contenders.ts'
import { MODEL } from './documents.ts'
import { spreadOf, type Spread } from '../spread.ts'
import type { Figure } from './report.ts'

const LOOKS = 100
const PORTION = 10_000
const SECOND_MS = 1000

/** Writes `rows` small results, one a second back from now, past the ingest: only their number matters here. */
type Fill = (rows: number) => Promise<void>

export const fillMongo =
  (uri: string): Fill =>
  async (rows) => {
    const client = await MongoClient.connect(uri)
    const collection = client.db().collection('metrics_cloud_v2')
    const now = Date.now()
    for (let from = 0; from < rows; from += PORTION) {
      const portion = Array.from({ length: Math.min(PORTION, rows - from) }, (_, index) => ({
        provider: MODEL.provider,
        model_name: MODEL.modelId,
        run_ts: new Date(now - (from + index) * SECOND_MS),
        received_at: new Date(now),
        result_id: `health-${from + index}`,
      }))
      await collection.insertMany(portion, { ordered: false, writeConcern: { w: 1 } })
    }
    await client.close()
  }

export const fillSqlite =
  (path: string): Fill =>
  async (rows) => {
    const database = new DatabaseSync(path)
    database
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
         INSERT INTO results SELECT 'health-' || i, 'x', 'metrics_cloud_v2', ?2, ?3, ?4 - i * 1000, ?4, '{}' FROM n`,
      )
      .run(rows, MODEL.provider, MODEL.modelId, Date.now())
    database.close()
  }

/** How long `/health` takes, one look after the other, on a store of so many rows. */
export async function timeHealth(
  contender: Contender,
  fill: Fill,
  { healthRows }: { readonly healthRows: number },
): Promise<Figure> {
  return {
    scenario: `/health over ${healthRows} rows`,
    contender: contender.name,
    rowsPerSecond: null,
    p50Ms: await timeLooks(contender, fill, healthRows),
    p99Ms: null,
    failed: 0,
  }
}

async function timeLooks(contender: Contender, fill: Fill, rows: number): Promise<Spread> {
  // The first start makes the tables and indexes.
  await (await contender.start()).stop()
  await fill(rows)
  const server = await contender.start()
  try {
    const took: number[] = []
    for (let look = 0; look < LOOKS; look += 1) {
      const began = performance.now()
      const answer = await fetch(`${server.url}/health`)
      const health = (await answer.json()) as { store: { reachable: boolean } }
      if (answer.status !== 200 || !health.store.reachable)
        throw new Error(`/health answered ${answer.status}`)
      took.push(performance.now() - began)
    }
    return spreadOf(took)
  } finally {
    await server.stop()
  }
}
