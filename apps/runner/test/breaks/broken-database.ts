/** The outbox's file, without the fsync where that is the way to break it. */
import { openDatabase as openReal } from '../../src/outbox/database.ts'
import type { OpenedDatabase } from '../../src/outbox/database.ts'

export * from '../../src/outbox/database.ts'

/** Takes the place of the real function of that name. */
export function openDatabase(...args: Parameters<typeof openReal>): OpenedDatabase {
  const opened = openReal(...args)
  const way = new URL(import.meta.url).searchParams.get('break')
  if (way === 'without-fsync') opened.database.exec('PRAGMA synchronous = OFF')
  return opened
}
