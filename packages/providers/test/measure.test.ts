/** Whole runs over real sockets: request, tape, worker, document. */
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createMeasurer } from '../src/measure.ts'
import type { Environment, Provider } from '../src/provider.ts'
import { findProvider } from '../src/registry.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { textStampsOf } from '../src/stamps.ts'
import { chatDelta, chatUsage } from './support/chunks.ts'
import { makePlan } from './support/plans.ts'
import { httpChunk, LAST_CHUNK, startTcpServer, STREAM_HEAD } from './support/tcp-server.ts'
import type { TcpServer } from './support/tcp-server.ts'

const KEY = 'gsk-test-0123456789'
const measurer = createMeasurer()
let server: TcpServer | undefined
afterEach(async () => server?.close())
afterAll(() => measurer.close())

function providerOf(slug: string): Provider {
  const provider = findProvider(slug)
  if (provider === undefined) throw new Error(`No provider ${slug}`)
  return provider
}

async function run(answer: Parameters<typeof startTcpServer>[0], signal?: AbortSignal, plan = makePlan()) {
  server = await startTcpServer(answer)
  const groq = providerOf('groq')
  const environment: Environment = { GROQ_API_KEY: KEY, GROQ_BASE_URL: `${server.url}/openai/v1` }
  return measurer.measure(plan, groq, await groq.access(environment), signal)
}

const answerWith = (body: string) => (socket: { write: (text: string) => unknown }) =>
  socket.write(STREAM_HEAD + httpChunk(body) + LAST_CHUNK)

test('a run is one request and gives a result whose numbers are those of its tape', async () => {
  const { document, tape } = await run(
    answerWith(
      chatDelta({ content: 'Once' }) +
        chatDelta({ content: ' upon' }, 'stop') +
        chatUsage({ completion_tokens: 2 }),
    ),
  )
  expect(document).toMatchObject({
    outcome: 'completed',
    output_tokens: 2,
    times_between_tokens: [0],
    temperature: 0.1,
  })
  if (isErrorDocument(document)) throw new Error(document.message)
  expect(textStampsOf(document, tape)).toEqual([tape.tape.reads[0]?.atNs, tape.tape.reads[0]?.atNs])
  expect(server?.sockets).toHaveLength(1)
})

test.each(['\n\n', '\u00a0', '\u200b\ufeff'])(
  'a stream that shows nothing but %j is cut by the first-token deadline, one with a letter is not',
  async (blank) => {
    const { profile, ...plan } = makePlan()
    const deadlines = { connectMs: 5000, firstTokenMs: 120, idleMs: 200, totalMs: 5000 }
    const hurried = { ...plan, profile: { ...profile, deadlines } }
    const sending = (content: string) => (socket: { write: (text: string) => unknown }) =>
      socket.write(STREAM_HEAD + httpChunk(chatDelta({ content })))
    const shown = await run(sending(`${blank}a`), undefined, hurried)
    expect(shown.document).toMatchObject({ exc_type: 'IdleTimeout', phase: 'stream' })
    await server?.close()
    const { document } = await run(sending(blank), undefined, hurried)
    expect(document).toMatchObject({ exc_type: 'FirstTokenTimeout', phase: 'first_token' })
  },
)

test('a stream that comes compressed is not cut for want of a first token that nobody can see yet', async () => {
  const { profile, ...plan } = makePlan()
  const deadlines = { connectMs: 5000, firstTokenMs: 120, idleMs: 5000, totalMs: 5000 }
  const body = gzipSync(chatDelta({ content: 'Once' }, 'stop'))
  const length = `content-length: ${body.length}`
  const { document } = await run(
    (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${length}\r\n\r\n`)
      socket.write(body.subarray(0, 12))
      setTimeout(() => socket.write(body.subarray(12)), 400)
    },
    undefined,
    { ...plan, profile: { ...profile, deadlines } },
  )
  expect(document).toMatchObject({ outcome: 'completed', visible_characters: 4, content_encoding: 'gzip' })
})

test('an event loop that is blocked for 50 ms while the stream runs taints the run', async () => {
  const { document } = await run((socket) => {
    socket.write(STREAM_HEAD + httpChunk(chatDelta({ content: 'Once' })))
    setTimeout(() => {
      const until = performance.now() + 50
      while (performance.now() < until);
      socket.write(httpChunk(chatDelta({ content: ' upon' }, 'stop')) + LAST_CHUNK)
    }, 30)
  })
  expect(document.quality?.tainted).toContain('event_loop_delay')
})

test('an aborted run is an error document, tainted, and says who ended it', async () => {
  const controller = new AbortController()
  const { document } = await run(
    () => controller.abort(new DOMException('Shutting down', 'AbortError')),
    controller.signal,
  )
  expect(document).toMatchObject({ exc_type: 'AbortError', phase: 'headers', error_kind: 'unknown' })
  expect(document.quality?.tainted).toContain('aborted')
})

test('a run that its caller ends by a timeout of its own is a timeout', async () => {
  const { document } = await run(() => undefined, AbortSignal.timeout(50))
  expect(document).toMatchObject({ exc_type: 'TimeoutError', error_kind: 'timeout' })
})

test('a key that the server echoes is neither in the document nor on the tape', async () => {
  const { document, tape } = await run((socket) => {
    const body = JSON.stringify({
      error: { message: `Incorrect API key provided: ${KEY}`, code: 'invalid_api_key' },
    })
    socket.write(
      `HTTP/1.1 401 Unauthorized\r\nx-echo: ${KEY}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  })
  expect(document).toMatchObject({ error_kind: 'auth', phase: 'headers', http_status: 401 })
  const kept =
    JSON.stringify([document, tape.tape.response]) +
    Buffer.concat(tape.tape.reads.map(({ bytes }) => bytes)).toString()
  expect(kept).not.toContain(KEY)
  expect(server?.received()).toContain(KEY)
})

test('a request that cannot be prepared is a failed attempt of the connect phase, without the secret in its words', async () => {
  const failing: Provider = {
    ...providerOf('groq'),
    request: () => Promise.reject(new Error(`No token for ${KEY}`)),
  }
  const access = { baseUrl: 'http://127.0.0.1:9', secrets: [KEY], headers: {} }
  const { document } = await measurer.measure(makePlan(), failing, access)
  expect(document).toMatchObject({ error_kind: 'unknown', phase: 'connect', http_status: null })
  expect(JSON.stringify(document)).not.toContain(KEY)
})

test('runs side by side do not mix', async () => {
  server = await startTcpServer(() => undefined)
  const url = server.url
  const groq = providerOf('groq')
  const access = await groq.access({ GROQ_API_KEY: KEY, GROQ_BASE_URL: `${url}/openai/v1` })
  const controller = new AbortController()
  const plans = Array.from({ length: 8 }, (_, index) =>
    makePlan({ resultId: `result-000${index}`, model: `model-${index}` }),
  )
  const running = Promise.all(plans.map((plan) => measurer.measure(plan, groq, access, controller.signal)))
  while (server.sockets.length < plans.length) await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  const measured = await running
  expect(measured.map(({ document }) => [document.result_id, document.model_name])).toEqual(
    plans.map(({ resultId, model }) => [resultId, model]),
  )
})
