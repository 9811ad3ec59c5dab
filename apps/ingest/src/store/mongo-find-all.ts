import { Long, type Db, type Document } from 'mongodb'

type Batch = { readonly id: number | Long; readonly firstBatch?: Document[]; readonly nextBatch?: Document[] }

/** More than a reply of 16 MiB can hold: the server cuts by size. */
const MOST_DOCUMENTS = 1_000_000

/**
 * All documents that a `find` finds. The driver's own cursors unpack each document for itself, which takes longer than
 * reading it; a reply to a command is read in one go. Not tried again by itself after a network fault.
 */
export async function findAll(
  db: Db,
  collection: string,
  { filter, projection }: { readonly filter: Document; readonly projection?: Document | undefined },
): Promise<Document[]> {
  const find = { find: collection, filter, batchSize: MOST_DOCUMENTS, ...(projection && { projection }) }
  return await db.client.withSession(async (session) => {
    const first = cursorOf(await db.command(find, { session }))
    const batches = [first.firstBatch ?? []]
    for (let { id } = first; !isNone(id);) {
      const getMore = { getMore: Long.fromValue(id), collection, batchSize: MOST_DOCUMENTS }
      const more = cursorOf(await db.command(getMore, { session }))
      batches.push(more.nextBatch ?? [])
      id = more.id
    }
    return batches.flat()
  })
}

const cursorOf = (reply: Document): Batch => reply['cursor'] as Batch

const isNone = (id: number | Long): boolean => Long.fromValue(id).isZero()
