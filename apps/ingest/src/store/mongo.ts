import { mongoCatalogue } from './mongo-catalogue.ts'
import { createMongoDatabase, type MongoTimeouts } from './mongo-database.ts'
import { mongoFacts } from './mongo-facts.ts'
import { mongoHealth } from './mongo-health.ts'
import { createIndexes, hasRequiredIndexes } from './mongo-indexes.ts'
import { mongoListings } from './mongo-listings.ts'
import { mongoOperations } from './mongo-operations.ts'
import { mongoReadings } from './mongo-readings.ts'
import { mongoResults } from './mongo-results.ts'
import { mongoRetention } from './mongo-retention.ts'
import { watchCatalogue } from './mongo-watch.ts'
import type { NoteTrouble, Store } from './store.ts'

const PING_MS = 1000

/** MongoDB as the store. Connects when first asked; the driver finds a server that comes back by itself. */
export function createMongoStore(
  uri: string,
  timeouts?: Partial<MongoTimeouts>,
  note: NoteTrouble = () => undefined,
): Store {
  const database = createMongoDatabase(uri, timeouts)
  const watch = watchCatalogue(database)
  let prepared = false
  return {
    kind: 'mongodb',
    prepare: async () => {
      await database.connect()
      // Without a required unique index the same document could be stored twice.
      if (prepared)
        prepared = await database.guard('looking for indexes', () => hasRequiredIndexes(database.db))
      const problems = await database.guard('creating indexes', () => createIndexes(database.db))
      prepared = true
      return { problems }
    },
    isPrepared: () => prepared,
    ping: () =>
      database.guard('answering', () => database.db.command({ ping: 1 }).then(() => undefined), PING_MS),
    close: async () => {
      await Promise.all([watch.close(), database.close()])
    },
    catalogueVersion: () => (prepared ? watch.version() : null),
    readModels: mongoReadings(database, watch),
    retention: mongoRetention(database),
    ...mongoResults(database, note),
    ...mongoFacts(database),
    ...mongoCatalogue(database),
    ...mongoHealth(database),
    ...mongoOperations(database),
    ...mongoListings(database, note),
  }
}
