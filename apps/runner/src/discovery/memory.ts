/** When each list is due again, kept in one small file across restarts. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { describeError } from '../faults.ts'

const Entry = z.object({
  /** Wall time, ms since 1970. */
  due_ms: z.number(),
  failures: z.number().int().min(0),
  last_read_at: z.string().nullable(),
  /** Null before the first reading. */
  complete: z.boolean().nullable(),
  models: z.number().nullable(),
  reason: z.string().nullable(),
})
const MemoryFile = z.record(z.string(), Entry)

export type MemoryEntry = z.infer<typeof Entry>

export type Memory = {
  readonly find: (provider: string) => MemoryEntry | null
  /** Keeps the entry; a file that cannot be written is a warning. */
  readonly keep: (provider: string, entry: MemoryEntry) => Promise<void>
}

/** What the file holds; one that is absent or unreadable holds nothing. */
export async function openMemory(path: string, logger: Logger): Promise<Memory> {
  const entries = new Map(await readEntries(path, logger))
  return {
    find: (provider) => entries.get(provider) ?? null,
    keep: async (provider, entry) => {
      entries.set(provider, entry)
      const part = `${path}.${process.pid}.part`
      try {
        await writeFile(part, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
        await rename(part, path)
      } catch (error) {
        logger.warn({ path, reason: describeError(error) }, 'When lists are due cannot be kept')
      }
    },
  }
}

async function readEntries(path: string, logger: Logger): Promise<[string, MemoryEntry][]> {
  try {
    return Object.entries(MemoryFile.parse(JSON.parse(await readFile(path, 'utf8'))))
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) logger.warn({ path, reason: describeError(error) }, 'When lists are due cannot be read')
    return []
  }
}
