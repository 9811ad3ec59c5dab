import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from '../errors.ts'
import { canonicalJson, sha256 } from '../json/canonical.ts'
import { buildWorklist } from '../worklist.ts'
import { inTime, requirePrepared, type RouteContext } from './context.ts'

/** Which worklist is asked for. */
export const WorklistQuery = z.object({ provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) })

/** `GET /runner-config?provider=P`: the worklist of one provider, with an ETag over everything but its own time. */
export function addRunnerConfigRoute(app: FastifyInstance, context: RouteContext): void {
  app.get('/runner-config', async (request, reply) => {
    requirePrepared(context.store)
    const query = WorklistQuery.safeParse(request.query)
    if (!query.success) throw new Problem(400, 'bad_query', 'Ask for one provider: ?provider=groq')
    const { provider } = query.data
    const worklist = buildWorklist(await inTime(context.store.listModels(provider)))
    const config = {
      schema_version: 1,
      provider,
      interval_minutes: context.config.intervalMinutes,
      models: worklist.models,
      model_metadata: worklist.metadata,
      rejected: worklist.rejected.map(({ model_id, reason, suggestion }) => ({
        model_id,
        reason,
        suggestion,
      })),
    }
    // Through JSON first: what the store hands out may hold values that only look equal as text.
    const etag = `"${sha256(canonicalJson(JSON.parse(JSON.stringify(config)))).slice(0, 32)}"`
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (matches(request.headers['if-none-match'], etag)) return await reply.code(304).send()
    return { ...config, generated_at: context.now().toISOString() }
  })
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. */
const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
