/**
 * The ranks of a byte-pair encoding in typed arrays: the bytes of all tokens end to end, where each ends, and a hash
 * index over them. The 199,998 tokens of o200k_base take 5 MiB so; as strings in maps, as libraries hold them, 65.
 */

/** The rank of the token that is exactly `bytes[start, end)`, or -1 where none is. */
export type RankOf = (bytes: Uint8Array, start: number, end: number) => number

type Tokens = {
  readonly bytes: Uint8Array
  /** Where each token ends in `bytes`; the first begins at 0. */
  readonly ends: Uint32Array
  readonly longest: number
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PADDING = 0x3d
const SPACE = 0x20

/** Reads tokens in base64, separated by one space each and in the order of their ranks, which begin at 0. */
export function createRankTable(base64: string): RankOf {
  const tokens = decodeTokens(base64)
  const { bytes, ends, longest } = tokens
  const index = indexTokens(tokens)
  const mask = index.length - 1
  return (sought, start, end) => {
    const length = end - start
    if (length > longest) return -1
    for (let slot = hash(sought, start, end) & mask; ; slot = (slot + 1) & mask) {
      // Ranks are kept one higher, so that 0 is an empty slot.
      const rank = (index[slot] as number) - 1
      if (rank < 0) return -1
      const tokenStart = startOf(ends, rank)
      if ((ends[rank] as number) - tokenStart !== length) continue
      let same = 0
      while (same < length && bytes[tokenStart + same] === sought[start + same]) same += 1
      if (same === length) return rank
    }
  }
}

/** By hand, as the 200,000 strings that `Buffer` would be given are garbage of four times the table's size. */
function decodeTokens(base64: string): Tokens {
  // Three bytes come from four characters at most; pages that stay untouched take no memory.
  const bytes = new Uint8Array(Math.ceil((base64.length * 3) / 4))
  const ends = new Uint32Array(count(base64, ' ') + 1)
  const digits = Uint8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)))
  let rank = 0
  let used = 0
  let bits = 0
  let held = 0
  for (let at = 0; at < base64.length; at += 1) {
    const code = base64.charCodeAt(at)
    if (code === SPACE) {
      ends[rank] = used
      rank += 1
      held = 0
    } else if (code !== PADDING) {
      bits = (bits << 6) | (digits[code] as number)
      held += 6
      if (held < 8) continue
      held -= 8
      bytes[used] = bits >> held
      used += 1
    }
  }
  ends[rank] = used
  return { bytes, ends, longest: ends.reduce((most, end, at) => Math.max(most, end - startOf(ends, at)), 0) }
}

function count(text: string, character: string): number {
  let found = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found += 1
  return found
}

/** An open-addressing hash index, at most half full. */
function indexTokens({ bytes, ends }: Tokens): Int32Array {
  const index = new Int32Array(2 ** Math.ceil(Math.log2(2 * ends.length)))
  const mask = index.length - 1
  for (let rank = 0; rank < ends.length; rank += 1) {
    let slot = hash(bytes, startOf(ends, rank), ends[rank] as number) & mask
    while (index[slot] !== 0) slot = (slot + 1) & mask
    index[slot] = rank + 1
  }
  return index
}

function startOf(ends: Uint32Array, rank: number): number {
  return rank === 0 ? 0 : (ends[rank - 1] as number)
}

/** FNV-1a, its upper bits folded into the lower ones that choose the slot. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5
  for (let at = start; at < end; at += 1) value = Math.imul(value ^ (bytes[at] as number), 0x01000193)
  return value ^ (value >>> 15)
}
