/** The daemon's discovery, wired from what the daemon has. */
import { join } from 'node:path'
import type { Environment, Outbound, VendorEntry } from '@llmbench/providers'
import { listingOf } from '@llmbench/providers/listing'
import type { Config } from '../config.ts'
import type { Session } from '../session.ts'
import { createDiscovery } from './discovery.ts'
import type { Discovery } from './discovery.ts'
import { openMemory } from './memory.ts'
import { postReport } from './post.ts'
import { createQuiet } from './quiet.ts'
import { createThreadReader } from './reader.ts'

export type OpeningParts = {
  readonly session: Session
  readonly config: Pick<Config, 'discoveryIntervalMs' | 'stateDirectory' | 'runnerId'>
  readonly environment: Environment
  readonly outbound: Outbound
  readonly vendors: readonly VendorEntry[]
}

/** A discovery of every target that keeps a list; null where it is switched off or nothing is delivered. */
export async function openDiscovery({
  session,
  config,
  environment,
  outbound,
  vendors,
}: OpeningParts): Promise<Discovery | null> {
  const { shipping, targets, logger } = session
  const { discoveryIntervalMs: intervalMs } = config
  if (shipping === null || intervalMs === null) {
    logger.info('Lists of models are not read')
    return null
  }
  const { keys, ingestUrl } = shipping
  const post = { send: session.http.send, keys, url: `${ingestUrl}/catalog`, clock: session.clock }
  return createDiscovery({
    ...session,
    providers: targets.flatMap(({ provider }) => ('sources' in listingOf(provider) ? provider.slug : [])),
    intervalMs,
    read: createThreadReader({ environment, runnerId: config.runnerId, outbound, vendors }),
    post: (body, signal) => postReport(post, body, signal),
    whenQuiet: createQuiet(session.floor, session.clock),
    memory: await openMemory(join(config.stateDirectory, 'discovery.json'), logger),
  })
}
