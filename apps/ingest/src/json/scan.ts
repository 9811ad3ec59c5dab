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
    faults.push({ path: levels.map((level) => level.step), kind })
  }

  let at = 0
  while (at < text.length) {
    if (faults.length > limits.maxFaults) return { faults, gaveUp: true }
    const character = text.charCodeAt(at)
    const level = levels.at(-1)
    if (character === QUOTE) {
      const end = endOfString(text, at)
      const { value, wellFormed } = readString(text.slice(at, end))
      if (level?.keys && followedByColon(text, end)) {
        level.step = value
        if (level.keys.has(value)) add('duplicate_key')
        level.keys.add(value)
      }
      if (!wellFormed) add('lone_surrogate')
      at = end
      continue
    }
    if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      if (levels.length === limits.maxDepth) add('too_deep')
      if (levels.length >= limits.hardDepth) return { faults, gaveUp: true }
      levels.push(character === OPEN_BRACE ? { keys: new Set(), step: '' } : { keys: null, step: 0 })
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      levels.pop()
    } else if (character === COMMA && level?.keys === null) {
      level.step = Number(level.step) + 1
    } else if (character === MINUS || isDigit(character)) {
      const end = endOfNumber(text, at)
      if (!isExact(text.slice(at, end))) add('inexact_number')
      at = end
      continue
    }
    at += 1
  }
  return { faults, gaveUp: false }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const MINUS = 0x2d

const isDigit = (character: number): boolean => character >= 0x30 && character <= 0x39

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === BACKSLASH) at += 1
    else if (character === QUOTE) return at + 1
  }
  return text.length
}

const followedByColon = (text: string, from: number): boolean => {
  COLON_AHEAD.lastIndex = from
  return COLON_AHEAD.test(text)
}
const COLON_AHEAD = /[ \t\n\r]*:/y

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  NUMBER.test(text)
  return Math.max(NUMBER.lastIndex, start + 1)
}
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

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
