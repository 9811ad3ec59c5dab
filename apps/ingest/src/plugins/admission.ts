import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Limits } from '../config.ts'
import { overloaded } from '../errors.ts'
import { watchEventLoopDelay } from '../event-loop-delay.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the store does with the body; it may go on when the answer is out and the sender gone. */
    work?: Promise<unknown>
  }
}

const MAX_EVENT_LOOP_DELAY_MS = 500

/**
 * Sheds requests on the routes of `app` while the event loop is late, or while bodies of more than
 * `limits.bytesUnderWay` are being read and stored: what is taken on is finished within its deadline and in bounded
 * memory. Routes outside `app` still answer. Returns the bytes under way.
 */
export function addAdmission(app: FastifyInstance, limits: Limits): () => number {
  const delay = watchEventLoopDelay()
  app.addHook('onClose', async () => delay.stop())
  let underWay = 0
  app.addHook('onRequest', async (request, reply) => {
    if (delay.lastMs() > MAX_EVENT_LOOP_DELAY_MS) throw tooMuch()
    const bytes = bytesOf(request, limits)
    // One request is always let in, or a body near the limit could never be stored by a small setting.
    if (underWay > 0 && underWay + bytes > limits.bytesUnderWay) throw tooMuch()
    underWay += bytes
    const release = (): void => {
      underWay -= bytes
    }
    reply.raw.once('close', () => {
      if (request.work === undefined) release()
      else void request.work.then(release, release)
    })
  })
  return () => underWay
}

const tooMuch = () => overloaded('Too much is under way; nothing was read')

/** The most that the body can unfold to. */
function bytesOf(request: FastifyRequest, limits: Limits): number {
  if (request.headers['content-encoding'] !== undefined) return limits.decodedBytes
  const declared = Number(request.headers['content-length'])
  return Number.isFinite(declared) ? Math.min(declared, limits.bodyBytes) : limits.bodyBytes
}
