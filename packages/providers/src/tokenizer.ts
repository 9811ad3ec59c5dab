/**
 * Token counts by o200k_base, whose table ships inside `gpt-tokenizer`. For models of other families the count is an
 * estimate, and the row's `token_source` says that it is one.
 */
import { createRequire } from 'node:module'

type Count = (text: string) => number

let loaded: Count | undefined

/** Loads the table (about 75 MB) at the first use, so that processes that only relay results do not carry it. */
function load(): Count {
  const require = createRequire(import.meta.url)
  const { countTokens } = require('gpt-tokenizer/encoding/o200k_base') as {
    countTokens: (text: string, options: { disallowedSpecial: Set<string> }) => number
  }
  // A model may well write "<|endoftext|>": it is text here.
  const disallowedSpecial = new Set<string>()
  return (text) => countTokens(text, { disallowedSpecial })
}

/**
 * Byte-pair merging takes quadratic time in the length of an unbroken run, so longer runs than any language's words
 * are counted in pieces: that may add a token per cut, where the exact count would take minutes.
 */
const LONG_RUN = /\S{513}|\s{513}/
const PIECES = /\s{1,512}\S{0,512}|\S{1,512}/g

/** The number of o200k_base tokens in the text. */
export function countTokens(text: string): number {
  if (text === '') return 0
  loaded ??= load()
  const count = loaded
  if (!LONG_RUN.test(text)) return count(text)
  return (text.match(PIECES) ?? []).reduce((sum, piece) => sum + count(piece), 0)
}
