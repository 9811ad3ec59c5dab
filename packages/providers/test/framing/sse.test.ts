import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSseFramer } from '../../src/framing/sse.ts'

type Plain = { name: string | null; data: string; kind: string }

function framesOf(slices: readonly Uint8Array[]): Plain[] {
  const framer = createSseFramer()
  const frames = [
    ...slices.flatMap((slice, index) => framer.push(slice, BigInt(index))),
    ...framer.finish().frames,
  ]
  return frames.map(({ name, data, kind }) => ({ name, data, kind }))
}

function sliced(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const WIRE =
  '\uFEFF: hello\r\ndata: {"a":"größe 👍"}\r\n\r\nevent: ping\ndata: 1\ndata: 2\n\nerror: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n'

test('BOM, comments, CRLF, several data lines and an unknown error field are read as the standard and GPUStack mean them', () => {
  expect(framesOf([Buffer.from(WIRE)])).toEqual([
    { name: null, data: '{"a":"größe 👍"}', kind: 'event' },
    { name: 'ping', data: '1\n2', kind: 'event' },
    { name: 'error', data: '{"error":{"message":"x"}}', kind: 'error' },
    { name: null, data: '[DONE]', kind: 'event' },
  ])
})

test('a stream cut at any byte gives the same frames', () => {
  const bytes = Buffer.from(WIRE)
  const whole = framesOf([bytes])
  for (let cut = 1; cut < bytes.length; cut += 1) {
    expect(framesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole)
  }
})

test('any text in any slicing and any line ending gives the frames of the whole', () => {
  const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n\0]/g, ''))
  const event = fc.tuple(fc.constantFrom('data', 'event', 'id', 'error', 'retry', 'foo', ''), line)
  const wire = fc
    .tuple(fc.array(event, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\r'))
    .map(([events, end]) =>
      events.map(([field, text]) => `${field}: ${text}${end}${text.length % 2 === 0 ? end : ''}`).join(''),
    )
  fc.assert(
    fc.property(wire, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
      const bytes = Buffer.from(text)
      expect(framesOf(sliced(bytes, cuts))).toEqual(framesOf([bytes]))
    }),
  )
})

test('a frame carries the stamp of the read that completed it', () => {
  const framer = createSseFramer()
  expect(framer.push(Buffer.from('data: a\n'), 10n)).toEqual([])
  const frames = framer.push(Buffer.from('\ndata: b\n\n'), 20n)
  expect(frames.map(({ data, atNs }) => [data, atNs])).toEqual([
    ['a', 20n],
    ['b', 20n],
  ])
})

test('an event without its last blank line is read at the end of the stream', () => {
  expect(framesOf([Buffer.from('data: [DONE]')])).toEqual([{ name: null, data: '[DONE]', kind: 'event' }])
})

test('a megabyte without a line end costs linear time, and its beginning is a stray', () => {
  const framer = createSseFramer()
  for (let index = 0; index < 16_384; index += 1) framer.push(Buffer.alloc(64, 'x'), BigInt(index))
  const [stray, ...others] = framer.finish().frames
  expect([stray?.kind, others]).toEqual(['stray', []])
  expect(stray?.data.length).toBeLessThanOrEqual(64 * 1024)
})
