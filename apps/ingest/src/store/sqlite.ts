import { sqliteCatalogue } from './sqlite-catalogue.ts'
import { createSqliteDatabase } from './sqlite-database.ts'
import { sqliteHealth } from './sqlite-health.ts'
import { sqliteListings } from './sqlite-listings.ts'
import { sqliteModelFacts } from './sqlite-model-facts.ts'
import { sqliteOperations } from './sqlite-operations.ts'
import { sqliteResults } from './sqlite-results.ts'
import { sqliteRetention } from './sqlite-retention.ts'
import type { NoteTrouble, Store } from './store.ts'

/** The embedded store: one SQLite file, so that the whole system runs with nothing installed. */
export function createSqliteStore(path: string, note: NoteTrouble = () => undefined): Store {
  const database = createSqliteDatabase(path)
  return {
    kind: 'sqlite',
    prepare: async () => {
      database.open()
      return { problems: [] }
    },
    isPrepared: () => database.isOpen(),
    ping: async () => {
      database.get('answering', 'SELECT 1')
      database.checkFile('answering')
    },
    close: async () => database.close(),
    retention: sqliteRetention(database),
    readModelFacts: sqliteModelFacts(database),
    ...sqliteResults(database, note),
    ...sqliteCatalogue(database),
    ...sqliteHealth(database),
    ...sqliteOperations(database),
    ...sqliteListings(database),
  }
}
