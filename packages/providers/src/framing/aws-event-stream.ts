/**
 * Bytes to AWS event-stream messages (`application/vnd.amazon.eventstream`): a 12-byte prelude with the total length
 * first, headers, payload, and a CRC over each part, which the codec checks.
 */
import { EventStreamCodec } from '@smithy/eventstream-codec'
import type { Frame } from './frame.ts'
import type { Framer } from './framer.ts'

const SHORTEST_MESSAGE_BYTES = 16
const LONGEST_MESSAGE_BYTES = 16 * 1024 * 1024
/** What is kept of bytes that are no messages. */
const LONGEST_WORDS_BYTES = 64 * 1024

const utf8 = new TextDecoder('utf-8')
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8.decode(bytes)),
  (text) => new TextEncoder().encode(text),
)

/** A framer for one stream. A bad checksum or length ends it: what follows cannot be trusted. */
export function createAwsEventStreamFramer(): Framer {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let neededBytes = 4
  let fault: string | null = null

  let lastNs = 0n

  const push = (bytes: Uint8Array, atNs: bigint): Frame[] => {
    if (fault !== null && heldBytes > LONGEST_WORDS_BYTES) return []
    held.push(bytes)
    heldBytes += bytes.length
    lastNs = atNs
    if (fault !== null) return []
    if (heldBytes < neededBytes) return []
    const { frames, rest, needed } = readMessages(Buffer.concat(held), atNs, (reason) => (fault = reason))
    held = [rest]
    heldBytes = rest.length
    neededBytes = needed
    return frames
  }
  const finish = (): { frames: Frame[]; fault: string | null } => {
    // A gateway in front answers in words, also after messages that were sent: they are no length of a message.
    const words = fault === null ? null : printable(Buffer.concat(held))
    if (words !== null)
      return { frames: [{ name: null, data: words, kind: 'stray', atNs: lastNs }], fault: null }
    const cut = heldBytes > 0 ? `The stream ended inside a message, ${heldBytes} bytes into it` : null
    return { frames: [], fault: fault ?? cut }
  }
  return { push, finish }
}

function readMessages(buffer: Buffer, atNs: bigint, fail: (reason: string) => void) {
  const frames: Frame[] = []
  let offset = 0
  let needed = 4
  while (buffer.length - offset >= 4) {
    const length = buffer.readUInt32BE(offset)
    if (length < SHORTEST_MESSAGE_BYTES || length > LONGEST_MESSAGE_BYTES) {
      fail(`A message says it is ${length} bytes long`)
      break
    }
    needed = length
    if (buffer.length - offset < length) break
    try {
      frames.push(readMessage(buffer.subarray(offset, offset + length), atNs))
    } catch (error) {
      fail(error instanceof Error ? error.message : 'A message could not be read')
      break
    }
    offset += length
    needed = 4
  }
  return { frames, rest: buffer.subarray(offset), needed }
}

/** The bytes as text, or null where they are none. */
function printable(bytes: Uint8Array): string | null {
  const text = utf8.decode(bytes)
  // oxlint-disable-next-line no-control-regex -- control characters are what no text holds
  return text.trim() === '' || /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? null : text
}

function readMessage(bytes: Uint8Array, atNs: bigint): Frame {
  const { headers, body } = codec.decode(bytes)
  const header = (name: string): string | null => {
    const value = headers[name]?.value
    return typeof value === 'string' ? value : null
  }
  const data = utf8.decode(body)
  const messageType = header(':message-type')
  if (messageType === 'event') return { name: header(':event-type'), data, kind: 'event', atNs }
  if (messageType === 'exception') return { name: header(':exception-type'), data, kind: 'error', atNs }
  const told = JSON.stringify({ message: header(':error-message') ?? data })
  return { name: header(':error-code') ?? messageType, data: told, kind: 'error', atNs }
}
