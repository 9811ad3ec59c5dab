import pino from 'pino'
import { expect, test, vi } from 'vitest'
import { createStandstill, watchLoops } from '../src/loops.ts'

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

test('a discovery that stands still is an alarm and not the end of the process', async () => {
  let nowMs = 0
  let turns = 0
  const stop = new AbortController()
  const gaveUp = vi.fn<() => void>()
  const told: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => void told.push(line) })
  const state = {
    models: 1,
    running: 0,
    blocked: false,
    worklistAgeSeconds: null,
    nextDueSeconds: null,
    resting: [],
  }
  let discoveryTurns = (): number => turns
  const watching = watchLoops(
    {
      lanes: new Map([['groq', { turns: () => (turns += 1), state: () => state }]]),
      shipping: null,
      discovery: { turns: () => discoveryTurns() },
      logger,
      notify: () => undefined,
      clock: { wallMs: () => 0, monotonicMs: () => (nowMs += 30_000) },
      checkMs: 1,
    },
    stop.signal,
    gaveUp,
  )
  await vi.waitUntil(() => turns > 60)
  expect(told).toEqual([])
  discoveryTurns = () => 7
  await vi.waitUntil(() => told.length > 0)
  expect(JSON.parse(told[0] ?? '')).toMatchObject({
    alarm: true,
    msg: 'The discovery of models does not advance',
  })
  stop.abort()
  await watching
  expect(gaveUp).not.toHaveBeenCalled()
})
