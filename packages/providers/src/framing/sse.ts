/**
 * Bytes to server-sent events. `eventsource-parser` reads the lines; this file only sees to it that the parser is
 * handed whole lines, because it drops unfinished lines of unknown fields, which would make the events depend on
 * where the network cut the stream (GPUStack reports errors in a field named `error`).
 */
import { createParser } from 'eventsource-parser'
import type { Frame } from './frame.ts'
import type { Framer } from './framer.ts'

/** A framer for one stream. A multi-byte character or a line cut anywhere gives the same frames. */
export function createSseFramer(): Framer {
  const decoder = new TextDecoder('utf-8')
  let pending: string[] = []
  let frames: Frame[] = []
  let atNs = 0n
  const parser = createParser({
    onEvent: ({ event, data }) => frames.push({ name: event ?? null, data, kind: 'event', atNs }),
    onError: ({ type, field, value }) => {
      if (type === 'unknown-field' && field === 'error') {
        frames.push({ name: 'error', data: value ?? '', kind: 'fault', atNs })
      }
    },
  })

  const feed = (text: string): void => {
    const cut = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
    if (cut === 0) {
      pending.push(text)
      return
    }
    parser.feed(pending.join('') + text.slice(0, cut))
    pending = cut < text.length ? [text.slice(cut)] : []
  }
  const take = (): Frame[] => {
    const taken = frames
    frames = []
    return taken
  }

  return {
    push: (bytes, readAtNs) => {
      atNs = readAtNs
      feed(decoder.decode(bytes, { stream: true }))
      return take()
    },
    // A stream may end without its last blank line; what stands there is still what the provider said.
    finish: () => {
      feed(`${decoder.decode()}\n\n`)
      return { frames: take(), fault: null }
    },
  }
}
