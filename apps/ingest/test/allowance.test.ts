import { expect, test } from 'vitest'
import { createAllowance } from '../src/allowance.ts'

function timed(options: { max: number; maxKeys?: number }) {
  let nowMs = 1000
  const allow = createAllowance({ windowMs: 60_000, monotonicMs: () => nowMs, ...options })
  return { allow, pass: (ms: number) => (nowMs += ms) }
}

test('a key has its uses in a window, is told how long to wait beyond them, and then has them again', () => {
  const { allow, pass } = timed({ max: 2 })
  expect([allow('a'), allow('a'), allow('a')]).toEqual([null, null, 60])
  pass(30_500)
  expect(allow('a')).toBe(30)
  pass(29_499)
  expect(allow('a')).toBe(1)
  pass(1)
  expect([allow('a'), allow('a'), allow('a')]).toEqual([null, null, 60])
})

test('keys do not use up each other’s', () => {
  const { allow } = timed({ max: 1 })
  expect([allow('a'), allow('b'), allow('a'), allow('b')]).toEqual([null, null, 60, 60])
})

test('so many keys are remembered, and the one not used for longest is forgotten', () => {
  const { allow } = timed({ max: 1, maxKeys: 2 })
  for (const key of ['a', 'b', 'a', 'c']) allow(key)
  expect([allow('a'), allow('b')]).toEqual([60, null])
})

test('a wall clock that is set back makes no window longer', () => {
  const wall = Date.now
  const allow = createAllowance({ max: 1, windowMs: 1 })
  allow('a')
  Date.now = () => 0
  try {
    const began = performance.now()
    while (performance.now() - began < 1.5);
    expect(allow('a')).toBeNull()
  } finally {
    Date.now = wall
  }
})
