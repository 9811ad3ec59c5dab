import { expect, test } from 'vitest'
import { endCheckOf } from '../../src/awaited.ts'
import { findDialect } from '../../src/provider.ts'
import { findProvider } from '../../src/registry.ts'
import type { RequestMode } from '../../src/result.ts'
import { monotonicNs } from '../../src/transport/clock.ts'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { encodeEventStream } from '../support/eventstream.ts'
import { recordTape } from '../support/record.ts'
import { CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES } from '../support/runs.ts'
import { httpChunk, startTcpServer, STREAM_HEAD } from '../support/tcp-server.ts'

const DEADLINES = { connectMs: 20_000, firstTokenMs: 20_000, idleMs: 20_000, totalMs: 20_000 }
const TEXT = chatDelta({ content: 'Once' })

type Api = { readonly provider: string; readonly requestMode: RequestMode }

function checkOf({ provider, requestMode }: Api) {
  const found = findProvider(provider)
  const dialect = found === undefined ? undefined : findDialect(found, requestMode)
  if (dialect === undefined) throw new Error(`No ${requestMode} of ${provider}`)
  return endCheckOf(dialect)
}

/** The milliseconds after which nothing is awaited of a stream whose pieces came 1 s apart; null: something is. */
function awaitedMs(api: Api, pieces: readonly (string | Uint8Array)[]): number | null {
  const reads = pieces.map((piece, index) => ({
    atNs: BigInt(index + 1) * 1_000_000_000n,
    bytes: Buffer.from(piece),
  }))
  const check = checkOf(api)
  const tail = Buffer.concat(reads.map(({ bytes }) => bytes)).subarray(-4096)
  const untilNs = check.mayHaveEnded(tail) ? check.awaitedUntilNs(reads) : null
  return untilNs === null ? null : Number(untilNs / 1_000_000n)
}

test.each([
  ['text', CHAT, [TEXT], null],
  ['text that speaks of [DONE]', CHAT, [chatDelta({ content: '[DONE]' })], null],
  ['a finish, for usage may follow', CHAT, [TEXT, chatDelta({}, 'stop')], 7000],
  ['usage after the finish', CHAT, [chatDelta({}, 'stop'), chatUsage({ completion_tokens: 1 })], 6000],
  ['[DONE]', CHAT, [chatDelta({}, 'stop'), sse('[DONE]')], 3000],
  [
    '[DONE] and keep-alives',
    CHAT,
    [chatDelta({}, 'stop'), sse('[DONE]'), ': alive\n\n', ': alive\n\n'],
    3000,
  ],
  ['an early finish before text', CHAT, [chatDelta({}, 'stop'), TEXT], null],
  [
    'message_delta',
    MESSAGES,
    [
      messageEvent({ type: 'content_block_delta', delta: { text: 'Once' } }),
      messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }),
    ],
    7000,
  ],
  ['message_stop', MESSAGES, [messageEvent({ type: 'message_stop' })], 2000],
  ['response.completed', RESPONSES, [sse({ type: 'response.completed', response: {} })], 2000],
  [
    'a finish reason behind the text',
    GEMINI,
    [geminiParts([{ text: 'Once' }]), geminiParts([], 'STOP')],
    7000,
  ],
  [
    'a finish reason beside text and usage',
    GEMINI,
    [geminiParts([{ text: 'Once' }], 'STOP') + sse({ usageMetadata: { candidatesTokenCount: 1 } })],
    6000,
  ],
  [
    'a stop beside text alone, as some name it in every message',
    GEMINI,
    [geminiParts([{ text: 'Once' }], 'STOP')],
    null,
  ],
  ['a cap beside text alone', GEMINI, [geminiParts([{ text: 'Once' }], 'MAX_TOKENS')], 6000],
  [
    'messageStop',
    CONVERSE,
    [
      encodeEventStream([{ type: 'contentBlockDelta', payload: { delta: { text: 'Once' } } }]),
      encodeEventStream([{ type: 'messageStop', payload: { stopReason: 'end_turn' } }]),
    ],
    7000,
  ],
  ['a stop before anything was generated', GEMINI, [geminiParts([], 'STOP'), geminiParts([], 'STOP')], null],
  ['a stop before the reasoning is over', CHAT, [chatDelta({ content: '' }, 'stop'), ': thinking\n\n'], null],
  ['a cap that was reached without content', CHAT, [chatDelta({}, 'length')], 6000],
  ['a filter', GEMINI, [geminiParts([], 'SAFETY')], 6000],
  [
    'a finish that text has followed',
    CHAT,
    [chatDelta({ content: 'a' }, 'stop'), chatDelta({ content: 'b' }, 'stop')],
    null,
  ],
  [
    'a long response.completed',
    RESPONSES,
    [
      sse({
        type: 'response.completed',
        response: { instructions: 'x'.repeat(9000), usage: { total_tokens: 3 } },
      }),
    ],
    2000,
  ],
] as const)('after %s something is awaited until: %j %j', (_title, api, pieces, ms) => {
  expect(awaitedMs(api, pieces)).toBe(ms)
})

test.each([
  ['"finish_reason":""', false],
  ['"finish_reason": ""', false],
  ['"finish_reason":null', false],
  ['"finish_reason":"","x":1},{"finish_reason":"stop"', true],
  ['"finish_reason": "stop"', true],
])('a stream whose last bytes are %s is looked into: %j', (tail, isLooked) => {
  expect(checkOf(CHAT).mayHaveEnded(Buffer.from(tail))).toBe(isLooked)
})

/** The tape of a chat stream from there. */
const recordFrom = (url: string) =>
  recordTape(
    { method: 'POST', url: `${url}/x`, headers: {}, body: '{}' },
    { deadlines: DEADLINES, hasContent: () => true, endCheck: checkOf(CHAT), arrivalNs: monotonicNs },
  )

test.concurrent.each([
  ['silent', []],
  ['kept alive by comments', [': alive\n\n']],
])('a connection that stays open after the end mark, %s, is closed a second later', async (_title, beats) => {
  const timers: NodeJS.Timeout[] = []
  const server = await startTcpServer((socket) => {
    socket.write(STREAM_HEAD + httpChunk(TEXT + chatDelta({}, 'stop') + sse('[DONE]')))
    for (const beat of beats) timers.push(setInterval(() => socket.write(httpChunk(beat)), 50))
  })
  try {
    const tape = await recordFrom(server.url)
    expect(tape).toMatchObject({ closedEarly: true, failure: null })
    expect(Number(tape.endNs - (tape.startNs ?? 0n)) / 1e9).toBeLessThan(DEADLINES.totalMs / 1000)
  } finally {
    timers.forEach(clearInterval)
    await server.close()
  }
})

test.concurrent('usage and the end that come within the grace are awaited', async () => {
  const server = await startTcpServer((socket) => {
    socket.write(STREAM_HEAD + httpChunk(TEXT + chatDelta({}, 'stop')))
    setTimeout(
      () => socket.write(`${httpChunk(chatUsage({ completion_tokens: 1 }) + sse('[DONE]'))}0\r\n\r\n`),
      1500,
    )
  })
  try {
    const tape = await recordFrom(server.url)
    expect(tape).toMatchObject({ closedEarly: false, failure: null })
    expect(Buffer.concat(tape.reads.map(({ bytes }) => bytes)).toString()).toContain('[DONE]')
  } finally {
    await server.close()
  }
})
