/** The last worklist of each provider, in memory and, where a path is given, in one file. */
import type { Logger } from 'pino'
import { z } from 'zod'
import { openProviderFile } from '../provider-file.ts'
import type { ProviderFile } from '../provider-file.ts'
import { RemoteConfig } from './remote-config.ts'

const Entry = z.object({ config: RemoteConfig, etag: z.string().nullable(), fetchedMs: z.number() })

export type CacheEntry = z.infer<typeof Entry>
export type WorklistCache = ProviderFile<CacheEntry>

/** A cache with what the file holds; a file that is absent or unreadable is an empty cache. */
export function openWorklistCache(path: string | null, logger: Logger): Promise<WorklistCache> {
  return openProviderFile({
    path,
    entry: Entry,
    unreadable: 'The cached worklists cannot be read',
    unwritable: 'The worklists cannot be cached',
    logger,
  })
}
