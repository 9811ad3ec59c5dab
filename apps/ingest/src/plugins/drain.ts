import type { FastifyInstance } from 'fastify'

export type Drain = {
  readonly isDraining: () => boolean
  /** Stops listening, lets requests under way finish, then closes every socket; resolves when all are closed. */
  readonly close: () => Promise<void>
}

const POLL_MS = 50

/**
 * Closing that waits for requests and not for sockets: `server.close()` alone waits for every client that keeps a
 * connection open, and also stops the timer that would cut those that never sent a request.
 */
export function addDrain(app: FastifyInstance, longestRequestMs: number): Drain {
  const underWay = new Set<object>()
  let draining = false

  app.addHook('onRequest', async (_request, reply) => {
    underWay.add(reply.raw)
    // The response's end, not the request's: that one comes as soon as the body has been read.
    reply.raw.once('close', () => underWay.delete(reply.raw))
  })
  // For responses without hooks, such as to a path that does not decode.
  app.server.prependListener('request', (_request, response) => {
    if (draining) response.setHeader('connection', 'close')
  })
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })

  return {
    isDraining: () => draining,
    close: async () => {
      draining = true
      const closed = app.close()
      const deadline = performance.now() + longestRequestMs
      while (underWay.size > 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
      app.server.closeAllConnections()
      await closed
    },
  }
}
