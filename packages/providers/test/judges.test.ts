/** The vendors' own SDKs read the same bytes from a socket and must find the same text, tokens, finish and faults. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeStream } from '../src/decode.ts'
import { deltasOf, joinTexts } from '../src/metrics/milestones.ts'
import { mergeUsage } from '../src/metrics/tokens.ts'
import type { FinishReason, RequestMode } from '../src/result.ts'
import { EXPECTED } from './fixtures/expected.ts'
import { startBodyServer } from './support/body-server.ts'
import type { BodyServer } from './support/body-server.ts'
import { dialectFor, fixtureBytes, sliced } from './support/fixtures.ts'
import { judge } from './support/judges.ts'

const MODES: Readonly<Record<string, RequestMode>> = {
  chat: 'chat_completions_stream',
  completions: 'openai_legacy_completions_stream',
  responses: 'openai_responses_stream',
  messages: 'anthropic_messages_stream',
  streamRawPredict: 'anthropic_messages_stream',
  streamGenerateContent: 'gemini_generate_content_stream',
  'converse-stream': 'bedrock_converse_stream',
}

type Case = {
  readonly provider: string
  readonly requestMode: RequestMode
  readonly bytes: Buffer
  readonly reads: readonly number[]
}

const fixtures: [string, Case][] = EXPECTED.map(({ file, provider, requestMode, reads }) => [
  file,
  { provider, requestMode, reads, bytes: fixtureBytes(file) },
])
const recorded = recordings()
const cases = new Map([...fixtures, ...recorded])

let server: BodyServer
beforeAll(async () => {
  server = await startBodyServer((name) => {
    const found = cases.get(name)
    if (found === undefined) throw new Error(`No body ${name}`)
    const aws = found.requestMode === 'bedrock_converse_stream'
    return { ...found, type: aws ? 'application/vnd.amazon.eventstream' : 'text/event-stream' }
  })
})
afterAll(() => server.close())

type Seen = ReturnType<typeof decoded>

/** Where an SDK sees something else: what it sees, and why ours is what is meant. */
const DISAGREEMENTS: Record<string, { readonly why: string; readonly sdk: Partial<Seen> }> = {
  'bedrock-model-error.eventstream.json': {
    why: "The SDK shows the service's words; ours are those of the model, which the frame carries beside them",
    sdk: { message: 'The model broke off' },
  },
  'gpustack-error.sse': {
    why: 'The SDK passes over a field named error as the SSE standard says: a run that died looks like one that ended',
    sdk: { message: null },
  },
  'openrouter-error.sse': {
    why: 'The SDK throws at the error before it hands over the finish and the usage of the same chunk',
    sdk: { outputTokens: null, finish: null },
  },
  'recorded openrouter-midstream-error-keepalive.sse': {
    why: 'The same: the usage stands in the chunk of the error',
    sdk: { outputTokens: null },
  },
  'xai.sse': {
    why: 'The SDK hands over completion_tokens; the total says that the reasoning is apart, so ours adds it',
    sdk: { outputTokens: 3 },
  },
}

test.each(fixtures)('%s is what its SDK reads', agrees)

describe.skipIf(recorded.length === 0)('recorded streams', () => {
  test.each(recorded)('%s is what its SDK reads', agrees)
})

async function agrees(name: string, found: Case): Promise<void> {
  const { error, finish, ...judged } = await judge(found.requestMode, server.urlOf(name))
  const { why, sdk } = DISAGREEMENTS[name] ?? { why: 'The SDK reads the same', sdk: {} }
  const { message, ...ours } = { ...decoded(found), ...sdk }
  expect({ ...judged, finish: meaningOf(finish) }, why).toEqual(ours)
  if (message === null) expect(error, why).toBeNull()
  else expect(error, why).toContain(message)
}

test('every disagreement is still one', () => {
  for (const [name, { sdk }] of Object.entries(DISAGREEMENTS)) {
    const found = cases.get(name)
    if (found !== undefined) expect(decoded(found), name).not.toMatchObject(sdk)
  }
})

/** The finish words of the vendors by hand, apart from the code under test. */
const MEANINGS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  STOP: 'stop',
  completed: 'stop',
  length: 'length',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  max_output_tokens: 'length',
  PROHIBITED_CONTENT: 'content_filter',
  error: 'error',
}

function meaningOf(word: string | null): FinishReason | null {
  if (word === null || word === '') return null
  const meaning = MEANINGS[word]
  if (meaning === undefined) throw new Error(`No meaning of ${word}`)
  return meaning
}

function decoded({ provider, requestMode, bytes, reads }: Case) {
  const { events } = decodeStream(dialectFor(provider, requestMode), sliced(bytes, reads))
  const finish = events.findLast(({ type }) => type === 'finish')
  const fault = events.find(({ type }) => type === 'error')
  return {
    text: joinTexts(deltasOf(events, 'text')),
    reasoning: joinTexts(deltasOf(events, 'reasoning')),
    outputTokens: mergeUsage(events).outputTokens,
    finish: finish?.type === 'finish' ? finish.reason : null,
    message: fault?.type === 'error' ? fault.error.message : null,
  }
}

/** Recorded streams, where they lie beside the repository. */
function recordings(): [string, Case][] {
  const folder = join(import.meta.dirname, '../../../../shared/recordings')
  if (!existsSync(join(folder, 'expected.json'))) return []
  type Recording = { provider: string; api: string; httpStatus: number; networkChunkBytes?: number[] }
  const all = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Recording>
  return Object.entries(all).flatMap(
    ([name, { provider, api, httpStatus, networkChunkBytes }]): [string, Case][] => {
      const requestMode = MODES[api]
      if (httpStatus !== 200 || requestMode === undefined) return []
      const bytes = readFileSync(join(folder, name))
      return [
        [
          `recorded ${name}`,
          {
            provider: provider.replace(/^local-/, ''),
            requestMode,
            bytes,
            reads: networkChunkBytes ?? [777],
          },
        ],
      ]
    },
  )
}
