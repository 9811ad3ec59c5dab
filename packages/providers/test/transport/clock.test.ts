import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createArrivalClock, monotonicNs } from '../../src/transport/clock.ts'

test('reads of one turn of the event loop arrived at the moment of the first', async () => {
  const arrivalNs = createArrivalClock()
  const beforeNs = monotonicNs()
  const firstNs = arrivalNs()
  await Promise.resolve()
  expect(arrivalNs()).toBe(firstNs)
  expect(firstNs).toBeGreaterThanOrEqual(beforeNs)
  expect(firstNs).toBeLessThan(monotonicNs())
})

test('a read of a later turn has a moment of its own', async () => {
  const arrivalNs = createArrivalClock()
  const firstNs = arrivalNs()
  await nextTurn()
  const betweenNs = monotonicNs()
  expect(arrivalNs()).toBeGreaterThanOrEqual(betweenNs)
  expect(betweenNs).toBeGreaterThan(firstNs)
})
