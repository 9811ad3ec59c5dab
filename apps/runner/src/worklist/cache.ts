/** The last worklist of each provider, in memory and, where a path is given, in one file. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import { describeError } from '../faults.ts'
import { RemoteConfig } from './remote-config.ts'

const Entry = z.object({ config: RemoteConfig, etag: z.string().nullable(), fetchedMs: z.number() })
const CacheFile = z.record(z.string(), Entry)

export type CacheEntry = z.infer<typeof Entry>

export type WorklistCache = {
  readonly find: (provider: string) => CacheEntry | null
  /** Keeps the entry; a file that cannot be written is a warning. */
  readonly keep: (provider: string, entry: CacheEntry) => Promise<void>
}

/** A cache with what the file holds; a file that is absent or unreadable is an empty cache. */
export async function openWorklistCache(path: string | null, logger: Logger): Promise<WorklistCache> {
  const entries = new Map(path === null ? [] : await readEntries(path, logger))
  let writing = Promise.resolve()
  return {
    find: (provider) => entries.get(provider) ?? null,
    keep: async (provider, entry) => {
      entries.set(provider, entry)
      if (path === null) return
      // One write at a time: lanes keep their worklists when they please.
      writing = writing.then(() => writeEntries(path, entries, logger))
      await writing
    },
  }
}

async function readEntries(path: string, logger: Logger): Promise<[string, CacheEntry][]> {
  try {
    return Object.entries(CacheFile.parse(JSON.parse(await readFile(path, 'utf8'))))
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) logger.warn({ path, reason: describeError(error) }, 'The cached worklists cannot be read')
    return []
  }
}

async function writeEntries(
  path: string,
  entries: ReadonlyMap<string, CacheEntry>,
  logger: Logger,
): Promise<void> {
  const part = `${path}.${process.pid}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(part, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
    await rename(part, path)
  } catch (error) {
    logger.warn({ path, reason: describeError(error) }, 'The worklists cannot be cached')
  }
}
