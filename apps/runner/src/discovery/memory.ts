/** When each list is due again, kept in one small file across restarts. */
import type { Logger } from 'pino'
import { z } from 'zod'
import { openProviderFile } from '../provider-file.ts'
import type { ProviderFile } from '../provider-file.ts'

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

export type MemoryEntry = z.infer<typeof Entry>
export type Memory = ProviderFile<MemoryEntry>

/** What the file holds; one that is absent or unreadable holds nothing. */
export function openMemory(path: string, logger: Logger): Promise<Memory> {
  return openProviderFile({
    path,
    entry: Entry,
    unreadable: 'When lists are due cannot be read',
    unwritable: 'When lists are due cannot be kept',
    logger,
  })
}
