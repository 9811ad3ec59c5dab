/** Chance with a seed: the same draws at every run, each part of the soak with a stream of its own. */

/** A number in [0, 1). */
export type Random = () => number

/** mulberry32 over the seed and the stream's name. */
export function createRandom(seed: number, stream: string): Random {
  let state = Buffer.from(stream).reduce((mixed, byte) => Math.imul(mixed ^ byte, 0x01000193), seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A number from `low` up to `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low)
}

/** A whole number from 0 up to and with `most`. */
export function upTo(random: Random, most: number): number {
  return Math.floor(random() * (most + 1))
}

/** Deals the cards in random order, all of them before any comes again, so that none is missed by bad luck. */
export function createDeck<Card>(cards: readonly Card[], random: Random): () => Card {
  let left: Card[] = []
  return () => {
    if (left.length === 0) left = [...cards]
    const [card] = left.splice(upTo(random, left.length - 1), 1)
    if (card === undefined) throw new Error('A deck needs cards')
    return card
  }
}
