/** The lines of one server-sent event while they come, and whether a further line still belongs to it. Pure. */
import { closeBrackets, noBrackets } from '../brackets.ts'

const DATA_LINE = /^data(?::|$)/
/** Data that begins a message: JSON, `[DONE]`, or a line that is marked as data twice. */
const MESSAGE_START = /^data:\s*(?:[{[]|data:)/

/** The data of an event whose blank line has not come. */
export type EventLines = {
  readonly isEmpty: () => boolean
  /** Takes a line of a field that is no data. */
  readonly hold: (line: string) => void
  /** The fields that were held since, in their order. */
  readonly released: () => string[]
  /** Takes the value of a data line. */
  readonly add: (value: string) => void
  /**
   * Whether this line begins another event, though no blank line came: the data so far is one whole message, and a second
   * one follows. Some servers end each event with one line end.
   */
  readonly endsBefore: (line: string) => boolean
  /** Whether the data so far may go on in a line that is not marked as data, as an indented object does. */
  readonly isOpen: () => boolean
  readonly clear: () => void
}

export function createEventLines(): EventLines {
  let count = 0
  let isJson = false
  let brackets = noBrackets()
  /** Values whose brackets nobody has asked for: most events are one line. */
  let unread: string[] = []
  let held: string[] = []
  const isWhole = (): boolean => {
    for (const value of unread) {
      let at = 0
      while (at >= 0) at = closeBrackets(value, at, brackets)
    }
    unread = []
    return isJson && brackets.depth === 0 && !brackets.inString
  }
  return {
    isEmpty: () => count === 0,
    hold: (line) => held.push(line),
    released: () => {
      const fields = held
      held = []
      return fields
    },
    add: (value) => {
      if (count === 0) isJson = /^\s*[{[]/.test(value)
      count += 1
      unread.push(value)
    },
    endsBefore: (line) => MESSAGE_START.test(line) && count > 0 && isWhole(),
    isOpen: () => count > 0 && !isWhole(),
    clear: () => {
      count = 0
      unread = []
      brackets = noBrackets()
    },
  }
}

/** Whether the line is one of data. */
export function isDataLine(line: string): boolean {
  return DATA_LINE.test(line)
}
