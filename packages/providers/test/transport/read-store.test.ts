import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unpackReads } from '../../src/transport/packed-reads.ts'
import { createReadStore } from '../../src/transport/read-store.ts'

const read = fc.record({
  atNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  // A slab holds 16 KiB: some reads fill one, some are longer, many share one.
  bytes: fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    fc.integer({ min: 16_000, max: 17_000 }).map((length) => new Uint8Array(length).fill(length)),
  ),
})

test('what was pushed comes out, in order, each time it is asked for', () => {
  const property = fc.property(fc.array(read, { maxLength: 40 }), (reads) => {
    const store = createReadStore()
    for (const { atNs, bytes } of reads) store.push(atNs, bytes)
    expect(unpackReads(store.packed())).toEqual(reads)
    expect(unpackReads(store.packed())).toEqual(reads)
    expect(store.newestNs()).toBe(reads.at(-1)?.atNs ?? null)
  })
  fc.assert(property, { seed: 20_261_124, numRuns: 200 })
})

test('more reads than the first arrays hold are kept, and what came out does not change with what comes in', () => {
  const store = createReadStore()
  for (let at = 0; at < 2000; at += 1) store.push(BigInt(at), Uint8Array.of(at % 256))
  const packed = store.packed()
  store.push(5000n, Uint8Array.of(1, 2, 3))
  packed.bytes.fill(0)
  expect(unpackReads(packed)).toHaveLength(2000)
  expect(unpackReads(store.packed()).slice(-2)).toEqual([
    { atNs: 1999n, bytes: Uint8Array.of(1999 % 256) },
    { atNs: 5000n, bytes: Uint8Array.of(1, 2, 3) },
  ])
})
