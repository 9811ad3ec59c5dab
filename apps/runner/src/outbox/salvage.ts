/** Saves what can still be read out of a damaged outbox: only rows whose digest proves that they are whole. */
import { DatabaseSync } from 'node:sqlite'
import { itemDigest } from './batches.ts'
import type { Item } from './types.ts'

/**
 * Adds every whole row of the damaged file to the new outbox, from both ends so that one damaged page hides little.
 * Returns how many. The file itself is left as it is.
 */
export function salvage(path: string, add: (item: Item, createdMs: number) => void): number {
  const seen = new Set<string>()
  for (const order of ['ASC', 'DESC']) {
    try {
      readWhole(path, order, (item, createdMs) => {
        if (seen.has(item.resultId)) return
        add(item, createdMs)
        seen.add(item.resultId)
      })
    } catch {
      // The damage was reached from this end.
    }
  }
  return seen.size
}

function readWhole(path: string, order: string, found: (item: Item, createdMs: number) => void): void {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    // By rowid and not by an index, which may be what is damaged.
    const rows = database.prepare(
      `SELECT result_id, body, digest, created_at FROM items NOT INDEXED ORDER BY seq ${order}`,
    )
    for (const row of rows.iterate()) {
      const item = { resultId: String(row['result_id']), body: String(row['body']) }
      if (itemDigest(item) === row['digest']) found(item, Number(row['created_at']))
    }
  } finally {
    database.close()
  }
}
