/**
 * A look at JSON text for what `JSON.parse` hides: a key given twice, a number that a double cannot hold, a lone
 * surrogate, depth. It does not validate: `JSON.parse` does, and runs after it.
 */

export type ScanFault = {
  /** Keys and indices from the root. */
  readonly path: readonly (string | number)[]
  readonly kind: 'duplicate_key' | 'inexact_number' | 'lone_surrogate' | 'too_deep'
}

export type ScanLimits = { readonly maxDepth: number; readonly hardDepth: number; readonly maxFaults: number }

/** `gaveUp`: the text is so deep or so faulty that nothing more is worth knowing about it. */
export type Scan = { readonly faults: readonly ScanFault[]; readonly gaveUp: boolean }

type Level = { readonly keys: Set<string> | null; step: string | number }

/** Faults of `text` in order of appearance; depth counts brackets, the document's own being the first. */
export function scanJson(text: string, limits: ScanLimits): Scan {
  const faults: ScanFault[] = []
  const levels: Level[] = []
  const add = (kind: ScanFault['kind']): void => {
    faults.push({ path: levels.map((each) => each.step), kind })
  }

  // Without one in the whole text, a string ends at the next quote and is what it looks like.
  const escapes = text.includes('\\')
  let level: Level | undefined
  let at = 0
  while (at < text.length) {
    if (faults.length > limits.maxFaults) return { faults, gaveUp: true }
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      const end = endOfString(text, at, escapes)
      const isKey = level !== undefined && level.keys !== null && isFollowedByColon(text, end)
      if (isKey || escapes) {
        const { value, wellFormed } = readString(text.slice(at, end))
        if (isKey) noteKey(level!, value, add)
        if (!wellFormed) add('lone_surrogate')
      }
      at = end
    } else if (character === MINUS || isDigit(character)) {
      const end = endOfNumber(text, at)
      if (!isShort(text, at, end) && !isExact(text.slice(at, end))) add('inexact_number')
      at = end
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      if (levels.length === limits.maxDepth) add('too_deep')
      if (levels.length >= limits.hardDepth) return { faults, gaveUp: true }
      level = character === OPEN_BRACE ? { keys: new Set(), step: '' } : { keys: null, step: 0 }
      levels.push(level)
      at += 1
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      levels.pop()
      level = levels.at(-1)
      at += 1
    } else {
      if (character === COMMA && level?.keys === null) level.step = Number(level.step) + 1
      at += 1
    }
  }
  return { faults, gaveUp: false }
}

function noteKey(level: Level, key: string, add: (kind: ScanFault['kind']) => void): void {
  level.step = key
  if (level.keys?.has(key)) add('duplicate_key')
  level.keys?.add(key)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const PLUS = 0x2b
const UPPER_E = 0x45
const LOWER_E = 0x65
/** Digits that a double always holds. */
const SHORT = 15

const isDigit = (character: number): boolean => character >= 0x30 && character <= 0x39
const isSpace = (character: number): boolean =>
  character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09

function endOfString(text: string, start: number, escapes: boolean): number {
  if (!escapes) {
    const end = text.indexOf('"', start + 1)
    return end === -1 ? text.length : end + 1
  }
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === BACKSLASH) at += 1
    else if (character === QUOTE) return at + 1
  }
  return text.length
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from
  while (isSpace(text.charCodeAt(at))) at += 1
  return text.charCodeAt(at) === COLON
}

/** What is not a number to JSON is for `JSON.parse` to refuse: here it only has to end where a number would. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (isOfNumber(text.charCodeAt(at))) at += 1
  return at
}

const isOfNumber = (character: number): boolean =>
  isDigit(character) ||
  character === DOT ||
  character === MINUS ||
  character === PLUS ||
  character === UPPER_E ||
  character === LOWER_E

/** Few digits and nothing but digits: most numbers, and then there is nothing to work out. */
function isShort(text: string, start: number, end: number): boolean {
  if (end - start > SHORT) return false
  for (let at = start; at < end; at += 1) {
    const character = text.charCodeAt(at)
    if (!isDigit(character) && character !== DOT) return false
  }
  return true
}

/** The text came out of valid UTF-8, so only an escape can make a surrogate that stands alone. */
function readString(token: string): { value: string; wellFormed: boolean } {
  if (!token.includes('\\')) return { value: token.slice(1, -1), wellFormed: true }
  try {
    const value = String(JSON.parse(token))
    return { value, wellFormed: value.isWellFormed() }
  } catch {
    return { value: token, wellFormed: true }
  }
}

/** A double holds it: not infinite, not a whole number past 2^53 − 1, not flushed to zero, not minus zero. */
function isExact(literal: string): boolean {
  const value = Number(literal)
  if (Object.is(value, -0)) return false
  if (value === 0) return !/[1-9]/.test(literal.split(/[eE]/)[0] ?? '')
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}
