/** What the store and the outbox hold in the end, read from them as any reader would, not through the programs. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import type { Held } from './equation.ts'

type Document = Readonly<Record<string, unknown>>

/** A document's two names. */
export function heldOf(document: Document): Held {
  const { result_id: resultId, response_id: responseId } = document
  return { resultId: String(resultId), responseId: typeof responseId === 'string' ? responseId : null }
}

/** Every result and error in the embedded store. */
export function readSqliteStore(path: string): Held[] {
  return query(path, 'SELECT document FROM results UNION ALL SELECT document FROM errors_cloud', 'document')
}

/** Every result and error in MongoDB. */
export async function readMongoStore(uri: string): Promise<Held[]> {
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 30_000 })
  try {
    const documents: Held[] = []
    for (const name of ['metrics_cloud_v2', 'metrics_cloud_probe', 'errors_cloud']) {
      const fields = { projection: { result_id: 1, response_id: 1 } }
      documents.push(...(await client.db().collection(name).find({}, fields).map(heldOf).toArray()))
    }
    return documents
  } finally {
    await client.close()
  }
}

export type OutboxContent = {
  readonly items: readonly Held[]
  readonly deadLetters: readonly Held[]
  /** Files that the runner took for damaged and moved aside. */
  readonly movedAside: readonly string[]
}

/** What lies in the outbox of a state directory. */
export function readOutbox(directory: string): OutboxContent {
  const path = join(directory, 'outbox.sqlite')
  return {
    items: query(path, 'SELECT body FROM items', 'body'),
    deadLetters: query(path, 'SELECT body FROM dead_letters', 'body'),
    movedAside: readdirSync(directory).filter((name) => name.includes('damaged')),
  }
}

function query(path: string, sql: string, column: string): Held[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const rows = database.prepare(sql).all()
    return rows.map((row) => heldOf(JSON.parse(String(row[column])) as Document))
  } finally {
    database.close()
  }
}
