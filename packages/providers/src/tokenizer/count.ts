/**
 * Token counts by o200k_base. The table and the pattern are those of `js-tiktoken`, the merging is ours: libraries that
 * count hold the table in maps of strings, 65 MiB of a process whose streams need less. For models of other families the
 * count is an estimate, and the row's `token_source` says that it is one.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createPieceCounter, LONGEST_PIECE_BYTES } from './merge.ts'
import { createRankTable } from './rank-table.ts'

type Count = (text: string) => number

let loaded: Count | undefined

/** The number of o200k_base tokens in the text. What looks like a special token is text: a model may well write it. */
export function countTokens(text: string): number {
  if (text === '') return 0
  // At the first use, so that processes that only relay results do not carry the table.
  loaded ??= createCounter()
  return loaded(text)
}

/** A UTF-16 unit becomes three bytes at most. */
const MOST_BYTES = 3
/**
 * No profile lets a model write a word as long as this. What a hostile stream holds is counted in segments of this many
 * UTF-16 units, which bounds the memory: that may add a token per cut.
 */
const LONGEST_RUN = Math.floor(LONGEST_PIECE_BYTES / MOST_BYTES)
const KEPT_BYTES = 16 * 1024

function createCounter(): Count {
  const { pattern, countPiece } = loadEncoding()
  const encoder = new TextEncoder()
  const kept = new Uint8Array(KEPT_BYTES)
  const countSegment = (text: string): number => {
    const room = MOST_BYTES * text.length
    const bytes = room <= KEPT_BYTES ? kept : new Uint8Array(room)
    const { written } = encoder.encodeInto(text, bytes)
    let count = 0
    let at = 0
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = endOfPiece(pattern, text, start)
      const length = written === text.length ? end - start : utf8Length(text, start, end)
      count += countPiece(bytes, at, at + length)
      at += length
    }
    return count
  }
  return (text) => {
    let count = 0
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = endOfSegment(text, start)
      count += countSegment(start === 0 && end === text.length ? text : text.slice(start, end))
    }
    return count
  }
}

/** The file is a module that exports one JSON object. It is read as text, because a module once loaded stays for good. */
function loadEncoding() {
  const { resolve } = createRequire(import.meta.url)
  const text = readFileSync(resolve('js-tiktoken/ranks/o200k_base'), 'latin1')
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  const { pat_str, bpe_ranks } = JSON.parse(json) as { readonly pat_str: string; readonly bpe_ranks: string }
  // One line: a mark, the first rank, the tokens.
  const rankOf = createRankTable(bpe_ranks.slice('! 0 '.length))
  return { pattern: new RegExp(pat_str, 'uy'), countPiece: createPieceCounter(rankOf) }
}

/** Every character begins a piece by one alternative of the pattern or another, so pieces lie end to end. */
function endOfPiece(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : text.length
}

/** Where a text may be cut: at the last space before the limit that follows something else, as no piece holds both. */
function endOfSegment(text: string, start: number): number {
  const limit = start + LONGEST_RUN
  if (text.length <= limit) return text.length
  for (let at = limit; at > start; at -= 1) {
    if (text[at] === ' ' && /\S/.test(text[at - 1] as string)) return at
  }
  return isLowSurrogate(text.charCodeAt(limit)) ? limit - 1 : limit
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** The bytes of `text[start, end)` in UTF-8, in which an unpaired surrogate is replaced by U+FFFD. */
function utf8Length(text: string, start: number, end: number): number {
  let length = 0
  for (let at = start; at < end; at += 1) {
    const code = text.codePointAt(at) as number
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (code >= 0x10000) at += 1
  }
  return length
}
