/**
 * Bytes to server-sent events. `eventsource-parser` reads the fields; this file hands it whole lines, and keeps the
 * lines that are no part of an event stream, which the standard has a parser drop: gateways and providers write errors
 * there (GPUStack in a field named `error`, Google as raw JSON, proxies as a page of HTML).
 */
import { createParser } from 'eventsource-parser'
import { parseJson } from '../json.ts'
import { createEventLines, isDataLine } from './event-lines.ts'
import type { Frame } from './frame.ts'
import type { Framer } from './framer.ts'

/** A line of an event stream: blank, a comment, or one of the standard's four fields. */
const STREAM_LINE = /^(?:$|:|(?:data|event|id|retry)(?::|$))/
const LONGEST_FIELD = 'event:'.length
/** The start of such a line, where the end of the stream cut it. */
const CUT_LINE = /^(?:d|da|dat|e|ev|eve|even|i|r|re|ret|retr|er|err|erro|error)$/
const ERROR_LINE = /^error:/

/** What is kept of bytes that are no event: more than any error or the head of any page. */
const LONGEST_STRAY = 64 * 1024

/** Whether the last event of a stream is only the beginning of one. */
function isCut(data: string): boolean {
  const text = data.trim()
  if ('[DONE]'.startsWith(text) && text !== '') return text !== '[DONE]'
  return /^(?:\{|\[\s*["[{])/.test(text) && parseJson(text) === undefined
}

/** The line without a byte order mark: some servers write one before each event. */
function withoutMark(line: string): string {
  return line.startsWith('\uFEFF') ? line.slice(1) : line
}

/** A framer for one stream. A multi-byte character or a line cut anywhere gives the same frames. */
export function createSseFramer(): Framer {
  const decoder = new TextDecoder('utf-8')
  let pending: string[] = []
  let pendingLength = 0
  let pendingHead = ''
  let frames: Frame[] = []
  let strays: string[] = []
  let straysLength = 0
  const event = createEventLines()
  let atNs = 0n
  /** When the newest data line came. */
  let dataAtNs = 0n
  let strayAtNs = 0n
  let afterReturn = false
  let ending = false
  const parser = createParser({
    onEvent: ({ event: name, data: text }) => {
      frames.push({ name: name ?? null, data: text, kind: ending && isCut(text) ? 'cut' : 'event', atNs })
    },
  })

  const flushStrays = (): void => {
    const text = strays.join('\n')
    strays = []
    straysLength = 0
    if (text.trim() !== '') frames.push({ name: null, data: text.trim(), kind: 'stray', atNs: strayAtNs })
  }
  const takeField = (line: string): void => {
    if (line === '') event.clear()
    else if (isDataLine(line)) {
      if (event.endsBefore(line)) endEvent()
      event.add(line.slice('data:'.length))
      dataAtNs = atNs
    } else if (!event.isEmpty() && !line.startsWith(':')) {
      // The name of an event may come behind its data, or belong to the next one.
      event.hold(line)
      return
    }
    for (const field of event.released()) parser.feed(`${field}\n`)
    parser.feed(`${line}\n`)
  }
  /** Ends the event where no blank line did, at the moment of its last line. */
  const endEvent = (): void => {
    const nowNs = atNs
    atNs = dataAtNs
    event.clear()
    parser.feed('\n')
    atNs = nowNs
  }
  const takeLine = (line: string): void => {
    if (STREAM_LINE.test(line)) {
      // A blank line may be part of a page or of an indented object.
      if (line !== '' && strays.length > 0) flushStrays()
      else if (strays.length > 0) strays.push('')
      takeField(line)
      return
    }
    if (ERROR_LINE.test(line)) {
      flushStrays()
      frames.push({ name: 'error', data: line.slice('error:'.length).trim(), kind: 'error', atNs })
      return
    }
    // The further lines of an indented object of which only the first was marked as data.
    if (event.isOpen()) {
      event.add(line)
      parser.feed(`data:${line}\n`)
      return
    }
    strayAtNs = atNs
    if (straysLength >= LONGEST_STRAY) return
    strays.push(line.slice(0, LONGEST_STRAY))
    straysLength += line.length + 1
  }
  const feed = (decoded: string): void => {
    if (decoded === '') return
    const text = afterReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded
    afterReturn = decoded.endsWith('\r')
    const cut = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
    if (cut === 0) {
      // A line that will be a stray is kept as far as a stray is: a body of another kind may have no line ends at all.
      if (pendingLength < LONGEST_STRAY || STREAM_LINE.test(pendingHead)) pending.push(text)
      if (pendingHead.length < LONGEST_FIELD) pendingHead = (pendingHead + text).slice(0, LONGEST_FIELD)
      pendingLength += text.length
      return
    }
    const lines = (pending.join('') + text.slice(0, cut)).split(/\r\n|\n|\r/)
    lines.pop()
    pending = cut < text.length ? [text.slice(cut)] : []
    pendingLength = text.length - cut
    pendingHead = text.slice(cut, cut + LONGEST_FIELD)
    for (const line of lines) takeLine(withoutMark(line))
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
    // A stream may end without its last blank line; what came until then is still what the provider said.
    finish: () => {
      ending = true
      feed(decoder.decode())
      const last = pending.join('')
      pending = []
      if (last !== '' && !CUT_LINE.test(last)) takeLine(withoutMark(last))
      takeLine('')
      flushStrays()
      return { frames: take(), fault: null }
    },
  }
}
