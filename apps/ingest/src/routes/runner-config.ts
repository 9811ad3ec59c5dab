import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from '../errors.ts'
import { saySeldom } from '../seldom.ts'
import { createWorklists } from '../worklists.ts'
import { inTime, requirePrepared, type RouteContext } from './context.ts'

const WARN_EVERY_MS = 60 * 60_000

/** Which worklist is asked for. */
export const WorklistQuery = z.object({ provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) })

/** `GET /runner-config?provider=P`: the worklist of one provider, with an ETag over everything but its own time. */
export function addRunnerConfigRoute(app: FastifyInstance, context: RouteContext): void {
  const { store, config, now } = context
  const warnOf = saySeldom(WARN_EVERY_MS)
  const worklists = createWorklists({ store, intervalMinutes: config.intervalMinutes, now })

  app.get('/runner-config', async (request, reply) => {
    requirePrepared(store)
    const query = WorklistQuery.safeParse(request.query)
    if (!query.success) throw new Problem(400, 'bad_query', 'Ask for one provider: ?provider=groq')
    const { provider } = query.data
    const { opening, etag, warning } = await inTime(request, worklists.read(provider))
    if (warning !== null && warnOf(provider) !== null)
      request.log.warn({ provider, runner: request.principal?.runner }, warning)
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (matches(request.headers['if-none-match'], etag)) return await reply.code(304).send()
    const closing = `,"generated_at":${JSON.stringify(now().toISOString())}}`
    return await reply
      .type('application/json; charset=utf-8')
      .send(Buffer.concat([opening, Buffer.from(closing)]))
  })
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. */
const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
