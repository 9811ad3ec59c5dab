/** AWS event-stream bytes from frames that a person can read. */
import { EventStreamCodec } from '@smithy/eventstream-codec'

/** One frame: the name is an exception's where it ends with `Exception`, else an event's. */
export type EventStreamFrame = { readonly type: string; readonly payload: unknown }

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
)

/** The frames as the bytes of one `application/vnd.amazon.eventstream` body. */
export function encodeEventStream(frames: readonly EventStreamFrame[]): Buffer {
  return Buffer.concat(frames.map(encodeFrame))
}

function encodeFrame({ type, payload }: EventStreamFrame): Uint8Array {
  const kind = type.endsWith('Exception') ? 'exception' : 'event'
  const text = (value: string) => ({ type: 'string' as const, value })
  return codec.encode({
    headers: {
      [`:${kind}-type`]: text(type),
      ':content-type': text('application/json'),
      ':message-type': text(kind),
    },
    body: Buffer.from(JSON.stringify(payload)),
  })
}
