/** Pages and odd bodies in the place of an answer: what they are, and which words are kept. */
import { expect, test } from 'vitest'
import { readHttpError } from '../src/http-error.ts'
import { holdsPage, isPage } from '../src/words.ts'
import { sse } from './support/chunks.ts'
import { CHAT, fieldsOf } from './support/runs.ts'

test.each([
  '<html><head><title>Sign in</title></head><body>Your browser is not supported. Give a parameter.</body></html>',
  '<!doctype html><body>Payment required: insufficient balance</body>',
  '<!DOCTYPE HTML PUBLIC "x"><html><body>Invalid API key</body></html>',
  '\ufeff\n<!-- cached --><html><body>The model x does not exist</body></html>',
  '<?xml version="1.0"?><html><body>unsupported browser</body></html>',
  'data: <html><body>Authentication required</body></html>\n\n',
  ': ping\n\n<html><body>unsupported</body></html>',
])('a 200 page is a passing failure, whatever it says: %j', (page) => {
  const document = fieldsOf(CHAT, [page], { response: { status: 200, headers: {} } })
  expect(document).toMatchObject({ error_kind: 'transient_provider', phase: 'first_token', http_status: 200 })
  expect(document['message']).not.toContain('<')
})

test('words that are no page are what they say', () => {
  expect(fieldsOf(CHAT, [sse('Invalid API key')])).toMatchObject({ error_kind: 'auth' })
  expect(fieldsOf(CHAT, ['The model x does not exist'])).toMatchObject({ error_kind: 'hard_model' })
})

test.each([
  ['<html>', true],
  ['  <!DOCTYPE html>', true],
  ['<!-- a --> <!-- b --><head>', true],
  ['<?xml version="1.0"?><Error><Code>x</Code></Error>', false],
  ['{"error":"<html>"}', false],
  ['words', false],
])('%j is a page: %s', (text, is) => {
  expect(isPage(text)).toBe(is)
})

test('a page is found behind other bytes, and long comments take no time', () => {
  expect(holdsPage('data: <html>')).toBe(true)
  expect(holdsPage('{"html":"<b>"}')).toBe(false)
  for (const text of ['<!-- --> ', '<!--', '<?xml ', '<!-- -->x', ' '])
    expect(isPage(text.repeat(100_000))).toBe(false)
})

test('of several framed errors in a body the one with words counts, and takes the code of the other', () => {
  const wordless = sse({ error: { code: 'c' } })
  const worded = sse({ error: { message: 'w', type: 't' } })
  for (const body of [wordless + worded, worded + wordless, `event: error\r\n\r\n${wordless}${worded}`])
    expect(readHttpError(429, body)).toEqual({ status: 429, type: 't', code: 'c', message: 'w' })
})

test.each([
  ['{"error":{"errors":[{"message":"w","reason":"r"}]}}', 'w'],
  ['{"error":{"message":["v","w"]}}', 'v; w'],
  ['{"error":"","message":"w"}', 'w'],
  ['data:{"error":\ndata:{"message":"w"}}\n\n', 'w'],
  ['{"errors":{"max_tokens":["must be positive"]}}', '{"errors":{"max_tokens":["must be positive"]}}'],
])('the words of %j', (body, words) => {
  expect(readHttpError(400, body).message).toBe(words)
})
