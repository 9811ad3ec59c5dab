import helmet from '@fastify/helmet'
import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { overloaded } from '../errors.ts'
import type { OpenApiDocument } from '../openapi/document.ts'

/** Where a browser looks: `/openapi.json` and `/docs`. Everything the page needs comes from here, nothing from outside. */
export async function addPages(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  await app.register(async (pages) => {
    boundUnderWay(pages)
    await pages.register(helmet, {
      // For this host only: subdomains may be served by others.
      strictTransportSecurity: { includeSubDomains: false },
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          baseUri: ["'none'"],
          connectSrc: ["'self'"],
          fontSrc: ["'self'", 'data:'],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
          imgSrc: ["'self'", 'data:'],
          scriptSrc: ["'self'"],
          // The page sets styles on its own elements.
          styleSrc: ["'self'", "'unsafe-inline'"],
        },
      },
    })
    await pages.register(swagger, { mode: 'static', specification: { document: asDocument(document) } })
    await pages.register(swaggerUi, { routePrefix: '/docs' })
    pages.get('/openapi.json', async () => document)
  })
}

/** Each response holds a file open, and a client may request many and read none. */
const MAX_UNDER_WAY = 16

function boundUnderWay(pages: FastifyInstance): void {
  let underWay = 0
  pages.addHook('onRequest', async (_request, reply) => {
    if (underWay >= MAX_UNDER_WAY) throw overloaded('Too many pages are being read')
    underWay += 1
    reply.raw.once('close', () => {
      underWay -= 1
    })
  })
}

/** The library's type stops at OpenAPI 3.0; it hands the document on as it is. */
const asDocument = (document: OpenApiDocument): StaticDocumentSpec['document'] =>
  document as unknown as StaticDocumentSpec['document']
