import type { Document, MongoClient } from 'mongodb'
import { onTestFinished, vi } from 'vitest'

/** Below a test's own patience, above the longest that another one holds it. */
const TURN_MS = 25_000
const NAME = 'failCommand'

/**
 * Makes the next commands of a kind on one collection, one if not said, fail in a given way. A server has one such fail point and all test files
 * share a server, so whoever sets it keeps it until its test ends, and others wait for their turn.
 */
export async function failNextCommand(
  client: MongoClient,
  data: { readonly failCommands: readonly string[]; readonly namespace: string } & Document,
  times = 1,
): Promise<void> {
  const turns = client.db('fail_points').collection<{ _id: string }>('turns')
  await vi.waitFor(() => turns.insertOne({ _id: NAME }), { timeout: TURN_MS, interval: 20 })
  onTestFinished(async () => {
    await client.db('admin').command({ configureFailPoint: NAME, mode: 'off' })
    await turns.deleteOne({ _id: NAME })
  })
  await client.db('admin').command({ configureFailPoint: NAME, mode: { times }, data })
}
