import { expect, test } from 'vitest'
import { createTroubleLog } from '../src/trouble-log.ts'

test('a cause is said at once, then every ten minutes with how often it was not said', () => {
  const lines: unknown[][] = []
  const note = (level: string) => (fields: unknown) => void lines.push([level, fields])
  let nowMs = 0
  const say = createTroubleLog({ error: note('error'), warn: note('warn') } as never, () => nowMs)
  const refused = { collection: 'c', code: 121, message: 'no', forGood: true }
  for (let times = 0; times < 1000; times += 1) say(refused)
  say({ ...refused, code: 64, forGood: false })
  nowMs += 10 * 60_000
  say({ ...refused, message: 'x'.repeat(10_000) })
  expect(lines).toMatchObject([
    ['error', { collection: 'c', code: 121, reason: 'no' }],
    ['warn', { code: 64 }],
    ['error', { code: 121, reason: 'x'.repeat(500), unsaid: 999 }],
  ])
})
