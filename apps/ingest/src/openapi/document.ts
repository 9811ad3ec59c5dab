import { ErrorDocument, ResultDocument } from '@llmbench/providers/result'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi'
import type { Limits } from '../config.ts'
import { LegacyError, LegacyResult } from '../documents/legacy.ts'
import { Envelope } from '../routes/batch-items.ts'
import { Listing } from '../routes/catalog.ts'
import { Heartbeat } from '../routes/heartbeat.ts'
import { WorklistQuery } from '../routes/runner-config.ts'
import {
  Accepted,
  Alive,
  BatchAnswer,
  HealthAnswer,
  HeartbeatAnswer,
  ListingAnswer,
  NotReady,
  Ready,
  Rejected,
  Worklist,
} from './answers.ts'
import {
  BATCH_EXAMPLES,
  ERROR_EXAMPLES,
  HEARTBEAT_EXAMPLES,
  LISTING_EXAMPLES,
  RESULT_EXAMPLES,
} from './examples.ts'
import { CHECKED, json, problems, TEXT, WRITE_REFUSALS, type Examples } from './parts.ts'

const Result = z.union([
  ResultDocument.meta({ id: 'Result', description: 'Schema 3; strict' }),
  LegacyResult.meta({ id: 'LegacyResult', description: 'Schema 2 and older; additive fields are kept' }),
])
const Failure = z.union([
  ErrorDocument.meta({ id: 'Failure', description: 'Schema 3; strict' }),
  LegacyError.meta({ id: 'LegacyFailure', description: 'Schema 2 and older; additive fields are kept' }),
])
/** Items are read one by one, so that a bad one costs itself alone: each may be anything, and should be one of these. */
const batchOf = (maxItems: number): z.ZodType =>
  z
    .object({
      batch_id: Envelope.shape.batch_id,
      items: Envelope.shape.items.max(maxItems).meta({
        description:
          'Results and failures, each with `kind` ("result" or "error") beside the fields of its document',
      }),
    })
    .meta({ id: 'Batch' })

const write = (
  summary: string,
  body: z.ZodType,
  examples: Examples,
  answers: ZodOpenApiResponsesObject,
): ZodOpenApiOperationObject => ({
  operationId: summary.toLowerCase().replaceAll(' ', '-'),
  tags: ['runners'],
  summary,
  security: [{ bearer: [] }, { apiKey: [] }],
  requestBody: { required: true, content: { 'application/json': { schema: body, examples } } },
  responses: { ...answers, ...problems(WRITE_REFUSALS) },
})

const read = (
  summary: string,
  tag: 'operations' | 'documentation',
  responses: ZodOpenApiResponsesObject,
): ZodOpenApiOperationObject => ({
  operationId: summary.toLowerCase().replaceAll(' ', '-'),
  tags: [tag],
  summary,
  security: [],
  responses: { ...responses, ...problems([400, 503]), ...responses },
})

const single = {
  '200': json('Stored, or known already', Accepted),
  '202': json('Refused for a reason of meaning, not of form', Rejected),
}

const pathsOf = (maxItems: number) => ({
  '/ingest': {
    post: write('Store a result', Result, RESULT_EXAMPLES, {
      ...single,
      ...problems([409]),
    }),
  },
  '/ingest/batch': {
    post: write('Store a batch', batchOf(maxItems), BATCH_EXAMPLES, {
      '200': json('A verdict for each item', BatchAnswer),
    }),
  },
  '/ingest/error': {
    post: write('Store a failed attempt', Failure, ERROR_EXAMPLES, { ...single, ...problems([409]) }),
  },
  '/ingest/catalog': {
    post: write('Store what a provider lists', Listing, LISTING_EXAMPLES, {
      '200': json('Stored', ListingAnswer),
    }),
  },
  '/ingest/heartbeat': {
    post: write('Store the state of a runner', Heartbeat, HEARTBEAT_EXAMPLES, {
      '200': json('Stored', HeartbeatAnswer),
    }),
  },
  '/runner-config': {
    get: {
      operationId: 'read-a-worklist',
      tags: ['runners'],
      summary: 'Read a worklist',
      security: [{ bearer: [] }, { apiKey: [] }],
      requestParams: {
        query: WorklistQuery,
        header: z.object({ 'if-none-match': z.string().optional() }),
      },
      responses: {
        '200': json('The models to measure', Worklist),
        '304': { description: 'As it was when the given ETag was handed out' },
        ...problems([400, ...CHECKED]),
      },
    },
  },
  '/health': {
    get: read('Tell the health of the service', 'operations', {
      '200': json('The store answers', HealthAnswer),
      '503': json('The store does not answer', HealthAnswer),
    }),
  },
  '/livez': { get: read('Tell that the process lives', 'operations', { '200': json('It does', Alive) }) },
  '/readyz': {
    get: read('Tell whether requests are welcome', 'operations', {
      '200': json('They are', Ready),
      '503': json('Not now', NotReady),
    }),
  },
  '/metrics': {
    get: read('Read the metrics', 'operations', {
      '200': { description: 'Prometheus text', content: { 'text/plain': { schema: TEXT } } },
    }),
  },
  '/openapi.json': {
    get: read('Read this document', 'documentation', {
      '200': json('This document', z.looseObject({ openapi: z.string() })),
    }),
  },
  '/docs': {
    get: read('Read this document as a page', 'documentation', {
      '200': { description: 'A page', content: { 'text/html': { schema: TEXT } } },
    }),
  },
})

export type OpenApiDocument = ReturnType<typeof createDocument>

/** The OpenAPI 3.1 document of this service, made from the schemas that validate and the limits that it keeps. */
export const createOpenApiDocument = (
  version: string,
  { batchItems }: Pick<Limits, 'batchItems'>,
): OpenApiDocument =>
  createDocument({
    openapi: '3.1.1',
    info: {
      title: 'llmbench ingest',
      version,
      description:
        'Takes what runners measure and serves their worklists. A success is told only after the store confirmed ' +
        'the write; the same document sent again is a `duplicate`, so resending is always safe.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'runners', description: 'For runners, with a key' },
      { name: 'operations', description: 'For people and monitors' },
      { name: 'documentation', description: 'This document' },
    ],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
    paths: pathsOf(batchItems),
  })
