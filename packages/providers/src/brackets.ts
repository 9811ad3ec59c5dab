/** Where the brackets of a JSON text close, without parsing it: in pieces, and at a cost that is linear. Pure. */

/** How far a text has been read. */
export type Brackets = { depth: number; inString: boolean; isEscaped: boolean }

export function noBrackets(): Brackets {
  return { depth: 0, inString: false, isEscaped: false }
}

/** Reads on until all brackets are closed: the position behind the last, or -1 where the text ends before. */
export function closeBrackets(text: string, from: number, brackets: Brackets): number {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (brackets.isEscaped) brackets.isEscaped = false
    else if (brackets.inString) {
      if (character === '\\') brackets.isEscaped = true
      else if (character === '"') brackets.inString = false
    } else if (character === '"') brackets.inString = true
    else if (character === '{' || character === '[') brackets.depth += 1
    else if (character === '}' || character === ']') {
      brackets.depth = Math.max(0, brackets.depth - 1)
      if (brackets.depth === 0) return at + 1
    }
  }
  return -1
}
