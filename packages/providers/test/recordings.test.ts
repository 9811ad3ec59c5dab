/** Decodes the recorded provider streams that lie beside the repository; passes where they are not there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeStream } from '../src/decode.ts'
import { deltasOf } from '../src/metrics/milestones.ts'
import { mergeUsage } from '../src/metrics/tokens.ts'
import { findDialect } from '../src/provider.ts'
import type { ModeName } from '../src/provider.ts'
import { findProvider } from '../src/registry.ts'

const FOLDER = join(import.meta.dirname, '../../../../shared/recordings')

type Recording = {
  provider: string
  api: string
  httpStatus: number
  networkChunkBytes?: number[]
  expected?: {
    error: unknown
    visibleText: string
    reasoningText: string
    textDeltas: number
    reasoningDeltas: number
    outputTokens: number | null
    reasoningTokens: number | null
    id: string | null
  }
}

const MODES: Record<string, ModeName> = {
  chat: 'chat',
  completions: 'completions',
  responses: 'responses',
  messages: 'messages',
  streamRawPredict: 'messages',
  streamGenerateContent: 'generate_content',
  'converse-stream': 'converse',
}

const expectedPath = join(FOLDER, 'expected.json')
const recordings: [string, Recording][] = existsSync(expectedPath)
  ? Object.entries(JSON.parse(readFileSync(expectedPath, 'utf8')) as Record<string, Recording>)
  : []

function slicesOf(bytes: Buffer, sizes: readonly number[]) {
  const slices: { atNs: bigint; bytes: Buffer }[] = []
  let offset = 0
  while (offset < bytes.length) {
    const size = sizes[slices.length] ?? sizes.at(-1) ?? bytes.length
    slices.push({ atNs: BigInt(slices.length), bytes: bytes.subarray(offset, offset + size) })
    offset += size
  }
  return slices
}

describe.skipIf(recordings.length === 0)('recorded streams', () => {
  const streams = recordings.filter(
    ([, { httpStatus, expected }]) => httpStatus === 200 && expected !== undefined,
  )
  test.each(streams)('%s reads as it was recorded, in any slices', (name, recording) => {
    const provider = findProvider(recording.provider.replace(/^local-/, ''))
    const dialect = provider && findDialect(provider, MODES[recording.api] ?? 'chat')
    if (dialect === undefined || recording.expected === undefined) throw new Error(`No dialect for ${name}`)
    const bytes = readFileSync(join(FOLDER, name))
    const { events, framingFault } = decodeStream(
      dialect,
      slicesOf(bytes, recording.networkChunkBytes ?? [512]),
    )
    const { expected } = recording
    const text = deltasOf(events, 'text')
    const reasoning = deltasOf(events, 'reasoning')
    expect(framingFault).toBeNull()
    expect(text.map((delta) => delta.text).join('')).toBe(expected.visibleText)
    expect(reasoning.map((delta) => delta.text).join('')).toBe(expected.reasoningText)
    expect([text.length, reasoning.length]).toEqual([expected.textDeltas, expected.reasoningDeltas])
    const { outputTokens, reasoningTokens } = mergeUsage(events)
    if (expected.error === null)
      expect([outputTokens, reasoningTokens]).toEqual([expected.outputTokens, expected.reasoningTokens])
    expect(events.some(({ type }) => type === 'error')).toBe(expected.error !== null)
    expect(events.filter(({ type }) => type === 'malformed')).toEqual([])

    const plain = events.map(({ atNs: _, ...event }) => event)
    for (const size of [1, 7, 64]) {
      const again = decodeStream(dialect, slicesOf(bytes, [size])).events.map(
        ({ atNs: _, ...event }) => event,
      )
      expect(again).toEqual(plain)
    }
  })
})
