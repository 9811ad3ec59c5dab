/** Every provider against every fixture: the same events in any slicing, and the facts of the table. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeStream } from '../src/decode.ts'
import { deltasOf, joinTexts } from '../src/metrics/milestones.ts'
import { mergeUsage } from '../src/metrics/tokens.ts'
import { findProvider, providerSlugs } from '../src/registry.ts'
import { ErrorDocument, ResultDocument } from '../src/result.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { EXPECTED } from './fixtures/expected.ts'
import type { Expected } from './fixtures/expected.ts'
import { dialectFor, documentOf, fixtureBytes, FIXTURES, plain, sliced } from './support/fixtures.ts'

const SLICES = [1, 7, 64]

test('every API of every provider of the registry has a fixture', () => {
  const offered = providerSlugs().flatMap((slug) =>
    (findProvider(slug)?.dialects ?? []).map(({ requestMode }) => `${slug} ${requestMode}`),
  )
  const covered = new Set(EXPECTED.map(({ provider, requestMode }) => `${provider} ${requestMode}`))
  expect(offered.filter((api) => !covered.has(api))).toEqual([])
})

test('every fixture stands in the table once', () => {
  const files = readdirSync(FIXTURES).filter((name) => /\.(sse|eventstream\.json)$/.test(name))
  expect(EXPECTED.map(({ file }) => file).sort()).toEqual(files.sort())
})

test('the recorded boundaries cut inside lines and inside characters', () => {
  const insideCharacter = EXPECTED.filter(({ file, reads }) => {
    const bytes = fixtureBytes(file)
    return sliced(bytes, reads).some(({ bytes: read }) => ((read[0] ?? 0) & 0xc0) === 0x80)
  })
  expect(insideCharacter.length).toBeGreaterThan(30)
  for (const { file, reads } of EXPECTED) {
    expect(
      reads.reduce((sum, size) => sum + size, 0),
      file,
    ).toBe(fixtureBytes(file).length)
  }
})

describe.each(EXPECTED.map((expected) => [expected.file, expected] as const))('%s', (file, expected) => {
  const dialect = dialectFor(expected.provider, expected.requestMode)
  const bytes = fixtureBytes(file)
  const whole = decodeStream(dialect, sliced(bytes, [bytes.length]))

  test('says what its provider means', () => {
    const text = deltasOf(whole.events, 'text')
    const reasoning = deltasOf(whole.events, 'reasoning')
    const usage = mergeUsage(whole.events)
    const id = whole.events.find(({ type }) => type === 'response-id')
    const finish = whole.events.findLast(({ type }) => type === 'finish')
    const fault = whole.events.find(({ type }) => type === 'error')
    expect({
      text: joinTexts(text),
      reasoning: joinTexts(reasoning),
      textDeltas: text.length,
      reasoningDeltas: reasoning.length,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      finish: finish?.type === 'finish' ? finish.reason : null,
      responseId: id?.type === 'response-id' ? id.id : null,
      message: fault?.type === 'error' ? fault.error.message : null,
    }).toEqual(factsOf(expected))
    expect(whole.framingFault).toBeNull()
    expect(whole.events.filter(({ type }) => type === 'malformed')).toEqual([])
  })

  test.each([...SLICES.map((size) => [size]), expected.reads])(
    'gives the same events in reads of %j bytes',
    (...sizes) => {
      const again = decodeStream(dialect, sliced(bytes, sizes))
      expect(plain(again)).toEqual(plain(whole))
      expect(again.framingFault).toBeNull()
    },
  )

  test('becomes a valid document of its outcome', () => {
    const document = documentOf(expected, bytes, expected.reads)
    if (expected.error !== null) {
      expect(ErrorDocument.parse(document)).toMatchObject({
        error_kind: expected.error.kind,
        phase: expected.error.phase,
        http_status: expected.error.status,
        message: expected.error.message,
        response_id: expected.responseId,
      })
      return
    }
    const result = ResultDocument.parse(document)
    expect(result).toEqual(document)
    expect(result).toMatchObject({
      outcome: expected.outcome,
      finish_reason: expected.finish,
      response_id: expected.responseId,
      visible_stream_chunks: expected.textDeltas,
      visible_characters: Array.from(expected.text).length,
      reasoning_characters: Array.from(expected.reasoning).length,
      input_tokens: expected.inputTokens,
      reasoning_tokens: expected.reasoningTokens,
      ...(expected.outputTokens === null ? {} : { output_tokens: expected.outputTokens }),
    })
    expect(result.time_to_first_token === null).toBe(expected.text === '')
    expect(result.time_to_first_reasoning === null).toBe(expected.reasoning === '')
    expect(isErrorDocument(documentOf(expected, bytes, [1]))).toBe(false)
  })
})

function factsOf(expected: Expected) {
  const { text, reasoning, textDeltas, reasoningDeltas, inputTokens, outputTokens, reasoningTokens } =
    expected
  const message = expected.error?.message ?? null
  const counts = { textDeltas, reasoningDeltas, inputTokens, outputTokens, reasoningTokens }
  return { text, reasoning, ...counts, finish: expected.finish, responseId: expected.responseId, message }
}
