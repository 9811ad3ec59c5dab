import { expect, test } from 'vitest'
import { faultOfAnswer, faultOfGarbage } from '../../src/listing/faults.ts'
import { KEY } from '../support/requests.ts'

const detailOf = (status: number, body: string) =>
  faultOfAnswer({ status, headers: {}, body: Buffer.from(body) }, 'page 1', [KEY])?.detail

test.each([
  ['OpenAI', '{"error":{"message":"w","type":"t"}}'],
  ['Cloudflare', '{"success":false,"errors":[{"code":7003,"message":"w"}],"result":null}'],
  ['FastAPI', '{"detail":[{"loc":["query"],"msg":"w","type":"t"}]}'],
  ['Databricks', '{"error_code":"PERMISSION_DENIED","message":"w"}'],
  ['xAI', '{"code":"c","error":"w"}'],
  ['AWS', '{"__type":"AccessDeniedException","Message":"w"}'],
  ['an event', 'data: {"error":{"message":"w"}}\n\n'],
  ['a page', '<html><head><title>w</title></head></html>'],
  ['words', ' w\n'],
])('what %s says of a refused list is told', (_vendor, body) => {
  expect(detailOf(403, body)).toBe('page 1: HTTP 403: w')
})

test('an error without words is told by its names, an empty body by the status alone', () => {
  expect(detailOf(500, '{"error":{"code":"server_error"}}')).toContain('(server_error)')
  expect(detailOf(502, ' \n')).toBe('page 1: HTTP 502')
})

test('a 200 that is no list says what it is instead', () => {
  expect(
    faultOfGarbage('{"base_resp":{"status_code":1004,"status_msg":"login fail"}}', 'page 1', []),
  ).toEqual({
    reason: 'garbage',
    detail: 'page 1 is no list of models: login fail',
    retryAfter: null,
  })
  expect(faultOfGarbage('<html><body>Sign in</body></html>', 'page 1', []).detail).toContain(': Sign in')
  expect(faultOfGarbage('', 'page 1', []).detail).toBe('page 1 is no list of models')
})

test('a key is struck out before the words are cut', () => {
  const detail = detailOf(401, JSON.stringify({ error: `${'x'.repeat(195)}${KEY}` }))
  expect(detail).toBe(`page 1: HTTP 401: ${'x'.repeat(195)}*****`)
})
