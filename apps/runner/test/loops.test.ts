import { expect, test } from 'vitest'
import { createStandstill } from '../src/loops.ts'

test('a loop stands still when its counter has not moved for five minutes, and no longer once it moves', () => {
  let nowMs = 0
  const isStuck = createStandstill({ wallMs: () => 0, monotonicMs: () => nowMs })
  expect(isStuck('lane', 1)).toBe(false)
  nowMs = 300_000
  expect(isStuck('lane', 1)).toBe(false)
  nowMs = 300_001
  expect(isStuck('lane', 1)).toBe(true)
  expect(isStuck('other', 1)).toBe(false)
  expect(isStuck('lane', 2)).toBe(false)
})
