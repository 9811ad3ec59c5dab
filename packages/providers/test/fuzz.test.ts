/**
 * Whatever arrives, no decoder throws or hangs, the events do not depend on where the network cut the bytes, and what
 * `analyse` makes of them is a valid wire document.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeStream } from '../src/decode.ts'
import { ErrorDocument, ResultDocument } from '../src/result.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { analyse } from '../src/analyse.ts'
import { createAwsEventStreamFramer } from '../src/framing/aws-event-stream.ts'
import { createSseFramer } from '../src/framing/sse.ts'
import { EXPECTED } from './fixtures/expected.ts'
import type { Expected } from './fixtures/expected.ts'
import { encodeEventStream } from './support/eventstream.ts'
import type { EventStreamFrame } from './support/eventstream.ts'
import { dialectFor, documentOf, fixtureBytes, fixtureFrames, plain, sliced } from './support/fixtures.ts'
import { makeTape, saved } from './support/plans.ts'
import { damage, swap, wildFrames, wildJson, wildSse } from './support/wild.ts'

/** Runs of each property and their seed: raise the one and change the other to look further. */
const FUZZ_RUNS = 150
const SEED = 20_261_124
const OPTIONS = { seed: SEED, numRuns: FUZZ_RUNS }

type Api = Pick<Expected, 'provider' | 'requestMode'>

const APIS: readonly Api[] = [
  { provider: 'vllm', requestMode: 'chat_completions_stream' },
  { provider: 'openai', requestMode: 'openai_legacy_completions_stream' },
  { provider: 'openai', requestMode: 'openai_responses_stream' },
  { provider: 'anthropic', requestMode: 'anthropic_messages_stream' },
  { provider: 'gemini', requestMode: 'gemini_generate_content_stream' },
  { provider: 'bedrock', requestMode: 'bedrock_converse_stream' },
]

function survives(api: Api, bytes: Uint8Array, sizes: readonly number[]): void {
  const document = documentOf(api, bytes, sizes)
  const checked = (isErrorDocument(document) ? ErrorDocument : ResultDocument).safeParse(document)
  expect(checked.error?.issues ?? []).toEqual([])
  const dialect = dialectFor(api.provider, api.requestMode)
  const whole = decodeStream(dialect, sliced(bytes, [Math.max(1, bytes.length)]))
  expect(plain(decodeStream(dialect, sliced(bytes, sizes)))).toEqual(plain(whole))
}

const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 })

describe.each(APIS.map((api) => [api.requestMode, api] as const))(`%s, seed ${SEED}`, (mode, api) => {
  test('any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bytes, sizes, (wire, reads) => survives(api, wire, reads)),
      OPTIONS,
    )
  })

  test('any JSON under the names a decoder looks at', () => {
    const wire = mode === 'bedrock_converse_stream' ? wildFrames : wildSse
    fc.assert(
      fc.property(wire, sizes, (bytes, reads) => survives(api, bytes, reads)),
      { ...OPTIONS, numRuns: FUZZ_RUNS * 3 },
    )
  })

  test('any body and any headers of an answer with any status', () => {
    const name = fc.constantFrom(
      'x-amzn-errortype',
      'x-request-id',
      'retry-after',
      'server-timing',
      'x-ratelimit-a',
      'location',
    )
    const headers = fc.dictionary(name, fc.string({ maxLength: 300 }))
    const body = fc.oneof(
      wildJson,
      fc.string({ unit: 'binary' }),
      wildJson.map((json) => `[${json}]`),
    )
    fc.assert(
      fc.property(body, headers, fc.integer({ min: 300, max: 999 }), (text, sent, status) => {
        const tape = makeTape([[1, text]], { response: { status, headers: sent } })
        expect(ErrorDocument.safeParse(analyse(saved(tape, api))).error?.issues ?? []).toEqual([])
      }),
      OPTIONS,
    )
  })
})

describe(`damaged fixtures, seed ${SEED}`, () => {
  const fixture = fc.constantFrom(...EXPECTED)

  test('flipped, cut, repeated and inserted bytes', () => {
    fc.assert(
      fc.property(fixture, damage, sizes, (expected, damaged, reads) => {
        survives(expected, damaged(fixtureBytes(expected.file)), reads)
      }),
      { ...OPTIONS, numRuns: FUZZ_RUNS * 3 },
    )
  })

  test('values of another type in the place of any value', () => {
    fc.assert(
      fc.property(
        fixture,
        fc.array(fc.tuple(fc.nat(), swap), { minLength: 1, maxLength: 4 }),
        sizes,
        (expected, swaps, reads) => {
          survives(expected, swapped(expected.file, swaps), reads)
        },
      ),
      { ...OPTIONS, numRuns: FUZZ_RUNS * 3 },
    )
  })

  test('a fixture read as the stream of any other API', () => {
    for (const { file } of EXPECTED) {
      for (const api of APIS) survives(api, fixtureBytes(file), [64])
    }
  })
})

type Swap = readonly [event: number, change: (json: unknown) => unknown]

/** The fixture with the values of some of its events changed; frames are encoded anew, with right checksums. */
function swapped(file: string, swaps: readonly Swap[]): Uint8Array {
  if (file.endsWith('.json')) {
    const frames: EventStreamFrame[] = [...fixtureFrames(file)]
    for (const [event, change] of swaps) {
      const at = event % frames.length
      const frame = frames[at]
      if (frame !== undefined) frames[at] = { ...frame, payload: change(frame.payload) ?? null }
    }
    return encodeEventStream(frames)
  }
  const lines = String(fixtureBytes(file)).split('\n')
  const data = lines.flatMap((line, at) => (line.startsWith('data: {') ? [at] : []))
  for (const [event, change] of swaps) {
    const at = data[event % Math.max(1, data.length)]
    const line = at === undefined ? undefined : lines[at]
    if (at === undefined || line === undefined || !line.startsWith('data: {')) continue
    lines[at] = `data: ${JSON.stringify(change(JSON.parse(line.slice(6).trim())))}`
  }
  return Buffer.from(lines.join('\n'))
}

describe('memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = (): number => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const MEGABYTE = 1024 * 1024

  test.each([
    ['comments', createSseFramer, `: ${'x'.repeat(1000)}\n`.repeat(66)],
    ['events nobody reads', createSseFramer, `event: odd\ndata: ${'x'.repeat(1000)}\n\n`.repeat(64)],
    ['lines of unknown fields', createSseFramer, `${'y'.repeat(1000)}: z\r\n`.repeat(65)],
    ['bytes that are no frame', createAwsEventStreamFramer, 'x'.repeat(65_536)],
  ])('64 MB of %s are not retained', (_title, createFramer, piece) => {
    const framer = createFramer()
    const bytes = Buffer.from(piece)
    framer.push(bytes, 0n)
    const before = held()
    for (let index = 0; index < 1024; index += 1) framer.push(bytes, BigInt(index))
    expect(held() - before).toBeLessThan(4 * MEGABYTE)
    framer.finish()
  })
})
