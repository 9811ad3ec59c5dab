import { expect, test } from 'vitest'
import { saySeldom } from '../src/seldom.ts'
import { shareFor } from '../src/share.ts'

test('any number of callers are one question, whose answer stands from before it was asked', async () => {
  let [nowMs, asked] = [0, 0]
  const read = shareFor(
    100,
    async () => {
      asked += 1
      nowMs += 60
      await Promise.resolve()
      return asked
    },
    () => nowMs,
  )
  expect(await Promise.all(Array.from({ length: 50 }, read))).toEqual(Array.from({ length: 50 }, () => 1))
  nowMs = 99
  expect(await read()).toBe(1)
  nowMs = 100
  expect(await read()).toBe(2)
})

test('a failure is shared and does not stand', async () => {
  let asked = 0
  const read = shareFor(1000, async () => {
    asked += 1
    await Promise.resolve()
    if (asked === 1) throw new Error('away')
    return asked
  })
  const both = await Promise.allSettled([read(), read()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await read()).toBe(2)
})

test('each kind of line is said at once, then once in a while with how often it was not', () => {
  let nowMs = 0
  const due = saySeldom(10_000, () => nowMs)
  expect(due('a')).toBe(0)
  expect([due('a'), due('a'), due('b')]).toEqual([null, null, 0])
  nowMs = 10_000
  expect([due('a'), due('b')]).toEqual([2, 0])
})
