/** Answers with an error status, as each vendor words them: kind, name and message of the document. */
import { expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { ErrorDocument } from '../src/result.ts'
import { ANSWERS } from './fixtures/answers.ts'
import { makeTape, saved } from './support/plans.ts'

const GEMINI = 'gemini_generate_content_stream'

const titled = ANSWERS.map(
  (answer) => [`${answer[0]} ${answer[2]} ${JSON.stringify(answer[3])}`, answer] as const,
)

test.each(titled)('%s', (_title, [provider, requestMode, status, body, kind, name, headers = {}]) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const tape = makeTape([[10, text]], { response: { status, headers } })
  const document = ErrorDocument.parse(analyse(saved(tape, { provider, requestMode })))
  expect(document).toMatchObject({
    phase: 'headers',
    http_status: status,
    error_kind: kind,
    exc_type: name,
    request_id: headers['x-amzn-requestid'] ?? null,
  })
  expect(document.message).not.toMatch(/[<{]/)
  expect(document.message).not.toBe('')
})

test('the status on the wire outranks the one in the body', () => {
  const body = JSON.stringify({ error: { code: 400, message: 'No' } })
  const tape = makeTape([[10, body]], { response: { status: 503, headers: {} } })
  expect(analyse(saved(tape))).toMatchObject({ http_status: 503, error_kind: 'transient_provider' })
})

test('an error that is sent as an event stream is read as what it is', () => {
  const body = JSON.stringify({ error: { code: 404, message: 'models/x is not found', status: 'NOT_FOUND' } })
  const headers = { 'content-type': 'text/event-stream' }
  const tape = makeTape([[10, body]], { response: { status: 404, headers } })
  expect(analyse(saved(tape, { provider: 'gemini', requestMode: GEMINI }))).toMatchObject({
    error_kind: 'hard_model',
    message: 'models/x is not found',
  })
})

test('an error body in a 200 answer that is no stream is an error', () => {
  const tape = makeTape([[10, JSON.stringify({ error: { code: 429, message: 'Slow down' } })]], {
    response: { status: 200, headers: { 'content-type': 'application/json' } },
  })
  expect(analyse(saved(tape))).toMatchObject({
    error_kind: 'rate_limit',
    http_status: 429,
    message: 'Slow down',
  })
})
