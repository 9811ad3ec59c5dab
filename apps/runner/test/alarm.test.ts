import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createAlarm } from '../src/alarm.ts'

test('an alarm that goes on is said once, once an hour with its count, and when it is over', () => {
  let nowMs = 0
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    {},
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const alarm = createAlarm({ logger, clock: { monotonicMs: () => nowMs, wallMs: () => nowMs } })
  for (; nowMs <= 2 * 3_600_000; nowMs += 5000) alarm.raise('gate', { gate: 'disk' }, 'Measuring stops')
  alarm.raise('other', {}, 'Another')
  alarm.clear('gate', {}, 'Measuring goes on')
  alarm.clear('gate', {}, 'Measuring goes on')
  expect(lines.map(({ level, msg, alarm: isAlarm, times }) => [level, msg, isAlarm, times])).toEqual([
    [50, 'Measuring stops', true, undefined],
    [50, 'Measuring stops', true, 721],
    [50, 'Measuring stops', true, 1441],
    [50, 'Another', true, undefined],
    [30, 'Measuring goes on', undefined, 1441],
  ])
})
