import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createArrivalClock, monotonicNs, SHARED_MOMENT_NS } from '../../src/transport/clock.ts'

test('reads of one turn of the event loop arrived at the moment of the first', async () => {
  const arrivalNs = createArrivalClock()
  const beforeNs = monotonicNs()
  const firstNs = arrivalNs()
  await Promise.resolve()
  expect(arrivalNs()).toBe(firstNs)
  expect(firstNs).toBeGreaterThanOrEqual(beforeNs)
  expect(firstNs).toBeLessThan(monotonicNs())
})

test('a moment is shared for a millisecond, and what comes after it begins another', () => {
  const arrivalNs = createArrivalClock()
  const stamps = [arrivalNs()]
  for (let call = 0; call < 20_000; call += 1) {
    const beforeNs = monotonicNs()
    const stampNs = arrivalNs()
    const ageNs = beforeNs - stampNs
    if (ageNs > SHARED_MOMENT_NS) throw new Error(`A stamp is ${ageNs} ns old`)
    if (stampNs !== stamps.at(-1)) stamps.push(stampNs)
  }
  const ages = stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0n))
  expect(stamps.length).toBeGreaterThan(1)
  expect(ages.filter((age) => age <= SHARED_MOMENT_NS)).toEqual([])
})

test('a read of a later turn has a moment of its own', async () => {
  const arrivalNs = createArrivalClock()
  const firstNs = arrivalNs()
  await nextTurn()
  const betweenNs = monotonicNs()
  expect(arrivalNs()).toBeGreaterThanOrEqual(betweenNs)
  expect(betweenNs).toBeGreaterThan(firstNs)
})
