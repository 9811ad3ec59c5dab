import { EventStreamCodec } from '@smithy/eventstream-codec'

export type Frame = { readonly headers: Readonly<Record<string, unknown>>; readonly payload: unknown }

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)

/** Decodes AWS event-stream frames. Throws at a checksum that does not match. */
export function decodeFrames(body: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let rest = body; rest.length > 0;) {
    const length = rest.readUInt32BE(0)
    const message = codec.decode(rest.subarray(0, length))
    const headers = Object.entries(message.headers).map(([name, { value }]) => [name, value])
    frames.push({
      headers: Object.fromEntries(headers) as Record<string, unknown>,
      payload: JSON.parse(Buffer.from(message.body).toString('utf8')) as unknown,
    })
    rest = rest.subarray(length)
  }
  return frames
}
