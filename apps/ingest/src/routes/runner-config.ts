import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from '../errors.ts'
import { sha256 } from '../json/canonical.ts'
import { buildWorklist } from '../worklist.ts'
import { inTime, requirePrepared, type RouteContext } from './context.ts'

/** Which worklist is asked for. */
export const WorklistQuery = z.object({ provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) })

/** A worklist as text, but for the moment it is handed out. */
type Written = { readonly text: string; readonly etag: string }
type Kept = Written & { readonly version: string; readonly validUntil: Date | null }

/** More providers than there are: whoever asks for names nobody has must not fill the memory. */
const MAX_KEPT = 100

/** `GET /runner-config?provider=P`: the worklist of one provider, with an ETag over everything but its own time. */
export function addRunnerConfigRoute(app: FastifyInstance, context: RouteContext): void {
  const kept = new Map<string, Kept>()

  const read = async (provider: string): Promise<Written> => {
    const now = context.now()
    // Asked before the catalogue is read: what changes meanwhile makes the answer an old one, never the other way round.
    const version = context.store.catalogueVersion()
    const known = kept.get(provider)
    if (known?.version === version && (known.validUntil === null || now < known.validUntil)) return known
    const worklist = buildWorklist(await inTime(context.store.listModels(provider)), now)
    const text = JSON.stringify({
      schema_version: 1,
      provider,
      interval_minutes: context.config.intervalMinutes,
      models: worklist.models,
      probes: worklist.probes,
      model_metadata: worklist.metadata,
      rejected: worklist.rejected.map(({ model_id, reason, suggestion }) => ({
        model_id,
        reason,
        suggestion,
      })),
    })
    const written = { text, etag: `"${sha256(text).slice(0, 32)}"` }
    kept.delete(provider)
    if (version !== null && kept.size < MAX_KEPT)
      kept.set(provider, { ...written, version, validUntil: worklist.validUntil })
    return written
  }

  app.get('/runner-config', async (request, reply) => {
    requirePrepared(context.store)
    const query = WorklistQuery.safeParse(request.query)
    if (!query.success) throw new Problem(400, 'bad_query', 'Ask for one provider: ?provider=groq')
    const { text, etag } = await read(query.data.provider)
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (matches(request.headers['if-none-match'], etag)) return await reply.code(304).send()
    const generatedAt = JSON.stringify(context.now().toISOString())
    return await reply
      .type('application/json; charset=utf-8')
      .send(`${text.slice(0, -1)},"generated_at":${generatedAt}}`)
  })
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. */
const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
