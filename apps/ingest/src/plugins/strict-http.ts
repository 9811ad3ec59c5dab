import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../errors.ts'
import { problemText } from './problems.ts'

/** Rules of HTTP that Node leaves open or answers without a problem document. */
export function addStrictHttp(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
    // RFC 9112 §3.2: a proxy may have used the other one of two.
    if (hosts.length > 1 || (hosts.length === 0 && raw.httpVersion === '1.1')) {
      throw new Problem(400, 'bad_host', 'A request has exactly one Host header', {
        headers: { connection: 'close' },
      })
    }
  })
  // RFC 9110 §10.1.1: anything but 100-continue.
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const problem = new Problem(417, 'expectation_failed', 'The only supported expectation is 100-continue')
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' })
    response.end(problemText(problem))
  })
}
