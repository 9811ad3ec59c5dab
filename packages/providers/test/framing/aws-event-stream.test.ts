import { EventStreamCodec } from '@smithy/eventstream-codec'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAwsEventStreamFramer } from '../../src/framing/aws-event-stream.ts'

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
)

function message(headers: Record<string, string>, payload: unknown): Uint8Array {
  const named = Object.entries(headers).map(([name, value]) => [
    `:${name}`,
    { type: 'string' as const, value },
  ])
  return codec.encode({ headers: Object.fromEntries(named), body: Buffer.from(JSON.stringify(payload)) })
}

const event = (type: string, payload: unknown) =>
  message({ 'message-type': 'event', 'event-type': type }, payload)

const WIRE = Buffer.concat([
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { delta: { text: 'größe 👍' } }),
  message({ 'message-type': 'exception', 'exception-type': 'throttlingException' }, { message: 'slow' }),
  message({ 'message-type': 'error', 'error-code': 'InternalError', 'error-message': 'broken' }, {}),
])

function framesOf(slices: readonly Uint8Array[]) {
  const framer = createAwsEventStreamFramer()
  const frames = slices.flatMap((slice, index) => framer.push(slice, BigInt(index)))
  const { fault } = framer.finish()
  return { frames: frames.map(({ name, data, kind }) => ({ name, data, kind })), fault }
}

test('events, exceptions and errors become frames', () => {
  expect(framesOf([WIRE])).toEqual({
    fault: null,
    frames: [
      { name: 'messageStart', data: '{"role":"assistant"}', kind: 'event' },
      { name: 'contentBlockDelta', data: '{"delta":{"text":"größe 👍"}}', kind: 'event' },
      { name: 'throttlingException', data: '{"message":"slow"}', kind: 'error' },
      { name: 'InternalError', data: '{"message":"broken"}', kind: 'error' },
    ],
  })
})

test('a stream cut anywhere gives the same frames', () => {
  const whole = framesOf([WIRE])
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: WIRE.length - 1 }), { maxLength: 60 }), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), WIRE.length]
      expect(framesOf(ends.map((end, index) => WIRE.subarray(ends[index - 1] ?? 0, end)))).toEqual(whole)
    }),
  )
})

test('one byte at a time gives the same frames', () => {
  expect(framesOf([...WIRE].map((byte) => Uint8Array.of(byte)))).toEqual(framesOf([WIRE]))
})

test('any flipped bit ends the stream with a fault instead of a wrong event', () => {
  const first = event('contentBlockDelta', { delta: { text: 'hello' } })
  fc.assert(
    fc.property(fc.nat(first.length - 1), fc.nat(7), (at, bit) => {
      const broken = Buffer.from(first)
      broken[at] = (broken[at] ?? 0) ^ (1 << bit)
      const { frames, fault } = framesOf([broken])
      expect(frames).toEqual([])
      expect(fault).not.toBeNull()
    }),
  )
})

test('a message cut short is a fault that says how far it came', () => {
  expect(framesOf([WIRE.subarray(0, 40)]).fault).toBe('The stream ended inside a message, 40 bytes into it')
})

test('a length that no message has is a fault at once', () => {
  expect(framesOf([Buffer.alloc(32, 0xff)]).fault).toBe('A message says it is 4294967295 bytes long')
})
