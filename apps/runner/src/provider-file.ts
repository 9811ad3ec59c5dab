/** One entry for each provider, in memory and, where a path is given, in one small file across restarts. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import { createDirectory } from './directories.ts'
import { describeError } from './faults.ts'

export type ProviderFile<Entry> = {
  readonly find: (provider: string) => Entry | null
  /** Keeps the entry; a file that cannot be written is a warning. */
  readonly keep: (provider: string, entry: Entry) => Promise<void>
}

export type ProviderFileParts<Entry> = {
  /** Null: in memory alone. */
  readonly path: string | null
  readonly entry: z.ZodType<Entry>
  /** What a log says when the file cannot be read, or written. */
  readonly unreadable: string
  readonly unwritable: string
  readonly logger: Logger
}

/** What the file holds; one that is absent or unreadable holds nothing. */
export async function openProviderFile<Entry>(parts: ProviderFileParts<Entry>): Promise<ProviderFile<Entry>> {
  const { path } = parts
  const entries = new Map(path === null ? [] : await readEntries(path, parts))
  let writing = Promise.resolve()
  return {
    find: (provider) => entries.get(provider) ?? null,
    keep: async (provider, entry) => {
      entries.set(provider, entry)
      if (path === null) return
      // One write at a time: lanes keep what they know when they please.
      writing = writing.then(() => writeEntries(path, entries, parts))
      await writing
    },
  }
}

async function readEntries<Entry>(
  path: string,
  { entry, unreadable, logger }: ProviderFileParts<Entry>,
): Promise<[string, Entry][]> {
  try {
    return Object.entries(z.record(z.string(), entry).parse(JSON.parse(await readFile(path, 'utf8'))))
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!absent) logger.warn({ path, reason: describeError(error) }, unreadable)
    return []
  }
}

/** Written beside its place and moved there, so that a file is whole at every moment. */
async function writeEntries<Entry>(
  path: string,
  entries: ReadonlyMap<string, Entry>,
  { unwritable, logger }: ProviderFileParts<Entry>,
): Promise<void> {
  const part = `${path}.${process.pid}.part`
  try {
    createDirectory(dirname(path))
    await writeFile(part, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
    await rename(part, path)
  } catch (error) {
    logger.warn({ path, reason: describeError(error) }, unwritable)
  }
}
