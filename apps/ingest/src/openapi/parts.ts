import { z } from 'zod'
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { ProblemDocument } from './answers.ts'

export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>

export const TEXT = z.string()

export const json = (description: string, schema: z.ZodType): ZodOpenApiResponseObject => ({
  description,
  content: { 'application/json': { schema } },
})

/** How a key may be refused. */
export const CHECKED = [401, 403, 429, 503] as const
/** How a request that writes may be refused. */
export const WRITE_REFUSALS = [400, 408, 413, 415, 422, ...CHECKED] as const

type Refusal = 409 | (typeof WRITE_REFUSALS)[number]

const DESCRIPTIONS: Record<Refusal, { description: string; code: string; detail: string; header?: string }> =
  {
    400: { description: 'Unreadable', code: 'not_json', detail: 'The body is not valid JSON' },
    401: {
      description: 'The key was checked and is bad',
      code: 'bad_key',
      detail: 'The key is missing or not valid',
      header: 'www-authenticate',
    },
    403: {
      description: 'The key lacks the scope',
      code: 'scope_missing',
      detail: 'This key does not carry the scope results:write',
    },
    408: {
      description: 'Too slow',
      code: 'request_timeout',
      detail: 'The request did not arrive in time',
    },
    409: {
      description: 'Another document has this id',
      code: 'conflict',
      detail: 'Another document has the result_id 0192f0c1-7e5a-7cc3-98a5-6b1f3a0d9e11',
    },
    413: { description: 'Too large', code: 'body_too_large', detail: 'Request body is too large' },
    415: {
      description: 'Not JSON in UTF-8, plain or gzip',
      code: 'unsupported_media_type',
      detail: 'Unsupported Media Type',
    },
    422: {
      description: 'Well-formed but invalid',
      code: 'invalid_document',
      detail: 'The document is well-formed JSON but not valid',
    },
    429: {
      description: 'Slow down',
      code: 'too_many_requests',
      detail: 'Too many requests with this key',
      header: 'retry-after',
    },
    503: {
      description: 'Cannot decide now; sending it again is safe',
      code: 'store_unavailable',
      detail: 'The store does not answer; nothing was decided',
      header: 'retry-after',
    },
  }

/** The problem responses of these statuses, each with an example. */
export const problems = (statuses: readonly Refusal[]): Record<`${Refusal}`, ZodOpenApiResponseObject> =>
  Object.fromEntries(statuses.map((status) => [String(status), problem(status)])) as Record<
    `${Refusal}`,
    ZodOpenApiResponseObject
  >

function problem(status: Refusal): ZodOpenApiResponseObject {
  const { description, code, detail, header } = DESCRIPTIONS[status]
  const example = {
    type: 'about:blank' as const,
    title: code.replaceAll('_', ' '),
    status,
    detail,
    code,
    retryable: status === 408 || status === 429 || status >= 500,
    ...(status === 422 ? { errors: [{ pointer: '/output_tokens', detail: 'Too small: expected >=0' }] } : {}),
  }
  return {
    description,
    ...(header ? { headers: z.object({ [header]: z.string() }) } : {}),
    content: { 'application/problem+json': { schema: ProblemDocument, example } },
  }
}
