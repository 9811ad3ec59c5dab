import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cannotDecide, Problem, StoreUnavailable } from '../errors.ts'

const STORE_RETRY_SECONDS = 5

/** Makes every error of every route an RFC 9457 problem, what the framework says included. Before the first route. */
export function addProblems(app: FastifyInstance): void {
  const methodsOf = watchRoutes(app)
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(pathOf(request))
    // A wildcard route that takes the method has no such file.
    const problem =
      allowed.length === 0 || allowed.includes(request.method)
        ? new Problem(404, 'not_found', 'There is no such route')
        : new Problem(405, 'method_not_allowed', `This route takes ${allowed.join(', ')}`, {
            headers: { allow: allowed.join(', ') },
          })
    request.problem = problem
    return answer(reply, problem)
  })
}

/** The methods of a path, from the routes added after this call. Compares text: `app.hasRoute` would parse the path as a pattern. */
function watchRoutes(app: FastifyInstance): (path: string) => readonly string[] {
  const methods = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? []
    methods.set(url, [...new Set([...known, ...[method].flat()])].sort())
  })
  return (path) => {
    const exact = methods.get(path)
    if (exact !== undefined) return exact
    const below = [...methods.keys()].find((url) => url.endsWith('/*') && path.startsWith(url.slice(0, -1)))
    return below === undefined ? [] : (methods.get(below) ?? [])
  }
}

/** For the router's own errors, before any hook: a path that does not decode. */
export const answerError = (error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const problem = toProblem(error)
  // A refusal that passes is no fault of the program: it has its place in the log of requests.
  if (problem.status >= 500 && problem.status !== 503)
    request.log.error({ err: error, cause: error.cause }, problem.message)
  request.problem = problem
  return answer(reply, problem)
}

/** For what is not HTTP at all: nothing of a request exists yet, so the answer is written by hand. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const problem =
    CLIENT_ERRORS[error.code ?? ''] ??
    new Problem(400, 'bad_request', 'The bytes received are not a valid HTTP request')
  const body = problemText(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    // A peer that goes on sending would otherwise keep a half-closed socket alive.
    () => socket.destroy(),
  )
}

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}
const CLIENT_ERRORS: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: new Problem(431, 'headers_too_large', 'The headers are too large'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Problem(413, 'body_too_large', 'The chunk extensions are too large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, 'request_timeout', 'The request did not arrive in time'),
}

const FRAMEWORK_CODES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_content_length',
  FST_ERR_BAD_URL: 'bad_url',
}

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StoreUnavailable) {
    return cannotDecide(
      'store_unavailable',
      'The store does not answer; nothing was decided',
      STORE_RETRY_SECONDS,
      error,
    )
  }
  const { code, statusCode } = error as FastifyError
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem(statusCode, FRAMEWORK_CODES[code] ?? 'bad_request', error.message)
  }
  return new Problem(500, 'internal_error', 'Something went wrong here', { cause: error })
}

function answer(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(problemText(problem))
}

/** The body of a problem. */
export const problemText = (problem: Problem): string =>
  JSON.stringify({
    type: 'about:blank',
    title: problem.code.replaceAll('_', ' '),
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    retryable: problem.retryable,
    ...(problem.errors ? { errors: problem.errors } : {}),
  })

/** The path alone: a query may hold what somebody took for the place of a key. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''
