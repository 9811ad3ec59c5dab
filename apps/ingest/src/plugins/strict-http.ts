import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../errors.ts'
import { problemText } from './problems.ts'

/** What HTTP asks of a server and Node leaves open, answered as problems. */
export function addStrictHttp(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
    // RFC 9112 §3.2: two may be read differently by whoever stands in front, and 1.1 needs one.
    if (hosts.length > 1 || (hosts.length === 0 && raw.httpVersion === '1.1')) {
      throw new Problem(400, 'bad_host', 'A request has exactly one Host header', {
        headers: { connection: 'close' },
      })
    }
  })
  // RFC 9110 §10.1.1: anything but 100-continue.
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const problem = new Problem(417, 'expectation_failed', 'The only expectation that is met is 100-continue')
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' })
    response.end(problemText(problem))
  })
}
