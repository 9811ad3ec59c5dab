import type { FastifyInstance } from 'fastify'
import type { Health } from '../health.ts'
import { StoreUnavailable } from '../errors.ts'
import { shareFor } from '../share.ts'
import type { Store } from '../store/store.ts'
import type { WriteState } from '../store/watch-writes.ts'

/** Anybody may ask, and the store is asked for it. */
const PING_STANDS_MS = 250

export type HealthRouteOptions = {
  readonly store: Store
  readonly writeState: () => WriteState
  readonly isDraining: () => boolean
  readonly readHealth: () => Promise<Health>
}

/** `/health` for people and monitors, `/livez` and `/readyz` for what starts and stops this process. No key needed. */
export function addHealthRoutes(app: FastifyInstance, options: HealthRouteOptions): void {
  const ping = shareFor(PING_STANDS_MS, options.store.ping)
  app.get('/health', async (_request, reply) => {
    const { healthy, document } = await options.readHealth()
    // Lines are for people with curl, and all the same to a monitor.
    const text = `${JSON.stringify(document, null, 2)}\n`
    return await reply
      .code(healthy ? 200 : 503)
      .type('application/json')
      .send(text)
  })
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const reason = await notReady(options, ping)
    if (reason === null) return { status: 'ready' }
    return await reply.code(503).header('retry-after', '2').send({ status: 'not ready', reason })
  })
}

async function notReady(
  { store, writeState, isDraining }: HealthRouteOptions,
  ping: () => Promise<void>,
): Promise<string | null> {
  if (isDraining()) return 'draining'
  if (!store.isPrepared()) return 'the store is not prepared'
  if (writeState() === 'failing') return 'writes to the store are failing'
  try {
    await ping()
    return null
  } catch (error) {
    if (error instanceof StoreUnavailable) return 'the store does not answer'
    throw error
  }
}
