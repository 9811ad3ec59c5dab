/** Messages that a server, or something on the way, wrote into one event. Pure. */
import { closeBrackets, noBrackets } from './brackets.ts'
import { isRecord } from './json.ts'
import type { JsonRecord } from './json.ts'
import { parseMessage } from './message.ts'

export type Glued = {
  readonly messages: readonly JsonRecord[]
  /** What is no message, without the marks between messages. */
  readonly rest: string
}

/** Where a further message is marked as data inside a line, or begins a line of its own. */
const MARK = /data:(?=[ \t]{0,2}(?:[{[]|data:))|\n(?=\{)/
const END_MARK = '[DONE]'

/** The objects in a text that is not one JSON value; the cost is linear in its length. */
export function readGlued(text: string): Glued {
  const parts = text.split(MARK).map(readObjects)
  return {
    messages: parts.flatMap(({ messages }) => messages),
    rest: parts
      .map(({ rest }) => rest)
      .join('')
      .trim(),
  }
}

/** Whether the rest of such a text holds nothing that anybody could miss. */
export function isNothing(rest: string): boolean {
  return /^[\s,]*$/.test(rest.replaceAll(END_MARK, ''))
}

/** Whether the rest holds the mark of a stream's end. */
export function holdsEndMark(rest: string): boolean {
  return rest.includes(END_MARK)
}

/** The objects that follow each other in a text, up to the first that is none. */
function readObjects(text: string): Glued {
  const messages: JsonRecord[] = []
  let rest = ''
  let from = 0
  while (true) {
    const start = text.indexOf('{', from)
    const end = start < 0 ? -1 : closeBrackets(text, start, noBrackets())
    const value = end < 0 ? undefined : parseMessage(text.slice(start, end))
    if (!isRecord(value)) return { messages, rest: rest + text.slice(from) }
    rest += text.slice(from, start)
    messages.push(value)
    from = end
  }
}
