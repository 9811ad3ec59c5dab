import type { Document } from 'mongodb'
import { createChangeLog } from './change-log.ts'
import type { MongoDatabase } from './mongo-database.ts'

export type CatalogueWatch = {
  /** The same word as long as no catalogue document has changed; null where nobody can tell. */
  readonly version: () => string | null
  /** The `_id`s of the documents that have changed since a version; null where that is not known. */
  readonly changedSince: (version: string) => readonly unknown[] | null
  readonly close: () => Promise<void>
}

/** How long the server holds a question open, and how long without an answer makes us blind. */
const AWAIT_MS = 1000
const BLIND_AFTER_MS = 3000
const RESTART_MS = 1000
/** Which document it was is enough, and an inserted one may be large. */
const WHICH = [{ $project: { documentKey: 1 } }]

/**
 * Watches the catalogue through a change stream, which sees every writer, `mongosh` included. Begins when first asked;
 * where streams are not to be had (a server that is no replica set) the version stays null and readers read.
 */
export function watchCatalogue(database: MongoDatabase): CatalogueWatch {
  const log = createChangeLog()
  let heardAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | null = null
  let restartAt = 0
  const closing = new AbortController()

  const follow = async (): Promise<void> => {
    const stream = database.rows('models').watch<Event, Event>(WHICH, { maxAwaitTimeMS: AWAIT_MS })
    try {
      // The first answer says that the stream is open: what happens from here on is seen. One that is an event is not
      // counted, and nobody has a version yet that it could belong to.
      await stream.tryNext()
      log.begin()
      heardAt = performance.now()
      // A stream ends with its collection; asked again it would answer at once, for ever.
      while (!closing.signal.aborted && !stream.closed) {
        const event = await stream.tryNext()
        if (event !== null) log.add(event.documentKey?.['_id'])
        heardAt = performance.now()
      }
    } finally {
      await stream.close()
    }
  }

  return {
    version: () => {
      const now = performance.now()
      if (running === null && !closing.signal.aborted && now >= restartAt) {
        restartAt = now + RESTART_MS
        running = follow()
          .catch(() => undefined)
          .finally(() => {
            heardAt = Number.NEGATIVE_INFINITY
            running = null
          })
      }
      return now - heardAt < BLIND_AFTER_MS ? log.version() : null
    },
    changedSince: log.since,
    close: async () => {
      closing.abort()
      await running
    },
  }
}

type Event = Document & { readonly documentKey?: Readonly<Record<string, unknown>> }
