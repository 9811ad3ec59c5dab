import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { openApp } from '../support/app.ts'

test('the document passes a linter without a warning', async () => {
  const { get } = await openApp()
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      // Where the service stands is not its own to know, and a body of a fixed type needs no 4XX on a probe.
      'no-server-example.com': 'off',
      'operation-4xx-response': 'off',
      'no-invalid-media-type-examples': 'error',
    },
  })
  const source = (await get('/openapi.json')).body
  const found = await lintFromString({ source, absoluteRef: '/openapi.json', config })
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
})

test('every route is in the document and nothing else', async () => {
  const { app, get } = await openApp()
  const document = (await get('/openapi.json')).json()
  const told = Object.entries(document.paths as Record<string, Record<string, unknown>>)
  const inDocument = told.flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  for (const route of inDocument) {
    const [method, url] = route.split(' ') as ['GET' | 'POST', string]
    expect(app.hasRoute({ method, url }), route).toBe(true)
  }
  expect(inDocument.toSorted()).toEqual([
    'GET /docs',
    'GET /health',
    'GET /livez',
    'GET /metrics',
    'GET /openapi.json',
    'GET /readyz',
    'GET /runner-config',
    'POST /ingest',
    'POST /ingest/batch',
    'POST /ingest/catalog',
    'POST /ingest/error',
    'POST /ingest/heartbeat',
  ])
})

test('a browser is told to load nothing from outside, and the page asks for nothing there', async () => {
  const { get } = await openApp()
  const page = await get('/docs')
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-type']).toMatch(/^text\/html/)
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  expect(page.headers['x-content-type-options']).toBe('nosniff')
  expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  for (const [, path] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const asset = await get(new URL(path ?? '', 'http://host/docs').pathname)
    expect([path, asset.statusCode]).toEqual([path, 200])
  }
})

test('the document tells the limit of items that this ingest keeps', async () => {
  const { get, post } = await openApp({ limits: { batchItems: 7 } })
  const document = (await get('/openapi.json')).json()
  expect(document.components.schemas.Batch.properties.items.maxItems).toBe(7)
  const items = Array.from({ length: 8 }, () => null)
  expect((await post('/ingest/batch', { batch_id: 'b', items })).statusCode).toBe(413)
})
